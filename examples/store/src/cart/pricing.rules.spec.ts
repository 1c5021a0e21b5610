import { describe, expect, it } from '@jest/globals';
import { priceCart } from './pricing.rules.js';

describe('priceCart', () => {
  it('has no price for an empty cart, or for one with unknown articles only', () => {
    expect(priceCart([], ['COFFEE5'])).toBeNull();
    expect(priceCart([{ sku: 'GONE', quantity: 1 }], [])).toBeNull();
  });

  it.each([
    ['no code', [], { discount: 0, merchandise: 11_725, tax: 733, total: 13_053 }],
    ['a line coupon', ['GRIND15'], { discount: 0, merchandise: 10_615, tax: 663, total: 11_873 }],
    ['an order coupon', ['COFFEE5'], { discount: 500, merchandise: 11_225, tax: 702, total: 12_522 }],
    ['both', ['GRIND15', 'COFFEE5'], { discount: 500, merchandise: 10_115, tax: 632, total: 11_342 }],
    ['an unknown code', ['NOPE'], { discount: 0, merchandise: 11_725, tax: 733, total: 13_053 }],
  ])('prices dollars with %s', (_, codes, expected) => {
    const items = [
      { sku: 'GRINDER-H1', quantity: 1 },
      { sku: 'BEANS-KONGA-250', quantity: 2 },
      { sku: 'FILTER-100', quantity: 1 },
    ];
    expect(priceCart(items, codes)).toMatchObject({ ...expected, currency: 'USD', shipping: 595 });
  });

  it('takes the line coupon off its own line only', () => {
    const cart = priceCart(
      [
        { sku: 'GRINDER-H1', quantity: 2 },
        { sku: 'KETTLE-06', quantity: 1 },
      ],
      ['GRIND15'],
    );
    expect(cart?.lines.map(({ discount, coupon }) => [discount, coupon])).toEqual([
      [2220, 'GRIND15'],
      [0, null],
    ]);
  });

  it('ships from 150 dollars for nothing', () => {
    expect(priceCart([{ sku: 'GRINDER-H1', quantity: 3 }], [])).toMatchObject({ shipping: 0 });
  });

  it('sells in yen without tax and without a dollar coupon', () => {
    const cart = priceCart([{ sku: 'DRIPPER-MINO', quantity: 1 }], ['COFFEE5']);
    expect(cart).toMatchObject({ currency: 'JPY', discount: 0, coupon: null, tax: 0, total: 8000 });
  });

  it('never gives more than the lines are worth', () => {
    expect(priceCart([{ sku: 'FILTER-100', quantity: 1 }], ['COFFEE5'])).toMatchObject({ merchandise: 125 });
  });
});
