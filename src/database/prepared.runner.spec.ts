import { describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { mysqlPrepared, postgresPrepared } from './dialects/index.js';
import { PreparedRunner } from './prepared.runner.js';

const silent = { logQuery: () => {}, logQueryError: () => {} };

/** A runner over a driver's connection; `asked` are the texts that went through TypeORM. */
function runnerOver(connection: object, answer: object = {}, isReleased = false) {
  const asked: string[] = [];
  const runner = {
    isReleased,
    dataSource: { logger: silent },
    connect: async () => connection,
    query: async (sql: string) => {
      asked.push(sql);
      return { records: [answer] };
    },
  };
  return { runner: runner as unknown as QueryRunner, asked };
}

/** mysql2 as far as it is used here. */
const mysql = (errno?: number) => ({
  execute: (_sql: string, _values: unknown, done: (error: unknown, result: unknown) => void) =>
    errno === undefined ? done(null, { affectedRows: 1 }) : done({ errno }, undefined),
});
const postgres = (processID: unknown) => ({ processID, query: async () => ({ rows: [], rowCount: 1 }) });

describe('PreparedRunner', () => {
  it.each([
    ['nothing is prepared there', null, mysql(), {}, false],
    ['the runner is released', mysqlPrepared, mysql(), {}, true],
    ['the driver cannot', mysqlPrepared, {}, {}, false],
    ['the session may be another one', postgresPrepared, postgres(7), { pid: 8 }, false],
    ['the connection knows of no session', postgresPrepared, postgres(null), { pid: 8 }, false],
    ['nobody says which session it is', postgresPrepared, postgres(0), { pid: 0 }, false],
  ])('leaves the statement to be sent as text when %s', async (_, prepared, connection, answer, released) => {
    const { runner } = runnerOver(connection, answer, released);
    expect(await new PreparedRunner(prepared).run(runner, 'SELECT 1', [])).toBeNull();
  });

  it.each([
    ['mysql2', mysqlPrepared, mysql(), {}, 0],
    ['pg', postgresPrepared, postgres(7), { pid: 7 }, 1],
  ])('hands it to %s, and asks of the session once', async (_, prepared, connection, answer, times) => {
    const { runner, asked } = runnerOver(connection, answer);
    const statements = new PreparedRunner(prepared);
    expect(await statements.run(runner, 'SELECT 1', [])).toEqual({ rows: [], affected: 1 });
    expect(await statements.run(runner, 'SELECT 1', [])).toEqual({ rows: [], affected: 1 });
    expect(asked).toHaveLength(times);
  });

  it.each([1461, 1295, 1243])('sends text from then on when the server refuses with %d', async (errno) => {
    const statements = new PreparedRunner(mysqlPrepared);
    expect(await statements.run(runnerOver(mysql(errno)).runner, 'SELECT 1', [])).toBeNull();
    expect(await statements.run(runnerOver(mysql()).runner, 'SELECT 1', [])).toBeNull();
  });

  it('hands an error of the statement on, and goes on', async () => {
    const statements = new PreparedRunner(mysqlPrepared);
    const failing = statements.run(runnerOver(mysql(1062)).runner, 'INSERT', ['x']);
    await expect(failing).rejects.toMatchObject({ name: 'QueryFailedError', query: 'INSERT', errno: 1062 });
    expect(await statements.run(runnerOver(mysql()).runner, 'SELECT 1', [])).not.toBeNull();
  });
});
