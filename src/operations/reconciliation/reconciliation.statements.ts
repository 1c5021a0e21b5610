import {
  bigint,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  type SqlValue,
  text,
  textOrNull,
} from '../../database/index.js';
import {
  confirmedWorth,
  type ConversionState,
  inOrder,
  type SaleKey,
  type Stamp,
  type StoredCorrection,
  storedCorrectionOf,
  tell,
} from '../../ledger/index.js';
import { isMadeOrderId, type Parameters } from '../../wire/index.js';
import type { SaleFacts } from './comparison.rules.js';

type EventType = Pick<SaleKey, 'program' | 'eventType'>;

/** Sales per statement: bounds what is in memory, and the length of the list of their corrections. */
export const BATCH = 500;

const OPEN = ['held', 'queued', 'sent'];

/** Columns without the request and other long texts: 100,000 sales are read through. */
const SALES =
  `SELECT c.id, c.account, c.environment, c.program, c.event_type, c.order_id, c.wire_order_id, c.state, c.is_test, ` +
  `c.event_at, c.sent_at, c.currency, c.amount_minor, c.partner_id, c.submission_id, c.reason_codes, c.click_id ` +
  `FROM impact_conversions c`;

/** Where a keyset page ends. */
export interface SalePosition {
  readonly eventAt: number;
  readonly id: string;
}

/** A page of a window. */
export interface SalePage {
  readonly sales: readonly SaleFacts[];
  /** Where the next one begins; `null` at the end. */
  readonly next: SalePosition | null;
}

/**
 * The next sales of a window, by event date.
 *
 * The statement says where it begins, and nothing else: every further condition makes a planner expect so few
 * rows that it reads and sorts the rest of the window for each page.
 */
export function* salesOf(
  { dialect }: Pick<ImpactDatabase, 'dialect'>,
  of: EventType & Stamp,
  window: { readonly from: number; readonly to: number },
  after: SalePosition | null,
): Script<SalePage> {
  const behind = dialect.sortsAfter('c.event_at', 'c.id');
  const { rows } = yield* run(
    `${SALES} WHERE ${after === null ? 'c.event_at >= ?' : behind.sql} ORDER BY c.event_at, c.id LIMIT ${BATCH}`,
    after === null ? [window.from] : [...behind.values(after.eventAt, after.id)],
  );
  const last = rows.at(-1);
  const isOver = last === undefined || rows.length < BATCH || integer(last, 'event_at') >= window.to;
  const ours = rows.filter((row) => integer(row, 'event_at') < window.to && isOf(row, of));
  return {
    sales: yield* withTheRest(of, ours),
    next: isOver ? null : { eventAt: integer(last, 'event_at'), id: text(last, 'id') },
  };
}

const isOf = (row: Row, { account, environment, program, eventType }: EventType & Stamp): boolean =>
  text(row, 'account') === account &&
  text(row, 'environment') === environment &&
  text(row, 'program') === program &&
  text(row, 'event_type') === eventType;

/** Sales by the shop's order ids, or by the order ids that the vendor has. At most {@link BATCH}. */
export function* salesByOrder(
  of: EventType,
  ids: readonly string[],
  by: 'order' | 'wire-order',
): Script<SaleFacts[]> {
  if (ids.length === 0) return [];
  const found = new Map<string, Row>();
  for (const column of by === 'order' ? ['order_id'] : ['order_id', 'made_order_id']) {
    // Hardly any sale has a made one.
    const wanted = column === 'made_order_id' ? ids.filter(isMadeOrderId) : ids;
    if (wanted.length === 0) continue;
    const list = padded(wanted);
    const { rows } = yield* run(
      `${SALES} WHERE c.program = ? AND c.event_type = ? AND c.${column} IN (${placeholders(list.length)})`,
      [of.program, of.eventType, ...list],
    );
    for (const row of rows) found.set(text(row, 'id'), row);
  }
  return yield* withTheRest(of, [...found.values()]);
}

/** With their deliveries and corrections, by key: joined, a planner without statistics reads through either table. */
function* withTheRest(of: EventType, rows: readonly Row[]): Script<SaleFacts[]> {
  if (rows.length === 0) return [];
  const ids = padded(rows.map((row) => text(row, 'id')));
  const { rows: deliveries } = yield* run(
    `SELECT conversion, priority, finished_at, unknown_since FROM impact_deliveries ` +
      `WHERE conversion IN (${placeholders(ids.length)}) AND sequence = 0`,
    ids,
  );
  const bySale = new Map(deliveries.map((row) => [text(row, 'conversion'), row]));
  const orders = padded(rows.map((row) => text(row, 'order_id')));
  const { rows: corrections } = yield* run(
    `SELECT * FROM impact_corrections WHERE program = ? AND event_type = ? AND order_id IN (${placeholders(orders.length)})`,
    [of.program, of.eventType, ...orders],
  );
  const byOrder = new Map<string, StoredCorrection[]>();
  for (const correction of corrections.map(storedCorrectionOf)) {
    const ofOrder = byOrder.get(correction.orderId);
    if (ofOrder === undefined) byOrder.set(correction.orderId, [correction]);
    else ofOrder.push(correction);
  }
  const requests = yield* requestsOf(rows.filter((row) => byOrder.has(text(row, 'order_id'))));
  return rows.map((row) => {
    const id = text(row, 'id');
    const ofSale = inOrder(byOrder.get(text(row, 'order_id')) ?? []);
    return factsOf(row, bySale.get(id) ?? null, ofSale, requests.get(id) ?? null);
  });
}

