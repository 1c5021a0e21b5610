import { setTimeout } from 'node:timers/promises';
import { StaleSnapshotError } from './database.errors.js';
import type { DatabaseDialect } from './dialect.js';
import { type ImpactDatabase, run, type Script } from './impact.database.js';

/**
 * A caller's transaction may live in a snapshot that is older than the row which it is about to write. What
 * the databases make of that differs (docs/database.md); these scripts keep the transaction usable on each.
 */
type Traits = Pick<DatabaseDialect, 'snapshot' | 'newestRow'>;

const SAVEPOINT = 'impact_snapshot';
/** How long the second connection may take: a pool that is busy with waiting transactions never gives one. */
const MOST_PATIENCE = 2_000;

/** Whether statements over rows younger than the snapshot fail in this transaction. */
export function* isStrict({ snapshot }: Traits): Script<boolean> {
  if (snapshot.strict === null) return false;
  const { rows } = yield* run(snapshot.strict);
  return rows.length > 0;
}

/**
 * Runs a script so that a row younger than the snapshot does not end the transaction.
 *
 * This is the one place where an error of the database is caught inside the caller's transaction, and only
 * behind a savepoint of our own.
 *
 * @throws StaleSnapshotError in place of the database's error; the transaction is then as it was.
 */
export function* behindSavepoint<T>(dialect: Traits, script: () => Script<T>): Script<T> {
  if (dialect.snapshot.failure === null || !(yield* isStrict(dialect))) return yield* script();
  yield* run(`SAVEPOINT ${SAVEPOINT}`);
  let result: T;
  try {
    result = yield* script();
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== dialect.snapshot.failure) throw cause;
    yield* run(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    yield* run(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    throw new StaleSnapshotError({ cause });
  }
  yield* run(`RELEASE SAVEPOINT ${SAVEPOINT}`);
  return result;
}

/** For a write that somebody else has done already when the snapshot is too old for it. */
export function* unlessStale(script: Script<void>): Script<void> {
  try {
    yield* script;
  } catch (error) {
    if (!(error instanceof StaleSnapshotError)) throw error;
  }
}

/**
 * A row that is known to be there, whether the snapshot shows it or not.
 *
 * @param read gets the suffix of its `SELECT`.
 * @throws StaleSnapshotError when only another connection can read it.
 */
export function* newest<T>(dialect: Traits, read: (suffix: string) => Script<T | null>): Script<T> {
  // Without a lock first: whoever only looks keeps nobody waiting.
  const seen = yield* read('');
  if (seen !== null) return seen;
  if (yield* isStrict(dialect)) throw new StaleSnapshotError();
  const row = yield* read(dialect.newestRow);
  if (row === null) throw new StaleSnapshotError();
  return row;
}

/**
 * Reads over another connection what the caller's snapshot hides.
 *
 * @throws the given error when no connection is free in time or nothing is found.
 */
export async function readElsewhere<T>(
  database: Pick<ImpactDatabase, 'read'>,
  script: () => Script<T | null>,
  stale: StaleSnapshotError,
): Promise<T> {
  const patience = new AbortController();
  const late = setTimeout(MOST_PATIENCE, null, { signal: patience.signal }).catch(() => null);
  try {
    const found = await Promise.race([database.read(script), late]);
    if (found === null) throw stale;
    return found;
  } finally {
    patience.abort();
  }
}
