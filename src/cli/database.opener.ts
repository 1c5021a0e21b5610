import type { DataSourceOptions } from 'typeorm';
import { databaseOver, type ImpactDatabase, OwnDataSource, SystemClock } from '../database/index.js';
import { ImpactError } from '../errors/index.js';
import { databaseFailed } from './app.opener.js';

/**
 * Opens the database alone, whatever tables it has and whatever is configured, for some work.
 *
 * @throws CliDatabaseError when it cannot be opened.
 */
export async function withDatabase<T>(
  connection: DataSourceOptions,
  work: (database: ImpactDatabase) => Promise<T>,
): Promise<T> {
  let own: OwnDataSource;
  try {
    own = await new OwnDataSource(connection).open();
  } catch (error) {
    if (error instanceof ImpactError) throw error;
    throw databaseFailed(error, connection);
  }
  try {
    return await work(databaseOver(own.dataSource, new SystemClock()));
  } finally {
    await own.onApplicationShutdown();
  }
}
