import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { SystemClock } from './clock.js';
import { DatabaseBusyError, ForeignManagerError, MigrationsPendingError } from './database.errors.js';
import { databaseOver } from './database.factory.js';
import { type ImpactDatabase, run } from './impact.database.js';
import { assertMigrated, migrate, MIGRATIONS } from './migration.runner.js';

const insert = (name: string) =>
  function* () {
    yield* run(`INSERT INTO notes (name) VALUES (?)`, [name]);
  };

describe('SQLite', () => {
  let dataSource: DataSource;
  let database: ImpactDatabase;

  beforeEach(async () => {
    dataSource = await new DataSource({ type: 'better-sqlite3', database: ':memory:' }).initialize();
    await dataSource.query(`CREATE TABLE notes (name text)`);
    database = databaseOver(dataSource, new SystemClock());
  });
  afterEach(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });

  const names = async (): Promise<unknown[]> =>
    (await dataSource.query<{ name: string }[]>(`SELECT name FROM notes ORDER BY rowid`)).map(
      ({ name }) => name,
    );

  it('rolls a group back whole when it throws', async () => {
    const failing = database.write(function* () {
      yield* insert('a')();
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await names()).toEqual([]);
  });

  it('never becomes part of an open transaction, and runs in the gap behind it', async () => {
    let write: Promise<unknown> = Promise.resolve();
    const app = dataSource.transaction(async (manager) => {
      await manager.query(`INSERT INTO notes (name) VALUES ('app')`);
      write = database.write(insert('ours'));
      await new Promise((resolve) => setImmediate(resolve));
      throw new RangeError('rolled back');
    });
    await expect(app).rejects.toThrow(RangeError);
    await write;
    expect(await names()).toEqual(['ours']);
  });

  it('is not starved by an app that opens one transaction right after the other', async () => {
    let open = true;
    let transactions = 0;
    const app = (async () => {
      while (open && transactions < 100_000) {
        await dataSource.transaction((manager) => manager.query(`INSERT INTO notes (name) VALUES ('app')`));
        transactions += 1;
      }
    })();
    await Promise.resolve();
    await database.write(insert('ours'));
    open = false;
    await app;
    expect(transactions).toBeLessThan(1000);
  });

  it('keeps the order of those who wait', async () => {
    const writes: Promise<void>[] = [];
    await dataSource.transaction(async () => {
      for (const name of ['1', '2', '3']) writes.push(database.write(insert(name)));
    });
    writes.push(database.write(insert('4')));
    await Promise.all(writes);
    expect(await names()).toEqual(['1', '2', '3', '4']);
  });

  it('waits through the release of a savepoint', async () => {
    let write: Promise<void> = Promise.resolve();
    await dataSource.transaction(async (manager) => {
      write = database.write(insert('ours'));
      await manager.transaction((inner) => inner.query(`INSERT INTO notes (name) VALUES ('inner')`));
      await manager.query(`INSERT INTO notes (name) VALUES ('outer')`);
    });
    await write;
    expect(await names()).toEqual(['inner', 'outer', 'ours']);
  });

  it('finds the gap behind a transaction that TypeORM knows nothing of', async () => {
    await dataSource.query('BEGIN');
    const write = database.write(insert('ours'));
    await dataSource.query('COMMIT');
    await write;
    expect(await names()).toEqual(['ours']);
  });

  it('gives up when patience is over, and writes nothing later', async () => {
    await dataSource.transaction(async () => {
      await expect(database.write(insert('late'), { patience: 10 })).rejects.toThrow(DatabaseBusyError);
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await names()).toEqual([]);
  });

  it('joins the caller’s transaction, and refuses that of another data source', async () => {
    await dataSource
      .transaction(async (manager) => {
        await database.within(manager, insert('joined'));
        throw new RangeError('rolled back');
      })
      .catch(() => {});
    expect(await names()).toEqual([]);
    const other = await new DataSource({ type: 'better-sqlite3', database: ':memory:' }).initialize();
    await expect(database.within(other.manager, insert('x'))).rejects.toThrow(ForeignManagerError);
    await other.destroy();
  });

  it('gives a manager without a transaction one of its own', async () => {
    await database.within(dataSource.manager, insert('alone'));
    expect(await names()).toEqual(['alone']);
  });

  it('tells the time by the database’s clock plus the offset', async () => {
    const shifted = databaseOver(dataSource, { offset: () => 86_400_000, now: () => new Date() });
    const { rows } = await shifted.read(function* () {
      return yield* run(`SELECT ${shifted.now()} AS now`);
    });
    expect(Math.abs(Number(rows[0]!['now']) - Date.now() - 86_400_000)).toBeLessThan(5000);
  });

  it('migrates once, and says what is missing', async () => {
    await expect(assertMigrated(database)).rejects.toThrow(MigrationsPendingError);
    await expect(assertMigrated(database)).rejects.toThrow(/0001-first-tables.*"migrate" to true/);
    // Whoever switches migrating off may have no right to create anything.
    expect(await dataSource.query(`SELECT name FROM sqlite_master WHERE name LIKE 'impact%'`)).toEqual([]);
    expect(await migrate(database)).toEqual(['0001-first-tables']);
    expect(await migrate(database)).toEqual([]);
    await assertMigrated(database);
    expect(await dataSource.query(`SELECT version, name FROM impact_migrations`)).toEqual(
      MIGRATIONS.map(({ version, name }) => ({ version, name })),
    );
  });
});
