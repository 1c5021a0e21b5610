import { describe, expect, it } from '@jest/globals';
import {
  ImpactApiAnswerUnusableError,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  NO_RATE,
  type RateState,
} from '../api/index.js';
import {
  attemptOf,
  beforeAttempt,
  judge,
  neverLookedUp,
  type AccountPause,
  type Attempt,
  type CallKind,
  type JudgeSettings,
  type RowFacts,
  type Verdict,
} from './answer.rules.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const ROW: RowFacts = {
  call: 'sale',
  attempts: 1,
  age: 60_000,
  maxAge: 30 * DAY,
  unknownFor: null,
  duplicateWindow: DAY,
};
const SETTINGS: JudgeSettings = {
  backoff: { base: 2000, cap: 900_000 },
  accountFailures: 1,
  pauseFailures: 1,
  probing: false,
  random: () => 0.5,
};

const answered = (status: number, rate: Partial<RateState> = {}): Attempt => ({
  kind: 'answered',
  status,
  problems: status === 400 ? [{ field: 'ItemSku1', message: 'Not known', level: 'ERROR' }] : [],
  rate: { ...NO_RATE, ...rate },
});
const accepted = (rate: Partial<RateState> = {}): Attempt => ({
  kind: 'accepted',
  rate: { ...NO_RATE, ...rate },
});
const timedOut: Attempt = { kind: 'unreachable', requestMayHaveArrived: true, why: 'DEADLINE' };
const notSent: Attempt = { kind: 'unreachable', requestMayHaveArrived: false, why: 'ECONNREFUSED' };
const unusable: Attempt = { kind: 'unusable', status: 200, rate: NO_RATE };

const judged = (
  attempt: Attempt,
  row: Partial<RowFacts> = {},
  settings: Partial<JudgeSettings> = {},
): Verdict => judge(attempt, { ...ROW, ...row }, { ...SETTINGS, ...settings });

type Scope = AccountPause['scope'];
/** Verdict, whether it may have arrived, what the first such answer pauses, what the third in a row pauses. */
type Row = [name: string, Attempt, Verdict['verdict'], boolean | undefined, Scope | null, Scope | null];

/** Every class of answer; `own` is the kind's own scope. */
const table = (own: Scope): Row[] => [
  ['proof of acceptance', accepted(), 'sent', undefined, null, null],
  ['200 that says ERROR', answered(200), 'park', undefined, null, null],
  ['400', answered(400), 'park', undefined, null, null],
  ['401', answered(401), 'pause-account', undefined, 'all', 'all'],
  ['402', answered(402), 'park', undefined, null, null],
  ['403', answered(403), 'pause-account', undefined, own, own],
  ['404', answered(404), 'park', undefined, null, null],
  ['405', answered(405), 'park', undefined, null, null],
  ['407', answered(407), 'retry', false, null, 'all'],
  ['408', answered(408), 'retry', false, null, 'all'],
  ['409', answered(409), 'park', undefined, null, null],
  ['410', answered(410), 'park', undefined, null, null],
  ['413', answered(413), 'park', undefined, null, null],
  ['421', answered(421), 'retry', false, null, 'all'],
  ['422', answered(422), 'park', undefined, null, null],
  ['425', answered(425), 'retry', false, null, 'all'],
  ['429', answered(429), 'pause-account', undefined, 'all', 'all'],
  ['451', answered(451), 'park', undefined, null, null],
  ['500', answered(500), 'retry', true, null, 'all'],
  ['501', answered(501), 'retry', true, null, 'all'],
  ['502', answered(502), 'retry', true, null, 'all'],
  ['503', answered(503), 'retry', false, null, 'all'],
  ['504', answered(504), 'retry', true, null, 'all'],
  ['520', answered(520), 'retry', true, null, 'all'],
  ['599', answered(599), 'retry', true, null, 'all'],
  ['a 200 without proof, or a redirect', unusable, 'retry', true, null, 'all'],
  ['an answer that is no HTTP', { ...unusable, status: null }, 'retry', true, null, 'all'],
  ['a 404 that impact.com did not word', { ...unusable, status: 404 }, 'retry', true, null, 'all'],
  ['a timeout after the request left', timedOut, 'retry', true, null, 'all'],
  ['a refused connection', notSent, 'retry', false, 'all', 'all'],
];

