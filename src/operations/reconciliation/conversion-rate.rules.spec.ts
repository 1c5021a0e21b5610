import { describe, expect, it } from '@jest/globals';
import type { ConvertedPair } from './comparison.rules.js';
import { judgeRates } from './conversion-rate.rules.js';

const pair = (expectedMinor: bigint, amount: string, from = 'EUR', to = 'USD'): ConvertedPair =>
  ({ sale: { expectedMinor, currency: from }, action: { amount, currency: to } }) as ConvertedPair;
const many = (count: number): ConvertedPair[] => Array.from({ length: count }, () => pair(10_000n, '108'));
const judged = (pairs: ConvertedPair[], tolerance = 0.03): string[] =>
  judgeRates(pairs, tolerance).map((verdict) =>
    verdict.is === 'different' ? `different: ${verdict.expected}` : verdict.is,
  );

describe('judgeRates', () => {
  it('judges nothing with fewer than three pairs of the same currencies', () => {
    expect(judged([pair(10_000n, '108'), pair(10_000n, '50')])).toEqual(['not-judged', 'not-judged']);
    expect(judged([...many(2), pair(10_000n, '85', 'GBP')])).toEqual([
      'not-judged',
      'not-judged',
      'not-judged',
    ]);
  });

  it('finds the one of three that is wrong', () => {
    expect(judged([...many(2), pair(10_000n, '50')])).toEqual([
      'converted',
      'converted',
      'different: 108.00',
    ]);
  });

  it.each([
    ['111.2', 'converted'],
    ['111.3', 'different: 108.00'],
    ['104.8', 'converted'],
    ['104.7', 'different: 108.00'],
  ])('lets a rate move by the tolerance: %s', (amount, verdict) => {
    expect(judged([...many(4), pair(10_000n, amount)]).at(-1)).toBe(verdict);
  });

  it('grants one minor unit of rounding, which is many percent of a cent', () => {
    expect(judged([...many(3), pair(5n, '0.06'), pair(5n, '0.07')]).slice(3)).toEqual([
      'converted',
      'different: 0.05',
    ]);
    expect(
      judged([...many(3).map(() => pair(1_000n, '1570', 'EUR', 'JPY')), pair(1n, '3', 'EUR', 'JPY')]).at(-1),
    ).toBe('different: 2');
  });

  it('wants nothing for nothing, and lets it spoil no rate', () => {
    expect(judged([...many(3), pair(0n, '0'), pair(0n, '1')]).slice(3)).toEqual([
      'converted',
      'different: 0',
    ]);
  });
});
