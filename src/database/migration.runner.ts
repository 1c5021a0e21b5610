import { databaseDialect, type SupportedDatabase } from './database.factory.js';
import { MigrationLockError, MigrationsPendingError } from './database.errors.js';
import type { DatabaseDialect, MigrationLock } from './dialect.js';
import { type ImpactDatabase, run, type Script } from './impact.database.js';
import { FirstTables } from './migrations/0001-first-tables.js';
import type { Migration } from './migrations/migration.js';
import { createTable } from './migrations/table.statements.js';

/** Every step of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [new FirstTables()];

/** How long a process waits for another one that applies migrations, in seconds. */
const LOCK_TIMEOUT = 60;

export interface MigrateOptions {
  readonly migrations?: readonly Migration[];
  /** Seconds. */
  readonly lockTimeout?: number;
}

const label = ({ version, name }: Migration): string => `${String(version).padStart(4, '0')}-${name}`;

/**
 * Applies what is missing, under a lock, and keeps its own list in `impact_migrations`. Answers what this
 * process applied. A database where nothing is missing is only read.
 *
 * Never TypeORM's `runMigrations()`: on a shared data source that would run the app's pending ones too.
 *
 * @throws MigrationLockError when another process holds the lock for too long.
 */
export async function migrate(
  database: ImpactDatabase,
  { migrations = MIGRATIONS, lockTimeout = LOCK_TIMEOUT }: MigrateOptions = {},
): Promise<string[]> {
  const missing = await database.read(() => pendingOf(database, migrations));
  if (missing.length === 0) return [];
  return database.write(() =>
    underLock(database.dialect.migrationLock, lockTimeout, function* () {
      yield* run(listTable(database.dialect));
      // Asked again: whoever held the lock before may have applied them.
      const pending = yield* pendingOf(database, migrations);
      for (const migration of pending) {
        for (const sql of migration.up(database.dialect)) yield* run(sql);
        yield* run(listEntry(database.dialect, migration, database.now()));
      }
      return pending.map(label);
    }),
  );
}

/**
 * Reads only: whoever switches migrating off may have no right to create anything.
 *
 * @throws MigrationsPendingError naming what is missing.
 */
export async function assertMigrated(database: ImpactDatabase): Promise<void> {
  const missing = await database.read(() => pendingOf(database, MIGRATIONS));
  if (missing.length > 0) throw new MigrationsPendingError(missing.map(label));
}

/**
 * The whole schema as SQL text, for people who apply it by hand and set `migrate: false`. It can be run
 * again: what is there stays as it is.
 *
 * @param type the `type` of the TypeORM data source.
 */
export function migrationsAsSql(type: SupportedDatabase): string {
  const dialect = databaseDialect(type);
  const steps = MIGRATIONS.flatMap((migration) => [
    `-- ${label(migration)}`,
    ...migration.up(dialect).map((sql) => `${sql};`),
    `${listEntry(dialect, migration, dialect.currentMillis)};`,
  ]);
  return `${[`${listTable(dialect)};`, ...steps].join('\n')}\n`;
}

/** A session that lives on in a pool would keep the lock for ever: it is released also after a failure. */
function* underLock<T>(lock: MigrationLock | null, seconds: number, work: () => Script<T>): Script<T> {
  if (lock === null) return yield* work();
  yield* acquire(lock, seconds);
  let result: T;
  try {
    result = yield* work();
  } catch (error) {
    yield* releaseQuietly(lock);
    throw error;
  }
  if (lock.release !== null) yield* run(lock.release);
  return result;
}

function* acquire(lock: MigrationLock, seconds: number): Script<void> {
  let locked: unknown;
  try {
    for (const sql of lock.acquire(seconds)) {
      const { rows } = yield* run(sql);
      locked = rows[0]?.['locked'];
    }
  } catch (cause) {
    if (!lock.timeoutCodes.has((cause as { code?: string }).code ?? '')) throw cause;
    throw new MigrationLockError(seconds, { cause });
  }
  // MySQL answers 0 after the wait and NULL for an error, and raises none.
  if (Number(locked) !== 1) throw new MigrationLockError(seconds);
}

function* releaseQuietly({ release }: MigrationLock): Script<void> {
  if (release === null) return;
  try {
    yield* run(release);
  } catch {
    // The connection is gone and the lock with it; the first error is the one to tell.
  }
}

const listTable = (dialect: DatabaseDialect): string => {
  const { exact, bigint, integer } = dialect.types;
  const columns = [
    `version ${integer} NOT NULL PRIMARY KEY`,
    `name ${exact(191)} NOT NULL`,
    `applied_at ${bigint} NOT NULL`,
  ];
  return createTable(dialect, { name: 'impact_migrations', columns }).join('');
};

const listEntry = (dialect: DatabaseDialect, { version, name }: Migration, now: string): string =>
  dialect.insertIgnore({
    table: 'impact_migrations',
    columns: [],
    computed: { version: String(version), name: `'${name}'`, applied_at: now },
    conflict: ['version'],
  });

function* pendingOf(
  database: ImpactDatabase,
  migrations: readonly Migration[],
): Script<readonly Migration[]> {
  const { rows: list } = yield* run(database.dialect.findTable('impact_migrations'));
  if (list.length === 0) return migrations;
  const { rows } = yield* run(`SELECT version FROM impact_migrations`);
  const applied = new Set(rows.map((row) => Number(row['version'])));
  return migrations.filter((migration) => !applied.has(migration.version));
}
