import { describe, expect, it } from '@jest/globals';
import type { Parameters } from './sale.parameters.js';
import { soldSale } from './sold-lines.rules.js';

const item = (
  number: number,
  sku: string,
  quantity: number,
  subtotal: string,
  discount?: string,
): [string, string][] => [
  [`ItemSku${number}`, sku],
  [`ItemQuantity${number}`, String(quantity)],
  [`ItemSubTotal${number}`, subtotal],
  ...(discount === undefined ? [] : [[`ItemTotalDiscount${number}`, discount] as [string, string]]),
];

describe('soldSale', () => {
  it.each<
    [name: string, request: Parameters, currency: string, amount: bigint, lines: [string, number, bigint][]]
  >([
    ['an order of one amount has no lines', [['OrderSubTotalPostDiscount', '80.00']], 'EUR', 8000n, []],
    [
      'lines less their own discount',
      [...item(1, 'A', 2, '20.00', '5.00'), ...item(2, 'B', 1, '9.99')],
      'EUR',
      2499n,
      [
        ['A', 2, 1500n],
        ['B', 1, 999n],
      ],
    ],
    [
      'and less their share of the order’s, to the cent',
      [
        ['OrderDiscount', '0.01'],
        ...item(1, 'A', 1, '3.33'),
        ...item(2, 'B', 1, '3.33'),
        ...item(3, 'C', 1, '3.35'),
      ],
      'EUR',
      1000n,
      [
        ['A', 1, 333n],
        ['B', 1, 333n],
        ['C', 1, 334n],
      ],
    ],
    [
      'yen, which have no decimals',
      [['OrderDiscount', '100'], ...item(1, 'A', 3, '1000'), ...item(2, 'B', 1, '501')],
      'JPY',
      1401n,
      [
        ['A', 3, 933n],
        ['B', 1, 468n],
      ],
    ],
    ['dinars, which have three', item(1, 'A', 3, '1.005'), 'KWD', 1005n, [['A', 3, 1005n]]],
    [
      'lines of one sku together',
      [...item(1, 'A', 1, '10.00'), ...item(2, 'A', 2, '18.00')],
      'EUR',
      2800n,
      [['A', 3, 2800n]],
    ],
  ])('%s', (_name, request, currency, amount, lines) => {
    const sold = soldSale(request, currency, amount);
    expect(sold.lines.map(({ sku, quantity, amount: worth }) => [sku, quantity, worth])).toEqual(lines);
  });

  it('tells who spread the discount, how many lines a sku has, and the customer’s status', () => {
    const sold = soldSale(
      [
        ['OrderDiscount', '1.00'],
        ['CustomerStatus', 'NEW'],
        ...item(1, 'A', 1, '2.00'),
        ...item(2, 'A', 1, '2.00'),
      ],
      'EUR',
      300n,
    );
    expect(sold).toMatchObject({ spread: true, customerStatus: 'NEW', lines: [{ count: 2 }] });
    expect(soldSale(item(1, 'A', 1, '2.00'), 'EUR', 200n)).toMatchObject({
      spread: false,
      customerStatus: null,
    });
  });
});
