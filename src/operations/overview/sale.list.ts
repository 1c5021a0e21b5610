import {
  bigint,
  date,
  dateOrNull,
  json,
  placeholders,
  type Row,
  run,
  type Script,
  type SqlValue,
  text,
  textOrNull,
} from '../../database/index.js';
import type { AttributedBy, ConversionState, Stamp } from '../../ledger/index.js';
import { currencyDecimals, formatMoney } from '../../wire/index.js';
import { afterPrefix } from './overview.rules.js';
import type { SaleLine } from './overview.types.js';

/** Where an order id is unique. */
export interface SaleSpace extends Stamp {
  readonly program: string;
  readonly eventType: string;
}

const COLUMNS =
  `id, order_id, state, recorded_at, event_at, currency, amount_minor, click_id, attributed_by, partner_id, ` +
  `action_id, submission_id, payout, action_currency, locking_at, problems, reason_codes`;

const OWN = `account = ? AND environment = ?`;
const own = ({ account, environment }: Stamp): string[] => [account, environment];

/** A place in a list of sales, as text: when the last one was paid, and its id. */
export interface SalePlace {
  readonly eventAt: number;
  readonly id: string;
}

/** Newest first. Of every state: as many of each as one page takes, because the index begins with the state. */
export function* listSales(
  stamp: Stamp,
  states: readonly ConversionState[],
  after: SalePlace | null,
  limit: number,
): Script<SaleLine[]> {
  const sales: SaleLine[] = [];
  for (const state of states) {
    const { rows } = yield* run(
      `SELECT ${COLUMNS} FROM impact_conversions WHERE ${OWN} AND state = ?` +
        // The first condition bounds the scan on every database.
        `${after === null ? '' : ' AND event_at <= ? AND (event_at < ? OR id < ?)'} ` +
        `ORDER BY event_at DESC, id DESC LIMIT ?`,
      [...own(stamp), state, ...(after === null ? [] : [after.eventAt, after.eventAt, after.id]), limit],
    );
    sales.push(...rows.map(saleLineOf));
  }
  return sales
    .toSorted((a, b) => b.eventAt.getTime() - a.eventAt.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/**
 * Sales of an order id, of order ids that begin like it, of a submission, an action or a click.
 *
 * One statement for each: a condition over all of them would read the whole table. Only the search for a click
 * does, and only when nothing else was found.
 */
export function* searchSales(space: SaleSpace, sought: string, limit: number): Script<SaleLine[]> {
  const found = new Map<string, SaleLine>();
  const take = function* (condition: string, values: readonly SqlValue[]): Script<void> {
    if (found.size >= limit) return;
    const { rows } = yield* run(
      `SELECT ${COLUMNS} FROM impact_conversions WHERE ${condition} AND ${OWN} LIMIT ?`,
      [...values, ...own(space), limit],
    );
    for (const line of rows.map(saleLineOf)) if (found.size < limit) found.set(line.id, line);
  };
  const orders = `program = ? AND event_type = ? AND order_id`;
  const key = [space.program, space.eventType];
  yield* take(`${orders} = ?`, [...key, sought]);
  for (const column of ['made_order_id', 'submission_id', 'action_id'])
    yield* take(`${column} = ?`, [sought]);
  const linked = yield* linkedOrders(space.program, sought, limit);
  if (linked.length > 0) yield* take(`${orders} IN (${placeholders(linked.length)})`, [...key, ...linked]);
  yield* take(`${orders} >= ? AND order_id < ?`, [...key, sought, afterPrefix(sought)]);
  if (found.size === 0 || linked.length > 0)
    for (const line of yield* salesOfClick(space, sought, limit)) found.set(line.id, line);
  return [...found.values()].slice(0, limit);
}

/** Reads the whole table: no index is kept for it. The stamp is left out, or its index would be read as well. */
function* salesOfClick({ account, environment }: Stamp, clickId: string, limit: number): Script<SaleLine[]> {
  const { rows } = yield* run(
    `SELECT ${COLUMNS}, account, environment FROM impact_conversions WHERE click_id = ? LIMIT ?`,
    [clickId, limit],
  );
  return rows
    .filter((row) => text(row, 'account') === account && text(row, 'environment') === environment)
    .map(saleLineOf);
}

function* linkedOrders(program: string, clickId: string, limit: number): Script<string[]> {
  const { rows } = yield* run(
    `SELECT l.subject FROM impact_clicks c JOIN impact_click_links l ON l.click = c.id AND l.kind = 'order' ` +
      `WHERE c.program = ? AND c.click_id = ? LIMIT ?`,
    [program, clickId, limit],
  );
  return rows.map((row) => text(row, 'subject'));
}

function saleLineOf(row: Row): SaleLine {
  const currency = text(row, 'currency');
  const minor = bigint(row, 'amount_minor');
  return {
    id: text(row, 'id'),
    orderId: text(row, 'order_id'),
    state: text(row, 'state') as ConversionState,
    recordedAt: date(row, 'recorded_at'),
    eventAt: date(row, 'event_at'),
    currency,
    // A parked sale may have a currency that does not exist.
    amount: currencyDecimals(currency) === undefined ? String(minor) : formatMoney(minor, currency),
    clickId: textOrNull(row, 'click_id'),
    attributedBy: textOrNull(row, 'attributed_by') as AttributedBy | null,
    partnerId: textOrNull(row, 'partner_id'),
    actionId: textOrNull(row, 'action_id'),
    submissionId: textOrNull(row, 'submission_id'),
    payout: textOrNull(row, 'payout'),
    actionCurrency: textOrNull(row, 'action_currency'),
    lockingAt: dateOrNull(row, 'locking_at'),
    problems: json(row, 'problems') as string[],
    reasonCodes: json(row, 'reason_codes') as string[],
  };
}