describe.each<[CallKind, Scope]>([
  ['sale', 'sales'],
  ['correction', 'corrections'],
])('every class of answer, for a %s', (call, own) => {
  it.each(table(own))('%s', (_name, attempt, verdict, outcomeUnknown, first, third) => {
    const result = judged(attempt, { call });
    expect(result.verdict).toBe(verdict);
    expect('outcomeUnknown' in result ? result.outcomeUnknown : undefined).toBe(outcomeUnknown);
    expect(result.reason).toMatch(/\.$/);
    expect(result.pause?.scope ?? null).toBe(first);
    const again = judged(attempt, { call }, { accountFailures: 3 });
    expect(again.pause?.scope ?? null).toBe(third);
  });
});

describe('a retry', () => {
  it('waits with full jitter by the number of attempts', () => {
    expect(judged(timedOut, { attempts: 3 })).toMatchObject({ verdict: 'retry', after: 4000 });
    expect(judged(timedOut, { attempts: 3 }, { random: () => 0 })).toMatchObject({ after: 0 });
  });

  it('never gives up for the number of attempts', () => {
    expect(judged(timedOut, { attempts: 100_000 })).toMatchObject({ verdict: 'retry', after: 450_000 });
  });

  it('never comes before Retry-After, and neither does any other row of the account', () => {
    expect(judged(answered(503, { retryAfter: 700_000 }), {}, { random: () => 0 })).toMatchObject({
      after: 700_000,
      pause: { scope: 'all', for: 700_500 },
    });
  });

  it('ends at maxAge', () => {
    expect(judged(notSent, { age: 30 * DAY })).toMatchObject({ verdict: 'park', cause: 'too-old' });
    expect(judged(notSent, { age: 30 * DAY - 1 }).verdict).toBe('retry');
  });
});

describe('an unknown outcome', () => {
  it('is repeated inside the duplicate window only', () => {
    expect(judged(timedOut, { unknownFor: DAY - 60_000 }).verdict).toBe('retry');
    expect(judged(timedOut, { unknownFor: DAY }).verdict).toBe('look-up-first');
  });

  it('is not repeated when the next attempt would fall outside the window', () => {
    expect(judged(timedOut, { attempts: 20, unknownFor: DAY - 400_000 }).verdict).toBe('look-up-first');
    const shut = answered(503, { retryAfter: HOUR });
    expect(judged(shut, { unknownFor: DAY - HOUR }).verdict).toBe('look-up-first');
  });

  it('outlives later attempts that certainly failed', () => {
    expect(judged(notSent, { unknownFor: DAY }).verdict).toBe('look-up-first');
    expect(judged(answered(503), { unknownFor: DAY }).verdict).toBe('look-up-first');
  });

  it('is looked up rather than given up when the row is too old', () => {
    expect(judged(timedOut, { age: 30 * DAY }).verdict).toBe('look-up-first');
  });

  it('does not matter to a correction, whose target is absolute', () => {
    expect(judged(timedOut, { call: 'correction', unknownFor: 2 * DAY })).toMatchObject({
      verdict: 'retry',
      outcomeUnknown: true,
    });
  });

  it.each([
    ['look-ups are possible', null, 40 * DAY, false],
    ['they have been paused for a while', 29 * DAY, 40 * DAY, false],
    ['the sale is young', 31 * DAY, DAY, false],
    ['they have been paused for as long as it is tried', 30 * DAY, 30 * DAY, true],
  ])('waits for its look-up, and for ever only when %s', (_name, pausedFor, age, given) => {
    expect(neverLookedUp({ ...ROW, age }, pausedFor)).toBe(given);
  });
});

