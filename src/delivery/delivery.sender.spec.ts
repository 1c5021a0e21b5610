import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ImpactApiClient,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  NO_RATE,
} from '../api/index.js';
import type { ResolvedImpactOptions } from '../config/index.js';
import { type ClaimedDelivery, type Pause, PauseAnnouncer } from '../ledger/index.js';
import type { ActionSearch, SearchResult } from './action.search.js';
import { DeliverySender } from './delivery.sender.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LEASE = 90_000;

const OPTIONS = {
  delivery: {
    timeout: 30_000,
    lease: LEASE,
    maxAge: 30 * DAY,
    duplicateWindow: DAY,
    backoff: { base: 2000, cap: 15 * MINUTE },
  },
  verdicts: { lookupAfter: 15 * MINUTE },
} as ResolvedImpactOptions;
const CLOCK = { now: () => new Date('2026-11-22T12:00:00Z'), offset: () => 0 };

const row = (more: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
  id: 'd-1',
  token: 't-1',
  conversion: 'c-1',
  wireOrderId: 'A-1',
  kind: 'sale',
  request: [['OrderId', 'A-1']],
  attempts: 0,
  age: MINUTE,
  unknownFor: null,
  eventAt: new Date('2026-11-20T12:00:00Z'),
  probes: [],
  ...more,
});
const OLD_AND_UNKNOWN = row({ attempts: 1, age: 2 * DAY, unknownFor: 2 * DAY });
const failure = { problems: [], rate: NO_RATE, requestMayHaveArrived: true };
const refused = (status: number) => new ImpactApiRefusedError('…', { ...failure, status });
const timedOut = () =>
  new ImpactApiUnreachableError('…', { ...failure, status: null, networkCode: 'DEADLINE' });

