import type { DataSource } from 'typeorm';
import type { Clock } from './clock.js';
import { DatabaseUnsupportedError } from './database.errors.js';
import { mysqlDialect, postgresDialect } from './dialect.js';
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
      throw new DatabaseUnsupportedError(
        `nestjs-impact has no statements for a data source of type "${dataSource.options.type}". ` +
          `Use better-sqlite3, postgres, mysql or mariadb, or give the module a connection of its own with the "database" option.`,
      );
  }
}
