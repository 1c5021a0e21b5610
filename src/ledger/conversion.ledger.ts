import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_DATABASE, type ImpactDatabase, newId, run, type Script, text } from '../database/index.js';
import { diffFingerprints } from '../wire/index.js';
import { type ConversionRow, conversionRowOf } from './conversion.row.js';
import { ConversionConflictError, CorrectionConflictError } from './ledger.errors.js';
import type {
  Correction,
  CorrectionEntry,
  CorrectionState,
  SaleEntry,
  SaleKey,
  StoryEvent,
} from './ledger.types.js';
import type { ConversionState } from './states.rules.js';
import { type StoredLine, storyOf, tell } from './story.statements.js';

/** Sales with a click or code go out before those that only complete the reports. */
const PRIORITY = { attributable: 0, correction: 1, organic: 2 } as const;

const FIRST_LINE: Record<SaleEntry['state'], StoryEvent> = {
  RECORDED: 'recorded',
  SKIPPED: 'skipped',
  DRY_RUN: 'kept-in-dry-run',
  UNDELIVERABLE: 'parked',
};

/**
 * The sales: stored once, read back whole.
 *
 * - Every write is a script, so that it can run inside the caller's transaction on any database.
 * - Recording is insert-or-ignore and then a locking read: no SQL error is caught inside the caller's
 *   transaction, because on PostgreSQL a caught error leaves it unusable.
 * - The same order with the same content is the same row; other content is a conflict that names the fields.
 * - A sale that could not be sent is the exception: recorded again with other content, it is mended.
 * - The other way round nothing changes: a good sale that is recorded again with unusable data stays as it is.
 */
@Injectable()
export class ConversionLedger {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  /**
   * Stores a sale.
   *
   * @param frozen makes the entry again with the click that an earlier recording of the sale has frozen.
   */
  *record(sale: SaleEntry, frozen: (attribution: unknown) => SaleEntry): Script<ConversionRow> {
    const id = newId();
    yield* run(
      this.database.dialect.insertIgnore({
        table: 'impact_conversions',
        columns: Object.keys(this.#columns(id, sale)),
        computed: { recorded_at: this.database.now() },
        conflict: ['program', 'event_type', 'order_id'],
      }),
      Object.values(this.#columns(id, sale)),
    );
    const row = (yield* this.byOrder(sale, { lock: true }))!;
    if (row.id === id) {
      if (sale.state === 'RECORDED') yield* this.#enqueue(id, sale);
      yield* this.#tellFirst(id, sale);
      yield* this.#adoptCorrections(id, sale);
      return row;
    }
    if (row.state !== 'UNDELIVERABLE' && sale.state === 'UNDELIVERABLE') {
      yield* tell(this.database, row.id, 'repeat-unusable', { problems: sale.problems });
      return row;
    }
    if (row.state !== 'UNDELIVERABLE' || row.fingerprint === sale.fingerprint) {
      return this.#sameOrThrow(row, sale);
    }
    yield* this.#mend(row, row.clickId === null ? sale : frozen(row.attribution));
    return (yield* this.byId(row.id))!;
  }

  *byOrder(key: SaleKey, options: { lock?: boolean } = {}): Script<ConversionRow | null> {
    const lock = options.lock === true ? this.database.dialect.lockRow : '';
    const { rows } = yield* run(
      `SELECT * FROM impact_conversions WHERE program = ? AND event_type = ? AND order_id = ?${lock}`,
      [key.program, key.eventType, key.orderId],
    );
    return rows[0] === undefined ? null : conversionRowOf(rows[0]);
  }

  *byId(id: string): Script<ConversionRow | null> {
    const { rows } = yield* run(`SELECT * FROM impact_conversions WHERE id = ?`, [id]);
    return rows[0] === undefined ? null : conversionRowOf(rows[0]);
  }

  *story(conversionId: string): Script<StoredLine[]> {
    return yield* storyOf(conversionId);
  }

  /** Stores a correction until the sale can take it; the same key with the same content is the same correction. */
  *recordCorrection(entry: CorrectionEntry, sale: string | null): Script<Correction> {
    const id = newId();
    yield* run(
      this.database.dialect.insertIgnore({
        table: 'impact_corrections',
        columns: [
          'id',
          'conversion',
          'account',
          'environment',
          'program',
          'event_type',
          'order_id',
          'correction_key',
          'kind',
          'target',
          'fingerprint',
          'state',
        ],
        computed: { recorded_at: this.database.now() },
        conflict: ['program', 'event_type', 'order_id', 'correction_key'],
      }),
      [
        id,
        sale,
        entry.account,
        entry.environment,
        entry.program,
        entry.eventType,
        entry.orderId,
        entry.key,
        entry.kind,
        JSON.stringify(entry.target),
        entry.fingerprint,
        'held',
      ],
    );
    const { rows } = yield* run(
      `SELECT id, state, fingerprint FROM impact_corrections WHERE program = ? AND event_type = ? AND order_id = ? ` +
        `AND correction_key = ?${this.database.dialect.lockRow}`,
      [entry.program, entry.eventType, entry.orderId, entry.key],
    );
    const stored = rows[0]!;
    if (text(stored, 'fingerprint') !== entry.fingerprint) {
      throw new CorrectionConflictError(entry.orderId, entry.key);
    }
    if (sale !== null && text(stored, 'id') === id) {
      yield* tell(this.database, sale, 'correction-recorded', { key: entry.key, kind: entry.kind });
    }
    return {
      id: text(stored, 'id'),
      key: entry.key,
      orderId: entry.orderId,
      state: text(stored, 'state') as CorrectionState,
    };
  }

  *corrections(key: SaleKey): Script<Correction[]> {
    const { rows } = yield* run(
      `SELECT id, correction_key, state FROM impact_corrections ` +
        `WHERE program = ? AND event_type = ? AND order_id = ? ORDER BY recorded_at, id`,
      [key.program, key.eventType, key.orderId],
    );
    return rows.map((row) => ({
      id: text(row, 'id'),
      key: text(row, 'correction_key'),
      orderId: key.orderId,
      state: text(row, 'state') as CorrectionState,
    }));
  }

  /** Adds the call that reports the sale; `due` at once. */
  *#enqueue(id: string, sale: SaleEntry): Script<void> {
    yield* run(
      `INSERT INTO impact_deliveries (id, conversion, account, environment, kind, sequence, priority, due_at, ` +
        `attempts, recorded_at, paused_for) VALUES (?, ?, ?, ?, 'sale', 0, ?, ${this.database.now()}, 0, ${this.database.now()}, 0)`,
      [newId(), id, sale.account, sale.environment, priorityOf(sale)],
    );
  }

  /** Puts other content in the place of what could not be sent. Nothing of it has reached the vendor's books. */
  *#mend(known: ConversionRow, sale: SaleEntry): Script<void> {
    const { id: _, ...columns } = this.#columns(known.id, sale);
    yield* run(
      `UPDATE impact_conversions SET ${Object.keys(columns)
        .map((name) => `${name} = ?`)
        .join(', ')} WHERE id = ?`,
      [...Object.values(columns), known.id],
    );
    yield* tell(this.database, known.id, 'mended', {});
    yield* this.#tellFirst(known.id, sale);
    if (sale.state !== 'RECORDED') return;
    const { affected } = yield* run(
      `UPDATE impact_deliveries SET due_at = ${this.database.now()}, finished_at = NULL, outcome = NULL, priority = ?, ` +
        // It has its whole age before it again, and the stamp of whoever mended it.
        `recorded_at = ${this.database.now()}, paused_for = 0, account = ?, environment = ? ` +
        `WHERE conversion = ? AND kind = 'sale'`,
      [priorityOf(sale), sale.account, sale.environment, known.id],
    );
    if (affected === 0) yield* this.#enqueue(known.id, sale);
  }

