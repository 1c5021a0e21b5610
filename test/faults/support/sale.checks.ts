import { expect } from '@jest/globals';
import type { FaultShop } from './fault.shop.js';

/** What the vendor's side knows. */
export interface Evidence {
  /** How often each order is in the vendor's books. */
  readonly taken: ReadonlyMap<string, number>;
}

export interface Expected {
  /** Every order whose transaction was committed. */
  readonly orders: readonly string[];
  /** Orders of which nobody knows whether they were committed: all or nothing of them must be there. */
  readonly perhaps?: readonly string[];
  /** Orders that a person has to look at, because the vendor refused them. */
  readonly parked?: readonly string[];
  /** Most times that a sale which the vendor had was sent once more. Default 0. */
  readonly repeats?: number;
  /** How many stories are read, spread over all. Default 25. */
  readonly stories?: number;
}

/** States that say the vendor will not pay, or that nobody asked it to. */
const REJECTING = ['REJECTED', 'UNDELIVERABLE', 'CANCELLED', 'SKIPPED', 'DRY_RUN'];

/** What has to be true of a shop after every fault, when everything has calmed down. */
export async function expectEverySaleSafe(
  shop: FaultShop,
  { taken }: Evidence,
  expected: Expected,
): Promise<void> {
  const { orders, perhaps = [], parked = [], repeats = 0, stories = 25 } = expected;
  const rows = await shop.query<{ order_id: string; state: string }>(
    `SELECT order_id, state FROM impact_conversions`,
  );
  const states = new Map(rows.map(({ order_id, state }) => [order_id, state]));
  const placed = new Set(
    (await shop.query<{ id: string }>(`SELECT id FROM shop_orders`)).map(({ id }) => id),
  );

  // The order and its sale are there together, or neither is.
  expect(perhaps.filter((order) => placed.has(order) !== states.has(order))).toEqual([]);
  const kept = [...orders, ...perhaps.filter((order) => placed.has(order))];
  expect([...states.keys()].toSorted()).toEqual(kept.toSorted());

  // No row is lost.
  const due = kept.filter((order) => !parked.includes(order));
  expect(due.filter((order) => !taken.has(order))).toEqual([]);
  expect([...taken.keys()].filter((order) => !states.has(order))).toEqual([]);

  // No row is stuck.
  expect(
    await shop.query(
      `SELECT c.order_id, d.due_at, d.lease_token, d.outcome FROM impact_conversions c ` +
        `LEFT JOIN impact_deliveries d ON d.conversion = c.id AND d.finished_at IS NOT NULL ` +
        `WHERE d.id IS NULL OR d.due_at IS NOT NULL OR d.lease_token IS NOT NULL`,
    ),
  ).toEqual([]);
  expect(due.filter((order) => states.get(order) === 'RECORDED')).toEqual([]);
  expect(parked.filter((order) => states.get(order) !== 'UNDELIVERABLE')).toEqual([]);

  // No sale that the vendor took ends as rejected.
  expect([...taken.keys()].filter((order) => REJECTING.includes(states.get(order) ?? ''))).toEqual([]);
  const again = [...taken.values()].reduce((sum, count) => sum + count - 1, 0);
  expect(again).toBeLessThanOrEqual(repeats);

  await expectOrderKept(shop);
  for (const order of spread(kept, stories)) await expectReadableStory(shop, order);
}

/** No call of a sale began before every earlier one of it was finished, by the database's own times. */
async function expectOrderKept(shop: FaultShop): Promise<void> {
  expect(
    await shop.query(
      `SELECT d.conversion, d.sequence FROM impact_deliveries d ` +
        `JOIN impact_deliveries e ON e.conversion = d.conversion AND e.sequence < d.sequence ` +
        `WHERE d.first_attempt_at IS NOT NULL AND (e.finished_at IS NULL OR e.finished_at > d.first_attempt_at)`,
    ),
  ).toEqual([]);
}

/** Every line is a sentence for a person, and of a length that a person reads. */
export async function expectReadableStory(shop: FaultShop, orderId: string): Promise<void> {
  const { lines } = await shop.conversions.explain(orderId);
  expect(lines[0]?.what).toBe('recorded');
  for (const { words } of lines) {
    expect(words).toMatch(/^(?:[A-Z]|impact\.com ).*[.)]$/s);
    expect(words).not.toMatch(/undefined|NaN|\bnull\b|\[object/);
    // oxlint-disable-next-line no-control-regex -- a terminal or a page must not choke on it
    expect(words).not.toMatch(/[\u0000-\u0008\p{Cs}]/u);
    expect(words.length).toBeLessThan(10_000);
  }
}

const spread = (orders: readonly string[], count: number): string[] =>
  orders.filter((_, index) => index % Math.max(1, Math.floor(orders.length / count)) === 0);
