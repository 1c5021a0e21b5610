import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { SystemClock } from '../../src/database/clock.js';
import { databaseOver } from '../../src/database/database.factory.js';
import { type ImpactDatabase, runOften, type Script } from '../../src/database/impact.database.js';
import { type FreshDatabase, openDataSource, SERVERS } from '../support/databases.js';

/** Values of every kind that a sale's statements have. */
const WRITTEN = ['näïve "1"', 1_763_846_554_123, -1n, null] as const;

function* add(): Script<number> {
  return (yield* runOften(`INSERT INTO notes (a, b, c, d) VALUES (?, ?, ?, ?)`, WRITTEN)).affected;
}
function* count(a: string): Script<unknown> {
  const { rows } = yield* runOften(`SELECT count(*) AS n, max(b) AS b FROM notes WHERE a = ?`, [a]);
  return { n: Number(rows[0]!['n']), b: Number(rows[0]!['b']) };
}

describe.each(SERVERS)('statements that come often, on $name', (server) => {
  let at: FreshDatabase;
  let dataSource: DataSource;
  let database: ImpactDatabase;

  beforeEach(async () => {
    at = await server.create();
    dataSource = await openDataSource({ ...at.options, poolSize: 1 } as typeof at.options);
    await dataSource.query(`CREATE TABLE notes (a varchar(64), b bigint, c bigint, d varchar(64))`);
    database = databaseOver(dataSource, new SystemClock());
  });
  afterEach(async () => {
    await dataSource.destroy();
    await at.drop();
  });

  /** How many statements the only connection has had prepared so far. */
  const prepared = async (): Promise<number> => {
    const [row] = await dataSource.query<{ n: unknown }[]>(
      server.dialect === 'postgres'
        ? `SELECT count(*) AS n FROM pg_prepared_statements`
        : `SELECT VARIABLE_VALUE AS n FROM ${server.name === 'mysql' ? 'performance_schema' : 'information_schema'}.session_status WHERE VARIABLE_NAME = 'Com_stmt_prepare'`,
    );
    return Number(row!.n);
  };

  it('are prepared once on a connection and answer what they answer as text', async () => {
    for (let time = 1; time <= 7; time += 1) {
      await dataSource.transaction(async (manager) => {
        expect(await database.within(manager, add)).toBe(1);
        expect(await database.within(manager, () => count(WRITTEN[0]))).toEqual({ n: time, b: WRITTEN[1] });
      });
      expect(await prepared()).toBe(2);
    }
    const rows = await dataSource.query<Record<string, unknown>[]>(`SELECT DISTINCT a, c, d FROM notes`);
    expect(rows.map(({ a, c, d }) => [a, Number(c), d])).toEqual([[WRITTEN[0], -1, null]]);
  });

  it('are heard of by the data source’s logger, and fail as others do', async () => {
    const heard: string[] = [];
    dataSource.logger.logQuery = (sql) => void heard.push(sql);
    dataSource.logger.logQueryError = (_, sql) => void heard.push(`failed: ${sql}`);
    const broken = database.write(() => runOften(`INSERT INTO nowhere (a) VALUES (?)`, ['x']));
    await expect(broken).rejects.toMatchObject({ name: 'QueryFailedError', parameters: ['x'] });
    await database.write(add);
    expect(heard.filter((sql) => sql.includes('INSERT INTO'))).toEqual([
      expect.stringMatching(/^INSERT INTO nowhere/),
      expect.stringMatching(/^failed: INSERT INTO nowhere/),
      expect.stringMatching(/^INSERT INTO notes/),
    ]);
  });
});

describe.each(SERVERS.filter(({ dialect }) => dialect === 'postgres'))('sessions of $name', (server) => {
  let at: FreshDatabase;
  let dataSource: DataSource;
  let database: ImpactDatabase;

  beforeEach(async () => {
    at = await server.create();
    dataSource = await openDataSource({ ...at.options, poolSize: 1 } as typeof at.options);
    await dataSource.query(`CREATE TABLE notes (a varchar(64), b bigint, c bigint, d varchar(64))`);
    database = databaseOver(dataSource, new SystemClock());
  });
  afterEach(async () => {
    await dataSource.destroy();
    await at.drop();
  });

  const names = async (): Promise<number> =>
    (await dataSource.query<unknown[]>(`SELECT name FROM pg_prepared_statements`)).length;

  it('that a pooler may hand to others get no names', async () => {
    const runner = dataSource.createQueryRunner();
    // A pooler tells a number of its own.
    ((await runner.connect()) as { processID: number }).processID += 1;
    await runner.release();
    await database.write(add);
    await database.write(add);
    expect(await names()).toBe(0);
    expect(await database.read(() => count(WRITTEN[0]))).toMatchObject({ n: 2 });
  });

  it('that were emptied cost the module’s own work a second try, and no name is used again', async () => {
    await database.statement(`INSERT INTO notes (a) VALUES (?)`, ['x'], { often: true });
    expect(await names()).toBe(1);
    await dataSource.query('DISCARD ALL');
    await database.statement(`INSERT INTO notes (a) VALUES (?)`, ['x'], { often: true });
    await database.write(add);
    expect(await names()).toBe(0);
    expect(await database.read(() => count('x'))).toMatchObject({ n: 2 });
  });

  it('that were emptied end one transaction of the caller, and no other', async () => {
    const order = (): Promise<number> => dataSource.transaction((manager) => database.within(manager, add));
    await order();
    await dataSource.query('DISCARD ALL');
    await expect(order()).rejects.toMatchObject({ code: '26000' });
    await dataSource.query('DISCARD ALL');
    expect(await order()).toBe(1);
    expect(await database.read(() => count(WRITTEN[0]))).toMatchObject({ n: 2 });
  });
});
