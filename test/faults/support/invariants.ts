import { expect } from '@jest/globals';
import type { Books } from './books.js';
import type { Call } from './receiver.js';

export interface Expected {
  /** Every order that was recorded. */
  readonly orders: readonly string[];
  /** Most calls that may have taken a sale once more. Default 0. */
  readonly repeats?: number;
  /** Deliveries per sale. Default 1. */
  readonly deliveries?: number;
  /** Processes whose calls may overlap with others' because they were stopped. Default none. */
  readonly ghosts?: ReadonlySet<string>;
  /** How many stories are read; they are spread over all orders. Default 25. */
  readonly stories?: number;
}

/** What has to be true after every fault, whatever it was. */
export async function expectSound(books: Books, expected: Expected): Promise<void> {
  const { orders, repeats = 0, deliveries = 1, ghosts = new Set(), stories = 25 } = expected;
  const { receiver } = books;

  // Nothing is lost, and nothing that nobody recorded was sent.
  const accepted = receiver.accepted();
  expect(orders.filter((order) => (accepted.get(order) ?? 0) < deliveries)).toEqual([]);
  const recorded = new Set(orders);
  expect(receiver.orders().filter((order) => !recorded.has(order))).toEqual([]);

  // Nothing is credited more often than the fault allows.
  const again = [...accepted.values()].reduce((sum, count) => sum + Math.max(0, count - deliveries), 0);
  expect(again).toBeLessThanOrEqual(repeats);

  // Nothing is stuck: no row waits, none is held, and none is left out.
  expect(await books.count('impact_deliveries')).toBe(orders.length * deliveries);
  expect(
    await books.rows(
      `SELECT conversion, sequence, due_at, lease_token, outcome FROM impact_deliveries ` +
        `WHERE due_at IS NOT NULL OR lease_token IS NOT NULL OR finished_at IS NULL OR outcome NOT IN ('sent', 'found')`,
    ),
  ).toEqual([]);

  // No sale that the vendor took ends as anything else.
  expect(
    await books.rows(`SELECT order_id, state, problems FROM impact_conversions WHERE state <> 'SENT'`),
  ).toEqual([]);

  expect(await outOfOrder(books)).toEqual([]);
  expect(overlapping(books, ghosts)).toEqual([]);
  await expectReadable(books, spread(orders, stories));
}

/** Calls of a sale that began before an earlier one of it was finished, by the database's own times. */
async function outOfOrder(books: Books): Promise<unknown[]> {
  return books.rows(
    `SELECT d.conversion, e.sequence AS earlier, d.sequence AS later FROM impact_deliveries d ` +
      `JOIN impact_deliveries e ON e.conversion = d.conversion AND e.sequence < d.sequence ` +
      `WHERE d.first_attempt_at IS NOT NULL AND (e.finished_at IS NULL OR e.finished_at > d.first_attempt_at)`,
  );
}

/** Two calls for one sale at the same time, as the vendor saw them. */
export function overlapping({ receiver }: Books, ghosts: ReadonlySet<string> = new Set()): [Call, Call][] {
  return receiver.orders().flatMap((order) => {
    const calls = receiver.of(order);
    return calls.slice(1).flatMap((call, index): [Call, Call][] => {
      const before = calls[index]!;
      const over = before.endedAt !== null && before.endedAt <= call.at;
      return over || ghosts.has(before.from) ? [] : [[before, call]];
    });
  });
}

/** Each line is a sentence for a person, and the first and the last say how it began and how it ended. */
async function expectReadable(books: Books, orders: readonly string[]): Promise<void> {
  for (const order of orders) {
    const { lines, conversion } = await books.explain(order);
    expect(conversion).toMatchObject({ orderId: order, state: 'SENT', problems: [] });
    expect(lines[0]?.what).toBe('recorded');
    expect(lines.map(({ what }) => what)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(sent|search-first)$/)]),
    );
    for (const { words } of lines) {
      expect(words).toMatch(/^(impact\.com|[A-Z]).*[.)]$/s);
      expect(words).not.toMatch(/undefined|NaN|\bnull\b|\[object/);
    }
  }
}

const spread = (orders: readonly string[], count: number): string[] =>
  orders.filter((_, index) => index % Math.max(1, Math.floor(orders.length / count)) === 0);
