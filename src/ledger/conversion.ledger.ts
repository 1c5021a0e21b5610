import { Inject, Injectable } from '@nestjs/common';
import {
  behindSavepoint,
  IMPACT_DATABASE,
  type ImpactDatabase,
  newest,
  newId,
  run,
  type Script,
  StaleSnapshotError,
} from '../database/index.js';
import { diffFingerprints } from '../wire/index.js';
import { columnsOf, type ConversionRow, conversionRowOf, newRowOf } from './conversion.row.js';
import {
  correctionsOf,
  earlyCorrections,
  earlyLine,
  storeCorrection,
  storedCorrection,
  takeBackUnsent,
} from './correction.statements.js';
import type { StoredCorrection } from './correction.row.js';
import { ConversionConflictError } from './ledger.errors.js';
import type { Correction, CorrectionEntry, SaleEntry, SaleKey } from './ledger.types.js';
import { withoutCustomer } from './person.rules.js';
import { deliveryOf, firstLineOf, insert, insertSale, priorityOf } from './sale.statements.js';
import { type StoredLine, storyOf, tell } from './story.statements.js';

/** A sale on its way into the ledger. */
export interface SaleToRecord {
  readonly entry: SaleEntry;
  /** Epoch milliseconds by the database's clock. */
  readonly at: number;
  /** Whether the caller's transaction fails when it inserts what its snapshot does not show. */
  readonly strict: boolean;
  /** Makes the entry again with the click that an earlier recording of the sale has frozen. */
  readonly frozen: (attribution: unknown) => SaleEntry;
}

/**
 * The sales: stored once, read back whole.
 *
 * - Every write is a script, so that it can run inside the caller's transaction on any database.
 * - Recording is insert-or-nothing. What was inserted tells whether the sale was new; only one that was
 *   there already is read.
 * - A row that the caller's snapshot does not show never ends the caller's transaction where the database
 *   leaves a choice: see `snapshot.scripts.ts`.
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
   * @throws ConversionConflictError
   * @throws StaleSnapshotError when the sale is there and only another connection can read it: see {@link compare}.
   */
  *record(sale: SaleToRecord): Script<ConversionRow> {
    const work = () => this.#insertOrAgain(sale);
    return yield* sale.strict ? behindSavepoint(this.database.dialect, work) : work();
  }

  /** What recording a sale comes to that is there already, as far as its row needs no change. */
  *compare(known: ConversionRow, sale: SaleEntry): Script<ConversionRow> {
    if (known.state !== 'UNDELIVERABLE' && sale.state === 'UNDELIVERABLE') {
      yield* tell(this.database, known.id, 'repeat-unusable', { problems: sale.problems });
      return known;
    }
    if (known.fingerprint === sale.fingerprint) return known;
    if (known.state === 'UNDELIVERABLE') throw new StaleSnapshotError();
    throw new ConversionConflictError(
      sale.orderId,
      diffFingerprints(known.fingerprintFields, sale.fingerprintFields),
    );
  }

  *byOrder(key: SaleKey, suffix = ''): Script<ConversionRow | null> {
    const { rows } = yield* run(
      `SELECT * FROM impact_conversions WHERE program = ? AND event_type = ? AND order_id = ?${suffix}`,
      [key.program, key.eventType, key.orderId],
    );
    return rows[0] === undefined ? null : conversionRowOf(rows[0]);
  }

  *byId(id: string): Script<ConversionRow | null> {
    const { rows } = yield* run(`SELECT * FROM impact_conversions WHERE id = ?`, [id]);
    return rows[0] === undefined ? null : conversionRowOf(rows[0]);
  }

  /** A sale's story, told to the end: also of corrections that came before it and that nobody has linked yet. */
  *story(sale: SaleKey & { readonly id: string; readonly recordedAt: Date }): Script<StoredLine[]> {
    const lines = yield* storyOf(sale.id);
    const early = yield* earlyCorrections(sale);
    if (early.length === 0) return lines;
    const line = { at: sale.recordedAt, what: 'correction-recorded', data: earlyLine(early.length) } as const;
    return lines.toSpliced(1, 0, line);
  }

  /**
   * Stores a correction until the sale can take it; the same key with the same content is the same correction.
   *
   * @throws CorrectionConflictError
   * @throws StaleSnapshotError when it is there and only another connection can read it: see {@link correction}.
   */
  recordCorrection(entry: CorrectionEntry, sale: string | null): Script<Correction> {
    return storeCorrection(this.database, entry, sale);
  }

  /** @throws CorrectionConflictError when another change is stored under its key. */
  correction(entry: CorrectionEntry): Script<Correction | null> {
    return storedCorrection(entry);
  }

  corrections(key: SaleKey): Script<StoredCorrection[]> {
    return correctionsOf(key);
  }

  /** Takes a sale back that nobody has begun to send, when its corrections leave nothing of it. */
  takeBackUnsent(sale: ConversionRow): Script<boolean> {
    return takeBackUnsent(this.database, sale);
  }

  *#insertOrAgain(sale: SaleToRecord): Script<ConversionRow> {
    const id = newId();
    const isNew = yield* insertSale(this.database.dialect, id, sale.entry, sale.at);
    return isNew ? newRowOf(id, sale.entry, sale.at) : yield* this.#again(sale);
  }

  /** The order is there already. */
  *#again({ entry, at, frozen }: SaleToRecord): Script<ConversionRow> {
    const { dialect } = this.database;
    const known = yield* newest(dialect, (suffix) => this.byOrder(entry, suffix));
    const toMend = known.state === 'UNDELIVERABLE' && known.fingerprint !== entry.fingerprint;
    if (!toMend) return yield* this.compare(known, entry);
    const mended = yield* this.#mend(known, known.clickId === null ? entry : frozen(known.attribution), at);
    // Somebody else was faster: with the same content it is the same sale.
    return mended
      ? (yield* this.byId(known.id))!
      : yield* this.compare((yield* this.byOrder(entry, dialect.newestRow))!, entry);
  }

  /** Puts other content in the place of what could not be sent. Nothing of it has reached the vendor's books. */
  *#mend(known: ConversionRow, given: SaleEntry, at: number): Script<boolean> {
    const sale = known.erasedAt === null ? given : withoutCustomer(given);
    const { id: _, ...columns } = columnsOf(known.id, sale, known.recordedAt.getTime());
    const { affected: mended } = yield* run(
      `UPDATE impact_conversions SET ${Object.keys(columns)
        .map((name) => `${name} = ?`)
        .join(', ')} WHERE id = ? AND state = 'UNDELIVERABLE' AND fingerprint = ?`,
      [...Object.values(columns), known.id, known.fingerprint],
    );
    if (mended === 0) return false;
    yield* tell(this.database, known.id, 'mended', {});
    yield* insert(firstLineOf(known.id, sale, at));
    if (sale.state !== 'RECORDED') return true;
    const { affected } = yield* run(
      `UPDATE impact_deliveries SET due_at = ?, finished_at = NULL, outcome = NULL, priority = ?, ` +
        // It has its whole age before it again, and the stamp of whoever mended it.
        `recorded_at = ?, account = ?, environment = ? ` +
        `WHERE conversion = ? AND kind = 'sale'`,
      [at, priorityOf(sale), at, sale.account, sale.environment, known.id],
    );
    if (affected === 0) yield* insert(deliveryOf(known.id, sale, at));
    return true;
  }
}
