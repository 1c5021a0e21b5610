// Databases of their own for each measurement, dropped afterwards.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRaw } from './raw.js';

const SERVERS = {
  postgres: process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mariadb: process.env.BENCH_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/mysql',
};
export const REDIS_URL = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379';

export const KINDS = ['postgres', 'mariadb', 'sqlite'];
export const TITLES = { postgres: 'PostgreSQL', mariadb: 'MariaDB', sqlite: 'SQLite' };

/** A new, empty database: `{ kind, url | file, drop() }`; all but `drop` can be handed to a child. */
export async function createDatabase(kind) {
  if (kind === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'impact-bench-'));
    const drop = async () => rmSync(folder, { recursive: true, force: true });
    return { kind, file: join(folder, 'shop.sqlite'), drop };
  }
  const server = { kind, url: SERVERS[kind] };
  const name = `impact_bench_${randomBytes(6).toString('hex')}`;
  await withRaw(server, (raw) => raw.query(`CREATE DATABASE ${name}`));
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const drop = () =>
    withRaw(server, (raw) =>
      raw.query(`DROP DATABASE IF EXISTS ${name}${kind === 'postgres' ? ' WITH (FORCE)' : ''}`),
    );
  return { kind, url: url.href, drop };
}

/** What may cross to another process. */
export const portable = ({ kind, url, file }) => ({ kind, url, file });

export async function withDatabase(kind, work) {
  const database = await createDatabase(kind);
  try {
    return await work(database);
  } finally {
    await database.drop();
  }
}

export async function withRaw(database, work) {
  const raw = await openRaw(database);
  try {
    return await work(raw);
  } finally {
    await raw.close();
  }
}

/** The same database for TypeORM. */
export const typeormOptions = ({ kind, url, file }, poolSize = 10) =>
  kind === 'sqlite'
    ? { type: 'better-sqlite3', database: file, enableWAL: true }
    : { type: kind, url, poolSize };

/** Versions and the settings that decide how much a commit costs. */
export async function databaseFacts(kind) {
  if (kind === 'sqlite') {
    const [row] = await withDatabase(kind, (database) =>
      withRaw(database, (raw) => raw.query('SELECT sqlite_version() AS version')),
    );
    return `${row.version}, WAL, synchronous=NORMAL as better-sqlite3 builds it`;
  }
  const sql =
    kind === 'postgres'
      ? `SELECT current_setting('server_version') AS version, ` +
        `'fsync=' || current_setting('fsync') || ', synchronous_commit=' || current_setting('synchronous_commit') AS settings`
      : `SELECT version() AS version, ` +
        `concat('innodb_flush_log_at_trx_commit=', @@innodb_flush_log_at_trx_commit, ', log_bin=', @@log_bin) AS settings`;
  const [row] = await withRaw({ kind, url: SERVERS[kind] }, (raw) => raw.query(sql));
  return `${row.version}, ${row.settings}`;
}
