import {
  type ImpactDatabase,
  padded,
  placeholders,
  type RecordsetColumns,
  run,
  type Script,
} from '../database/index.js';
import type { ShownAction, StoredAction } from './action.rules.js';
import type { OrderSpace } from './action.statements.js';
import type { Stamp } from './ledger.types.js';

const ACTION_COLUMNS = {
  a_account: 'key',
  a_environment: 'key',
  a_id: 'key',
  a_conversion: 'key',
  a_state: 'text',
  a_partner: 'text',
  a_amount: 'text',
  a_currency: 'text',
  a_payout: 'text',
  a_original: 'text',
  a_original_currency: 'text',
  a_first: 'text',
  a_customer_status: 'text',
  a_event_at: 'integer',
  a_created_at: 'integer',
  a_locking_at: 'integer',
  a_cleared_at: 'integer',
} as const satisfies RecordsetColumns;

/** Columns that change, with where their values come from. */
const ACTION_SETS = {
  state: 'a_state',
  partner_id: 'a_partner',
  amount: 'a_amount',
  currency: 'a_currency',
  payout: 'a_payout',
  original_amount: 'a_original',
  original_currency: 'a_original_currency',
  first_amount: 'a_first',
  customer_status: 'a_customer_status',
  event_at: 'a_event_at',
  created_at: 'a_created_at',
  locking_at: 'a_locking_at',
  cleared_at: 'a_cleared_at',
} as const;

const SALE_COLUMNS: RecordsetColumns = {
  v_id: 'key',
  v_state: 'text',
  v_action: 'text',
  v_amount: 'text',
  v_currency: 'text',
  v_partner: 'text',
  v_payout: 'text',
  v_locking_at: 'integer',
  v_cleared_at: 'integer',
  v_due: 'integer',
  v_looks: 'integer',
};

/** What a sale shows from now on. */
export interface ShownSale extends Omit<ShownAction, 'attempted'> {
  readonly id: string;
  readonly dueAt: number | null;
  readonly looks: number;
}

/** Keeps actions: new ones and changed ones, in a statement each. */
export function* storeActions(
  database: ImpactDatabase,
  stamp: Stamp,
  actions: readonly { readonly conversion: string; readonly action: StoredAction; readonly isNew: boolean }[],
): Script<void> {
  const rowOf = ({ conversion, action }: (typeof actions)[number]) =>
    withoutNulls({
      a_account: stamp.account,
      a_environment: stamp.environment,
      a_id: action.actionId,
      a_conversion: conversion,
      a_state: action.state,
      a_partner: action.partnerId,
      a_amount: action.amount,
      a_currency: action.currency,
      a_payout: action.payout,
      a_original: action.originalAmount,
      a_original_currency: action.originalCurrency,
      a_first: action.firstAmount,
      a_customer_status: action.customerStatus,
      a_event_at: action.eventAt,
      a_created_at: action.createdAt,
      a_locking_at: action.lockingAt,
      a_cleared_at: action.clearedAt,
    } satisfies Record<keyof typeof ACTION_COLUMNS, unknown>);
  const now = database.now();
  const a = database.dialect.recordset('a', ACTION_COLUMNS);
  const fresh = actions.filter(({ isNew }) => isNew);
  if (fresh.length > 0) {
    yield* run(
      `INSERT INTO impact_actions (account, environment, action_id, conversion, ${Object.keys(ACTION_SETS).join(', ')}, ` +
        `first_seen_at, changed_at, modifications) SELECT a_account, a_environment, a_id, a_conversion, ` +
        `${Object.values(ACTION_SETS).join(', ')}, ${now}, ${now}, 0 FROM ${a}`,
      [JSON.stringify(fresh.map(rowOf))],
    );
  }
  const known = actions.filter(({ isNew }) => !isNew);
  if (known.length > 0) {
    yield* run(
      database.dialect.updateFrom(
        'impact_actions',
        a,
        `impact_actions.account = a_account AND impact_actions.environment = a_environment AND impact_actions.action_id = a_id`,
        { ...ACTION_SETS, changed_at: now },
      ),
      [JSON.stringify(known.map(rowOf))],
    );
  }
}

/** Makes sales show their actions. */
export function* showActions(database: ImpactDatabase, sales: readonly ShownSale[]): Script<void> {
  if (sales.length === 0) return;
  const rows = sales.map((sale) =>
    withoutNulls({
      v_id: sale.id,
      v_state: sale.state,
      v_action: sale.actionId,
      v_amount: sale.amount,
      v_currency: sale.currency,
      v_partner: sale.partnerId,
      v_payout: sale.payout,
      v_locking_at: sale.lockingAt,
      v_cleared_at: sale.clearedAt,
      v_due: sale.dueAt,
      v_looks: sale.looks,
    }),
  );
  yield* run(
    database.dialect.updateFrom(
      'impact_conversions',
      database.dialect.recordset('v', SALE_COLUMNS),
      'impact_conversions.id = v_id',
      {
        state: 'v_state',
        action_id: 'v_action',
        action_state: 'v_state',
        action_amount: 'v_amount',
        action_currency: 'v_currency',
        partner_id: 'v_partner',
        payout: 'v_payout',
        locking_at: 'v_locking_at',
        cleared_at: 'v_cleared_at',
        verdict_due_at: 'v_due',
        verdict_looks: 'v_looks',
        // What was wrong before it had an action stands in its story.
        problems: `'[]'`,
        reason_codes: `'[]'`,
      },
    ),
    [JSON.stringify(rows)],
  );
}

/** They have arrived: nobody sends them again. One under way at this moment is finished by whoever makes it. */
export function* finishFound(database: ImpactDatabase, saleIds: readonly string[]): Script<void> {
  if (saleIds.length === 0) return;
  const ids = padded(saleIds);
  const now = database.now();
  yield* run(
    `UPDATE impact_deliveries SET due_at = NULL, lease_token = NULL, unknown_since = NULL, outcome = 'found', finished_at = ${now} ` +
      `WHERE conversion IN (${placeholders(ids.length)}) AND sequence = 0 AND due_at IS NOT NULL ` +
      `AND (lease_token IS NULL OR due_at <= ${now})`,
    ids,
  );
}

/** Corrections that wait for their sale's action, or had nothing to correct before it had one, are looked at again. */
export function* wakeCorrections(
  database: ImpactDatabase,
  space: Omit<OrderSpace, keyof Stamp>,
  orderIds: readonly string[],
): Script<void> {
  if (orderIds.length === 0) return;
  const ids = padded(orderIds);
  yield* run(
    `UPDATE impact_corrections SET due_at = ${database.now()} WHERE program = ? AND event_type = ? ` +
      `AND order_id IN (${placeholders(ids.length)}) AND state IN ('held', 'sent', 'confirmed', 'nothing-to-correct')`,
    [space.program, space.eventType, ...ids],
  );
}

/** What is null is left out and read as NULL: JSON's own null is not the same thing everywhere. */
const withoutNulls = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
