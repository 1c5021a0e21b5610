import { describe, expect, it } from '@jest/globals';
import { SERVERS } from '../support/databases.js';
import { Books } from './support/books.js';
import { useCrew } from './support/crew.js';
import { expectSound } from './support/invariants.js';
import { throughProxy } from './support/restartable.server.js';
import { orderIds } from './support/sale.js';
import { LONG, PATIENCE, scaled, until } from './support/scale.js';

const CONCURRENCY = 4;
const SHUTDOWN_LIMIT = 5000;

// Starting processes takes long: one server in every run, each of them in the long one.
describe.each(LONG ? SERVERS : SERVERS.slice(-1))('stopped shops on $name', (database) => {
  const crew = useCrew();
  const open = async (): Promise<Books> => crew.keep(await Books.open(database), (books) => books.close());

  it(
    'SIGSTOP past the lease and back: fenced, and what was claimed but not sent is not sent',
    async () => {
      const books = await open();
      const { receiver } = books;
      // No call may end while the sales are still being recorded: it would be an outage, and the gate shuts.
      const timeout = scaled(2000, 20_000);
      const delivery = { concurrency: CONCURRENCY, timeout, lease: timeout + 1000 };
      const { proxy: line, options } = await throughProxy(books.database);
      crew.keep(line, () => line.close());
      const orders = orderIds('F', scaled(24, 400));
      const sleeper = await crew.dispatcher({ receiver, delivery, database: options });
      const heir = await crew.dispatcher({ receiver, delivery, database: books.database });
      await heir.close();

      // The sleeper has all the calls that it can have under way, and perhaps more rows in its hands.
      receiver.behaviour = ({ from }) => ({ do: from === sleeper.name ? 'hang' : 'accept' });
      await books.record(orders);
      await until('calls are under way', () => receiver.underWay(sleeper.name).length === CONCURRENCY);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const claimed = await books.leased();

      // Half of the answers arrive, but what they came to cannot be written; then the process stands still.
      line.hold();
      const answered = receiver.release(({ number }) => number <= CONCURRENCY / 2);
      await until('the answers are out', () => answered.every(({ endedAt }) => endedAt !== null));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sleeper.freeze();
      const before = receiver.calls.filter(({ from }) => from === sleeper.name);

      const second = await crew.dispatcher({ receiver, delivery, database: books.database });
      await books.everythingFinished();
      const outcomes = await states(books);

      receiver.release();
      line.letGo();
      sleeper.thaw();
      const lateOnes = await lateAnswers(books, before.length);

      // Each of the sleeper's own calls is told as late, and that is all that became of it.
      expect(lateOnes.map(({ order }) => order)).toEqual(before.map(({ orderId }) => orderId).toSorted());
      for (const { orderId, submissionId } of answered) {
        const { words } = lateOnes.find(({ order }) => order === orderId)!;
        expect(words).toContain(submissionId!);
      }
      expect(await states(books)).toEqual(outcomes);
      // Nothing that it had in its hands went out after it woke up.
      expect(receiver.calls.filter(({ from }) => from === sleeper.name)).toHaveLength(before.length);
      await expectSound(books, { orders, repeats: before.length, ghosts: new Set([sleeper.name]) });

      // It is none the worse for it.
      await second.close();
      receiver.behaviour = () => ({ do: 'accept' });
      const more = orderIds('G', 4);
      await books.record(more);
      await books.everythingFinished();
      await sleeper.close();
      expect(new Set(more.map((order) => receiver.of(order)[0]?.from))).toEqual(new Set([sleeper.name]));
      // Without rows beyond the calls, nothing above would have been tried.
      expect(claimed).toBeGreaterThan(CONCURRENCY);
    },
    PATIENCE,
  );

  it(
    'SIGTERM during a burst: ends by itself, repeats nothing, and lets go of what it had not sent',
    async () => {
      const books = await open();
      const { receiver } = books;
      // Nobody lives to see the end of such a lease: rows that were kept would never be sent.
      const delivery = {
        concurrency: CONCURRENCY,
        timeout: 20_000,
        lease: 1_800_000,
        shutdownTimeout: SHUTDOWN_LIMIT,
      };
      const orders = orderIds('T', scaled(120, 2000));
      receiver.behaviour = () => ({ do: 'accept', after: 50 });
      let next = await crew.dispatcher({ receiver, delivery, database: books.database });
      const recording = books.record(orders);
      const deploys = scaled(1, 10);
      for (let deploy = 0; deploy < deploys; deploy += 1) {
        const enough = ((deploy + 1) * orders.length) / (deploys + 2);
        await until('the burst is under way', () => receiver.calls.length > enough);
        const began = performance.now();
        expect(await next.terminate()).toEqual({ code: null, signal: 'SIGTERM' });
        expect(performance.now() - began).toBeLessThan(SHUTDOWN_LIMIT + 2000);
        expect(receiver.underWay()).toEqual([]);
        expect(await books.leased()).toBe(0);
        next = await crew.dispatcher({ receiver, delivery, database: books.database });
      }
      await recording;
      await books.everythingFinished();
      await next.close();
      await expectSound(books, { orders, repeats: 0 });
    },
    PATIENCE,
  );
});

/** What the ledger says of each sale. */
const states = (books: Books): Promise<unknown[]> =>
  books.rows(
    `SELECT c.order_id, c.state, c.submission_id, d.outcome, d.due_at, d.finished_at FROM impact_conversions c ` +
      `JOIN impact_deliveries d ON d.conversion = c.id ORDER BY c.order_id`,
  );

async function lateAnswers(books: Books, count: number): Promise<{ order: string; words: string }[]> {
  const sql =
    `SELECT c.order_id AS n_order, s.id FROM impact_story s JOIN impact_conversions c ON c.id = s.conversion ` +
    `WHERE s.what = 'late-answer' ORDER BY c.order_id`;
  await until(`${count} late answers are told`, async () => (await books.rows(sql)).length >= count, 20_000);
  const rows = await books.rows<{ n_order: string }>(sql);
  return Promise.all(
    rows.map(async ({ n_order: order }) => {
      const { lines } = await books.explain(order);
      return { order, words: lines.find(({ what }) => what === 'late-answer')!.words };
    }),
  );
}
