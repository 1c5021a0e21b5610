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
import { currentAction } from './action.rules.js';
import { actionsOf } from './action.statements.js';
import { type ConversionRow, conversionRowOf } from './conversion.row.js';
import { type CorrectionPicture, inOrder, storedCorrectionOf } from './correction.row.js';
import type { SaleKey, Stamp } from './ledger.types.js';

const keyOf = ({ program, eventType, orderId }: SaleKey): string =>
  JSON.stringify([program, eventType, orderId]);
const keyOfRow = (row: Row): string =>
  JSON.stringify([text(row, 'program'), text(row, 'event_type'), text(row, 'order_id')]);

function grouped<T>(all: readonly T[], keyOfOne: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOfOne(one));
    if (group === undefined) groups.set(keyOfOne(one), [one]);
    else group.push(one);
  }
  return groups;
}

/**
 * What decides about the corrections of some orders, in the order of the keys. Nobody else decides about their
 * sales, or applies actions to them, until the end of the transaction.
 */
export function* picturesOf(
  database: ImpactDatabase,
  stamp: Stamp,
  keys: readonly SaleKey[],
): Script<CorrectionPicture[]> {
  const pictures = new Map<string, CorrectionPicture>();
  const groups = grouped(keys, ({ program, eventType }) => JSON.stringify([program, eventType]));
  for (const group of groups.values()) {
    for (const [key, picture] of yield* ofOneEventType(database, stamp, group)) pictures.set(key, picture);
  }
  return keys.map((key) => pictures.get(keyOf(key))!);
}

function* ofOneEventType(
  database: ImpactDatabase,
  stamp: Stamp,
  keys: readonly SaleKey[],
): Script<[string, CorrectionPicture][]> {
  const orders = padded(keys.map(({ orderId }) => orderId));
  const ofOrders = `program = ? AND event_type = ? AND order_id IN (${placeholders(orders.length)}) AND account = ? AND environment = ?`;
  const values = [keys[0]!.program, keys[0]!.eventType, ...orders, stamp.account, stamp.environment];
  const sales = yield* lockedSales(database, ofOrders, values);
  const ids = [...sales.values()].map(({ id }) => id);
  // Read behind the lock: what woke them before it is seen, what wakes them after it waits for it.
  const { rows } = yield* run(
    `SELECT c.*, ${database.now()} AS now FROM impact_corrections c WHERE ${ofOrders}`,
    values,
  );
  const corrections = grouped(rows, keyOfRow);
  const actions = yield* currentActions(ids);
  const deliveries = yield* deliveriesOf(ids);
  return keys.map((key) => {
    const own = corrections.get(keyOf(key)) ?? [];
    const sale = sales.get(keyOf(key)) ?? null;
    return [
      keyOf(key),
      {
        now: integerOrNull(own[0] ?? {}, 'now') ?? 0,
        sale,
        corrections: inOrder(own.map(storedCorrectionOf)),
        action: sale === null ? null : (actions.get(sale.id) ?? null),
        delivery: sale === null ? null : (deliveries.get(sale.id) ?? null),
      },
    ];
  });
}

/** Locked by their ids, in one order for everybody, so that nobody waits crosswise. */
function* lockedSales(
  { dialect }: ImpactDatabase,
  ofOrders: string,
  values: string[],
): Script<Map<string, ConversionRow>> {
  const found = yield* run(`SELECT id FROM impact_conversions WHERE ${ofOrders}`, values);
  if (found.rows.length === 0) return new Map();
  const ids = padded(found.rows.map((row) => text(row, 'id')).toSorted());
  const { rows } = yield* run(
    `SELECT * FROM impact_conversions WHERE id IN (${placeholders(ids.length)}) ORDER BY id${dialect.lockRow}`,
    ids,
  );
  return new Map(rows.map((row) => [keyOfRow(row), conversionRowOf(row)]));
}

function* currentActions(saleIds: readonly string[]): Script<Map<string, CorrectionPicture['action']>> {
  if (saleIds.length === 0) return new Map();
  const bySale = yield* actionsOf(saleIds);
  const ids = padded(saleIds);
  const { rows } = yield* run(
    `SELECT action_id, modifications FROM impact_actions WHERE conversion IN (${placeholders(ids.length)})`,
    ids,
  );
  const modifications = new Map(rows.map((row) => [text(row, 'action_id'), integer(row, 'modifications')]));
  return new Map(
    saleIds.map((id) => {
      const current = currentAction((bySale.get(id) ?? []).map(({ action }) => action));
      if (current === null) return [id, null];
      return [id, { ...current, modifications: modifications.get(current.actionId) ?? 0 }];
    }),
  );
}

function* deliveriesOf(saleIds: readonly string[]): Script<Map<string, CorrectionPicture['delivery']>> {
  if (saleIds.length === 0) return new Map();
  const ids = padded(saleIds);
  const { rows } = yield* run(
    `SELECT conversion, first_attempt_at, lease_token, unknown_since, outcome FROM impact_deliveries ` +
      `WHERE conversion IN (${placeholders(ids.length)}) AND kind = 'sale'`,
    ids,
  );
  return new Map(
    rows.map((row) => [
      text(row, 'conversion'),
      {
        attempted: integerOrNull(row, 'first_attempt_at') !== null || textOrNull(row, 'lease_token') !== null,
        unknown: integerOrNull(row, 'unknown_since') !== null,
        cancelled: textOrNull(row, 'outcome') === 'cancelled',
      },
    ]),
  );
}
