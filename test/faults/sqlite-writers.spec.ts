import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { SQLITE } from '../support/databases.js';
import { Books } from './support/books.js';
import { useCrew } from './support/crew.js';
import { expectSound } from './support/invariants.js';
import { orderIds } from './support/sale.js';
import { PATIENCE, scaled, until } from './support/scale.js';

/** What better-sqlite3 waits for a lock by default, with its process standing still. */
const BUSY_TIMEOUT = 5000;

describe('two shops on one SQLite file', () => {
  const crew = useCrew();

  it(
    'send every sale once beside a program that always has a write transaction open',
    async () => {
      const books = crew.keep(await Books.open(SQLITE), (opened) => opened.close());
      const orders = orderIds('B', scaled(60, 2000));
      const shops = await crew.dispatchers(2, { receiver: books.receiver, database: books.database });
      const file = String(books.database.database);
      const writer = crew.keep(await BusyWriter.start(file, 200, 500), (running) => running.kill());
      // Who writes through TypeORM waits as long as SQLite lets him, and then tries again himself.
      const recorded = async (): Promise<boolean> =>
        books.record(orders).then(
          () => true,
          () => false,
        );
      await until('the sales are recorded', recorded);
      await books.everythingFinished();
      const blocks = await Promise.all(shops.map((shop) => shop.longestBlock()));
      const transactions = await writer.stop();
      for (const shop of shops) await shop.close();

      await expectSound(books, { orders, repeats: 0 });
      expect(transactions).toBeGreaterThan(5);
      // Whoever waits for a lock inside SQLite serves no visitor meanwhile.
      for (const block of blocks) expect(block).toBeLessThan(BUSY_TIMEOUT / 2);
    },
    PATIENCE,
  );
});

class BusyWriter {
  private constructor(private readonly child: ReturnType<typeof fork>) {}

  static async start(file: string, shortest: number, longest: number): Promise<BusyWriter> {
    const path = fileURLToPath(new URL('./support/busy-writer.mjs', import.meta.url));
    const child = fork(path, [file, String(shortest), String(longest)], { execArgv: [] });
    await once(child, 'message');
    return new BusyWriter(child);
  }

  /** Answers how many transactions it had. */
  async stop(): Promise<number> {
    const told = once(this.child, 'message');
    const gone = once(this.child, 'exit');
    this.child.send('stop');
    const [transactions] = (await told) as [number];
    await gone;
    return transactions;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
