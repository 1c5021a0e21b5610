import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import { MigrationLockError, migrationsAsSql, MigrationsPendingError } from 'nestjs-impact';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  assertMigrated,
  databaseOver,
  type ImpactDatabase,
  migrate,
  MIGRATIONS,
  SystemClock,
} from '../../src/database/index.js';
import { DATABASES, type FreshDatabase, SERVERS } from '../support/databases.js';
import { IMPACT_TABLES, impactTables, rowsOf } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import { simpleSale, startShop } from '../support/shop.app.js';
import { schemaOf } from './support/schema.js';

const lifetime = useLifetime();

const fresh = async (database: (typeof DATABASES)[number]): Promise<FreshDatabase> =>
  lifetime.keep(await database.create(), (at) => at.drop());

const open = async (
  options: DataSourceOptions,
): Promise<{ dataSource: DataSource; door: ImpactDatabase }> => {
  const dataSource = await new DataSource(options).initialize();
  lifetime.keep(dataSource, () => dataSource.destroy());
  return { dataSource, door: databaseOver(dataSource, new SystemClock()) };
};

describe.each(DATABASES)('migrations on $name', (database) => {
  it('are applied once by four processes that start together, and all of them come up', async () => {
    const at = await fresh(database);
    const starters = await Promise.all(Array.from({ length: 4 }, () => startProcess(at.options)));
    const applied = await Promise.all(starters.map((starter) => starter.go()));
    expect(applied.flat()).toEqual(['0001-first-tables']);
    const { dataSource } = await open(at.options);
    expect(await impactTables(dataSource)).toEqual([...IMPACT_TABLES].toSorted());
    expect(await rowsOf(dataSource, 'impact_migrations')).toHaveLength(MIGRATIONS.length);
  });

  it.each([1, 3, Infinity])(
    'go on where a process was killed after %d of their statements',
    async (count) => {
      const whole = await open((await fresh(database)).options);
      await migrate(whole.door);
      const half = await open((await fresh(database)).options);
      for (const sql of MIGRATIONS[0]!.up(half.door.dialect).slice(0, count))
        await half.dataSource.query(sql);
      expect(await migrate(half.door)).toEqual(['0001-first-tables']);
      const schema = await schemaOf(half.dataSource);
      expect(schema.length).toBeGreaterThan(25);
      expect(schema).toEqual(await schemaOf(whole.dataSource));
    },
  );

  it('that fail leave no lock behind, are not listed, and go on once they are mended', async () => {
    const at = await fresh(database);
    const { dataSource, door } = await open(at.options);
    const second = (sql: string) => ({ version: 2, name: 'second', up: () => [sql] });
    const broken = migrate(door, { migrations: [...MIGRATIONS, second('CREATE TABLE IF NOT EXISTS')] });
    // The SQLite driver's errors belong to whichever test file loaded it first: toThrow() knows them not.
    expect(String(await broken.catch((caught: unknown) => caught))).toMatch(/syntax|incomplete/i);
    // On a connection of its own: the one that failed is idle in the pool, and would own the lock if it was left.
    const other = await open(at.options);
    const mended = [...MIGRATIONS, second('CREATE TABLE IF NOT EXISTS impact_second (id integer)')];
    expect(await migrate(other.door, { migrations: mended, lockTimeout: 0.2 })).toContain('0002-second');
    const versions = (await rowsOf(dataSource, 'impact_migrations')).map(({ version }) => Number(version));
    expect(versions).toEqual([1, 2]);
  });

  it('are printed as SQL that makes the same tables, can be run again, and is enough for an app that may not migrate', async () => {
    const whole = await open((await fresh(database)).options);
    await migrate(whole.door);
    const at = await fresh(database);
    const sql = migrationsAsSql(at.options.type as 'postgres');
    await runByHand(at.options, sql);
    await runByHand(at.options, sql);
    const byHand = await open(at.options);
    expect(await schemaOf(byHand.dataSource)).toEqual(await schemaOf(whole.dataSource));
    const shop = await startShop({ impact: { migrate: false }, database: at.options });
    lifetime.keep(shop, () => shop.close());
    await expect(shop.conversions.record(simpleSale('o-1'))).resolves.toMatchObject({ state: 'DRY_RUN' });
  });

  it('that are missing are named at boot, and the app does not start', async () => {
    const at = await fresh(database);
    const boot = startShop({ impact: { migrate: false }, database: at.options });
    const error: unknown = await boot.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MigrationsPendingError);
    expect(String(error)).toContain('0001-first-tables');
    const { dataSource } = await open(at.options);
    expect(await impactTables(dataSource)).toEqual([]);
  });
});

