import { ImpactError } from '../errors/index.js';

/** The app's data source is of a kind that the module has no statements for. */
export class DatabaseUnsupportedError extends ImpactError {
  readonly code = 'DATABASE_UNSUPPORTED';
}

/** The app kept a transaction open on SQLite's only connection for longer than the caller was willing to wait. */
export class DatabaseBusyError extends ImpactError {
  readonly code = 'DATABASE_BUSY';

  constructor(waited: number) {
    super(
      `The database connection stayed inside another transaction for ${waited} ms. SQLite has one connection ` +
        `per data source: pass that transaction's EntityManager as { manager }, or call this after it has ended.`,
    );
  }
}

/** The given EntityManager belongs to another data source than the module's tables. */
export class ForeignManagerError extends ImpactError {
  readonly code = 'FOREIGN_MANAGER';

  constructor() {
    super(
      `The EntityManager passed as { manager } belongs to another data source than the one that holds the ` +
        `impact_* tables, so one transaction cannot cover both. Pass a manager of that data source, set the ` +
        `module's "database" option to the data source of your orders, or leave the manager out.`,
    );
  }
}

/** The impact_* tables are missing or older than this version of the package. */
export class MigrationsPendingError extends ImpactError {
  readonly code = 'MIGRATIONS_PENDING';

  constructor(missing: readonly string[]) {
    super(
      `The database lacks these migrations of nestjs-impact: ${missing.join(', ')}. ` +
        `Set the option "migrate" to true, or apply what migrationsAsSql() prints before the app starts.`,
    );
  }
}

/** Another process applies migrations, or hangs in it. */
export class MigrationLockError extends ImpactError {
  readonly code = 'MIGRATION_LOCK';

  constructor(seconds: number, options?: { cause?: unknown }) {
    super(
      `The lock that keeps two processes from applying the migrations of nestjs-impact at once was not free ` +
        `within ${seconds} s. Look for a process that hangs while it starts, end it, and start the app again.`,
      options,
    );
  }
}

/** The caller's snapshot is older than what another transaction has committed, and nothing else could be found out. */
export class StaleSnapshotError extends ImpactError {
  readonly code = 'STALE_SNAPSHOT';

  constructor(options?: { cause?: unknown }) {
    super(
      `Another transaction has stored the same thing since this transaction's snapshot was taken, and what it ` +
        `stored cannot be changed or read from here. The transaction is as good as before the call: roll it ` +
        `back and run it again, or run it in READ COMMITTED.`,
      options,
    );
  }
}
