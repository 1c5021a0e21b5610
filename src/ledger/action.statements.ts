import {
  type ImpactDatabase,
  integer,
  integerOrNull,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../database/index.js';
import { isMadeOrderId } from '../wire/index.js';
import type { ShownAction, StoredAction } from './action.rules.js';
import type { Stamp } from './ledger.types.js';
import type { ConversionState } from './states.rules.js';

/** A sale beside its actions, as far as these concern it. */
export interface SaleOfActions extends ShownAction {
  readonly id: string;
  /** As the vendor has it. */
  readonly wireOrderId: string;
  readonly orderId: string;
  readonly looks: number;
  readonly dueAt: number | null;
  /** Its delivery is still to be made, and nobody is making it. */
  readonly open: boolean;
}

/** Where orders are looked for. */
export interface OrderSpace extends Stamp {
  readonly program: string;
  readonly eventType: string;
}

const SALE =
  `SELECT id, order_id, wire_order_id, state, action_id, action_amount, action_currency, partner_id, payout, locking_at, ` +
  `cleared_at, verdict_looks, verdict_due_at FROM impact_conversions`;

const ACTION =
  `SELECT action_id, conversion, state, partner_id, amount, currency, payout, original_amount, original_currency, ` +
  `first_amount, customer_status, event_at, created_at, locking_at, cleared_at, changed_at FROM impact_actions`;

/** The sale that each known action belongs to. */
export function* conversionsOf(stamp: Stamp, actionIds: readonly string[]): Script<Map<string, string>> {
  if (actionIds.length === 0) return new Map();
  const ids = padded(actionIds);
  const { rows } = yield* run(
    `SELECT action_id, conversion FROM impact_actions WHERE account = ? AND environment = ? ` +
      `AND action_id IN (${placeholders(ids.length)})`,
    [stamp.account, stamp.environment, ...ids],
  );
  return new Map(rows.map((row) => [text(row, 'action_id'), text(row, 'conversion')]));
}

/** Sales by the order ids that the vendor has. */
export function* salesByOrder(
  database: ImpactDatabase,
  space: OrderSpace,
  orderIds: readonly string[],
): Script<SaleOfActions[]> {
  const rows: Row[] = [];
  for (const [column, ids] of [
    ['order_id', orderIds.filter((id) => !isMadeOrderId(id))],
    ['made_order_id', orderIds.filter(isMadeOrderId)],
  ] as const) {
    if (ids.length === 0) continue;
    const list = padded(ids);
    const found = yield* run(
      `${SALE} WHERE program = ? AND event_type = ? AND account = ? AND environment = ? ` +
        `AND ${column} IN (${placeholders(list.length)})`,
      [space.program, space.eventType, space.account, space.environment, ...list],
    );
    rows.push(...found.rows);
  }
  return yield* withDeliveries(database, rows);
}

/** @param options.lock nobody else applies actions to them until the end of the transaction. */
export function* salesById(
  database: ImpactDatabase,
  stamp: Stamp,
  saleIds: readonly string[],
  options: { lock?: boolean } = {},
): Script<SaleOfActions[]> {
  if (saleIds.length === 0) return [];
  // In one order for everybody, so that nobody waits crosswise.
  const ids = padded(saleIds.toSorted());
  const { rows } = yield* run(
    `${SALE} WHERE id IN (${placeholders(ids.length)}) AND account = ? AND environment = ? ` +
      `ORDER BY id${options.lock === true ? database.dialect.lockRow : ''}`,
    [...ids, stamp.account, stamp.environment],
  );
  return yield* withDeliveries(database, rows);
}

function* withDeliveries(database: ImpactDatabase, rows: readonly Row[]): Script<SaleOfActions[]> {
  if (rows.length === 0) return [];
  const ids = padded(rows.map((row) => text(row, 'id')));
  const now = database.now();
  const deliveries = yield* run(
    `SELECT conversion, CASE WHEN first_attempt_at IS NULL THEN 0 ELSE 1 END AS attempted, ` +
      `CASE WHEN due_at IS NOT NULL AND (lease_token IS NULL OR due_at <= ${now}) THEN 1 ELSE 0 END AS is_open ` +
      `FROM impact_deliveries WHERE sequence = 0 AND conversion IN (${placeholders(ids.length)})`,
    ids,
  );
  const byId = new Map(deliveries.rows.map((row) => [text(row, 'conversion'), row]));
  return rows.map((row) => saleOf(row, byId.get(text(row, 'id'))));
}

const saleOf = (row: Row, delivery: Row | undefined): SaleOfActions => ({
  id: text(row, 'id'),
  orderId: text(row, 'order_id'),
  wireOrderId: text(row, 'wire_order_id'),
  state: text(row, 'state') as ConversionState,
  attempted: delivery !== undefined && integer(delivery, 'attempted') === 1,
  open: delivery !== undefined && integer(delivery, 'is_open') === 1,
  actionId: textOrNull(row, 'action_id'),
  amount: textOrNull(row, 'action_amount'),
  currency: textOrNull(row, 'action_currency'),
  partnerId: textOrNull(row, 'partner_id'),
  payout: textOrNull(row, 'payout'),
  lockingAt: integerOrNull(row, 'locking_at'),
  clearedAt: integerOrNull(row, 'cleared_at'),
  looks: integer(row, 'verdict_looks'),
  dueAt: integerOrNull(row, 'verdict_due_at'),
});

/** An action, and when the ledger learned what it says. */
export interface KnownAction {
  readonly action: StoredAction;
  /** Epoch milliseconds by the database's clock. */
  readonly changedAt: number;
}

/** Every known action of these sales, by sale. */
export function* actionsOf(saleIds: readonly string[]): Script<Map<string, KnownAction[]>> {
  const bySale = new Map<string, KnownAction[]>(saleIds.map((id) => [id, []]));
  if (saleIds.length === 0) return bySale;
  const ids = padded(saleIds);
  const { rows } = yield* run(`${ACTION} WHERE conversion IN (${placeholders(ids.length)})`, ids);
  for (const row of rows) {
    const known = { action: storedOf(row), changedAt: integer(row, 'changed_at') };
    bySale.get(text(row, 'conversion'))?.push(known);
  }
  return bySale;
}

const storedOf = (row: Row): StoredAction => ({
  actionId: text(row, 'action_id'),
  state: text(row, 'state') as StoredAction['state'],
  partnerId: textOrNull(row, 'partner_id'),
  amount: textOrNull(row, 'amount'),
  currency: textOrNull(row, 'currency'),
  payout: textOrNull(row, 'payout'),
  originalAmount: textOrNull(row, 'original_amount'),
  originalCurrency: textOrNull(row, 'original_currency'),
  firstAmount: textOrNull(row, 'first_amount'),
  customerStatus: textOrNull(row, 'customer_status'),
  eventAt: integerOrNull(row, 'event_at'),
  createdAt: integerOrNull(row, 'created_at'),
  lockingAt: integerOrNull(row, 'locking_at'),
  clearedAt: integerOrNull(row, 'cleared_at'),
});
