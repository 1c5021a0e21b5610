import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MODIFICATION_REASONS, REVERSAL_REASONS, type ConversionChange } from './correction.input.js';
import {
  prepareChange,
  prepareRefund,
  prepareReversal,
  reasonCode,
  type CorrectionPreparation,
} from './correction.reader.js';
import { DEFAULT_SALE_RULES } from './sale.rules.js';

const rules = DEFAULT_SALE_RULES;
const outcome = (preparation: CorrectionPreparation<unknown>): unknown =>
  preparation.ok ? preparation.correction : preparation.problems.map(({ field, rule }) => `${field} ${rule}`);

describe('prepareChange', () => {
  it.each<[name: string, input: unknown, result: unknown]>([
    ['a new total', { key: 'e1', amount: 80 }, { key: 'e1', reason: 'ORDER_UPDATE', amount: '80.00' }],
    [
      'a total of zero',
      { key: 'e1', amount: 0, reason: 'CONS_ERROR' },
      { key: 'e1', reason: 'CONS_ERROR', amount: '0.00' },
    ],
    [
      'a line that is gone',
      { key: 'e1', items: [{ sku: 'A', quantity: 0 }] },
      { key: 'e1', reason: 'ORDER_UPDATE', items: [{ sku: 'A', quantity: 0 }] },
    ],
    [
      'a line of less worth',
      { key: 'e1', items: [{ sku: 'A', quantity: 1, amount: '5' }] },
      { key: 'e1', reason: 'ORDER_UPDATE', items: [{ sku: 'A', quantity: 1, amount: '5.00' }] },
    ],
    [
      'a status',
      { key: 'e1', customerStatus: 'EXISTING' },
      { key: 'e1', reason: 'ORDER_UPDATE', customerStatus: 'EXISTING' },
    ],
    [
      'a code of the shop',
      { key: 'e1', amount: '1', reason: { customCode: 'MINE' } },
      { key: 'e1', reason: { customCode: 'MINE' }, amount: '1.00' },
    ],
    ['nothing', { key: 'e1' }, ['change no-form']],
    ['no input', undefined, ['key required', 'change no-form']],
    ['no key', { amount: 1 }, ['key required']],
    ['a long key', { key: 'x'.repeat(192), amount: 1 }, ['key too-long']],
    ['both forms', { key: 'e1', amount: 1, items: [{ sku: 'A', quantity: 1 }] }, ['amount both-forms']],
    ['no line', { key: 'e1', items: [] }, ['items wrong-type']],
    [
      'a line twice',
      {
        key: 'e1',
        items: [
          { sku: 'A', quantity: 1 },
          { sku: 'A', quantity: 2 },
        ],
      },
      ['items[1].sku bad-shape'],
    ],
    ['half a unit', { key: 'e1', items: [{ sku: 'A', quantity: 0.5 }] }, ['items[0].quantity bad-shape']],
    ['no sku', { key: 'e1', items: [{ quantity: 1 }] }, ['items[0].sku required']],
    ['a float', { key: 'e1', amount: 0.1 + 0.2 }, ['amount too-many-decimals']],
    ['a negative total', { key: 'e1', amount: '-1' }, ['amount negative']],
    ['a reason of reversals', { key: 'e1', amount: 1, reason: 'REJECTED' }, ['reason not-in-list']],
    ['the vendor’s reset', { key: 'e1', amount: 1, reason: 'RESET' }, ['reason not-in-list']],
  ])('%s', (_name, input, result) => {
    expect(outcome(prepareChange(input, 'EUR', rules))).toEqual(result);
  });

  it('holds a status against the configured ones', () => {
    const known = { ...rules, customerStatuses: ['NEW'] };
    expect(outcome(prepareChange({ key: 'e', customerStatus: 'OLD' }, 'EUR', known))).toEqual([
      'customerStatus not-in-list',
    ]);
  });

  it('can be prepared before the sale is known, and again when it is', () => {
    const early = prepareChange({ key: 'e1', amount: 80, reason: { customCode: 'MINE' } }, null, rules);
    expect(outcome(early)).toEqual({ key: 'e1', amount: '80', reason: { customCode: 'MINE' } });
    const stored: unknown = JSON.parse(JSON.stringify(early.ok ? early.correction : null));
    expect(outcome(prepareChange(stored, 'JPY', rules))).toEqual({
      key: 'e1',
      amount: '80',
      reason: { customCode: 'MINE' },
    });
    expect(outcome(prepareChange(stored, 'EUR', rules))).toMatchObject({ amount: '80.00' });
  });
});

describe('prepareRefund', () => {
  it.each<[name: string, input: unknown, result: unknown]>([
    [
      'units that came back',
      { key: 'r1', items: [{ sku: 'A', quantity: 1 }] },
      { key: 'r1', items: [{ sku: 'A', quantity: 1 }] },
    ],
    [
      'money on goods that stay',
      { key: 'r1', items: [{ sku: 'A', quantity: 0, amount: 3 }] },
      { key: 'r1', items: [{ sku: 'A', quantity: 0, amount: '3.00' }] },
    ],
    ['an amount', { key: 'r1', amount: '12.34' }, { key: 'r1', amount: '12.34' }],
    ['nothing', { key: 'r1' }, ['refund no-form']],
    ['no unit and no money', { key: 'r1', items: [{ sku: 'A', quantity: 0 }] }, ['items[0].amount required']],
  ])('%s', (_name, input, result) => {
    expect(outcome(prepareRefund(input, 'EUR', rules))).toEqual(result);
  });
});

describe('prepareReversal', () => {
  it.each(REVERSAL_REASONS)('takes %s', (reason) => {
    expect(outcome(prepareReversal({ key: 'v1', reason }, rules))).toEqual({ key: 'v1', reason });
  });

  it.each<[input: unknown, result: unknown]>([
    [
      { key: 'v1', reason: { customCode: ' MINE ' } },
      { key: 'v1', reason: { customCode: 'MINE' } },
    ],
    [{ key: 'v1' }, ['reason required']],
    [{ key: 'v1', reason: 'BECAUSE' }, ['reason not-in-list']],
    [{ key: 'v1', reason: { customCode: 'x'.repeat(65) } }, ['reason.customCode too-long']],
    [{ key: 'v1', reason: { customCode: '' } }, ['reason not-in-list']],
  ])('%j gives %j', (input, result) => {
    expect(outcome(prepareReversal(input, rules))).toEqual(result);
  });
});

it('gives the vendor’s code of any reason', () => {
  expect(MODIFICATION_REASONS.map(reasonCode)).toEqual([...MODIFICATION_REASONS]);
  expect(reasonCode({ customCode: 'MINE' })).toBe('MINE');
});

it('throws never, whatever is given for a correction', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      { key: fc.constant('k'), reason: fc.anything(), items: fc.anything(), amount: fc.anything() },
      { requiredKeys: ['key'] },
    ),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom('EUR', 'JPY', null), (input, currency) => {
      for (const preparation of [
        prepareChange(input, currency, rules),
        prepareRefund(input, currency, rules),
        prepareReversal(input, rules),
      ]) {
        expect(preparation.ok || preparation.problems.length > 0).toBe(true);
        JSON.stringify(preparation);
      }
    }),
  );
});

it('has types that forbid two forms at once', () => {
  // @ts-expect-error amount and items
  const both: ConversionChange = { key: 'k', amount: 1, items: [] };
  // @ts-expect-error no change at all
  const none: ConversionChange = { key: 'k' };
  expect([both, none]).toHaveLength(2);
});
