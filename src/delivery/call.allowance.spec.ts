import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ResolvedImpactOptions } from '../config/index.js';
import type { ImpactDatabase } from '../database/index.js';
import type { AccountGate } from '../ledger/index.js';
import { CallAllowance } from './call.allowance.js';

describe('CallAllowance', () => {
  let hour: number;
  let taken: number[];
  let allowance: CallAllowance;

  const gate = {
    take: (_: unknown, wanted: number) => {
      const granted = Math.min(wanted, hour);
      hour -= granted;
      taken.push(granted);
      return granted;
    },
    giveBack: (_: unknown, calls: number) => {
      hour += calls;
    },
  } as unknown as AccountGate;
  const database = {
    write: (script: () => unknown) => Promise.resolve(script()),
  } as unknown as ImpactDatabase;
  const made = (maxRequestsPerHour: number): CallAllowance =>
    new CallAllowance(
      { delivery: { concurrency: 8, maxRequestsPerHour } } as ResolvedImpactOptions,
      database,
      gate,
    );

  beforeEach(() => {
    jest.useFakeTimers();
    hour = 1000;
    taken = [];
    allowance = made(1000);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('grants no more than is wanted, and asks again when that is used up', async () => {
    expect(await allowance.reserve(50)).toBe(1);
    expect(await allowance.reserve(50)).toBe(2);
    expect(await allowance.reserve(1)).toBe(1);
    expect(await allowance.reserve(50)).toBe(3);
    expect(taken).toEqual([1, 2, 4]);
  });

  it('takes more at a time the faster it is used, up to a hundredth of the hour', async () => {
    for (let i = 0; i < 6; i += 1) await allowance.reserve(50);
    expect(taken).toEqual([1, 2, 4, 8, 10, 10]);
  });

  it('begins with a call for each slot where the hour is large', async () => {
    hour = 100_000;
    await made(100_000).reserve(50);
    expect(taken).toEqual([8]);
  });

  it('takes little when it is used slowly: a process that is killed takes no more with it', async () => {
    for (let i = 0; i < 4; i += 1) {
      await allowance.reserve(50);
      jest.advanceTimersByTime(1000);
    }
    expect(taken).toEqual([1, 1, 1, 1]);
  });

  it('grants nothing when the hour is used up', async () => {
    hour = 0;
    expect(await allowance.reserve(50)).toBe(0);
  });

  it('uses what is given back before it asks for more, and returns the rest', async () => {
    expect(await allowance.reserve(50)).toBe(1);
    allowance.giveBack(1);
    expect(await allowance.reserve(50)).toBe(1);
    allowance.giveBack(1);
    await allowance.returnAll();
    expect(hour).toBe(1000);
    expect(taken).toEqual([1]);
  });

  it('does not carry calls of one hour into the next', async () => {
    await allowance.reserve(1);
    allowance.giveBack(1);
    jest.advanceTimersByTime(3_600_000);
    await allowance.reserve(1);
    expect(taken).toEqual([1, 1]);
    jest.advanceTimersByTime(3_600_000);
    allowance.giveBack(1);
    await allowance.returnAll();
    expect(hour).toBe(998);
  });
});
