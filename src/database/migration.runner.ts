import { MigrationsPendingError } from './database.errors.js';
import { type ImpactDatabase, run, type Script } from './impact.database.js';
import { FirstTables } from './migrations/0001-first-tables.js';
import type { Migration } from './migrations/migration.js';

/** Every step of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [new FirstTables()];

const label = ({ version, name }: Migration): string => `${String(version).padStart(4, '0')}-${name}`;

/**
 * Applies what is missing, under a lock, and keeps its own list in `impact_migrations`.
 *
 * Never TypeORM's `runMigrations()`: on a shared data source that would run the app's pending ones too.
 */
export async function migrate(database: ImpactDatabase): Promise<string[]> {
  return database.write(function* () {
    const { acquire, release } = database.dialect.migrationLock;
    if (acquire !== null) yield* run(acquire);
    yield* createList(database);
    const pending = yield* pendingOf();
    for (const migration of pending) {
      for (const sql of migration.up(database.dialect)) yield* run(sql);
      yield* run(
        `INSERT INTO impact_migrations (version, name, applied_at) VALUES (?, ?, ${database.now()})`,
        [migration.version, migration.name],
      );
    }
    if (release !== null) yield* run(release);
    return pending.map(label);
  });
}

/**
 * Reads only: whoever switches migrating off may have no right to create anything.
 *
 * @throws MigrationsPendingError naming what is missing.
 */
export async function assertMigrated(database: ImpactDatabase): Promise<void> {
  const missing = await database.read(function* () {
    const { rows } = yield* run(database.dialect.findTable('impact_migrations'));
    return rows.length === 0 ? MIGRATIONS : yield* pendingOf();
  });
  if (missing.length > 0) throw new MigrationsPendingError(missing.map(label));
}

/** The whole schema as SQL text, for people who apply it by hand. */
export function migrationsAsSql(database: Pick<ImpactDatabase, 'dialect'>): string {
  return MIGRATIONS.flatMap((migration) => [
    `-- ${label(migration)}`,
    ...migration.up(database.dialect).map((sql) => `${sql};`),
  ]).join('\n');
}

function* createList(database: ImpactDatabase): Script<void> {
  const { exact, bigint, integer, tableOptions } = database.dialect.types;
  yield* run(
    `CREATE TABLE IF NOT EXISTS impact_migrations (\n  version ${integer} NOT NULL PRIMARY KEY,\n  ` +
      `name ${exact(191)} NOT NULL,\n  applied_at ${bigint} NOT NULL\n)${tableOptions}`,
  );
}

function* pendingOf(): Script<Migration[]> {
  const { rows } = yield* run(`SELECT version FROM impact_migrations`);
  const applied = new Set(rows.map((row) => Number(row['version'])));
  return MIGRATIONS.filter((migration) => !applied.has(migration.version));
}
