import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { soldSale } from './sold-lines.rules.js';
import type { KeptCorrection } from './kept-correction.js';
import { foldCorrections, unknownSkus } from './worth.rules.js';

const sold = (
  currency: string,
  amount: bigint,
  lines: [string, number, string][],
  more: [string, string][] = [],
) =>
  soldSale(
    [
      ...more,
      ...lines.flatMap(([sku, quantity, subtotal], index): [string, string][] => [
        [`ItemSku${index + 1}`, sku],
        [`ItemQuantity${index + 1}`, String(quantity)],
        [`ItemSubTotal${index + 1}`, subtotal],
      ]),
    ],
    currency,
    amount,
  );
const eur = sold('EUR', 5000n, [
  ['A', 3, '10.00'],
  ['B', 1, '40.00'],
]);
const total = sold('EUR', 5000n, []);
const yen = sold('JPY', 1000n, [['A', 3, '1000']]);
const dinar = sold('KWD', 10_000n, [['A', 3, '10.000']]);

const refund = (target: Extract<KeptCorrection, { kind: 'refund' }>['target']): KeptCorrection => ({
  kind: 'refund',
  target,
});
const modify = (
  target: Omit<Extract<KeptCorrection, { kind: 'modify' }>['target'], 'reason'>,
): KeptCorrection => ({ kind: 'modify', target: { reason: 'ORDER_UPDATE', ...target } });
const reverse: KeptCorrection = { kind: 'reverse', target: { reason: 'OTHER' } };
const back = (sku: string, quantity: number, amount?: string): KeptCorrection =>
  refund({ items: [{ sku, quantity, ...(amount === undefined ? {} : { amount }) }] });

