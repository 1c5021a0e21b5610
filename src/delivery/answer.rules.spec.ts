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

describe('every status class, for a sale', () => {
  it.each<[string, Attempt, Verdict['verdict'], boolean | undefined]>([
    ['proof of acceptance', accepted(), 'sent', undefined],
    ['200 that says ERROR', answered(200), 'park', undefined],
    ['400', answered(400), 'park', undefined],
    ['401', answered(401), 'pause-account', undefined],
    ['402', answered(402), 'park', undefined],
    ['403', answered(403), 'pause-account', undefined],
    ['404', answered(404), 'park', undefined],
    ['405', answered(405), 'park', undefined],
    ['408', answered(408), 'retry', false],
    ['409', answered(409), 'park', undefined],
    ['410', answered(410), 'park', undefined],
    ['422', answered(422), 'park', undefined],
    ['429', answered(429), 'pause-account', undefined],
    ['500', answered(500), 'retry', true],
    ['501', answered(501), 'retry', true],
    ['502', answered(502), 'retry', true],
    ['503', answered(503), 'retry', false],
    ['504', answered(504), 'retry', true],
    ['520', answered(520), 'retry', true],
    ['a 200 without proof, or a redirect', unusable, 'retry', true],
    ['a timeout after the request left', timedOut, 'retry', true],
    ['a refused connection', notSent, 'retry', false],
  ])('%s', (_name, attempt, verdict, outcomeUnknown) => {
    const result = judged(attempt);
    expect(result.verdict).toBe(verdict);
    expect('outcomeUnknown' in result ? result.outcomeUnknown : undefined).toBe(outcomeUnknown);
    expect(result.reason).toMatch(/\.$/);
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
      pause: { scope: 'all', for: 700_000 },
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

  it('does not exist for a read', () => {
    for (const attempt of [timedOut, unusable, answered(500)]) {
      expect(judged(attempt, { call: 'read' })).toMatchObject({ verdict: 'retry', outcomeUnknown: false });
    }
  });
});

describe('pauses', () => {
  it.each<[CallKind, string, string]>([
    ['sale', 'sales', 'Conversions: write'],
    ['correction', 'corrections', 'Actions: write'],
    ['read', 'reads', 'Actions and Submissions: read'],
  ])('403 stops only calls of its own kind and names the scope (%s)', (call, scope, permission) => {
    const { pause } = judged(answered(403), { call });
    expect(pause).toMatchObject({ scope, loud: true });
    expect(pause?.reason).toContain(permission);
  });

  it('401 stops everything, loudly, and is probed more and more rarely', () => {
    expect(judged(answered(401)).pause).toMatchObject({ scope: 'all', loud: true, for: 45_000 });
    expect(judged(answered(401), {}, { accountFailures: 50 }).pause?.for).toBe(675_000);
    expect(judged(answered(401), {}, { random: () => 0 }).pause?.for).toBe(30_000);
  });

  it.each<[string, Partial<RateState>, number]>([
    ['Retry-After', { retryAfter: 90_000, resetIn: 5000 }, 90_500],
    ['the reset', { resetIn: 5000 }, 5500],
    ['a minute, halved at most, without either', {}, 45_000],
  ])('429 stops everything for %s', (_name, rate, wait) => {
    expect(judged(answered(429, rate)).pause).toMatchObject({ scope: 'all', loud: false, for: wait });
  });

  it('an accepted sale that used up the window stops the next call', () => {
    expect(judged(accepted({ remaining: 0, resetIn: 1000 })).pause).toMatchObject({
      scope: 'all',
      for: 1000,
    });
    expect(judged(accepted({ remaining: 1, resetIn: 1000 })).pause).toBeNull();
    expect(judged(accepted({ remaining: 0 })).pause).toBeNull();
  });

  it('a connection that cannot be made closes the gate at once, because it is no row’s fault', () => {
    expect(judged(notSent).pause).toMatchObject({ scope: 'all', for: 500 });
    expect(judged(notSent, {}, { accountFailures: 4 }).pause?.for).toBe(4000);
    expect(judged(notSent, {}, { accountFailures: 400 }).pause?.for).toBe(15_000);
  });

  it.each([timedOut, answered(500), unusable])(
    'one bad answer does not stop the others ($kind)',
    (attempt) => {
      expect(judged(attempt, {}, { accountFailures: 2 }).pause).toBeNull();
      expect(judged(attempt, {}, { accountFailures: 3 }).pause).not.toBeNull();
    },
  );

  it('a parked row stops nothing', () => {
    expect(judged(answered(400), {}, { accountFailures: 50 }).pause).toBeNull();
  });
});

it('parks with the vendor’s words', () => {
  const result = judged(answered(400));
  expect(result).toMatchObject({ verdict: 'park', cause: 'refused', problems: [{ field: 'ItemSku1' }] });
  expect(result.reason).toContain('ItemSku1: Not known');
});

describe('before an attempt', () => {
  it.each<[string, Partial<RowFacts>, string | null]>([
    ['a fresh row goes', {}, null],
    ['a row past maxAge is given up', { age: 30 * DAY }, 'park'],
    ['an unknown outcome inside the window goes', { unknownFor: HOUR }, null],
    ['an unknown outcome past the window is looked up', { unknownFor: DAY }, 'look-up-first'],
    ['an unknown and too old one too', { unknownFor: HOUR, age: 31 * DAY }, 'look-up-first'],
    ['a correction past the window goes', { call: 'correction', unknownFor: 9 * DAY }, null],
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
