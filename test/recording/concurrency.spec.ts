import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Conversion, ConversionConflictError } from 'nestjs-impact';
import { SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type Shop, simpleSale, startShop } from '../support/shop.app.js';
import { LIVE } from './support/live.options.js';
import { type Level, named, openOrder, orphans, stored } from './support/order.transaction.js';

const CROWD = Array.from({ length: 20 }, (_, index) => index);
const POOL = { poolSize: 24, extra: { connectionLimit: 24 } };

describe.each(SERVERS)('many at once on $name', (database) => {
  const lifetime = useLifetime('file');
  let shop: Shop;
  let orders = 0;
  const nextOrder = (): string => `order-${++orders}`;

  beforeAll(async () => {
    shop = await startShop({ on: database, impact: LIVE, database: POOL });
    lifetime.keep(shop, () => shop.close());
  });

  /** Opens all transactions first, so that every snapshot is older than every sale. */
  const crowd = async (
    level: Level | undefined,
    work: (index: number) => { orderId: string; more?: object },
  ) => {
    const opened = await Promise.all(
      CROWD.map((index) => openOrder(shop, `${work(index).orderId}-${index}`, level)),
    );
    return Promise.allSettled(
      opened.map(async (order, index) => {
        const { orderId, more } = work(index);
        try {
          return await shop.conversions.record(simpleSale(orderId, more), { manager: order.manager });
        } finally {
          // Whatever came of the sale: the shop's own order is stored.
          await order.commit();
        }
      }),
    );
  };
  const answers = (results: PromiseSettledResult<Conversion>[]): Conversion[] =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const errors = (results: PromiseSettledResult<Conversion>[]): unknown[] =>
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));

  // SERIALIZABLE is left out: there the shop's own statements may end in an error, whatever we do.
  describe.each<{ level: Level | undefined; name: string }>([
    { level: undefined, name: 'the default level' },
    { level: 'READ COMMITTED', name: 'READ COMMITTED' },
    { level: 'REPEATABLE READ', name: 'REPEATABLE READ' },
  ])('in $name', ({ level }) => {
    it('one order recorded by twenty transactions is one sale, and each of them commits', async () => {
      const orderId = nextOrder();
      const results = await crowd(level, () => ({ orderId }));
      expect(errors(results)).toEqual([]);
      expect(new Set(answers(results).map(({ id }) => id)).size).toBe(1);
      expect(await stored(shop, orderId)).toMatchObject({ deliveries: ['sale'], story: ['recorded'] });
      for (const index of CROWD) expect(await shop.orders()).toContain(`${orderId}-${index}-after`);
    });

    it('with two contents it is one sale, and conflicts for those who came second', async () => {
      const orderId = nextOrder();
      const results = await crowd(level, (index) => ({
        orderId,
        more: index % 2 === 0 ? {} : { currency: 'EUR' },
      }));
      expect(answers(results)).toHaveLength(10);
      expect(errors(results)).toHaveLength(10);
      for (const error of errors(results)) expect(error).toBeInstanceOf(ConversionConflictError);
      expect(await stored(shop, orderId)).toMatchObject({ deliveries: ['sale'], story: ['recorded'] });
    });

    it('twenty orders disturb nobody', async () => {
      const name = nextOrder();
      const results = await crowd(level, (index) => ({ orderId: `${name}/${index}` }));
      expect(errors(results)).toEqual([]);
      expect(new Set(answers(results).map(({ id }) => id)).size).toBe(CROWD.length);
      expect(await orphans(shop)).toBe(0);
    });
  });
});

describe.each(SERVERS)('with a pool of one connection on $name', (database) => {
  const lifetime = useLifetime('file');

  it('records inside the only transaction, and says what is missing when that is too old', async () => {
    const shop = await startShop({
      on: database,
      impact: LIVE,
      database: { poolSize: 1, extra: { connectionLimit: 1 } },
    });
    lifetime.keep(shop, () => shop.close());
    const session = database.name === 'mariadb' ? ['SET SESSION innodb_snapshot_isolation = OFF'] : [];
    const order = await openOrder(shop, 'one', 'REPEATABLE READ', session);
    const { manager } = order;
    const first = await shop.conversions.record(simpleSale('one'), { manager });
    expect(await shop.conversions.record(simpleSale('one'), { manager })).toEqual(first);
    await order.commit();

    const rival = await startShop({ impact: LIVE, database: shop.dataSource.options });
    lifetime.keep(rival, () => rival.close());
    const late = await openOrder(shop, 'late', 'REPEATABLE READ', session);
    const theirs = await rival.conversions.record(simpleSale('late'));
    const ours: unknown = await shop.conversions
      .record(simpleSale('late'), { manager: late.manager })
      .catch((error: unknown) => error);
    expect(named(ours)).toBe(database.dialect === 'postgres' ? 'StaleSnapshotError' : theirs.id);
    await late.commit();
    expect(await shop.orders()).toContain('late-after');
    expect(await stored(shop, 'late')).toMatchObject({ deliveries: ['sale'], story: ['recorded'] });
  });
});