describe('pauses', () => {
  it.each<[CallKind, string, string]>([
    ['sale', 'sales', 'Conversions: write'],
    ['correction', 'corrections', 'Actions: write'],
  ])('403 stops only calls of its own kind and names the scope (%s)', (call, scope, permission) => {
    const { pause } = judged(answered(403), { call });
    expect(pause).toMatchObject({ scope, loud: true });
    expect(pause?.reason).toContain(permission);
  });

  it('401 stops everything, loudly, and is probed more and more rarely', () => {
    expect(judged(answered(401)).pause).toMatchObject({ scope: 'all', loud: true, for: 45_000 });
    expect(judged(answered(401), {}, { pauseFailures: 50 }).pause?.for).toBe(675_000);
    expect(judged(answered(401), {}, { random: () => 0 }).pause?.for).toBe(30_000);
  });

  it.each<[string, Partial<RateState>, number]>([
    ['Retry-After', { retryAfter: 90_000, resetIn: 5000 }, 90_750],
    ['the reset', { resetIn: 5000 }, 5750],
    ['the reset, when Retry-After has passed', { retryAfter: 0, resetIn: 5000 }, 5750],
    ['a minute, halved at most, without either', {}, 45_000],
  ])('429 stops everything for %s', (_name, rate, wait) => {
    expect(judged(answered(429, rate)).pause).toMatchObject({ scope: 'all', loud: false, for: wait });
  });

  it.each([{ retryAfter: 0 }, { resetIn: 0 }])(
    '429 whose moment is always past is probed less and less often (%j)',
    (rate) => {
      const wait = (pauseFailures: number) =>
        judged(answered(429, rate), {}, { pauseFailures, random: () => 0 }).pause!.for;
      expect([1, 2, 3, 4, 30].map(wait)).toEqual([500, 1000, 2000, 4000, 450_000]);
    },
  );

  it('an accepted sale that used up the window stops the next call', () => {
    expect(judged(accepted({ remaining: 0, resetIn: 1000 })).pause).toMatchObject({
      scope: 'all',
      for: 1000,
    });
    expect(judged(accepted({ remaining: 1, resetIn: 1000 })).pause).toBeNull();
    expect(judged(accepted({ remaining: 0 })).pause).toBeNull();
    expect(judged(accepted({ remaining: 0, resetIn: 0 })).pause).toBeNull();
  });

  it('a connection that cannot be made closes the gate at once, because it is no row’s fault', () => {
    expect(judged(notSent).pause).toMatchObject({ scope: 'all', for: 750 });
  });

  it('last by the failures of the pause, however many calls failed together', () => {
    const wait = (accountFailures: number, pauseFailures: number) =>
      judged(answered(503), {}, { accountFailures, pauseFailures }).pause?.for;
    expect([wait(3, 1), wait(64, 1), wait(64, 4), wait(64, 400)]).toEqual([750, 750, 6000, 22_500]);
  });

  it.each([timedOut, answered(500), unusable])(
    'one bad answer does not stop the others ($kind)',
    (attempt) => {
      expect(judged(attempt, {}, { accountFailures: 2 }).pause).toBeNull();
      expect(judged(attempt, {}, { accountFailures: 3 }).pause).not.toBeNull();
    },
  );

  it.each([timedOut, answered(503), answered(408), unusable, notSent])(
    'but one failed probe is enough, in a process that saw nothing before ($kind)',
    (attempt) => {
      const { pause } = judged(attempt, {}, { accountFailures: 1, pauseFailures: 2, probing: true });
      expect(pause).toMatchObject({ scope: 'all', for: 1500 });
    },
  );

  it('a parked row stops nothing', () => {
    expect(judged(answered(400), {}, { accountFailures: 50, probing: true }).pause).toBeNull();
  });
});

it.each<[CallKind, string]>([
  ['sale', 'Record the order again'],
  ['correction', 'Report the correction again'],
])('parks a %s with the vendor’s words and what to do', (call, advice) => {
  const result = judged(answered(400), { call });
  expect(result).toMatchObject({ verdict: 'park', cause: 'refused', problems: [{ field: 'ItemSku1' }] });
  expect(result.reason).toContain('ItemSku1: Not known');
  expect(result.reason).toContain(advice);
});

describe('before an attempt', () => {
  it.each<[string, Partial<RowFacts>, string | null]>([
    ['a fresh row goes', {}, null],
    ['a row past maxAge is given up', { age: 30 * DAY }, 'park'],
    ['an unknown outcome inside the window goes', { unknownFor: HOUR }, null],
    ['an unknown outcome past the window is looked up', { unknownFor: DAY }, 'look-up-first'],
    ['an unknown and too old one too', { unknownFor: HOUR, age: 31 * DAY }, 'look-up-first'],
    ['a correction past the window goes', { call: 'correction', unknownFor: 9 * DAY }, null],
    ['a correction past maxAge is given up', { call: 'correction', age: 30 * DAY }, 'park'],
  ])('%s', (_name, row, verdict) => {
    expect(beforeAttempt({ ...ROW, ...row })?.verdict ?? null).toBe(verdict);
  });
});

describe('attemptOf', () => {
  const failure = { status: null, problems: [], rate: NO_RATE, requestMayHaveArrived: true };

  it.each([
    [new ImpactApiRefusedError('…', { ...failure, status: 400 }), { kind: 'answered', status: 400 }],
    [
      new ImpactApiUnreachableError('…', { ...failure, status: 503, networkCode: null }),
      { kind: 'answered', status: 503 },
    ],
    [
      new ImpactApiUnreachableError('…', { ...failure, networkCode: 'ECONNRESET' }),
      { kind: 'unreachable', requestMayHaveArrived: true, why: 'ECONNRESET' },
    ],
    [new ImpactApiAnswerUnusableError('…', { ...failure, status: 200 }), { kind: 'unusable', status: 200 }],
  ])('%#', (error, attempt) => {
    expect(attemptOf(error)).toMatchObject(attempt);
  });
});
