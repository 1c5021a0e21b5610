import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ClickIdRepository } from '../../clicks/index.js';
import { resolveOptions } from '../../config/index.js';
import { type ImpactDatabase, SystemClock } from '../../database/index.js';
import { sqliteDialect } from '../../database/dialects/index.js';
import { RetentionService } from './retention.service.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A database in which nothing has come of age. */
function quiet(): { database: ImpactDatabase; asked: string[] } {
  const asked: string[] = [];
  const row = { now: 9e12, positions: null, next_customer: null, next_delivery: null, clicks: 0 };
  const refuse = (): never => {
    throw new TypeError('Nothing is to be written.');
  };
  const database: ImpactDatabase = {
    dialect: sqliteDialect,
    clock: new SystemClock(),
    now: () => 'now',
    read: async (script) => {
      const running = script();
      for (let step = running.next(); ; step = running.next({ rows: [row], affected: 0 })) {
        if (step.done === true) return step.value;
        asked.push(step.value.sql);
      }
    },
    write: refuse,
    statement: refuse,
    within: refuse,
    onCommit: () => () => {},
  };
  return { database, asked };
}

describe('the loop of retention', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  const start = (autoStart: boolean): { service: RetentionService; asked: string[] } => {
    jest.useFakeTimers();
    const { options } = resolveOptions({ delivery: { autoStart } }, () => undefined, 'test');
    const { database, asked } = quiet();
    const service = new RetentionService(options, database, {} as ClickIdRepository);
    service.onApplicationBootstrap();
    return { service, asked };
  };

  it('leaves a starting app alone, and then asks one statement an hour', async () => {
    const { service, asked } = start(true);
    await jest.advanceTimersByTimeAsync(9 * MINUTE);
    expect(asked).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(2 * MINUTE);
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(24 * HOUR);
    expect(asked).toHaveLength(25);
    await service.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(24 * HOUR);
    expect(asked).toHaveLength(25);
  });

  it('does not run where nothing runs by itself', async () => {
    const { asked } = start(false);
    await jest.advanceTimersByTimeAsync(24 * HOUR);
    expect(asked).toHaveLength(0);
  });
});
