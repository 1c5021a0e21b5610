import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseBusyError } from 'nestjs-impact';
import { openShop, sale, type Shop, ShopOrder } from './support/shop.js';

/** TypeORM has one connection per SQLite data source: ours must never become part of the app's transaction. */
describe('one SQLite connection for the app and the module', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(() => shop.close());

  const tick = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

  it('leaves the process its turns while somebody drains in a loop', async () => {
    let ran = false;
    setImmediate(() => (ran = true));
    for (let i = 0; i < 100; i += 1) await shop.dispatcher.drain();
    expect(ran).toBe(true);
  });

  it('delivers 1,000 sales while app transactions wait, commit and roll back', async () => {
    let delivering = true;
    let broken = false;
    const tally = { committed: 0, rolledBack: 0, sales: 0 };
    const app = (async () => {
      for (let number = 0; delivering || tally.sales < 1000; number += 1) {
        const rollBack = number % 3 === 0;
        try {
          await shop.dataSource.transaction(async (manager) => {
            await manager.insert(ShopOrder, { id: `order-${number}`, note: 'paid' });
            await tick(number % 5);
            for (let line = 0; line < 10 && (rollBack || tally.sales + line < 1000); line += 1) {
              await shop.conversions.record(sale(`${number}-${line}`), { manager });
            }
            await tick();
            if (rollBack) throw new RangeError('the shop changed its mind');
          });
          tally.committed += 1;
          tally.sales = Number((await shop.query(`SELECT count(*) AS n FROM impact_conversions`))[0]!['n']);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          tally.rolledBack += 1;
        }
      }
    })().catch((error: unknown) => {
      broken = true;
      throw error;
    });
    const delivery = (async () => {
      let sent = 0;
      while (sent < 1000 && !broken) {
        sent += (await shop.dispatcher.drain()).sent;
        await tick();
      }
      delivering = false;
    })();
    await Promise.all([app, delivery]);

    const posts = await shop.posts();
    expect(posts.size).toBe(1000);
    expect([...posts.values()].filter((count) => count !== 1)).toEqual([]);
    expect(await shop.query(`SELECT state, count(*) AS n FROM impact_conversions GROUP BY state`)).toEqual([
      { state: 'SENT', n: 1000 },
    ]);
    // Every transaction of the shop ended as the shop wanted.
    expect(await shop.dataSource.manager.count(ShopOrder)).toBe(tally.committed);
    expect(tally.rolledBack).toBeGreaterThan(10);
    expect(
      (
        await shop.query(`SELECT count(*) AS n FROM shop_orders WHERE CAST(substr(id, 7) AS INTEGER) % 3 = 0`)
      )[0],
    ).toEqual({ n: 0 });
  }, 180_000);

  it('leaves nothing of a rolled back transaction', async () => {
    await shop.dataSource
      .transaction(async (manager) => {
        await shop.conversions.record(sale('A-1'), { manager });
        await shop.conversions.refund('A-1', { key: 'r-1', amount: '1.00' }, { manager });
        throw new RangeError('no');
      })
      .catch(() => {});
    for (const table of ['impact_conversions', 'impact_deliveries', 'impact_story', 'impact_corrections']) {
      expect(await shop.query(`SELECT * FROM ${table}`)).toEqual([]);
    }
  });

  it('waits with a write of its own until the transaction has ended', async () => {
    const order: string[] = [];
    const transaction = shop.dataSource.transaction(async (manager) => {
      await manager.insert(ShopOrder, { id: 'o-1', note: '' });
      await tick(30);
      order.push('transaction');
    });
    await tick(5);
    const record = shop.conversions.record(sale('A-1')).then(() => order.push('record'));
    await Promise.all([transaction, record]);
    expect(order).toEqual(['transaction', 'record']);
  });

  it('takes no part in the rollback of the transaction that it waited for', async () => {
    const transaction = shop.dataSource.transaction(async (manager) => {
      await manager.insert(ShopOrder, { id: 'o-1', note: '' });
      await tick(30);
      throw new RangeError('the shop changed its mind');
    });
    await tick(5);
    const record = shop.conversions.record(sale('A-1'));
    await expect(transaction).rejects.toThrow(RangeError);
    expect(await record).toMatchObject({ state: 'RECORDED' });
    expect(await shop.dataSource.manager.count(ShopOrder)).toBe(0);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED' });
  });

  it('lets the transaction commit of a caller who waited for himself and caught the error', async () => {
    await shop.dataSource.transaction(async (manager) => {
      await manager.insert(ShopOrder, { id: 'o-1', note: '' });
      await expect(shop.conversions.record(sale('A-1'))).rejects.toThrow(DatabaseBusyError);
    });
    expect(await shop.dataSource.manager.count(ShopOrder)).toBe(1);
    expect(await shop.conversions.find('A-1')).toBeNull();
  }, 30_000);

  it('tells who waits for himself what to do', async () => {
    const stuck = shop.dataSource.transaction(async () => {
      await shop.conversions.record(sale('A-1'));
    });
    await expect(stuck).rejects.toThrow(DatabaseBusyError);
    await expect(stuck).rejects.toThrow(/pass that transaction's EntityManager as \{ manager \}/);
    // The shop's connection is as good as before.
    await shop.conversions.record(sale('A-1'));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED' });
  }, 30_000);
});
