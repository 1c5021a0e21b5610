import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ResolvedImpactOptions } from '../config/index.js';
import {
  BEGINNING,
  type ClaimedDelivery,
  type DeliveryLedger,
  type Pause,
  type Position,
  type Wish,
} from '../ledger/index.js';
import type { CallAllowance } from './call.allowance.js';
import { DeliveryIntake } from './delivery.intake.js';

/** The database's clock, apart from this process's. */
const NOW = 1_800_000_000_000;
const options = {
  accountSid: 'IR1',
  environment: 'test',
  delivery: { lease: 90_000, maxAge: 1_000_000 },
} as ResolvedImpactOptions;

const pause = (scope: Pause['scope'], until: number): Pause => ({
  scope,
  since: NOW - 1000,
  until,
  reason: '',
  failures: 1,
});

describe('DeliveryIntake', () => {
  let calls: string[];
  let places: Position[];
  let dueIn: Record<0 | 1 | 2, number | null>;
  let pauses: Pause[];
  let batches: number[];
  let budget: number;
  let intake: DeliveryIntake;

  const claimedNow = (wish: Wish, how: string) => {
    calls.push(`${how} ${wish.priority}`);
    places.push(wish.after);
    const size = Math.min(batches.shift() ?? 0, wish.limit);
    const claimed = Array.from({ length: size }, () => ({}) as ClaimedDelivery);
    return Promise.resolve({ claimed, last: size > 0 ? { dueAt: NOW - 500, id: 'last' } : null });
  };
  const ledger = {
    look: () => {
      calls.push('look');
      return Promise.resolve({ dueIn, now: NOW, pauses });
    },
    claim: (_: unknown, wish: Wish) => claimedNow(wish, 'claim'),
    claimBehindGate: (_: unknown, wish: Wish) => claimedNow(wish, 'probe'),
  } as unknown as DeliveryLedger;
  const allowance = {
    reserve: (wanted: number) => Promise.resolve(Math.min(wanted, budget)),
    giveBack: (unused: number) => {
      budget += unused;
    },
  } as unknown as CallAllowance;

  beforeEach(() => {
    jest.useFakeTimers();
    calls = [];
    places = [];
    batches = [];
    pauses = [];
    budget = 1000;
    dueIn = { 0: null, 1: null, 2: null };
    intake = new DeliveryIntake(options, ledger, allowance);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks one question while nothing is due', async () => {
    dueIn[2] = 700;
    expect(await intake.fetch(10)).toMatchObject({ claimed: [], wait: 700 });
    expect(calls).toEqual(['look']);
  });

  it('says that only a ring can tell when nothing waits at all', async () => {
    expect((await intake.fetch(10)).wait).toBe(Infinity);
  });

  it('claims the priorities that are due, in their order, and no more than is wanted', async () => {
    dueIn = { 0: -1, 1: 5000, 2: -1 };
    batches = [3, 7];
    expect((await intake.fetch(10)).claimed).toHaveLength(10);
    expect(calls).toEqual(['look', 'claim 0', 'claim 2']);
  });

  it('goes on behind the last row of a full batch without looking', async () => {
    dueIn[0] = -1;
    batches = [10, 10];
    await intake.fetch(10);
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'claim 0', 'claim 0']);
    expect(places).toEqual([BEGINNING, { dueAt: NOW - 500, id: 'last' }]);
  });

  it('looks for sales with a click while it claims others: they go first', async () => {
    dueIn[2] = -1;
    batches = [10, 10, 10];
    await intake.fetch(10);
    dueIn[0] = -1;
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'claim 2', 'look', 'claim 0']);
  });

  it('sends what it has claimed when a second claim fails, and gives the rest of the hour back', async () => {
    dueIn = { 0: -1, 1: -1, 2: null };
    batches = [4];
    const claim = ledger.claim.bind(ledger);
    jest
      .spyOn(ledger, 'claim')
      .mockImplementation((stamp, wish) =>
        wish.priority === 1 ? Promise.reject(new TypeError('gone')) : claim(stamp, wish),
      );
    expect((await intake.fetch(10)).claimed).toHaveLength(4);
    await expect(intake.fetch(10)).rejects.toThrow('gone');
    expect(budget).toBe(1016);
    jest.restoreAllMocks();
  });

  it('goes back a minute after a short batch: a row may have committed late', async () => {
    dueIn[0] = -1;
    batches = [4, 1];
    await intake.fetch(10);
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'claim 0', 'look', 'claim 0']);
    expect(places[1]!.dueAt).toBe(NOW - 60_000);
  });

  it('goes back to the beginning every half minute', async () => {
    dueIn[0] = -1;
    batches = [10, 10, 10];
    await intake.fetch(10);
    jest.advanceTimersByTime(29_000);
    await intake.fetch(10);
    jest.advanceTimersByTime(1000);
    await intake.fetch(10);
    expect(places).toEqual([BEGINNING, { dueAt: NOW - 500, id: 'last' }, BEGINNING]);
  });

  it('does not spin over rows that are due and cannot be claimed', async () => {
    dueIn[0] = -1;
    batches = [0];
    expect(await intake.fetch(10)).toMatchObject({ claimed: [], wait: Infinity });
    expect(calls).toEqual(['look', 'claim 0']);
  });

  it.each<[string, Pause['scope'], Record<0 | 1 | 2, number | null>, number]>([
    ['all', 'all', { 0: -1, 1: -1, 2: -1 }, 8000],
    ['sales', 'sales', { 0: -1, 1: null, 2: null }, 8000],
    ['corrections', 'corrections', { 0: null, 1: -1, 2: null }, 8000],
    ['a row that is due later than the pause ends', 'all', { 0: 9000, 1: null, 2: null }, 9000],
  ])('waits for the end of a pause of %s', async (_, scope, due, wait) => {
    pauses = [pause(scope, NOW + 8000)];
    dueIn = due;
    expect(await intake.fetch(10)).toMatchObject({ claimed: [], wait });
    expect(calls).toEqual(['look']);
  });

  it('claims what a pause does not concern, and the probe of one that has run out, behind the gate', async () => {
    pauses = [pause('corrections', NOW + 8000)];
    dueIn = { 0: -1, 1: -1, 2: null };
    batches = [1];
    expect((await intake.fetch(10)).pauses).toEqual(pauses);
    expect(calls).toEqual(['look', 'probe 0']);
    pauses = [pause('all', NOW - 1)];
    batches = [1];
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'probe 0', 'look', 'probe 0', 'probe 1']);
  });

  it('looks behind a pause of sales for corrections that have time', async () => {
    pauses = [pause('sales', NOW + 8000)];
    dueIn = { 0: -1, 1: null, 2: -1 };
    batches = [1];
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'probe 2']);
  });

  it('does not care for a pause of look-ups', async () => {
    pauses = [pause('reads', NOW + 8000)];
    dueIn[0] = -1;
    batches = [10];
    await intake.fetch(10);
    expect(calls).toEqual(['look', 'claim 0']);
  });

  it('claims nothing when the hour is used up, and gives back what it does not use', async () => {
    dueIn[0] = -1;
    budget = 0;
    expect(await intake.fetch(10)).toMatchObject({ claimed: [], wait: Infinity });
    budget = 1000;
    batches = [4];
    await intake.fetch(10);
    expect(budget).toBe(1006);
  });

  it('dates the lease from before the claim', async () => {
    const before = performance.now();
    expect((await intake.fetch(1)).leaseEnd).toBe(before + 90_000);
  });
});
