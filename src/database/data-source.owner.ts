import { resolve } from 'node:path';
import type { OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { DatabaseUnsupportedError } from './database.errors.js';

/** A connection of the module's own, closed after everything else of the app has stopped. */
export class OwnDataSource implements OnApplicationShutdown {
  readonly dataSource: DataSource;

  constructor(options: DataSourceOptions) {
    this.dataSource = new DataSource({
      ...options,
      ...(options.type === 'better-sqlite3' ? { enableWAL: true } : {}),
      // Nothing of the app's may be created or dropped through it.
      entities: [],
      synchronize: false,
      migrationsRun: false,
      dropSchema: false,
    });
  }

  async open(): Promise<this> {
    await this.dataSource.initialize();
    return this;
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

/**
 * Two connections to one SQLite file in one process block each other for seconds at a time, synchronously.
 *
 * @throws DatabaseUnsupportedError
 */
export function refuseSecondConnection(own: DataSourceOptions, app: DataSource | undefined): void {
  if (own.type !== 'better-sqlite3' || app?.options.type !== 'better-sqlite3') return;
  if (own.database === ':memory:' || resolve(own.database) !== resolve(app.options.database)) return;
  throw new DatabaseUnsupportedError(
    'The "database" option opens a second connection to the SQLite file that the app has open. ' +
      "Leave the option out to use the app's own data source, or give another file.",
  );
}
