import { beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { queryRows, SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type Shop, simpleSale, startShop, storeOrder } from '../support/shop.app.js';
import { LIVE } from './support/live.options.js';
import { aMoment, orphans, stored } from './support/order.transaction.js';

describe.each(SERVERS)('a connection lost inside the order’s transaction on $name', (database) => {
  const lifetime = useLifetime('file');
  let shop: Shop;
  let orders = 0;

  beforeAll(async () => {
    shop = await startShop({ on: database, impact: LIVE });
    lifetime.keep(shop, () => shop.close());
  });

  const sessionOf = async (runner: QueryRunner): Promise<number> => {
    const sql = database.dialect === 'postgres' ? 'pg_backend_pid()' : 'CONNECTION_ID()';
    const [row] = (await runner.query(`SELECT ${sql} AS session`)) as { session: number | string }[];
    return Number(row!.session);
  };
  const kill = (session: number): Promise<unknown> =>
    queryRows(
      shop.dataSource,
      database.dialect === 'postgres' ? `SELECT pg_terminate_backend(${session})` : `KILL ${session}`,
    );

  /** The pool may hand out the dead connection once before it knows. */
  const poolIsWell = async (): Promise<void> => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const well = await shop.dataSource.query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (well) return;
    }
  };

  it.each(['before the sale', 'while the sale waits', 'between the sale and the commit'])(
    '%s: the caller learns it, nothing is half stored, and recording again works',
    async (when) => {
      const orderId = `order-${++orders}`;
      const runner = shop.dataSource.createQueryRunner();
      const blocker = shop.dataSource.createQueryRunner();
      const pay = async (): Promise<void> => {
        await runner.startTransaction();
        const session = await sessionOf(runner);
        await storeOrder(runner.manager, orderId);
        if (when === 'before the sale') await kill(session);
        if (when === 'while the sale waits') {
          await blocker.startTransaction();
          await shop.conversions.record(simpleSale(orderId), { manager: blocker.manager });
          void aMoment().then(() => kill(session));
        }
        await shop.conversions.record(simpleSale(orderId), { manager: runner.manager });
        if (when === 'between the sale and the commit') await kill(session);
        await runner.commitTransaction();
      };
      await expect(pay()).rejects.toBeInstanceOf(Error);
      if (blocker.isTransactionActive) await blocker.rollbackTransaction();
      await blocker.release();
      await runner.release();
      await poolIsWell();

      expect(await shop.orders()).not.toContain(orderId);
      expect(await stored(shop, orderId)).toEqual({ sales: [], deliveries: [], story: [] });
      expect(await orphans(shop)).toBe(0);

      const sale = await shop.dataSource.transaction(async (manager) => {
        await storeOrder(manager, orderId);
        return shop.conversions.record(simpleSale(orderId), { manager });
      });
      expect(await shop.found(orderId)).toEqual(sale);
      expect(await stored(shop, orderId)).toMatchObject({ deliveries: ['sale'], story: ['recorded'] });
    },
  );
});
