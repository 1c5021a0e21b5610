import { describe, expect, it } from '@jest/globals';
import { DATABASES, SERVERS, SQLITE } from '../support/databases.js';
import { Books } from './support/books.js';
import { type Crew, useCrew } from './support/crew.js';
import { expectSound } from './support/invariants.js';
import { Killer } from './support/killer.js';
import { orderIds } from './support/sale.js';
import { LONG, PATIENCE, scaled } from './support/scale.js';

const CONCURRENCY = 4;
const POLL = 100;
/** As short as a busy machine allows: a shop that stands still for longer than this loses its rows rightly. */
const LEASE = 3000;
const quick = {
  concurrency: CONCURRENCY,
  pollInterval: POLL,
  timeout: 2000,
  lease: LEASE,
} as const;

// Starting processes takes long: one server in every run, each of them in the long one.
describe.each(LONG ? SERVERS : SERVERS.slice(0, 1))('killed shops on $name', (database) => {
  const crew = useCrew();
  const open = async (): Promise<Books> => crew.keep(await Books.open(database), (books) => books.close());

  it(
    'kill -9 in the middle of calls over four dispatchers: nothing is lost, and rows resume after the lease',
    async () => {
      const books = await open();
      const killer = new Killer(books.receiver, await team(crew, books, 4));
      books.receiver.behaviour = () => ({ do: 'accept', after: 100 + Math.random() * 100 });
      const orders: string[] = [];
      const kills = scaled(2, 100);
      for (let round = 0; round < kills; round += 1) {
        const burst = orderIds(`R${round}`, 16);
        orders.push(...burst);
        // In the middle: its call is in the vendor's books, and the answer is not written yet.
        const killed = killer.onNextCall(1 + ((round * 5) % burst.length));
        await books.record(burst);
        await killed;
        killer.join(await crew.dispatcher(settings(books)));
      }
      await books.everythingFinished();
      await killer.dismiss();

      expect(killer.kills).toHaveLength(kills);
      expect(killer.mostRepeatsPerKill()).toBeLessThanOrEqual(CONCURRENCY);
      await expectSound(books, { orders, repeats: kills * CONCURRENCY });
      // The promise is lease + 1 s, and a poll until somebody looks.
      expect(killer.resumedLate(books.recordedAt, LEASE + 1000 + POLL, 1000 + POLL)).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'killed between the vendor’s acceptance and our writing it: repeated inside the duplicate window',
    async () => {
      const duplicateWindow = 60_000;
      const books = await open();
      const orders: string[] = [];
      const kills = scaled(2, 30);
      const killer = new Killer(
        books.receiver,
        await team(crew, books, 1, { delivery: { ...quick, duplicateWindow } }),
      );
      books.receiver.behaviour = () => ({ do: 'accept', after: 20 + Math.random() * 20 });
      for (let round = 0; round < kills; round += 1) {
        const burst = orderIds(`W${round}`, 4 * CONCURRENCY);
        orders.push(...burst);
        // The answers are out: on their way, being read, or gathered with others to be written.
        const killed = killer.afterAnswer(1 + ((round * 7) % burst.length), (round * 3) % 12);
        await books.record(burst);
        await killed;
        killer.join(await crew.dispatcher(settings(books, { ...quick, duplicateWindow })));
      }
      await books.everythingFinished();
      await killer.dismiss();

      expect(killer.mostRepeatsPerKill()).toBeLessThanOrEqual(CONCURRENCY);
      await expectSound(books, { orders, repeats: kills * CONCURRENCY });
      for (const { orderId, at } of books.receiver.repeats()) {
        expect(at - books.receiver.of(orderId)[0]!.at).toBeLessThan(duplicateWindow);
      }
    },
    PATIENCE,
  );

  it(
    'looks before it repeats when the duplicate window is over',
    async () => {
      const books = await open();
      const orders = orderIds('L', CONCURRENCY);
      const careful = {
        delivery: { ...quick, duplicateWindow: 500 },
        verdicts: { lookupAfter: 500 },
      };
      const killer = new Killer(books.receiver, await team(crew, books, 1, careful));
      books.receiver.behaviour = () => ({ do: 'hang' });
      const killed = killer.onNextCall(CONCURRENCY);
      await books.record(orders);
      await killed;
      books.receiver.behaviour = () => ({ do: 'accept' });
      const survivor = await crew.dispatcher({ ...settings(books), ...careful });
      await books.everythingFinished();
      await survivor.close();

      await expectSound(books, { orders, repeats: 0 });
      expect(books.receiver.reads.Actions).toBeGreaterThan(0);
      const { lines } = await books.explain(orders[0]!);
      expect(lines.map(({ what }) => what)).toContain('search-first');
    },
    PATIENCE,
  );
});

describe.each(LONG ? DATABASES : [SQLITE])('a killed shop that also records, on $name', (database) => {
  const crew = useCrew();

  it(
    'loses nothing between commit and send, and repeats at most what was under way',
    async () => {
      const books = crew.keep(await Books.open(database), (opened) => opened.close());
      const orders = orderIds('K', scaled(40, 400));
      // Slow answers: the kill falls into the middle of calls that the vendor has taken.
      books.receiver.behaviour = () => ({ do: 'accept', after: 300 });
      const [shop] = await team(crew, books, 1);
      const killer = new Killer(books.receiver, [shop!]);
      // The shop records its sales itself, in transactions on the connection that also delivers.
      await shop!.record(orders);
      expect(books.receiver.orders().length).toBeLessThan(orders.length);
      await killer.onNextCall(1);

      books.receiver.behaviour = () => ({ do: 'accept' });
      const second = await crew.dispatcher(settings(books));
      const later = orderIds('K', 10, orders.length);
      await second.record(later);
      await books.everythingFinished();
      await second.close();

      await expectSound(books, { orders: [...orders, ...later], repeats: CONCURRENCY });
    },
    PATIENCE,
  );
});

type Settings = Parameters<Crew['dispatcher']>[0];

const settings = (books: Books, delivery: Settings['delivery'] = quick): Settings => ({
  receiver: books.receiver,
  database: books.database,
  delivery,
});

const team = (crew: Crew, books: Books, count: number, more: Partial<Settings> = {}) =>
  crew.dispatchers(count, { ...settings(books), ...more });
