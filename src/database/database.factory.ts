import type { DataSource } from 'typeorm';
import type { Clock } from './clock.js';
import { DatabaseUnsupportedError } from './database.errors.js';
import type { DatabaseDialect } from './dialect.js';
import { mysqlDialect, postgresDialect, sqliteDialect } from './dialects/index.js';
import type { ImpactDatabase } from './impact.database.js';
import { ServerDatabase } from './server.database.js';
import { SqliteDatabase } from './sqlite.database.js';

/** @throws DatabaseUnsupportedError for anything but better-sqlite3, PostgreSQL, MySQL and MariaDB. */
export function databaseOver(dataSource: DataSource, clock: Clock): ImpactDatabase {
  switch (dataSource.options.type) {
    case 'better-sqlite3':
      return new SqliteDatabase(dataSource, clock);
    case 'postgres':
      return new ServerDatabase(dataSource, clock, postgresDialect);
    case 'mysql':
    case 'mariadb':
      return new ServerDatabase(dataSource, clock, mysqlDialect);
    default:
      throw unsupported(dataSource.options.type);
  }
}

/** Types of TypeORM data sources that the module has statements for. */
export type SupportedDatabase = 'better-sqlite3' | 'postgres' | 'mysql' | 'mariadb';

const DIALECTS: Readonly<Record<SupportedDatabase, DatabaseDialect>> = {
  'better-sqlite3': sqliteDialect,
  postgres: postgresDialect,
  mysql: mysqlDialect,
  mariadb: mysqlDialect,
};

/** @throws DatabaseUnsupportedError */
export function databaseDialect(type: SupportedDatabase): DatabaseDialect {
  const dialect: DatabaseDialect | undefined = DIALECTS[type];
  if (dialect === undefined) throw unsupported(type);
  return dialect;
}

const unsupported = (type: string): DatabaseUnsupportedError =>
  new DatabaseUnsupportedError(
    `nestjs-impact has no statements for a data source of type "${type}". ` +
      `Use better-sqlite3, postgres, mysql or mariadb, or give the module a connection of its own with the "database" option.`,
  );
