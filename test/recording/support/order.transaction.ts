import { setTimeout } from 'node:timers/promises';
import type { Conversion } from 'nestjs-impact';
import type { EntityManager, QueryRunner } from 'typeorm';
import { queryRows } from '../../support/databases.js';
import { type Shop, ShopOrder, storeOrder } from '../../support/shop.app.js';

export type Level = 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
export const LEVELS: readonly Level[] = [
  'READ UNCOMMITTED',
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
];

/** A transaction of the shop's own that is already in the middle of its work. */
export interface OrderTransaction {
  readonly manager: EntityManager;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * Opens a transaction that has looked at something, so that a snapshot is taken where the level has one, and
 * has stored something, so that its loss would show.
 *
 * @param session statements for the session, run before the transaction begins.
 */
export async function openOrder(
  shop: Shop,
  orderId: string,
  level: Level | undefined,
  session: readonly string[] = [],
): Promise<OrderTransaction> {
  const runner: QueryRunner = shop.dataSource.createQueryRunner();
  for (const sql of session) await runner.query(sql);
  await runner.startTransaction(level);
  await runner.manager.countBy(ShopOrder, { id: 'nobody' });
  await storeOrder(runner.manager, orderId);
  return {
    manager: runner.manager,
    commit: async () => {
      // Whoever is still usable can still write.
      await storeOrder(runner.manager, `${orderId}-after`);
      await runner.commitTransaction();
      await runner.release();
    },
    rollback: async () => {
      await runner.rollbackTransaction();
      await runner.release();
    },
  };
}

/** What is stored of one order: sales, deliveries and the words of the story. */
export async function stored(shop: Shop, orderId: string) {
  const sales = await queryRows<{ id: string; state: string }>(
    shop.dataSource,
    'SELECT id, state FROM impact_conversions WHERE order_id = ?',
    [orderId],
  );
  const of = (table: string, column: string) =>
    queryRows<Record<string, string>>(
      shop.dataSource,
      `SELECT ${column} FROM ${table} WHERE conversion IN (SELECT id FROM impact_conversions WHERE order_id = ?) ORDER BY id`,
      [orderId],
    ).then((rows) => rows.map((row) => row[column]));
  return {
    sales,
    deliveries: await of('impact_deliveries', 'kind'),
    story: await of('impact_story', 'what'),
  };
}

/** Rows of the module that belong to no sale: what a transaction that was half lost would leave behind. */
export async function orphans(shop: Shop): Promise<number> {
  const counts = await Promise.all(
    ['impact_deliveries', 'impact_story'].map((table) =>
      queryRows<{ n: number }>(
        shop.dataSource,
        `SELECT count(*) AS n FROM ${table} WHERE conversion NOT IN (SELECT id FROM impact_conversions)`,
      ),
    ),
  );
  return counts.reduce((sum, [row]) => sum + row!.n, 0);
}

/** Long enough for a statement to reach the server and wait there. Nothing is asserted on it. */
export const aMoment = (): Promise<void> => setTimeout(50);

/** What there is of a sale that was recorded once. */
export const ONE = { deliveries: ['sale'], story: ['recorded'] };

/** A sale by its id, an error by its name. */
export const named = (answer: unknown): string =>
  answer instanceof Error ? answer.name : (answer as Conversion).id;
