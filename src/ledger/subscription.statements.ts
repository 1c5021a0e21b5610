import { type Row, run, type Script, textOrNull } from '../database/index.js';

/** The click of a subscription's first sale; `clickId` is null when that had none. */
export interface FirstSale {
  readonly clickId: string | null;
  /** Epoch milliseconds; null when nobody knows when the click was made. */
  readonly capturedAt: number | null;
}

/**
 * The first sale of a subscription, other than the one that is being recorded; null when there is none.
 *
 * @param orderId of the sale that is being recorded.
 */
export function* firstOfSubscription(
  program: string,
  subscription: string,
  orderId: string,
): Script<FirstSale | null> {
  const { rows } = yield* run(
    `SELECT click_id, attribution FROM impact_conversions WHERE subscription = ? AND program = ? AND order_id <> ? ` +
      `ORDER BY recorded_at, id LIMIT 1`,
    [subscription, program, orderId],
  );
  return rows[0] === undefined ? null : firstSaleOf(rows[0]);
}

function firstSaleOf(row: Row): FirstSale {
  const { capturedAt } = JSON.parse(textOrNull(row, 'attribution') ?? '{}') as { capturedAt?: unknown };
  return {
    clickId: textOrNull(row, 'click_id'),
    capturedAt: typeof capturedAt === 'number' ? capturedAt : null,
  };
}