/** What corrected sales were reported with. */
function* requestsOf(rows: readonly Row[]): Script<Map<string, Parameters>> {
  if (rows.length === 0) return new Map();
  const ids = padded(rows.map((row) => text(row, 'id')));
  const found = yield* run(
    `SELECT id, request FROM impact_conversions WHERE id IN (${placeholders(ids.length)})`,
    ids,
  );
  return new Map(found.rows.map((row) => [text(row, 'id'), json(row, 'request') as Parameters]));
}

function factsOf(
  row: Row,
  delivery: Row | null,
  corrections: readonly StoredCorrection[],
  request: Parameters | null,
): SaleFacts {
  const recordedMinor = bigint(row, 'amount_minor');
  const sale = { request: request ?? [], currency: text(row, 'currency'), amountMinor: recordedMinor };
  return {
    id: text(row, 'id'),
    orderId: text(row, 'order_id'),
    wireOrderId: text(row, 'wire_order_id'),
    state: text(row, 'state') as ConversionState,
    test: integer(row, 'is_test') === 1,
    eventAt: integer(row, 'event_at'),
    sentAt: integerOrNull(row, 'sent_at'),
    currency: text(row, 'currency'),
    recordedMinor,
    expectedMinor: confirmedWorth(sale, corrections),
    openCorrections: corrections.filter(({ state }) => OPEN.includes(state)).length,
    claims: corrections.flatMap(({ key, claim, settledAt }) =>
      claim === null || settledAt !== null ? [] : [{ key, claim }],
    ),
    partnerId: textOrNull(row, 'partner_id'),
    submissionId: textOrNull(row, 'submission_id'),
    reasonCodes: json(row, 'reason_codes') as string[],
    attributable:
      textOrNull(row, 'click_id') !== null ||
      (delivery !== null && integerOrNull(delivery, 'priority') === 0),
    delivery:
      delivery === null
        ? null
        : {
            finishedAt: integerOrNull(delivery, 'finished_at'),
            mayHaveArrived: integerOrNull(delivery, 'unknown_since') !== null,
          },
  };
}

/** The database's time in epoch milliseconds. */
export function* timeOf(database: Pick<ImpactDatabase, 'now'>): Script<number> {
  const { rows } = yield* run(`SELECT ${database.now()} AS now`);
  return integer(rows[0]!, 'now');
}

/**
 * Makes a sale due once more that was refused or never taken; `false` when it is not what it was any more.
 * Its age begins anew, as if it were recorded now.
 */
export function* sendAgain(
  database: Pick<ImpactDatabase, 'now'>,
  { id, state, submissionId }: Pick<SaleFacts, 'id' | 'state' | 'submissionId'>,
): Script<boolean> {
  const now = database.now();
  const unchanged: SqlValue[] = [id, state, ...(submissionId === null ? [] : [submissionId])];
  const { affected: sales } = yield* run(
    `UPDATE impact_conversions SET state = 'RECORDED', sent_at = NULL, submission_id = NULL, reason_codes = '[]', ` +
      `problems = '[]', verdict_due_at = NULL, verdict_looks = 0 WHERE id = ? AND state = ? ` +
      `AND submission_id ${submissionId === null ? 'IS NULL' : '= ?'} AND EXISTS (SELECT 1 FROM impact_deliveries d ` +
      `WHERE d.conversion = impact_conversions.id AND d.sequence = 0 AND d.due_at IS NULL AND d.finished_at IS NOT NULL)`,
    unchanged,
  );
  if (sales === 0) return false;
  yield* run(
    // A doubt about an earlier attempt stays: a duplicate then means that it had arrived.
    `UPDATE impact_deliveries SET due_at = ${now}, finished_at = NULL, outcome = NULL, lease_token = NULL, ` +
      `recorded_at = ${now} WHERE conversion = ? AND sequence = 0`,
    [id],
  );
  yield* tell(database, id, 'reconciled', { did: 'send-again', was: state });
  return true;
}

/** Tells in a sale's story what a reconciliation did. */
export function* tellRepair(
  database: Pick<ImpactDatabase, 'now'>,
  id: string,
  data: Readonly<Record<string, unknown>>,
): Script<void> {
  yield* tell(database, id, 'reconciled', data);
}
