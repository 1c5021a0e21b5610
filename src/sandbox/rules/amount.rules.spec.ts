import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { convertAmount, payoutOf, saleAmount } from './amount.rules.js';
import { readConversion } from './conversion.reader.js';
import { decimal, spread, sum } from './money.rules.js';

const item = (number: number, quantity: string, money: Record<string, string>): Record<string, string> => ({
  [`ItemSku${number}`]: `SKU${number}`,
  [`ItemCategory${number}`]: 'C',
  [`ItemQuantity${number}`]: quantity,
  ...Object.fromEntries(Object.entries(money).map(([name, value]) => [`${name}${number}`, value])),
});

const amount = (parameters: Record<string, string>) => saleAmount(readConversion(parameters), 'USD');

describe('saleAmount', () => {
  test.each<[string, Record<string, string>, string, string[]]>([
    ['a subtotal', item(1, '2', { ItemSubTotal: '21.99' }), '21.99', ['21.99']],
    ['price times quantity', item(1, '3', { ItemPrice: '6.99' }), '20.97', ['20.97']],
    ['an item numbered 0', item(0, '1', { ItemPrice: '5' }), '5.00', ['5.00']],
    ['a discount per unit', item(1, '3', { ItemPrice: '10', ItemDiscount: '1.50' }), '25.50', ['25.50']],
    [
      'a discount of the line',
      item(1, '3', { ItemPrice: '10', ItemTotalDiscount: '1.50' }),
      '28.50',
      ['28.50'],
    ],
    ['a discount rate', item(1, '1', { ItemSubTotal: '80', ItemDiscountRate: '12.5' }), '70.00', ['70.00']],
    ['no line below zero', item(1, '1', { ItemSubTotal: '5', ItemTotalDiscount: '9' }), '0.00', ['0.00']],
    [
      'an order discount in proportion',
      {
        ...item(1, '1', { ItemSubTotal: '75' }),
        ...item(2, '1', { ItemSubTotal: '25' }),
        OrderDiscount: '10',
      },
      '90.00',
      ['67.50', '22.50'],
    ],
    [
      'the remainder on the largest line',
      {
        ...item(1, '1', { ItemSubTotal: '10' }),
        ...item(2, '1', { ItemSubTotal: '20' }),
        ...item(3, '1', { ItemSubTotal: '10' }),
        OrderDiscount: '0.05',
      },
      '39.95',
      ['9.99', '19.97', '9.99'],
    ],
    [
      'half to even',
      {
        ...item(1, '1', { ItemSubTotal: '0.25' }),
        ...item(2, '1', { ItemSubTotal: '0.25' }),
        OrderDiscountRate: '50',
      },
      '0.25',
      ['0.13', '0.12'],
    ],
    [
      'a discount above the order',
      { ...item(1, '1', { ItemSubTotal: '5' }), OrderDiscount: '9' },
      '0.00',
      ['0.00'],
    ],
    [
      'neither shipping nor tax',
      { ...item(1, '1', { ItemSubTotal: '5' }), OrderShipping: '4', OrderTax: '1' },
      '5.00',
      ['5.00'],
    ],
    ['an order total', { OrderSubTotalPostDiscount: '33.30', OrderDiscount: '3' }, '33.30', ['33.30']],
    ['a bare amount', { Amount: '12.5' }, '12.50', ['12.50']],
    ['a total before discount', { OrderSubTotalPreDiscount: '50', OrderDiscount: '7.5' }, '42.50', ['42.50']],
    [
      'an amount over unpriced items',
      { ...item(1, '1', {}), ...item(2, '3', {}), Amount: '10' },
      '10.00',
      ['2.50', '7.50'],
    ],
    ['no money at all', {}, '0.00', ['0.00']],
  ])('%s', (_, parameters, total, lines) => {
    const result = amount(parameters);
    expect(result.total).toBe(total);
    expect(result.lines.map((line) => line.amount)).toEqual(lines);
  });

  test.each([
    ['JPY', '1200', '2400'],
    ['USD', '1200', '2400.00'],
    ['KWD', '1.005', '2.010'],
  ])('has the decimals of %s', (currency, price, total) => {
    expect(amount({ ...item(1, '2', { ItemPrice: price }), CurrencyCode: currency }).total).toBe(total);
  });
});

describe('convertAmount', () => {
  test.each<[string, string, string, string, string, string]>([
    ['JPY', '1999', '0.0067', 'USD', '13.39', 'thirteen dollars'],
    ['USD', '13.39', '149.25', 'JPY', '1998', 'no decimals of yen'],
    ['EUR', '29.99', '1.08', 'USD', '32.39', 'the published sample'],
    ['EUR', '0.125', '1', 'USD', '0.12', 'half to even'],
  ])('%s %s at %s is %s %s (%s)', (from, total, rate, to, expected) => {
    const line = { sku: 'A', name: '', category: 'C', quantity: 1, amount: total };
    expect(convertAmount({ currency: from, total, lines: [line] }, to, rate).total).toBe(expected);
  });

  test('its lines add up to its total', () => {
    const cents = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(cents, fc.integer({ min: 1, max: 99_999 }), (lines, rate) => {
        const amounts = lines.map((value) => decimal(value).div(100));
        const converted = convertAmount(
          {
            currency: 'EUR',
            total: sum(amounts).toFixed(2),
            lines: amounts.map((value) => ({
              sku: '',
              name: '',
              category: '',
              quantity: 1,
              amount: value.toFixed(2),
            })),
          },
          'USD',
          decimal(rate).div(10_000).toFixed(),
        );
        expect(sum(converted.lines.map((line) => decimal(line.amount))).toFixed(2)).toBe(converted.total);
      }),
    );
  });
});

test('spread keeps the total, also over weights of zero', () => {
  expect(
    spread(decimal('10'), [decimal(0), decimal(0), decimal(0)], 2).map((part) => part.toFixed(2)),
  ).toEqual(['3.34', '3.33', '3.33']);
});

test.each([
  ['21.99', '4', 'USD', '0.88'],
  ['0.50', '5', 'USD', '0.02'],
  ['1998', '5', 'JPY', '100'],
])('payout of %s at %s %% in %s is %s', (total, rate, currency, payout) => {
  expect(payoutOf(total, rate, currency)).toBe(payout);
});
