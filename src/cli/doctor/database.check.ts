import {
  assertMigrated,
  type ImpactDatabase,
  integer,
  MigrationsPendingError,
  run,
  text,
} from '../../database/index.js';
import type { DataSourceOptions } from 'typeorm';
import { CliDatabaseError } from '../cli.errors.js';
import { connectionInWords } from '../connection.rules.js';
import { withDatabase } from '../database.opener.js';
import { clockFinding } from './clock.rules.js';
import { bad, type Finding, good } from './finding.js';

export interface DatabaseLook {
  /** The tables are there, as this version needs them. */
  readonly usable: boolean;
  readonly findings: readonly Finding[];
}

const VERSION = {
  sqlite: 'SELECT sqlite_version() AS version',
  postgres: `SELECT current_setting('server_version') AS version`,
  mysql: 'SELECT version() AS version',
} as const;

/** Connection, migrations and clock of the database, whatever the settings are. */
export async function lookAtDatabase(connection: DataSourceOptions): Promise<DatabaseLook> {
  try {
    return await withDatabase(connection, async (database) => {
      const { version, ahead } = await ask(database);
      const at = good('database', `${connectionInWords(connection)} answers, version ${version}`);
      const clock = clockFinding('database', ahead, 50);
      return { ...(await migrations(database, [at])), clock };
    }).then(({ usable, findings, clock }) => ({ usable, findings: [...findings, clock] }));
  } catch (error) {
    if (!(error instanceof CliDatabaseError)) throw error;
    const [, says, fix] = /^(.*?\)\.?) (.*)$/.exec(error.message) ?? [null, error.message, ''];
    return { usable: false, findings: [bad('database', (says ?? '').replace(/\.$/, ''), fix ?? '')] };
  }
}

async function ask(database: ImpactDatabase): Promise<{ version: string; ahead: number }> {
  const before = Date.now();
  const { now } = await database.read(function* () {
    const { rows } = yield* run(`SELECT ${database.now()} AS now`);
    return { now: integer(rows[0]!, 'now') };
  });
  const ahead = now - (before + Date.now()) / 2;
  const version = await database.read(function* () {
    const { rows } = yield* run(VERSION[database.dialect.name]);
    return text(rows[0]!, 'version');
  });
  return { version, ahead };
}

async function migrations(database: ImpactDatabase, before: readonly Finding[]): Promise<DatabaseLook> {
  try {
    await assertMigrated(database);
    return { usable: true, findings: [...before, good('migrations', 'every one is applied')] };
  } catch (error) {
    if (!(error instanceof MigrationsPendingError)) throw error;
    const missing = /: ([^.]*)\./.exec(error.message)?.[1] ?? 'some';
    return {
      usable: false,
      findings: [
        ...before,
        bad(
          'migrations',
          `missing: ${missing}`,
          'Run nestjs-impact migrate, or start the app with "migrate" on.',
        ),
      ],
    };
  }
}
