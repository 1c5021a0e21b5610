export { IMPACT_CLOCK, SystemClock, type Clock } from './clock.js';
export {
  DatabaseBusyError,
  DatabaseUnsupportedError,
  ForeignManagerError,
  MigrationsPendingError,
} from './database.errors.js';
export { OwnDataSource, refuseSecondConnection } from './data-source.owner.js';
export { databaseOver } from './database.factory.js';
export type { DatabaseDialect } from './dialect.js';
export { newId } from './ids.js';
export {
  IMPACT_DATABASE,
  run,
  type ImpactDatabase,
  type Row,
  type Script,
  type SqlValue,
  type Statement,
  type StatementResult,
} from './impact.database.js';
export { assertMigrated, migrate, MIGRATIONS, migrationsAsSql } from './migration.runner.js';
export {
  bigint,
  date,
  dateOrNull,
  fitting,
  integer,
  integerOrNull,
  json,
  placeholders,
  text,
  textOrNull,
} from './rows.js';
