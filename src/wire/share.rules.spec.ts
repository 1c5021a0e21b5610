import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { divided, shared } from './share.rules.js';

it.each([
  [7n, 2n, 4n],
  [5n, 2n, 2n],
  [3n, 2n, 2n],
  [10n, 3n, 3n],
  [11n, 3n, 4n],
  [-5n, 2n, -2n],
  [0n, 9n, 0n],
])('%s divided by %s is %s', (dividend, divisor, result) => {
  expect(divided(dividend, divisor)).toBe(result);
});

describe('shared', () => {
  it.each<[name: string, total: bigint, weights: bigint[], parts: bigint[]]>([
    ['in proportion', 90n, [100n, 200n], [30n, 60n]],
    ['what is left goes where most was lost', 1000n, [1n, 1n, 1n], [334n, 333n, 333n]],
    ['the larger loss first', 10n, [10n, 25n, 65n], [1n, 3n, 6n]],
    ['equally without weights', 5n, [0n, 0n], [3n, 2n]],
    ['nothing of nothing', 0n, [3n, 4n], [0n, 0n]],
    ['no part', 5n, [], []],
    ['nothing for a weight below zero', 6n, [-1n, 2n], [0n, 6n]],
  ])('%s', (_name, total, weights, parts) => {
    expect(shared(total, weights)).toEqual(parts);
  });

  it('adds up to the total, and no part is more than one away from its exact share', () => {
    const weight = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.array(weight, { minLength: 1, maxLength: 20 }),
        (total, weights) => {
          const parts = shared(total, weights);
          expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
          const whole = weights.reduce((sum, one) => sum + one, 0n);
          if (whole === 0n) return;
          for (const [index, part] of parts.entries()) {
            const exact = (total * weights[index]!) / whole;
            expect(part === exact || part === exact + 1n).toBe(true);
          }
        },
      ),
    );
  });
});
