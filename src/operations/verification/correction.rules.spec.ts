import { describe, expect, it } from '@jest/globals';
import type { SoldLine, SoldSale } from '../../wire/index.js';
import { isSettled, judgeCorrection, KEYS, testChange } from './correction.rules.js';

const sold = (amount: bigint, lines: readonly SoldLine[] = [], currency = 'EUR'): SoldSale => ({
  currency,
  amount,
  lines,
  spread: false,
  customerStatus: null,
});
const line = (sku: string, quantity: number, count = 1): SoldLine => ({
  sku,
  quantity,
  amount: 1000n,
  count,
});

describe('the change that is tried', () => {
  it.each([
    [
      'one unit less of what was bought more than once',
      sold(3000n, [line('A', 1), line('B', 3)]),
      { items: [{ sku: 'B', quantity: 2 }] },
      '3 × B become 2',
    ],
    [
      'half the amount of single lines',
      sold(3001n, [line('A', 1)]),
      { amount: '15.00', reason: 'TEST_ACTION' },
      '30.01 becomes 15.00 EUR',
    ],
    [
      'half the amount where two lines share a sku',
      sold(3000n, [line('A', 2, 2)]),
      { amount: '15.00', reason: 'TEST_ACTION' },
      '30.00 becomes 15.00 EUR',
    ],
    [
      'in a currency without decimals',
      sold(2n, [], 'JPY'),
      { amount: '1', reason: 'TEST_ACTION' },
      '2 becomes 1 JPY',
    ],
  ])('%s', (_, sale, change, words) => {
    expect(testChange(sale, 'key')).toEqual({ change: { key: 'key', ...change }, words });
  });

  it('is none where half would be nothing', () => {
    expect(testChange(sold(1n), 'key')).toBeNull();
  });

  it('has a key of its run, so that a second try is the same correction', () => {
    expect([KEYS.modification('a1'), KEYS.reversal('a1')]).toEqual([
      'verify:a1:modification',
      'verify:a1:reversal',
    ]);
  });
});

describe('what it came to', () => {
  const told = { problems: [], reasonCodes: [], submissionId: 'A-9' };

  it.each([
    ['confirmed', {}, true, 'proved', 'the action shows 5 EUR (submission A-9)'],
    ['nothing-to-correct', {}, true, 'failed', 'nothing to correct: there is no live action'],
    [
      'refused',
      { problems: ['too late'], reasonCodes: ['ACTION_LOCKED'] },
      true,
      'failed',
      'ACTION_LOCKED; too late',
    ],
    ['refused', {}, true, 'failed', 'refused without a reason'],
    ['sent', {}, false, 'failed', 'it is still sent (submission A-9)'],
    ['held', { submissionId: null }, false, 'failed', 'it is still held'],
  ] as const)('%s %j', (state, more, settled, outcome, seen) => {
    const correction = { ...told, ...more, state };
    expect(isSettled(correction)).toBe(settled);
    expect(judgeCorrection('reversal', 'words', correction, 'the action shows 5 EUR')).toMatchObject({
      step: 'reversal',
      expected: 'words',
      outcome,
      seen,
    });
  });
});