describe.each(SERVERS)('migrations on the server $name', (database) => {
  it('say so when another process holds the lock for too long', async () => {
    const at = await fresh(database);
    const holder = await open(at.options);
    const waiting = await open(at.options);
    const lock = holder.door.dialect.migrationLock!;
    const runner = holder.dataSource.createQueryRunner();
    await runner.startTransaction();
    for (const sql of lock.acquire(1)) await runner.query(sql);
    const error: unknown = await migrate(waiting.door, { lockTimeout: 0.2 }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(MigrationLockError);
    expect(await impactTables(holder.dataSource)).toEqual([]);
    await runner.rollbackTransaction();
    if (lock.release !== null) await runner.query(lock.release);
    await runner.release();
    expect(await migrate(waiting.door, { lockTimeout: 0.2 })).toEqual(['0001-first-tables']);
  });

  it('wait for nobody on another database of the same server', async () => {
    const [one, two] = [
      await open((await fresh(database)).options),
      await open((await fresh(database)).options),
    ];
    const lock = one.door.dialect.migrationLock!;
    const runner = one.dataSource.createQueryRunner();
    await runner.startTransaction();
    for (const sql of lock.acquire(1)) await runner.query(sql);
    expect(await migrate(two.door, { lockTimeout: 0.2 })).toEqual(['0001-first-tables']);
    await runner.rollbackTransaction();
    if (lock.release !== null) await runner.query(lock.release);
    await runner.release();
  });

  it('are checked by a user who may not create anything', async () => {
    const at = await fresh(database);
    const owner = await open(at.options);
    const user = await newUser(owner.dataSource, at.name);
    const options = { ...at.options, url: withUser(at.options, user) } as DataSourceOptions;

    const early = await open(options);
    await expect(early.dataSource.query('CREATE TABLE mine (id integer)')).rejects.toThrow(/denied/i);
    await expect(assertMigrated(early.door)).rejects.toThrow(MigrationsPendingError);
    await expect(migrate(early.door)).rejects.toThrow(/denied/i);

    await migrate(owner.door);
    await user.mayWrite();
    const late = await open(options);
    await assertMigrated(late.door);
    // An app with "migrate" on needs the right only when there is something to do.
    expect(await migrate(late.door)).toEqual([]);
    const shop = await startShop({
      impact: { migrate: false },
      database: { ...options, synchronize: false } as DataSourceOptions,
    });
    lifetime.keep(shop, () => shop.close());
    await expect(shop.conversions.record(simpleSale('o-1'))).resolves.toMatchObject({ state: 'DRY_RUN' });
  });
});

/** A process that waits for the word. */
async function startProcess(options: DataSourceOptions): Promise<{ go(): Promise<string[]> }> {
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(
    process.execPath,
    [path('../support/run-ts.mjs'), path('./support/starter.ts'), JSON.stringify(options)],
    { env: { PATH: process.env['PATH'] } },
  );
  lifetime.keep(child, (one: ChildProcess) => one.kill('SIGKILL'));
  let printed = '';
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return {
    go: async () => {
      child.stdin.write('go\n');
      await ended;
      expect(complaints).toBe('');
      return JSON.parse(printed) as string[];
    },
  };
}

/** As an operator would: with the client of the database and not with TypeORM. */
async function runByHand(options: DataSourceOptions, sql: string): Promise<void> {
  if (options.type === 'better-sqlite3') {
    const handle = new Sqlite(options.database);
    handle.exec(sql);
    handle.close();
    return;
  }
  const { url = '' } = options as { url?: string };
  if (options.type === 'postgres') {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
    return;
  }
  const connection = await mysql.createConnection({ uri: url, multipleStatements: true });
  await connection.query(sql);
  await connection.end();
}

interface NewUser {
  readonly name: string;
  readonly password: string;
  mayWrite(): Promise<void>;
}

/** A user who can connect and read, and nothing else; gone at the end of the test. */
async function newUser(owner: DataSource, database: string): Promise<NewUser> {
  const name = `impact_u_${Math.random().toString(36).slice(2, 10)}`;
  const password = 'only-for-this-test';
  if (owner.options.type === 'postgres') {
    await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    // Before PostgreSQL 15 everybody may create in "public".
    await owner.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    lifetime.keep(name, async () => {
      await owner.query(`DROP OWNED BY ${name}`);
      await owner.query(`DROP ROLE ${name}`);
    });
    return {
      name,
      password,
      mayWrite: async () => {
        await owner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
      },
    };
  }
  const user = `'${name}'@'%'`;
  await owner.query(`CREATE USER ${user} IDENTIFIED BY '${password}'`);
  await owner.query(`GRANT SELECT ON ${database}.* TO ${user}`);
  lifetime.keep(name, () => owner.query(`DROP USER ${user}`));
  return {
    name,
    password,
    mayWrite: async () => {
      await owner.query(`GRANT INSERT, UPDATE, DELETE ON ${database}.* TO ${user}`);
    },
  };
}

const withUser = (options: DataSourceOptions, user: NewUser): string => {
  const url = new URL((options as { url: string }).url);
  url.username = user.name;
  url.password = user.password;
  return url.href;
};