describe('what a sale is worth after its corrections', () => {
  it.each<
    [
      name: string,
      of: typeof eur,
      corrections: KeptCorrection[],
      amounts: bigint[],
      lines: [string, number, bigint][],
    ]
  >([
    [
      'a refund of units',
      eur,
      [back('A', 1)],
      [4667n],
      [
        ['A', 2, 667n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'unit by unit, to the cent',
      eur,
      [back('A', 1), back('A', 1), back('A', 1)],
      [4667n, 4333n, 4000n],
      [
        ['A', 0, 0n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'money on goods that stay',
      eur,
      [back('B', 0, '15.00')],
      [3500n],
      [
        ['A', 3, 1000n],
        ['B', 1, 2500n],
      ],
    ],
    [
      'money, and then half of what is left',
      eur,
      [back('A', 0, '4.00'), back('A', 1)],
      [4600n, 4400n],
      [
        ['A', 2, 400n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'an amount, which the lines share',
      eur,
      [refund({ amount: '10.00' })],
      [4000n],
      [
        ['A', 3, 800n],
        ['B', 1, 3200n],
      ],
    ],
    [
      'an amount, and then units of what is left',
      eur,
      [refund({ amount: '10.00' }), back('A', 3)],
      [4000n, 3200n],
      [
        ['A', 0, 0n],
        ['B', 1, 3200n],
      ],
    ],
    ['an amount of an order without lines', total, [refund({ amount: '12.34' })], [3766n], []],
    ['more than there is', total, [refund({ amount: '30' }), refund({ amount: '30' })], [2000n, 0n], []],
    [
      'more units than there are',
      eur,
      [back('A', 9)],
      [4000n],
      [
        ['A', 0, 0n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'a new total',
      eur,
      [modify({ amount: '25.00' })],
      [2500n],
      [
        ['A', 3, 500n],
        ['B', 1, 2000n],
      ],
    ],
    ['a higher total', total, [modify({ amount: '60.00' })], [6000n], []],
    [
      'the new state of a line',
      eur,
      [modify({ items: [{ sku: 'A', quantity: 2 }] })],
      [4667n],
      [
        ['A', 2, 667n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'a line that comes back',
      eur,
      [back('A', 3, '10.00'), modify({ items: [{ sku: 'A', quantity: 3 }] })],
      [4000n, 5000n],
      [
        ['A', 3, 1000n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'a line at another price',
      eur,
      [modify({ items: [{ sku: 'B', quantity: 1, amount: '30.00' }] })],
      [4000n],
      [
        ['A', 3, 1000n],
        ['B', 1, 3000n],
      ],
    ],
    [
      'units kept, money of all of them',
      eur,
      [back('A', 3, '8.00')],
      [4200n],
      [
        ['A', 0, 200n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'all of it',
      eur,
      [reverse],
      [0n],
      [
        ['A', 0, 0n],
        ['B', 0, 0n],
      ],
    ],
    [
      'a refund after a reversal',
      eur,
      [reverse, back('A', 1)],
      [0n, 0n],
      [
        ['A', 0, 0n],
        ['B', 0, 0n],
      ],
    ],
    [
      'a reversal taken back',
      eur,
      [back('A', 1), reverse, modify({ restore: true })],
      [4667n, 0n, 5000n],
      [
        ['A', 3, 1000n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'a new total after a reversal',
      eur,
      [reverse, modify({ amount: '10.00' })],
      [0n, 1000n],
      [
        ['A', 3, 200n],
        ['B', 1, 800n],
      ],
    ],
    [
      'a line after a reversal',
      eur,
      [reverse, modify({ items: [{ sku: 'B', quantity: 1 }] })],
      [0n, 4000n],
      [
        ['A', 0, 0n],
        ['B', 1, 4000n],
      ],
    ],
    [
      'a status',
      eur,
      [modify({ customerStatus: 'NEW' })],
      [5000n],
      [
        ['A', 3, 1000n],
        ['B', 1, 4000n],
      ],
    ],
    ['yen', yen, [back('A', 1), refund({ amount: '67' })], [667n, 600n], [['A', 2, 600n]]],
    ['dinars', dinar, [back('A', 1), refund({ amount: '0.667' })], [6667n, 6000n], [['A', 2, 6000n]]],
  ])('%s', (_name, of, corrections, amounts, lines) => {
    const steps = foldCorrections(of, corrections);
    expect(steps.map(({ worth }) => worth.amount)).toEqual(amounts);
    expect(steps.at(-1)!.worth.lines.map(({ sku, quantity, amount }) => [sku, quantity, amount])).toEqual(
      lines,
    );
    expect(steps.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('says when more was given back than was left, and never loses the refund', () => {
    const [first, second] = foldCorrections(eur, [back('A', 4), refund({ amount: '99.00' })]);
    expect(first!.notes).toEqual([
      'More was given back than the line "A" was still worth: nothing of it is left.',
    ]);
    expect(second).toMatchObject({ worth: { amount: 0n, gone: true } });
    expect(second!.notes).toHaveLength(1);
  });

  it.each<[name: string, correction: KeptCorrection, problem: RegExp]>([
    ['a line that was not sold', back('C', 1), /no line with the sku "C"/],
    ['a line of an order without lines', back('A', 1), /no line/],
    ['decimals that the currency has not', refund({ amount: '1.005' }), /2 decimals/],
    ['a total with too many decimals', modify({ amount: '1.005', customerStatus: 'NEW' }), /2 decimals/],
    ['a line with too many decimals', back('A', 1, '1.005'), /2 decimals|no line/],
  ])('%s changes nothing and says why', (_name, correction, problem) => {
    const of = problem.source === 'no line' ? total : eur;
    const [result] = foldCorrections(of, [correction]);
    expect(result!.problems.join()).toMatch(problem);
    expect(result!.worth).toMatchObject({ amount: 5000n, first: true, customerStatus: null });
  });

  it('keeps in mind what the vendor can be told', () => {
    const at = (...corrections: KeptCorrection[]) => foldCorrections(eur, corrections).at(-1)!.worth;
    expect(at(back('A', 1))).toMatchObject({
      first: false,
      byLine: true,
      byQuantity: true,
      exactLines: true,
      gone: false,
    });
    expect(at(back('A', 1, '3.00'))).toMatchObject({ byLine: true, byQuantity: false });
    expect(at(refund({ amount: '5' }))).toMatchObject({
      byLine: false,
      byQuantity: false,
      exactLines: false,
    });
    expect(at(back('A', 1), modify({ customerStatus: 'OLD' }))).toMatchObject({
      byQuantity: true,
      customerStatus: 'OLD',
    });
    expect(at(back('A', 3), back('B', 1))).toMatchObject({ gone: true });
    expect(at(reverse, modify({ restore: true }))).toMatchObject({
      first: true,
      gone: false,
      byQuantity: true,
    });
  });

  it('reverses an order that was worth nothing only when it is told to', () => {
    const free = sold('EUR', 0n, [['A', 1, '0.00']]);
    expect(foldCorrections(free, [back('A', 1)])[0]!.worth).toMatchObject({ gone: false });
    expect(foldCorrections(free, [reverse])[0]!.worth).toMatchObject({ gone: true });
  });

  it('names the skus that a correction has and the sale has not', () => {
    expect(
      unknownSkus(
        eur,
        refund({
          items: [
            { sku: 'A', quantity: 1 },
            { sku: 'Z', quantity: 1 },
          ],
        }),
      ),
    ).toEqual(['Z']);
    expect(unknownSkus(eur, reverse)).toEqual([]);
  });

  it('never goes below zero, and its lines add up, whatever comes', () => {
    const amount = fc.integer({ min: 0, max: 6000 }).map((cents) => (cents / 100).toFixed(2));
    const items = fc
      .uniqueArray(fc.constantFrom('A', 'B'), { minLength: 1 })
      .chain((skus) =>
        fc.tuple(
          ...skus.map((sku) =>
            fc.record(
              { sku: fc.constant(sku), quantity: fc.nat(4), amount },
              { requiredKeys: ['sku', 'quantity'] },
            ),
          ),
        ),
      );
    const any = fc.oneof(
      fc.constant(reverse),
      fc.constant(modify({ restore: true })),
      amount.map((one) => refund({ amount: one })),
      amount.map((one) => modify({ amount: one })),
      items.map((some) => refund({ items: some })),
      items.map((some) => modify({ items: some })),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (corrections) => {
        for (const { worth, problems } of foldCorrections(eur, corrections)) {
          expect(problems).toEqual([]);
          expect(worth.amount).toBe(worth.lines.reduce((sum, line) => sum + line.amount, 0n));
          expect(worth.lines.every((line) => line.amount >= 0n && line.quantity >= 0)).toBe(true);
          expect(worth.gone).toBe(worth.amount === 0n);
        }
      }),
    );
  });
});
