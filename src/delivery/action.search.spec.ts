import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Action,
  type ActionPage,
  type ImpactApiClient,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  NO_RATE,
} from '../api/index.js';
import type { ResolvedImpactOptions } from '../config/index.js';
import { type LookUpAllowance, PauseAnnouncer, type WantedPause } from '../ledger/index.js';
import { ActionSearch } from './action.search.js';

const OPTIONS = { eventTypeId: '2000' } as ResolvedImpactOptions;
const CLOCK = { now: () => new Date('2026-11-22T12:00:00Z'), offset: () => 0 };

const action = (id: string, orderId: string, more: Partial<Action> = {}): Action =>
  ({ id, orderId, state: 'PENDING', actionTrackerId: '2000', ...more }) as Action;
const pageOf = (actions: readonly Action[]): ActionPage =>
  ({ actions, unreadable: 0, total: actions.length, rate: NO_RATE }) as unknown as ActionPage;
const tick = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the search for earlier attempts', () => {
  let actions: Action[];
  /** `from` of each listing that was read. */
  let listings: number[];
  let error: Error | null;
  let holdUp: Promise<void>;
  let refusal: { why: 'paused' | 'budget'; for: number; pausedFor: number | null } | null;
  let told: WantedPause[];
  let said: string[];
  let search: ActionSearch;

  const wanted = (from = 1000, reusableFor = 0) => ({ from, claimedAt: performance.now(), reusableFor });

  beforeEach(() => {
    [actions, listings, told, said] = [[], [], [], []];
    [error, refusal, holdUp] = [null, null, Promise.resolve()];
    const api = {
      async *walkActions({ actionDate }: { actionDate: { from: Date } }, mayCall: () => Promise<boolean>) {
        if (!(await mayCall())) return;
        listings.push(actionDate.from.getTime());
        const shown = [...actions];
        await holdUp;
        if (error !== null) throw error;
        yield pageOf(shown);
      },
    } as unknown as ImpactApiClient;
    const allowance = {
      ask: async () =>
        refusal === null
          ? { is: 'granted', probes: [], failures: { all: 0, reads: 0 }, pausedFor: null }
          : { is: 'refused', ...refusal },
      answered: async () => {},
      unused: async () => {},
      failed: async (_leave: unknown, pause: WantedPause) => void told.push(pause),
      pause: async (pause: WantedPause) => void told.push(pause),
    } as unknown as LookUpAllowance;
    const hear = (message: string) => void said.push(message);
    const announcer = new PauseAnnouncer({ error: hear, warn: hear, log: hear });
    search = new ActionSearch(OPTIONS, CLOCK, api, allowance, announcer);
  });

  /** A listing of recent actions: old windows would be read in parts. */
  const RECENT = CLOCK.now().getTime() - 86_400_000;

  it('reads once for any number of rows that ask together, from the oldest sale on', async () => {
    actions = [action('1', 'A-7')];
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, i) => search.find(`A-${i}`, wanted(RECENT - i))),
    );
    expect(listings).toEqual([RECENT - 499]);
    expect(results.filter(({ is }) => is === 'found')).toEqual([{ is: 'found', actionId: '1' }]);
  });

  it('reads anew for a row that was claimed after the last reading began', async () => {
    await expect(search.find('A-1', wanted(RECENT))).resolves.toEqual({ is: 'none' });
    actions = [action('1', 'A-1')];
    await expect(search.find('A-1', wanted(RECENT))).resolves.toEqual({ is: 'found', actionId: '1' });
    expect(listings).toHaveLength(2);
  });

  it('but not where the duplicate window allows an older one, and not for an older sale', async () => {
    await search.find('A-1', wanted(RECENT));
    await search.find('A-2', wanted(RECENT, 600_000));
    expect(listings).toHaveLength(1);
    await search.find('A-3', wanted(RECENT - 1, 600_000));
    expect(listings).toHaveLength(2);
  });

  it('lets a row that came too late for the reading under way wait for the next, with all others', async () => {
    let goOn = (): void => {};
    holdUp = new Promise((resolve) => {
      goOn = resolve;
    });
    const first = search.find('A-1', wanted(RECENT));
    while (listings.length === 0) await tick(1);
    actions = [action('1', 'A-2')];
    const late = Promise.all([search.find('A-2', wanted(RECENT)), search.find('A-3', wanted(RECENT))]);
    await tick(20);
    expect(listings).toHaveLength(1);
    goOn();
    await expect(first).resolves.toEqual({ is: 'none' });
    await expect(late).resolves.toEqual([{ is: 'found', actionId: '1' }, { is: 'none' }]);
    expect(listings).toHaveLength(2);
  });

  it.each([
    ['takes the newest that is not reversed', ['REVERSED', 'PENDING', 'APPROVED'], '1'],
    ['takes a reversed one when there is no other', ['REVERSED', 'REVERSED'], '0'],
  ] as const)('%s', async (_name, states, found) => {
    actions = states.map((state, i) => action(String(i), 'A-1', { state }));
    await expect(search.find('A-1', wanted(RECENT))).resolves.toEqual({ is: 'found', actionId: found });
  });

  it('does not take the same order id of another event type for it', async () => {
    actions = [action('1', 'A-1', { actionTrackerId: '2001' })];
    await expect(search.find('A-1', wanted(RECENT))).resolves.toEqual({ is: 'none' });
    actions = [action('1', 'A-1', { actionTrackerId: null })];
    await expect(search.find('A-1', wanted(RECENT))).resolves.toMatchObject({ is: 'found' });
  });

  it('tells a refusal once, for everybody, and asks no more until its pause is over', async () => {
    error = new ImpactApiRefusedError('…', {
      status: 403,
      problems: [],
      rate: NO_RATE,
      requestMayHaveArrived: true,
    });
    const results = await Promise.all([
      search.find('A-1', wanted(RECENT)),
      search.find('A-2', wanted(RECENT)),
    ]);
    for (const result of results) expect(result).toMatchObject({ is: 'later', failed: true, pause: null });
    const waiting = await search.find('A-3', wanted(RECENT));
    expect(waiting).toMatchObject({ is: 'later', failed: false });
    expect((waiting as { for: number }).for).toBeLessThanOrEqual((results[0] as { for: number }).for);
    expect(listings).toHaveLength(1);
    expect(told).toEqual([expect.objectContaining({ scope: 'reads' })]);
    expect(said).toEqual([expect.stringMatching(/Actions: read/)]);
  });

  it('leaves what concerns the whole account to the row’s outcome', async () => {
    error = new ImpactApiRefusedError('…', {
      status: 401,
      problems: [],
      rate: NO_RATE,
      requestMayHaveArrived: true,
    });
    await expect(search.find('A-1', wanted(RECENT))).resolves.toMatchObject({
      is: 'later',
      pause: { scope: 'all' },
    });
    expect(told).toEqual([]);
  });

  it('never stops sales for a listing that fails', async () => {
    error = new ImpactApiUnreachableError('…', {
      status: null,
      problems: [],
      rate: NO_RATE,
      requestMayHaveArrived: true,
      networkCode: 'DEADLINE',
    });
    await expect(search.find('A-1', wanted(RECENT))).resolves.toMatchObject({ is: 'later', pause: null });
    expect(told).toEqual([expect.objectContaining({ scope: 'reads' })]);
  });

  it.each([
    [{ why: 'budget', for: 60_000, pausedFor: null } as const, /share of the hourly limit/],
    [{ why: 'paused', for: 5000, pausedFor: 86_400_000 } as const, /paused/],
  ])('makes no call that it may not make (%j)', async (given, words) => {
    refusal = given;
    const { why: _, ...shown } = given;
    await expect(search.find('A-1', wanted(RECENT))).resolves.toMatchObject({
      is: 'later',
      ...shown,
      failed: false,
      reason: expect.stringMatching(words),
    });
    expect(listings).toEqual([]);
  });

  it('asks again after a defect of the database', async () => {
    error = new TypeError('no connection');
    await expect(search.find('A-1', wanted(RECENT))).rejects.toThrow('no connection');
    error = null;
    await expect(search.find('A-1', wanted(RECENT))).resolves.toEqual({ is: 'none' });
  });
});
