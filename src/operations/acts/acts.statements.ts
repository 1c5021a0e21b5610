import {
  date,
  type ImpactDatabase,
  integer,
  json,
  newId,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import { type SaleKey, type Stamp, tell, tellAll, type WireParameter } from '../../ledger/index.js';
import type { ActedBy } from './acts.types.js';
import { isAttributable } from './release.rules.js';

/** A sale of the dry run. */
export interface KeptRow {
  readonly id: string;
  readonly orderId: string;
  readonly request: readonly WireParameter[];
  readonly eventAt: Date;
  readonly test: boolean;
}

/** Sales per transaction. */
export const BATCH = 200;

const KEPT = `state = 'DRY_RUN' AND account = ? AND environment = ? AND program = ? AND event_type = ?`;
const keptBy = (of: SaleScope): string[] => [of.account, of.environment, of.program, of.eventType];

export type SaleScope = Stamp & Pick<SaleKey, 'program' | 'eventType'>;

export function* countKept(of: SaleScope, orderId: string | null): Script<number> {
  const { rows } = yield* run(
    `SELECT count(*) AS kept FROM impact_conversions WHERE ${KEPT}${orderId === null ? '' : ' AND order_id = ?'}`,
    [...keptBy(of), ...(orderId === null ? [] : [orderId])],
  );
  return integer(rows[0]!, 'kept');
}

/** The next sales of the dry run, in the order in which they were recorded. */
export function* keptSales(
  { dialect }: Pick<ImpactDatabase, 'dialect'>,
  of: SaleScope,
  orderId: string | null,
  after: string,
): Script<KeptRow[]> {
  const { rows } = yield* run(
    `SELECT id, order_id, request, event_at, is_test FROM impact_conversions WHERE ${KEPT} AND id > ?` +
      `${orderId === null ? '' : ' AND order_id = ?'} ORDER BY id LIMIT ${BATCH}${dialect.lockRow}`,
    [...keptBy(of), after, ...(orderId === null ? [] : [orderId])],
  );
  return rows.map((row: Row): KeptRow => ({
    id: text(row, 'id'),
    orderId: text(row, 'order_id'),
    request: json(row, 'request') as readonly WireParameter[],
    eventAt: date(row, 'event_at'),
    test: integer(row, 'is_test') === 1,
  }));
}

/** Lets sales out that the same transaction has read and locked. */
export function* letOut(
  database: ImpactDatabase,
  stamp: Stamp,
  sales: readonly KeptRow[],
  { by, why }: ActedBy,
): Script<void> {
  if (sales.length === 0) return;
  const ids = padded(sales.map(({ id }) => id));
  yield* run(
    `UPDATE impact_conversions SET state = 'RECORDED' WHERE state = 'DRY_RUN' AND id IN (${placeholders(ids.length)})`,
    ids,
  );
  const now = database.now();
  for (const { id, request } of sales) {
    yield* run(
      `INSERT INTO impact_deliveries (id, conversion, account, environment, kind, sequence, priority, due_at, attempts, recorded_at) ` +
        `VALUES (?, ?, ?, ?, 'sale', 0, ?, ${now}, 0, ${now})`,
      [newId(), id, stamp.account, stamp.environment, isAttributable(request) ? 0 : 2],
    );
  }
  yield* tellAll(
    database,
    sales.map(({ id }) => ({ conversion: id, what: 'released' as const, data: { by, why } })),
  );
}

/** What became of the one call of a sale; `null` when none was ever made. */
export function* saleCallOf(sale: string): Script<{ outcome: string | null; finished: boolean } | null> {
  const { rows } = yield* run(
    `SELECT outcome, due_at FROM impact_deliveries WHERE conversion = ? AND kind = 'sale'`,
    [sale],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { outcome: textOrNull(row, 'outcome'), finished: textOrNull(row, 'due_at') === null };
}

/**
 * Makes the call of a refused sale due again, with its whole age before it. A doubt about an earlier attempt is
 * kept: then the vendor's actions are looked through first.
 */
export function* retrySale(
  database: ImpactDatabase,
  sale: { readonly id: string; readonly problems: readonly string[] },
  { by, why }: ActedBy,
): Script<boolean> {
  const now = database.now();
  const { affected } = yield* run(
    `UPDATE impact_conversions SET state = 'RECORDED', problems = '[]' WHERE id = ? AND state = 'UNDELIVERABLE'`,
    [sale.id],
  );
  if (affected === 0) return false;
  yield* run(
    `UPDATE impact_deliveries SET due_at = ${now}, recorded_at = ${now}, finished_at = NULL, outcome = NULL, lease_token = NULL ` +
      `WHERE conversion = ? AND kind = 'sale'`,
    [sale.id],
  );
  yield* tell(database, sale.id, 'by-hand', { did: 'retry', by, why, was: sale.problems });
  return true;
}

/** Lets a refused correction be looked at anew, in its old place among the sale's corrections. */
export function* retryCorrection(
  database: ImpactDatabase,
  sale: string | null,
  correction: { readonly id: string; readonly key: string; readonly problems: readonly string[] },
  { by, why }: ActedBy,
): Script<boolean> {
  const { affected } = yield* run(
    `UPDATE impact_corrections SET state = 'held', due_at = ${database.now()}, looks = 0, problems = NULL, reason_codes = NULL, ` +
      `submission_id = NULL, sent_at = NULL WHERE id = ? AND state = 'refused' AND claim IS NULL`,
    [correction.id],
  );
  if (affected === 0) return false;
  if (sale !== null) {
    const data = { did: 'retry-correction', key: correction.key, by, why, was: correction.problems };
    yield* tell(database, sale, 'by-hand', data);
  }
  return true;
}
