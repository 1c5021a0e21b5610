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
        `Set the option "migrate" to true, or apply them yourself before the app starts.`,
    );
  }
}
