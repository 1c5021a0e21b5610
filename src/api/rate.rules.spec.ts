import { describe, expect, it } from '@jest/globals';
import { askedWait, exhaustedFor, LONGEST_WAIT, NO_RATE, readRate } from './rate.rules.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const YEAR = 365 * 24 * 3600;

describe('spellings', () => {
  it.each([
    ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
    ['x-ratelimit-limit-hour', 'x-ratelimit-remaining-hour', 'x-ratelimit-reset-hour'],
    ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
    ['x-ratelimit-limit-hour', 'x-ratelimit-remaining-hour', 'ratelimit-reset'],
  ])('%s, %s and %s', (limit, remaining, reset) => {
    expect(readRate({ [limit]: '1000', [remaining]: '7', [reset]: '700' }, NOW)).toEqual({
      limit: 1000,
      remaining: 7,
      resetIn: 700_000,
      resetAt: new Date(NOW.getTime() + 700_000),
      retryAfter: null,
    });
  });

  it('reads the number before a policy and the first of several headers', () => {
    expect(readRate({ 'ratelimit-limit': '100, 100;w=3600' }, NOW).limit).toBe(100);
    expect(readRate({ 'x-ratelimit-remaining': ['3', '9'] }, NOW).remaining).toBe(3);
  });

  it('prefers a readable spelling to an unreadable one', () => {
    expect(readRate({ 'x-ratelimit-remaining': 'many', 'ratelimit-remaining': '4' }, NOW).remaining).toBe(4);
  });

  it('knows nothing from an answer without them', () => {
    expect(readRate({ 'content-type': 'application/json' }, NOW)).toEqual(NO_RATE);
  });
});

describe('the reset', () => {
  it.each<[string, string, number | null]>([
    ['seconds left', '700', 700_000],
    ['a fraction of a second', '0.2', 200],
    ['none left', '0', 0],
    ['an epoch second', String(NOW_SECONDS + 700), 700_000],
    ['an epoch millisecond', String(NOW.getTime() + 700_000), 700_000],
    ['the published sample, long past', '1487332519', 0],
    ['an epoch a year away', String(NOW_SECONDS + YEAR), LONGEST_WAIT],
    ['a year in seconds', String(YEAR), LONGEST_WAIT],
    ['negative', '-5', null],
    ['words', 'soon', null],
    ['not a number', 'NaN', null],
    ['an exponent', '1e3', null],
    ['empty', '', null],
    ['endless digits', '9'.repeat(40), null],
  ])('%s', (_name, header, resetIn) => {
    const rate = readRate({ 'x-ratelimit-reset': header }, NOW);
    expect(rate.resetIn).toBe(resetIn);
    expect(rate.resetAt).toEqual(resetIn === null ? null : new Date(NOW.getTime() + resetIn));
  });

  it.each([
    ['behind', -7200],
    ['ahead of', 7200],
  ])('is right when this machine is two hours %s the vendor', (_name, skew) => {
    const vendorNow = NOW_SECONDS - skew;
    const headers = {
      date: new Date(vendorNow * 1000).toUTCString(),
      'x-ratelimit-reset': String(vendorNow + 60),
      'retry-after': new Date((vendorNow + 90) * 1000).toUTCString(),
    };
    expect(readRate(headers, NOW)).toMatchObject({
      resetIn: 60_000,
      resetAt: new Date(NOW.getTime() + 60_000),
      retryAfter: 90_000,
    });
  });

  it('falls back to this machine’s clock when the vendor’s cannot be read', () => {
    expect(readRate({ date: 'yesterday', 'x-ratelimit-reset': String(NOW_SECONDS + 5) }, NOW).resetIn).toBe(
      5000,
    );
  });
});

describe('Retry-After', () => {
  it.each<[string, string, number | null]>([
    ['seconds', '700', 700_000],
    ['a date', 'Sun, 22 Nov 2026 12:10:00 GMT', 600_000],
    ['a date in the old style', 'Sunday, 22-Nov-26 12:10:00 GMT', 600_000],
    ['a date that has passed', 'Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['a date a year away', 'Mon, 22 Nov 2027 12:00:00 GMT', LONGEST_WAIT],
    ['negative', '-1', null],
    ['words', 'later', null],
    ['a broken date', 'Sun, 99 Nov 2026', null],
  ])('%s', (_name, header, retryAfter) => {
    expect(readRate({ 'retry-after': header }, NOW).retryAfter).toBe(retryAfter);
  });
});

it.each(['-1', '1.5', 'ten', '', '1 000'])('a count of %j is no count', (header) => {
  expect(readRate({ 'x-ratelimit-limit': header, 'x-ratelimit-remaining': header }, NOW)).toEqual(NO_RATE);
});

it('an HTTP date of the oldest form means UTC, wherever this machine stands', () => {
  const before = process.env['TZ'];
  process.env['TZ'] = 'America/New_York';
  try {
    expect(readRate({ 'retry-after': 'Sun Nov 22 12:10:00 2026' }, NOW).retryAfter).toBe(600_000);
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
});

describe('how long a refusal asks to wait', () => {
  it.each([
    ['Retry-After before the reset', 7000, 9000, 7000],
    ['the reset without it', null, 9000, 9000],
    ['the reset when it has passed', 0, 9000, 9000],
    ['nothing when both have passed', 0, 0, 0],
    ['nothing when it has passed and nothing else is said', 0, null, 0],
    ['unknown', null, null, null],
  ])('%s', (_name, retryAfter, resetIn, wait) => {
    expect(askedWait({ retryAfter, resetIn })).toBe(wait);
  });
});

describe('how long everybody waits after the last call of a window', () => {
  it.each([
    [0, 5000, 5000],
    [1, 5000, null],
    [0, 0, null],
    [0, null, null],
    [null, 5000, null],
  ])('%j left, reset in %j: %j', (remaining, resetIn, wait) => {
    expect(exhaustedFor({ remaining, resetIn })).toBe(wait);
  });
});
