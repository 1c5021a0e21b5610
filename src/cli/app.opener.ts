import 'reflect-metadata';
import { existsSync } from 'node:fs';
import type { Abstract, DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSourceOptions } from 'typeorm';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../database/index.js';
import { ImpactError } from '../errors/index.js';
import { ImpactModule } from '../impact.module.js';
import { PASSIVE } from '../impact.providers.js';
import { CliDatabaseError, CliModuleError } from './cli.errors.js';
import { connectionInWords, type Where } from './connection.rules.js';
import { codeOf } from './exit.codes.js';
import { loadDataSource, loadModule } from './loaded.exports.js';

/** The package over the app's database, with nothing running by itself. */
export interface CliApp {
  readonly options: ResolvedImpactOptions;
  readonly database: ImpactDatabase;
  readonly get: <T>(token: Type<T> | Abstract<T> | symbol) => T;
}

/** The class that Nest wants as a root. */
class CliModule {}

/** The connection that a place means; `null` where the app's own module makes it. */
export async function connectionAt(where: Where): Promise<DataSourceOptions | null> {
  switch (where.by) {
    case 'url':
      return where.options;
    case 'data-source':
      return loadDataSource(where.file, where.name);
    case 'module':
      return null;
  }
}

/**
 * Starts the package as an application context: no server, no loop, no migration; lets work happen, and
 * closes everything again.
 *
 * With `--module` the app's own module is started, with the options that it has in its code; otherwise a
 * module of ours, with the options of the environment.
 */
export async function withApp<T>(where: Where, work: (app: CliApp) => Promise<T>): Promise<T> {
  const connection = await connectionAt(where);
  const root = where.by === 'module' ? await loadModule(where.file, where.name) : ownModule(connection!);
  const context = await start(root, connection);
  try {
    return await work(appOf(context));
  } finally {
    await context.close();
  }
}

const ownModule = (database: DataSourceOptions): DynamicModule => ({
  module: CliModule,
  imports: [ImpactModule.forRoot({ database, migrate: false, delivery: { autoStart: false } })],
});

async function start(
  root: Type | DynamicModule,
  connection: DataSourceOptions | null,
): Promise<INestApplicationContext> {
  const realm = globalThis as { [PASSIVE]?: boolean };
  realm[PASSIVE] = true;
  try {
    return await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  } catch (error) {
    if (error instanceof ImpactError) throw error;
    throw connection === null ? startFailed(error) : databaseFailed(error, connection);
  } finally {
    delete realm[PASSIVE];
  }
}

function appOf(context: INestApplicationContext): CliApp {
  const get = <T>(token: Type<T> | Abstract<T> | symbol): T => {
    try {
      return context.get<T>(token, { strict: false });
    } catch (cause) {
      throw new CliModuleError(
        'The module that --module names does not import this ImpactModule. Name the root module that imports ' +
          'ImpactModule.forRoot(), and make sure that the app has one copy of nestjs-impact (npm ls nestjs-impact).',
        { cause },
      );
    }
  };
  return { get, options: get(IMPACT_OPTIONS), database: get(IMPACT_DATABASE) };
}

const startFailed = (cause: unknown): CliModuleError =>
  new CliModuleError(
    `--module: the app's module could not be started (${cause instanceof Error ? cause.name : typeof cause}` +
      `${codeOf(cause) === null ? '' : `, ${codeOf(cause)}`}). Start the app to see why, or name its database with --database.`,
    { cause },
  );

const WORDS: readonly (readonly [code: RegExp, words: string, fix: string])[] = [
  [/^ECONNREFUSED$/, 'nobody listens there', 'Start the server, or correct host and port.'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host has no address', 'Correct the host.'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'there is no answer', 'Check host, port and firewall.'],
  [/^(28P01|28000|ER_ACCESS_DENIED_ERROR)$/, 'it refused user or password', 'Correct them.'],
  [
    /^(3D000|ER_BAD_DB_ERROR|ER_DBACCESS_DENIED_ERROR)$/,
    'there is no such database for this user',
    'Correct its name.',
  ],
  [
    /^SQLITE_CANTOPEN/,
    'there is no such file, or it may not be read',
    'Correct the path; nestjs-impact migrate makes a new file.',
  ],
  [/^SQLITE_NOTADB$/, 'the file is no SQLite database', 'Correct the path.'],
  [
    /^SQLITE_READONLY/,
    'the file or its folder may not be written',
    'Run the command as the user that the app runs as.',
  ],
];

/** What a driver says may quote user and password: its code is told, in our words. */
export function databaseFailed(cause: unknown, connection: DataSourceOptions): CliDatabaseError {
  const at = connectionInWords(connection);
  const fileIsMissing = connection.type === 'better-sqlite3' && !existsSync(connection.database);
  const code = fileIsMissing
    ? 'SQLITE_CANTOPEN'
    : (codeOf(cause) ?? codeOf((cause as { cause?: unknown })?.cause));
  const known = WORDS.find(([pattern]) => pattern.test(code ?? ''));
  if (known !== undefined)
    return new CliDatabaseError(`${at}: ${known[1]} (${code}). ${known[2]}`, { cause });
  if (cause instanceof Error && cause.name === 'DriverPackageNotInstalledError') {
    const driver =
      connection.type === 'postgres'
        ? 'pg'
        : connection.type === 'better-sqlite3'
          ? 'better-sqlite3'
          : 'mysql2';
    return new CliDatabaseError(`${at}: its driver is not installed. Run npm install ${driver}.`, { cause });
  }
  const name = cause instanceof Error ? cause.name : typeof cause;
  return new CliDatabaseError(
    `${at}: it could not be opened (${code ?? name}). Try the same connection with the database's own client.`,
    { cause },
  );
}
