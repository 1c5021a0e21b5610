import { type ImpactDatabase, isStrict, run, type Script } from '../database/index.js';
import { statesBefore } from './states.rules.js';
import { tell } from './story.statements.js';

const before = (state: 'CANCELLED'): string => `'${statesBefore(state).join(`', '`)}'`;

/**
 * Takes back a sale that nobody has begun to send: its delivery is finished before its first attempt.
 *
 * @returns `false` when an attempt has begun, or the transaction's snapshot cannot tell.
 */
export function* cancelUnsent(database: ImpactDatabase, sale: string): Script<boolean> {
  const now = database.now();
  // There the update of a row that somebody has just claimed would end the caller's transaction.
  if (yield* isStrict(database.dialect)) return false;
  // Without a lock first: whoever only looks waits for nobody, and nobody waits crosswise for it.
  const { rows: begun } = yield* run(
    `SELECT id FROM impact_deliveries WHERE conversion = ? AND kind = 'sale' AND due_at IS NOT NULL ` +
      `AND (first_attempt_at IS NOT NULL OR lease_token IS NOT NULL)`,
    [sale],
  );
  if (begun.length > 0) return false;
  const { affected: finished } = yield* run(
    `UPDATE impact_deliveries SET due_at = NULL, outcome = 'cancelled', finished_at = ${now} ` +
      `WHERE conversion = ? AND kind = 'sale' AND first_attempt_at IS NULL AND lease_token IS NULL`,
    [sale],
  );
  if (finished === 0) {
    // None to make: a dry run, or a sale that was parked. One that was refused may not have a doubt left. A
    // snapshot may be older than an attempt.
    const { rows } = yield* run(
      `SELECT id FROM impact_deliveries WHERE conversion = ? AND kind = 'sale' ` +
        `AND (due_at IS NOT NULL OR unknown_since IS NOT NULL)${database.dialect.newestRow}`,
      [sale],
    );
    if (rows.length > 0) return false;
  }
  const { affected } = yield* run(
    `UPDATE impact_conversions SET state = 'CANCELLED', verdict_due_at = NULL WHERE id = ? AND state IN (${before('CANCELLED')})`,
    [sale],
  );
  if (affected > 0) yield* tell(database, sale, 'cancelled', {});
  return affected > 0;
}

/** Sends a sale after all that was taken back before it was sent: something is left of it again. */
export function* releaseCancelled(database: ImpactDatabase, sale: string): Script<void> {
  const now = database.now();
  const { affected } = yield* run(
    `UPDATE impact_deliveries SET due_at = ${now}, recorded_at = ${now}, outcome = NULL, finished_at = NULL ` +
      `WHERE conversion = ? AND kind = 'sale' AND outcome = 'cancelled' AND first_attempt_at IS NULL`,
    [sale],
  );
  if (affected === 0) return;
  yield* run(`UPDATE impact_conversions SET state = 'RECORDED' WHERE id = ? AND state = 'CANCELLED'`, [sale]);
  yield* tell(database, sale, 'released', {});
}
