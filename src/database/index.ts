export { IMPACT_CLOCK, SystemClock, type Clock } from './clock.js';
export {
  DatabaseBusyError,
  DatabaseUnsupportedError,
  ForeignManagerError,
  MigrationLockError,
  MigrationsPendingError,
  StaleSnapshotError,
} from './database.errors.js';
export { OwnDataSource, refuseSecondConnection } from './data-source.owner.js';
export { databaseOver, type SupportedDatabase } from './database.factory.js';
export type { DatabaseDialect, RecordsetColumns } from './dialect.js';
export { newId } from './ids.js';
export {
  IMPACT_DATABASE,
  run,
  runOften,
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
  padded,
  placeholders,
  storable,
  text,
  textOrNull,
} from './rows.js';
export { behindSavepoint, isStrict, newest, readElsewhere, unlessStale } from './snapshot.scripts.js';
