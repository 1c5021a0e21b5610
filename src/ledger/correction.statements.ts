import {
  behindSavepoint,
  type ImpactDatabase,
  newest,
  newId,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  unlessStale,
} from '../database/index.js';
import type { ConversionRow } from './conversion.row.js';
import { writeMoves } from './correction.moves.js';
import { inOrder, type StoredCorrection, storedCorrectionOf } from './correction.row.js';
import { CorrectionConflictError } from './ledger.errors.js';
import type { Correction, CorrectionEntry, CorrectionState, SaleKey } from './ledger.types.js';
import { tell } from './story.statements.js';
import { isUnsentState, nothingIsLeft } from './unsent.rules.js';
import { cancelUnsent } from './unsent.statements.js';

const OF_SALE = `program = ? AND event_type = ? AND order_id = ?`;
const keyOf = ({ program, eventType, orderId }: SaleKey): string[] => [program, eventType, orderId];

/**
 * Stores a correction until the sale can take it; the same key with the same content is the same correction.
 *
 * @param sale the sale's id; null while nothing is known of it.
 * @throws CorrectionConflictError, StaleSnapshotError
 */
export function* storeCorrection(
  database: ImpactDatabase,
  entry: CorrectionEntry,
  sale: string | null,
): Script<Correction> {
  const id = newId();
  const row = {
    id,
    conversion: sale,
    account: entry.account,
    environment: entry.environment,
    program: entry.program,
    event_type: entry.eventType,
    order_id: entry.orderId,
    correction_key: entry.key,
    kind: entry.kind,
    target: JSON.stringify(entry.target),
    fingerprint: entry.fingerprint,
    state: 'held',
    looks: 0,
  };
  const { affected } = yield* behindSavepoint(database.dialect, () =>
    run(
      database.dialect.insertNew({
        table: 'impact_corrections',
        columns: Object.keys(row),
        computed: { recorded_at: database.now(), due_at: database.now() },
        conflict: ['program', 'event_type', 'order_id', 'correction_key'],
      }),
      Object.values(row),
    ),
  );
  const correction =
    affected > 0
      ? { id, key: entry.key, orderId: entry.orderId, state: 'held' as const }
      : yield* newest(database.dialect, (suffix) => storedCorrection(entry, suffix));
  if (sale !== null) {
    yield* unlessStale(behindSavepoint(database.dialect, () => adoptEarly(database, entry, sale)));
    if (affected > 0)
      yield* tell(database, sale, 'correction-recorded', { key: entry.key, kind: entry.kind });
  }
  return correction;
}

/**
 * The correction that is stored under a key.
 *
 * @throws CorrectionConflictError when it is another change.
 */
export function* storedCorrection(entry: CorrectionEntry, suffix = ''): Script<Correction | null> {
  const { rows } = yield* run(
    `SELECT id, correction_key, state, fingerprint FROM impact_corrections WHERE ${OF_SALE} AND correction_key = ?${suffix}`,
    [...keyOf(entry), entry.key],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (text(row, 'fingerprint') !== entry.fingerprint) {
    throw new CorrectionConflictError(entry.orderId, entry.key);
  }
  return correctionOf(row, entry);
}

/** An order's corrections in the order in which they count. */
export function* correctionsOf(key: SaleKey): Script<StoredCorrection[]> {
  const { rows } = yield* run(`SELECT * FROM impact_corrections WHERE ${OF_SALE}`, keyOf(key));
  return inOrder(rows.map((row) => storedCorrectionOf(row)));
}

/**
 * Takes a sale back that nobody has begun to send, when its corrections leave nothing of it: then there is
 * nothing to correct.
 */
export function* takeBackUnsent(database: ImpactDatabase, sale: ConversionRow): Script<boolean> {
  if (!isUnsentState(sale.state)) return false;
  const corrections = yield* correctionsOf(sale);
  if (!nothingIsLeft(sale, corrections) || !(yield* cancelUnsent(database, sale.id))) return false;
  const moves = corrections
    .filter(({ state }) => state === 'held')
    .map(
      (correction) => ({ is: 'nothing-to-correct', correction, why: TAKEN_BACK, actionId: null }) as const,
    );
  yield* writeMoves(database, sale, [{ picture: { sale, corrections }, moves }]);
  return true;
}

/** Why there is nothing to correct about a sale that was never sent. */
export const TAKEN_BACK = 'the sale was taken back before it was sent';

/** Ids of an order's corrections that came before it was known, and that it has not taken over yet. */
export function* earlyCorrections(key: SaleKey): Script<string[]> {
  const { rows } = yield* run(
    `SELECT id FROM impact_corrections WHERE ${OF_SALE} AND conversion IS NULL`,
    keyOf(key),
  );
  return rows.map((row) => text(row, 'id'));
}

/** What a story says of corrections that were there before the sale. */
export const earlyLine = (count: number) => ({ before: 'the sale', count });

/**
 * Corrections that came before their sale are the sale's, and its story says so.
 *
 * Done by the next correction and not by the recording of the sale: hardly any sale has one, and each would
 * pay for asking. They belong to it by the order's key in any case.
 */
function* adoptEarly(database: ImpactDatabase, key: SaleKey, sale: string): Script<void> {
  const early = yield* earlyCorrections(key);
  if (early.length === 0) return;
  const { affected } = yield* run(
    `UPDATE impact_corrections SET conversion = ? WHERE id IN (${placeholders(early.length)}) AND conversion IS NULL`,
    [sale, ...early],
  );
  if (affected > 0) yield* tell(database, sale, 'correction-recorded', earlyLine(affected));
}

const correctionOf = (row: Row, { orderId }: SaleKey): Correction => ({
  id: text(row, 'id'),
  key: text(row, 'correction_key'),
  orderId,
  state: text(row, 'state') as CorrectionState,
});
