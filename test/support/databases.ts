import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseName, EVERYWHERE, RUN, type Server, SERVER_URLS } from './database.servers.js';

export type DatabaseName = 'sqlite' | Server;

/** One database of a test's own: empty at first, gone after `drop()`. */
export interface FreshDatabase {
  /** Plain data: may be handed to a child process as JSON. */
  readonly options: DataSourceOptions;
  /** Its name on the server, or the SQLite file. */
  readonly name: string;
  drop(): Promise<void>;
}

/** A database that the suite runs on. */
export interface TestDatabase {
  readonly name: DatabaseName;
  /** How TypeORM and the module see it. */
  readonly dialect: 'sqlite' | 'postgres' | 'mysql';
  /** @param how what follows `CREATE DATABASE name`, such as a character set; servers only. */
  create(how?: string): Promise<FreshDatabase>;
  /**
   * The same for tests that leave the schema as it is: on a server `drop()` empties the tables, and the next
   * test of the file gets the database again. Making and dropping one costs more than most tests.
   */
  lend(): Promise<FreshDatabase>;
}

let created = 0;
const newName = (): string => {
  const run = process.env[RUN];
  if (run === undefined) throw new TypeError('The global setup of the tests did not run.');
  created += 1;
  return databaseName(run, created);
};

async function createSqlite(): Promise<FreshDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'impact-'));
  const file = join(folder, 'shop.sqlite');
  return {
    name: file,
    options: { type: 'better-sqlite3', database: file, enableWAL: true },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const sqlite: TestDatabase = { name: 'sqlite', dialect: 'sqlite', create: createSqlite, lend: createSqlite };

function postgres(url: string): TestDatabase {
  const create = async (how = ''): Promise<FreshDatabase> => {
    const name = newName();
    await onPostgres(url, `CREATE DATABASE ${name} ${how}`);
    return {
      name,
      options: { type: 'postgres', url: withDatabase(url, name) },
      drop: () => onPostgres(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    };
  };
  const makeUsed = async (): Promise<FreshDatabase> => {
    const { name } = await create();
    const own = withDatabase(url, name);
    return {
      name,
      // Nobody pulls the plug here: a commit need not wait for the disk.
      options: { type: 'postgres', url: own, extra: { options: '-c synchronous_commit=off' } },
      drop: () => onPostgres(own, EMPTY_POSTGRES),
    };
  };
  return { name: 'postgres', dialect: 'postgres', create, lend: lender(makeUsed) };
}

function mysqlLike(server: 'mariadb' | 'mysql', url: string): TestDatabase {
  const create = async (how = ''): Promise<FreshDatabase> => {
    const name = newName();
    await onMysql(url, `CREATE DATABASE ${name} ${how}`);
    return {
      name,
      options: { type: server, url: withDatabase(url, name) },
      drop: () => onMysql(url, `DROP DATABASE IF EXISTS ${name}`),
    };
  };
  const makeUsed = async (): Promise<FreshDatabase> => {
    const { name, options } = await create();
    return { name, options, drop: () => emptyMysql(withDatabase(url, name)) };
  };
  return { name: server, dialect: 'mysql', create, lend: lender(makeUsed) };
}

/** Hands out what was given back before it makes another one. The end of the run drops them. */
function lender(make: () => Promise<FreshDatabase>): () => Promise<FreshDatabase> {
  const idle: FreshDatabase[] = [];
  return async () => {
    const used = idle.pop() ?? (await make());
    return {
      ...used,
      drop: async () => {
        await used.drop();
        idle.push(used);
      },
    };
  };
}

/** What says which migrations were applied stays. */
const EMPTY_POSTGRES = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'impact_migrations'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP; END $$`;

async function emptyMysql(url: string): Promise<void> {
  const connection = await mysql.createConnection(url);
  try {
    const [tables] = await connection.query<mysql.RowDataPacket[]>(
      `SELECT table_name AS name FROM information_schema.tables ` +
        `WHERE table_schema = DATABASE() AND table_name <> 'impact_migrations'`,
    );
    await connection.beginTransaction();
    for (const table of tables) await connection.query(`DELETE FROM ${String(table['name'])}`);
    await connection.commit();
  } finally {
    await connection.end();
  }
}

const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

async function onPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function onMysql(url: string, sql: string): Promise<void> {
  const connection = await mysql.createConnection(url);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

const available = (): TestDatabase[] => {
  const url = (server: Server): string => process.env[SERVER_URLS[server]] ?? 'off';
  return [
    sqlite,
    ...(url('postgres') === 'off' ? [] : [postgres(url('postgres'))]),
    ...(['mariadb', 'mysql'] as const)
      .filter((server) => url(server) !== 'off')
      .map((server) => mysqlLike(server, url(server))),
  ];
};

/** Every database at hand, for `describe.each(DATABASES)('… on $name', (database) => …)`. The run says at its end which were not. */
export const DATABASES: readonly TestDatabase[] = available();

/**
 * The databases of a suite whose statements other suites run everywhere in any case: all of them under
 * `npm run test:everywhere`, else one. Suites take turns by their names, so that each database has its share.
 */
export function databasesFor(suite: string): readonly TestDatabase[] {
  if (process.env[EVERYWHERE] === '1') return DATABASES;
  const sum = [...suite].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return [DATABASES[sum % DATABASES.length]!];
}

/** Those with a server, for what SQLite cannot have: a pool, roles, isolation levels. */
export const SERVERS: readonly TestDatabase[] = DATABASES.filter(({ name }) => name !== 'sqlite');

export const SQLITE: TestDatabase = sqlite;

/** An open data source. Each statement of `session` has run on a connection before anybody else gets it. */
export async function openDataSource(
  options: DataSourceOptions,
  session: readonly string[] = [],
): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  if (session.length === 0) return dataSource;
  const { pool, master } = dataSource.driver as { pool?: Pool; master?: Pool };
  (pool ?? master)?.on('connect', (connection) => prepare(connection, session));
  (pool ?? master)?.on('connection', (connection) => prepare(connection, session));
  // The one that initialize() opened is idle in the pool by now.
  for (const sql of session) await dataSource.query(sql);
  return dataSource;
}

interface Pool {
  on(event: 'connect' | 'connection', listener: (connection: PooledConnection) => void): void;
}
interface PooledConnection {
  query(sql: string): unknown;
}

/** Drivers run the statements of one connection in their order. */
const prepare = (connection: PooledConnection, session: readonly string[]): void => {
  for (const sql of session) void connection.query(sql);
};

/**
 * Runs a statement written with `?`, and answers its rows as SQLite would give them: big integers, which
 * drivers hand out as text, become numbers, booleans become 1 and 0.
 */
export async function queryRows<T = Record<string, unknown>>(
  dataSource: DataSource,
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  let index = 0;
  const text = dataSource.options.type === 'postgres' ? sql.replaceAll('?', () => `$${++index}`) : sql;
  const rows: unknown = await dataSource.query(text, [...values]);
  return (Array.isArray(rows) ? rows : []).map((row) => plainRow(row as Record<string, unknown>) as T);
}

/** One row as SQLite would give it. */
export const plainRow = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plainValue(value)]));

const plainValue = (value: unknown): unknown => {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
};