describe('sending a claimed row', () => {
  let posts: number;
  let answer: Error | null;
  let result: SearchResult | Promise<SearchResult>;
  let asked: Parameters<ActionSearch['find']>[];
  let said: string[];
  let sender: DeliverySender;

  beforeEach(() => {
    [posts, answer, result, asked, said] = [0, null, { is: 'none' }, [], []];
    const api = {
      submitConversion: async () => {
        posts += 1;
        if (answer !== null) throw answer;
        return { submissionId: 'S-1', actionId: null, queuedUri: '/S-1', rate: NO_RATE };
      },
    } as unknown as ImpactApiClient;
    const search = {
      find: async (...args: Parameters<ActionSearch['find']>) => {
        asked.push(args);
        return result;
      },
    } as unknown as ActionSearch;
    const hear = (message: string) => void said.push(message);
    sender = new DeliverySender(
      OPTIONS,
      CLOCK,
      api,
      search,
      new PauseAnnouncer({ error: hear, warn: hear, log: hear }),
    );
  });

  const send = (delivery: ClaimedDelivery, leaseLeft = LEASE, pauses: Pause[] = []) =>
    sender.send(delivery, pauses, performance.now() + leaseLeft);

  it('makes the call, and proves that the account and its kind are open', async () => {
    await expect(send(row())).resolves.toMatchObject({ is: 'sent', reached: ['all', 'sales'] });
    expect(asked).toEqual([]);
  });

  it.each([
    ['a fresh row', row(), false],
    ['an unknown outcome', row({ attempts: 1, unknownFor: HOUR }), true],
    ['a row that was looked up', OLD_AND_UNKNOWN, true],
  ])(
    'gives %s back without a call when the lease is shorter than the call’s deadline',
    async (_n, one, unknown) => {
      await expect(send(one, 29_999)).resolves.toMatchObject({
        is: 'retry',
        after: expect.any(Number),
        unknown,
        reached: null,
      });
      expect(posts).toBe(0);
      await expect(send(one, 40_000)).resolves.toMatchObject({ is: 'sent' });
    },
  );

  it('does not wait for a search that takes longer than the lease allows', async () => {
    result = new Promise(() => {});
    await expect(send(OLD_AND_UNKNOWN, 30_020)).resolves.toMatchObject({
      is: 'retry',
      unknown: true,
      reached: null,
    });
    expect(posts).toBe(0);
  });

  it('sends again only what the search has not found', async () => {
    await expect(send(OLD_AND_UNKNOWN)).resolves.toMatchObject({
      is: 'sent',
      searched: 'there is none, so it is sent again',
    });
    result = { is: 'found', actionId: '1000.1.2' };
    await expect(send(OLD_AND_UNKNOWN)).resolves.toMatchObject({
      is: 'found',
      actionId: '1000.1.2',
      reached: null,
    });
    expect(posts).toBe(1);
  });

  it('says since when the row is its own, and how old a reading may be', async () => {
    const before = performance.now();
    await send(OLD_AND_UNKNOWN, LEASE - 10_000);
    await send(row({ attempts: 1, age: 30 * DAY, unknownFor: 2 * DAY }));
    const [[order, first], [, second]] = asked as [(typeof asked)[0], (typeof asked)[0]];
    expect(order).toBe('A-1');
    expect(new Date(first.from).toISOString()).toBe('2026-11-18T00:00:00.000Z');
    expect(first.claimedAt).toBeLessThan(before - 9000);
    expect([first.reusableFor, second.reusableFor]).toEqual([10 * MINUTE, 0]);
  });

  it('parks what was not found and is too old to be sent', async () => {
    const old = row({ attempts: 9, age: 30 * DAY, unknownFor: 2 * DAY });
    await expect(send(old)).resolves.toMatchObject({
      is: 'parked',
      searched: 'there is none',
      reached: null,
    });
    expect(posts).toBe(0);
  });

  it('does not look before actions can have appeared', async () => {
    const early = row({ attempts: 1, age: 30 * DAY, unknownFor: MINUTE });
    await expect(send(early)).resolves.toMatchObject({ is: 'retry', after: 14 * MINUTE, reached: null });
    expect(asked).toEqual([]);
  });

  describe('when nobody can tell whether an earlier attempt arrived', () => {
    const later = (more: Partial<Extract<SearchResult, { is: 'later' }>> = {}): SearchResult => ({
      is: 'later',
      for: HOUR,
      reason: 'The token may not read (403).',
      failed: false,
      pause: null,
      pausedFor: 10 * DAY,
      ...more,
    });

    it('waits, unsent, without counting an attempt', async () => {
      result = later();
      const outcome = await send(OLD_AND_UNKNOWN);
      expect(outcome).toMatchObject({ is: 'retry', unknown: true, reached: null });
      expect(outcome).toHaveProperty('reason', expect.stringContaining('may not read (403)'));
      expect((outcome as { after: number }).after).toBeGreaterThanOrEqual(HOUR);
      expect(outcome.searched).toBeUndefined();
      expect(posts).toBe(0);
    });

    it('tells the story of the look-up that failed, and its pause', async () => {
      const pause = { scope: 'all', for: HOUR, loud: true, reason: '…' } as const;
      result = later({ failed: true, pause });
      await expect(send(OLD_AND_UNKNOWN)).resolves.toMatchObject({
        searched: expect.stringContaining('nobody can tell yet'),
        pause,
        reached: null,
      });
    });

    it('is handed to a person once it is too old and look-ups were impossible for as long', async () => {
      const old = row({ attempts: 9, age: 31 * DAY, unknownFor: 31 * DAY });
      result = later({ pausedFor: 29 * DAY });
      await expect(send(old)).resolves.toMatchObject({ is: 'retry' });
      result = later({ pausedFor: 30 * DAY });
      const outcome = await send(old);
      expect(outcome).toMatchObject({ is: 'parked', reached: null });
      expect(outcome).toHaveProperty('reason', expect.stringMatching(/when there is none, report the sale/));
      expect(posts).toBe(0);
    });
  });

  it('says a loud pause once, for the rows that fail together and for the probes that follow', async () => {
    answer = refused(401);
    for (let i = 0; i < 8; i += 1) await send(row());
    const standing: Pause = { scope: 'all', since: 0, until: 0, reason: '', failures: 3 };
    const probe = row({ probes: [{ scope: 'all', until: 0 }] });
    for (let i = 0; i < 8; i += 1) {
      const outcome = await send(probe, LEASE, [standing]);
      // The fourth failure of the pause: eight minutes at most, four at least.
      expect(outcome.pause?.for).toBeGreaterThanOrEqual(4 * MINUTE);
    }
    expect(said).toEqual([expect.stringMatching(/IMPACT_AUTH_TOKEN/)]);
    answer = null;
    await send(row());
    expect(said).toHaveLength(2);
  });

  it('shuts the gate after three failures in a row, and at once after a failed probe', async () => {
    answer = timedOut();
    const pauses: (string | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) pauses.push((await send(row())).pause?.scope);
    expect(pauses).toEqual([undefined, undefined, 'all']);
    answer = null;
    await send(row());
    answer = timedOut();
    const outcome = await send(row({ probes: [{ scope: 'all', until: 0 }] }));
    expect(outcome).toMatchObject({ is: 'retry', unknown: true, pause: { scope: 'all' }, reached: [] });
  });
});
