import {
  type Difference,
  type ReconciliationOptions,
  type ReconciliationResult,
  ReconciliationService,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { follow, openShop, sale, type Shop } from '../../delivery/support/shop.js';
import type { TestDatabase } from '../../support/databases.js';

export const DAY = 86_400_000;

/** Opens shops whose two sets of books are compared, and closes them again. */
export function books(database: TestDatabase) {
  const open: { close(): Promise<void> }[] = [];
  return {
    start: async (
      options: Parameters<typeof openShop>[0] = {},
      sandboxOptions: Parameters<typeof ImpactSandbox.start>[0] = {},
    ): Promise<Shop> => {
      const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false, ...sandboxOptions });
      const shop = await openShop(options, { sandbox, database });
      open.push(sandbox, shop);
      return shop;
    },
    closeAll: async (): Promise<void> => {
      for (const one of open.splice(0).toReversed()) await one.close();
    },
  };
}

/** Delivers what waits and lets the ledger hear what became of it. */
export async function settled(shop: Shop): Promise<void> {
  await shop.dispatcher.drain();
  await shop.sandbox.settle();
  await shop.verdicts.hurry();
}

/** Records sales with a click, and has them credited. */
export async function credited(shop: Shop, ids: readonly string[], more: object = {}): Promise<void> {
  const clickId = await follow(shop.sandbox);
  for (const id of ids) await shop.conversions.record(sale(id, { clickId, ...more }));
  await settled(shop);
}

export function travel(shop: Shop, days: number): void {
  shop.clock.advance(days * DAY);
  shop.sandbox.travel(`+${days}d`);
}

/** The last twenty days unless told otherwise. */
export function compare(
  shop: Shop,
  options: Partial<ReconciliationOptions> = {},
): Promise<ReconciliationResult> {
  const now = shop.clock.now().getTime();
  return shop.app
    .get(ReconciliationService)
    .compare({ from: new Date(now - 20 * DAY), to: new Date(now + DAY), ...options });
}

export const told = (differences: readonly Difference[]): string[] =>
  differences.map(({ kind, orderId }) => `${orderId} ${kind}`).toSorted();
