import { describe, expect, it } from '@jest/globals';
import { NO_RATE, type RateState } from './rate.rules.js';
import { readTrouble, type ReadTrouble } from './read-trouble.rules.js';

const trouble = (
  status: number | null,
  rate: Partial<RateState> = {},
  standing = { all: 0, reads: 0 },
): ReadTrouble => readTrouble({ status, rate: { ...NO_RATE, ...rate } }, standing, () => 0.5);

describe('what a failed read stops', () => {
  it.each<[string, number | null, Partial<RateState>, ReadTrouble['scope'], number, boolean]>([
    ['wrong credentials', 401, {}, 'all', 45_000, true],
    ['no read scope', 403, {}, 'reads', 45_000, true],
    ['no read scope, and a Retry-After', 403, { retryAfter: 700_000 }, 'reads', 700_000, true],
    ['the limit, with Retry-After', 429, { retryAfter: 600_000, resetIn: 5000 }, 'all', 600_750, false],
    ['the limit, with a reset', 429, { resetIn: 5000 }, 'all', 5750, false],
    [
      'the limit, with a Retry-After that has passed',
      429,
      { retryAfter: 0, resetIn: 5000 },
      'all',
      5750,
      false,
    ],
    ['the limit, without a word', 429, {}, 'all', 45_000, false],
    ['a refused listing', 400, {}, 'reads', 3750, false],
    ['a missing listing', 404, {}, 'reads', 3750, false],
    ['a listing that takes too long', 408, {}, 'reads', 3750, false],
    ['an outage', 503, {}, 'reads', 3750, false],
    ['an outage with Retry-After', 503, { retryAfter: 60_000 }, 'reads', 63_750, false],
    ['a redirect or broken JSON', 200, {}, 'reads', 3750, false],
    ['no answer', null, {}, 'reads', 3750, false],
  ])('%s', (_name, status, rate, scope, wait, loud) => {
    expect(trouble(status, rate)).toMatchObject({
      scope,
      for: wait,
      loud,
      reason: expect.stringMatching(/\.$/),
    });
  });

  it('is probed more and more rarely, by the failures of its own scope', () => {
    expect(trouble(403, {}, { all: 9, reads: 0 }).for).toBe(45_000);
    expect(trouble(403, {}, { all: 0, reads: 50 }).for).toBe(675_000);
    expect(trouble(503, {}, { all: 0, reads: 50 }).for).toBe(675_000);
    expect(trouble(401, {}, { all: 50, reads: 0 }).for).toBe(675_000);
  });

  it('a 429 whose moment is always past is asked less and less often', () => {
    const waits = [0, 1, 2, 3, 20].map((all) => trouble(429, { retryAfter: 0 }, { all, reads: 0 }).for);
    expect(waits).toEqual([750, 1500, 3000, 6000, 675_000]);
  });

  it('names the scopes that are missing', () => {
    expect(trouble(403).reason).toMatch(/Actions: read.*Submissions: read/);
  });
});
