import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { useLifetime } from '../support/lifetime.js';
import { multiply, openFaultShop } from './support/fault.shop.js';
import { Receiver } from './support/receiver.js';
import { startRestartablePostgres } from './support/restartable.postgres.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { LONG, PATIENCE, scaled, until } from './support/scale.js';

/** In the long run the snapshot is ten minutes old before the end; here as old as the drain is long. */
const SALES = scaled(1_000, 60_000);
const HELD_FOR = 600_000;
/** A text that is nowhere else in a request. */
const FIRST = 'order-behind-a-snapshot';
const LAST = 'last-of-all';
/** The statements that find and lease due rows, whatever they look like. */
const IS_CLAIM = `query ILIKE '%impact_deliveries%' AND query ILIKE '%SKIP LOCKED%'`;

interface Cost {
  readonly calls: number;
  readonly rows: number;
  /** Pages of 8 kB that were looked at, whether they were in memory or not. */
  readonly buffers: number;
}

describe('a snapshot that somebody holds on PostgreSQL while sales are sent', () => {
  const life = useLifetime('test');

  it(
    'does not make claims dearer, although no dead row can be cleaned away',
    async () => {
      const server = life.keep(
        await startRestartablePostgres([
          'shared_preload_libraries=pg_stat_statements',
          'autovacuum_naptime=1s',
        ]),
        (it) => it.close(),
      );
      await server.query('CREATE EXTENSION pg_stat_statements');
      const vendor = life.keep(await Receiver.start(), (it) => it.close());
      const shop = life.keep(
        await openFaultShop(
          {
            options: server.options,
            vendor: { url: vendor.urlFor('shop'), credentials: vendor.credentials },
          },
          { delivery: { concurrency: 16, lease: '90s' } },
        ),
        (it) => it.close(),
      );
      await shop.pay(FIRST);
      const orders = [FIRST, ...(await multiply(shop, FIRST, SALES - 1))];
      await shop.query(
        `INSERT INTO shop_orders (id) SELECT order_id FROM impact_conversions WHERE order_id <> ?`,
        [FIRST],
      );
      await shop.query('ANALYZE');

      // A report that somebody began and left open.
      const holder = life.keep(
        new pg.Client({ connectionString: (server.options as { url: string }).url }),
        (it) => it.end(),
      );
      await holder.connect();
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await holder.query('SELECT count(*) FROM impact_deliveries');
      const heldSince = performance.now();

      const soFar = async (): Promise<Cost> => {
        const [row] = await server.query(
          `SELECT coalesce(sum(calls), 0)::int AS calls, coalesce(sum(rows), 0)::int AS rows, ` +
            `coalesce(sum(shared_blks_hit + shared_blks_read), 0)::int AS buffers FROM pg_stat_statements WHERE ${IS_CLAIM}`,
        );
        return row as unknown as Cost;
      };
      const draining = shop.dispatcher.drain();
      const quarters: Cost[] = [await soFar()];
      for (let quarter = 1; quarter <= 4; quarter += 1) {
        await until('a quarter is sent', () => vendor.accepted().size >= Math.floor((quarter * SALES) / 4));
        quarters.push(await soFar());
      }
      await draining;
      const age = performance.now() - heldSince;
      if (LONG) await new Promise((resolve) => setTimeout(resolve, Math.max(0, HELD_FOR - age)));
      // A sale that comes now is found behind all that is dead.
      await shop.pay(LAST);
      orders.push(LAST);
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
      // The dead rows are really there.
      const [{ dead }] = (
        await holder.query<{ dead: string }>(
          `SELECT n_dead_tup AS dead FROM pg_stat_user_tables WHERE relname = 'impact_deliveries'`,
        )
      ).rows as [{ dead: string }];
      await holder.query('ROLLBACK');

      const perRow = quarters.slice(1).map((now, index) => {
        const before = quarters[index]!;
        return (now.buffers - before.buffers) / Math.max(1, now.rows - before.rows);
      });
      const claims = quarters[4]!.calls - quarters[0]!.calls;
      expect(claims).toBeGreaterThan(4);
      expect(Number(dead)).toBeGreaterThan(SALES / 2);
      // A claim that has to step over what was finished before it reads ever more; this one reads the same.
      expect(perRow[3]!).toBeLessThanOrEqual(1.5 * perRow[0]!);
      await expectEverySaleSafe(shop, { taken: vendor.accepted() }, { orders });
    },
    PATIENCE,
  );
});
