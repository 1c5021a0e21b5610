import { describe, expect, it } from '@jest/globals';
import { run, type Script, type Statement } from './impact.database.js';
import { drive, driveAsync } from './script.runner.js';

function* transfer(): Script<string> {
  const { rows } = yield* run('SELECT one', [1]);
  yield* run(`UPDATE ${String(rows[0]?.['name'])}`);
  return 'done';
}

function* careful(): Script<string> {
  try {
    yield* run('FAIL');
    return 'went on';
  } catch (error) {
    return `caught ${(error as RangeError).message}`;
  }
}

describe('running a script', () => {
  const answer = (log: Statement[]) => (statement: Statement) => {
    log.push(statement);
    if (statement.sql === 'FAIL') throw new RangeError('no');
    return { rows: [{ name: 'table' }], affected: 1 };
  };

  it('runs statement by statement, on both kinds of driver alike', async () => {
    const now: Statement[] = [];
    const later: Statement[] = [];
    expect(drive(transfer(), answer(now))).toBe('done');
    const execute = answer(later);
    expect(await driveAsync(transfer(), async (statement) => execute(statement))).toBe('done');
    expect(now).toEqual([
      { sql: 'SELECT one', values: [1] },
      { sql: 'UPDATE table', values: [] },
    ]);
    expect(later).toEqual(now);
  });

  it('throws an error of the driver into the script', async () => {
    expect(drive(careful(), answer([]))).toBe('caught no');
    const execute = answer([]);
    expect(await driveAsync(careful(), async (statement) => execute(statement))).toBe('caught no');
  });

  it('lets an error out that the script does not catch', async () => {
    function* careless(): Script<void> {
      yield* run('FAIL');
    }
    expect(() => drive(careless(), answer([]))).toThrow(RangeError);
    const execute = answer([]);
    await expect(driveAsync(careless(), async (statement) => execute(statement))).rejects.toThrow(RangeError);
  });
});