  *#tellFirst(id: string, sale: SaleEntry): Script<void> {
    yield* tell(this.database, id, FIRST_LINE[sale.state], {
      attributedBy: sale.attributedBy,
      clickId: sale.clickId,
      ...(sale.warnings.length > 0 ? { warnings: sale.warnings } : {}),
      ...(sale.problems.length > 0 ? { problems: sale.problems } : {}),
    });
  }

  /** A refund may have arrived before its sale: it is the sale's from now on, and its story says so. */
  *#adoptCorrections(id: string, key: SaleKey): Script<void> {
    const { affected } = yield* run(
      `UPDATE impact_corrections SET conversion = ? WHERE program = ? AND event_type = ? AND order_id = ? AND conversion IS NULL`,
      [id, key.program, key.eventType, key.orderId],
    );
    if (affected > 0)
      yield* tell(this.database, id, 'correction-recorded', { before: 'the sale', count: affected });
  }

  #sameOrThrow(known: ConversionRow, sale: SaleEntry): ConversionRow {
    if (known.fingerprint === sale.fingerprint) return known;
    throw new ConversionConflictError(
      sale.orderId,
      diffFingerprints(known.fingerprintFields, sale.fingerprintFields),
    );
  }

  #columns(id: string, sale: SaleEntry): Record<string, string | number | bigint | null> {
    return {
      id,
      account: sale.account,
      environment: sale.environment,
      program: sale.program,
      event_type: sale.eventType,
      order_id: sale.orderId,
      wire_order_id: sale.wireOrderId,
      state: sale.state satisfies ConversionState,
      event_at: sale.eventAt.getTime(),
      click_id: sale.clickId,
      attributed_by: sale.attributedBy,
      attribution: JSON.stringify(sale.attribution),
      customer_id: sale.customerId,
      subscription: sale.subscription,
      currency: sale.currency,
      amount_minor: sale.amountMinor,
      fingerprint: sale.fingerprint,
      fingerprint_fields: JSON.stringify(sale.fingerprintFields),
      request: JSON.stringify(sale.request),
      problems: JSON.stringify(sale.problems),
      is_test: sale.test ? 1 : 0,
      reason_codes: '[]',
      verdict_looks: 0,
    };
  }
}

const priorityOf = ({ attributable }: SaleEntry): number =>
  attributable ? PRIORITY.attributable : PRIORITY.organic;
