import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SERVERS } from '../support/databases.js';
import { Books } from './support/books.js';
import { useCrew } from './support/crew.js';
import { expectSound } from './support/invariants.js';
import { orderIds } from './support/sale.js';
import { LONG, PATIENCE, scaled } from './support/scale.js';

const HOUR = 3_600_000;
const BUSY = '{"Status":"ERROR","Message":"Try again"}';

// Starting processes takes long: one server in every run, each of them in the long one.
describe.each(LONG ? SERVERS : SERVERS.slice(-1))('several dispatchers on one $name', (database) => {
  const crew = useCrew();
  const open = async (): Promise<Books> => crew.keep(await Books.open(database), (books) => books.close());

  it.each(LONG ? [2, 4, 8] : [4])(
    'send every sale once: %i of them',
    async (count) => {
      const books = await open();
      const orders = orderIds('M', scaled(800, 20_000));
      const dispatchers = await crew.dispatchers(count, {
        receiver: books.receiver,
        database: books.database,
      });
      await books.record(orders);
      await books.everythingFinished();
      for (const dispatcher of dispatchers) await dispatcher.close();

      await expectSound(books, { orders, repeats: 0 });
      expect(callers(books)).toEqual(dispatchers.map(({ name }) => name).toSorted());
    },
    PATIENCE,
  );

  it(
    'keep the order within each sale, also when calls fail',
    async () => {
      const books = await open();
      const orders = orderIds('S', scaled(24, 1000));
      const calls = 4;
      await books.record(orders);
      await queueMore(books, calls - 1);
      // An answer in five is a failure, so that calls come back while later ones of the sale wait.
      books.receiver.behaviour = ({ number }) =>
        number % 5 === 0
          ? { do: 'answer', status: 503, body: BUSY, after: Math.random() * 20 }
          : { do: 'accept', after: Math.random() * 20 };
      const dispatchers = await crew.dispatchers(scaled(3, 8), {
        receiver: books.receiver,
        database: books.database,
      });
      await books.everythingFinished();
      for (const dispatcher of dispatchers) await dispatcher.close();

      await expectSound(books, { orders, deliveries: calls, repeats: 0 });
      expect(callers(books)).toHaveLength(dispatchers.length);
      const [failed] = await books.rows<{ n: number }>(
        `SELECT count(*) AS n FROM impact_deliveries WHERE attempts > 1 AND sequence < ${calls - 1}`,
      );
      expect(failed!.n).toBeGreaterThan(0);
    },
    PATIENCE,
  );

  it(
    'hold their leases with clocks an hour apart',
    async () => {
      const books = await open();
      const { receiver } = books;
      // An answer in ten takes far longer than a poll: somebody whose clock is ahead would take the row over.
      receiver.behaviour = ({ number }) =>
        number % 7 === 0
          ? { do: 'answer', status: 503, body: BUSY }
          : { do: 'accept', after: number % 10 === 0 ? 500 : 10 };
      const dispatchers = await Promise.all(
        [-HOUR, 0, HOUR].map((clockShift) =>
          crew.dispatcher({
            receiver,
            database: books.database,
            clockShift,
            delivery: { lease: '10s', timeout: '5s' },
          }),
        ),
      );
      const wrong = await Promise.all(dispatchers.map((dispatcher) => dispatcher.clockError()));
      expect(wrong.map((error) => `${Math.round(error / HOUR)} h`)).toEqual(['-1 h', '0 h', '1 h']);

      const orders = orderIds('C', scaled(80, 3000));
      await books.record(orders);
      const own = await Promise.all(
        dispatchers.map(async (dispatcher) => {
          const some = orderIds(dispatcher.name, scaled(10, 100));
          await dispatcher.record(some);
          return some;
        }),
      );
      await books.everythingFinished();
      for (const dispatcher of dispatchers) await dispatcher.close();

      await expectSound(books, { orders: [...orders, ...own.flat()], repeats: 0 });
      expect(callers(books)).toEqual(dispatchers.map(({ name }) => name).toSorted());
    },
    PATIENCE,
  );
});

const callers = ({ receiver }: Books): string[] =>
  [...new Set(receiver.calls.map(({ from }) => from))].toSorted();

/** Further calls for each recorded sale, as corrections will be: the same delivery with a higher sequence. */
async function queueMore(books: Books, calls: number): Promise<void> {
  const rows = await books.rows<{ id: string; sequence: number }>(`SELECT * FROM impact_deliveries`);
  const columns = Object.keys(rows[0]!).filter((column) => column !== 'id' && column !== 'sequence');
  for (let call = 1; call <= calls; call += 1) {
    for (const { id, sequence } of rows) {
      await books.rows(
        `INSERT INTO impact_deliveries (id, sequence, ${columns.join(', ')}) ` +
          `SELECT '${randomUUID()}', ${sequence + call}, ${columns.join(', ')} FROM impact_deliveries WHERE id = '${id}'`,
      );
    }
  }
}
