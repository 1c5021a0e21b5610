import {
  integer,
  integerOrNull,
  json,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import { type ConversionState, type Stamp, STATES, type WalkPositions } from '../../ledger/index.js';
import { DAY, type Month } from './calendar.rules.js';
import type { DayCount, StateCount } from './overview.rules.js';
import type { LocksSoonRow, OwedRow } from './overview.types.js';
import { sumInCurrency } from './overview.rules.js';

/** Rows of another account or environment are somebody else's. */
const OWN = `account = ? AND environment = ?`;
const own = ({ account, environment }: Stamp): string[] => [account, environment];

const dayOfColumn = (column: string): string => `${column} - ${column} % ${DAY}`;

export function* countStates(stamp: Stamp): Script<{ state: ConversionState; count: number }[]> {
  const { rows } = yield* run(
    `SELECT state, count(*) AS sales FROM impact_conversions WHERE ${OWN} GROUP BY state`,
    own(stamp),
  );
  return rows.map((row) => ({ state: text(row, 'state') as ConversionState, count: integer(row, 'sales') }));
}

export interface Backlog {
  readonly sales: number;
  readonly corrections: number;
  readonly oldestAt: number | null;
}

export function* readBacklog(stamp: Stamp): Script<Backlog> {
  const { rows } = yield* run(
    `SELECT sum(CASE WHEN sequence = 0 THEN 1 ELSE 0 END) AS sales, count(*) AS calls, min(recorded_at) AS oldest ` +
      `FROM impact_deliveries WHERE ${OWN} AND priority IN (0, 1, 2) AND due_at IS NOT NULL`,
    own(stamp),
  );
  const sales = integerOrNull(rows[0]!, 'sales') ?? 0;
  return {
    sales,
    corrections: integer(rows[0]!, 'calls') - sales,
    oldestAt: integerOrNull(rows[0]!, 'oldest'),
  };
}

export interface AccountHour {
  readonly used: number;
  /** Epoch milliseconds; 0 before the first call. */
  readonly since: number;
}

export function* readHour(stamp: Stamp): Script<AccountHour> {
  const { rows } = yield* run(
    `SELECT window_calls, window_started_at FROM impact_accounts WHERE ${OWN} AND scope = 'all'`,
    own(stamp),
  );
  const row = rows[0];
  if (row === undefined) return { used: 0, since: 0 };
  return { used: integer(row, 'window_calls'), since: integer(row, 'window_started_at') };
}

/** When the last complete reading of the vendor's actions began. */
export function* readWalkedAt(stamp: Stamp): Script<number | null> {
  const { rows } = yield* run(
    `SELECT positions FROM impact_accounts WHERE ${OWN} AND scope = 'walk'`,
    own(stamp),
  );
  const positions = rows[0] === undefined ? {} : (json(rows[0], 'positions') as WalkPositions);
  return positions.walkedAt ?? null;
}

/** Clicks of the program, by the day on which they were first seen. */
export function* countClicks(program: string, from: number, to: number): Script<DayCount[]> {
  const { rows } = yield* run(
    `SELECT ${dayOfColumn('first_seen_at')} AS on_day, count(*) AS clicks FROM impact_clicks ` +
      // A click ends after it began: what has ended before the first day is left out by an index.
      `WHERE expires_at >= ? AND first_seen_at >= ? AND first_seen_at < ? AND program = ? GROUP BY on_day`,
    [from, from, to, program],
  );
  return rows.map((row) => ({ day: integer(row, 'on_day'), count: integer(row, 'clicks') }));
}

export function* countLinks(from: number, to: number): Script<DayCount[]> {
  const { rows } = yield* run(
    `SELECT ${dayOfColumn('linked_at')} AS on_day, count(*) AS links FROM impact_click_links ` +
      `WHERE linked_at >= ? AND linked_at < ? GROUP BY on_day`,
    [from, to],
  );
  return rows.map((row) => ({ day: integer(row, 'on_day'), count: integer(row, 'links') }));
}

export function* countSales(stamp: Stamp, from: number, to: number): Script<StateCount[]> {
  const { rows } = yield* run(
    `SELECT ${dayOfColumn('event_at')} AS on_day, state, count(*) AS sales FROM impact_conversions ` +
      // Every state, named: the index begins with it.
      `WHERE ${OWN} AND state IN (${STATES.map((state) => `'${state}'`).join(', ')}) ` +
      `AND event_at >= ? AND event_at < ? GROUP BY on_day, state`,
    [...own(stamp), from, to],
  );
  return rows.map((row) => ({
    day: integer(row, 'on_day'),
    state: text(row, 'state') as ConversionState,
    count: integer(row, 'sales'),
  }));
}

/** @param months newest first. */
export function* sumOwed(stamp: Stamp, months: readonly Month[]): Script<OwedRow[]> {
  const at = `COALESCE(event_at, created_at, first_seen_at)`;
  const month = months.map(({ name, from }) => `WHEN ${at} >= ${from} THEN '${name}'`).join(' ');
  const sumWhere = (condition: string): string =>
    `sum(CASE WHEN ${condition} THEN CAST(COALESCE(payout, '0') AS decimal(40, 6)) ELSE 0 END)`;
  const { rows } = yield* run(
    `SELECT CASE ${month} END AS in_month, partner_id, currency, count(*) AS actions, ` +
      `${sumWhere(`state = 'PENDING'`)} AS pending, ` +
      `${sumWhere(`state = 'APPROVED' AND cleared_at IS NULL`)} AS approved, ` +
      `${sumWhere(`cleared_at IS NOT NULL`)} AS cleared ` +
      `FROM impact_actions WHERE ${OWN} AND state <> 'REVERSED' AND ${at} >= ${months.at(-1)!.from} ` +
      `GROUP BY in_month, partner_id, currency`,
    own(stamp),
  );
  return rows.map((row) => owedRowOf(row));
}

function owedRowOf(row: Row): OwedRow {
  const currency = textOrNull(row, 'currency');
  const sum = (column: string): string => sumInCurrency(textOrNull(row, column) ?? '0', currency);
  return {
    month: text(row, 'in_month'),
    partnerId: textOrNull(row, 'partner_id'),
    currency,
    actions: integer(row, 'actions'),
    pending: sum('pending'),
    approved: sum('approved'),
    cleared: sum('cleared'),
  };
}

/** Open corrections of sales whose action may still be changed, and not for long. */
export function* readLocksSoon(stamp: Stamp, until: number, limit: number): Script<LocksSoonRow[]> {
  const { rows } = yield* run(
    `SELECT k.order_id, k.correction_key, k.kind, k.state, k.recorded_at, c.locking_at, c.partner_id, c.action_id ` +
      `FROM impact_corrections k JOIN impact_conversions c ON c.id = k.conversion ` +
      `WHERE k.account = ? AND k.environment = ? AND k.state IN ('held', 'queued', 'sent') ` +
      `AND c.state = 'CREDITED' AND c.locking_at <= ? ORDER BY c.locking_at, k.id LIMIT ?`,
    [...own(stamp), until, limit],
  );
  return rows.map((row) => ({
    orderId: text(row, 'order_id'),
    key: text(row, 'correction_key'),
    kind: text(row, 'kind'),
    state: text(row, 'state'),
    recordedAt: new Date(integer(row, 'recorded_at')),
    locksAt: new Date(integer(row, 'locking_at')),
    partnerId: textOrNull(row, 'partner_id'),
    actionId: textOrNull(row, 'action_id'),
  }));
}

export function* countRejections(
  stamp: Stamp,
  from: number,
): Script<{ codes: readonly string[]; count: number }[]> {
  const { rows } = yield* run(
    `SELECT reason_codes, count(*) AS sales FROM impact_conversions ` +
      `WHERE ${OWN} AND state = 'REJECTED' AND event_at >= ? GROUP BY reason_codes`,
    [...own(stamp), from],
  );
  return rows.map((row) => ({ codes: json(row, 'reason_codes') as string[], count: integer(row, 'sales') }));
}
