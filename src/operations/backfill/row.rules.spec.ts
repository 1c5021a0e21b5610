import { describe, expect, it } from '@jest/globals';
import { readHeader } from './column.rules.js';
import { readRows, zonedDate } from './row.rules.js';

const DATE = '2026-03-01T12:00:00+01:00';

/** @param header columns behind orderId, eventDate and currency. */
function read(header: readonly string[], rows: readonly (readonly string[])[]) {
  const columns = readHeader(['orderId', 'eventDate', 'currency', ...header]);
  return readRows(
    rows.map((cells, index) => ({ line: index + 2, cells })),
    { columns, campaignId: '1000', eventTypeId: '20001', currency: undefined },
  );
}
const said = ({ findings }: ReturnType<typeof read>) =>
  findings.map(({ line, field, rule }) => `${line} ${field} ${rule}`);

describe('zonedDate', () => {
  it.each([
    [DATE, '2026-03-01T11:00:00.000Z'],
    ['2026-03-01 12:00:00 +0100', '2026-03-01T11:00:00.000Z'],
    ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00,250z', '2026-03-01T12:00:00.250Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2026-02-29T00:00:00Z', null],
    ['2026-02-30T00:00:00Z', null],
    ['2026-03-01T25:00:00Z', null],
    ['2026-03-01T12:00:00', null],
    ['2026-03-01', null],
    ['01.03.2026 12:00', null],
    ['now', null],
  ])('%j → %j', (text, expected) => expect(zonedDate(text)?.toISOString() ?? null).toBe(expected));
});

describe('readRows', () => {
  it('makes a sale of one row', () => {
    const { input, findings } = read(
      ['amount', 'clickId', 'promoCode', 'customerId', 'country', 'shipping'],
      [['A-1', DATE, 'EUR', '20.00', 'click', 'SAVE | MORE', 'c-1', 'DE', '']],
    );
    expect(findings).toEqual([]);
    expect(input).toEqual({
      orderId: 'A-1',
      eventDate: new Date(DATE),
      currency: 'EUR',
      amount: '20.00',
      clickId: 'click',
      promoCodes: ['SAVE', 'MORE'],
      customer: { id: 'c-1', country: 'DE' },
    });
  });

  it('makes lines of the rows of one order', () => {
    const { input, findings } = read(
      ['sku', 'category', 'quantity', 'price', 'itemDiscount', 'discount'],
      [
        ['A-1', DATE, 'EUR', 'S1', 'Shoes', '2', '10.00', '1.00', '3'],
        ['A-1', '', '', 'S2', 'Hats', '1', '5', '', ''],
      ],
    );
    expect(findings).toEqual([]);
    expect(input).toMatchObject({
      discount: '3',
      items: [
        { sku: 'S1', category: 'Shoes', quantity: 2, price: '10.00', totalDiscount: '1.00' },
        { sku: 'S2', category: 'Hats', quantity: 1, price: '5' },
      ],
    });
  });

  it('makes lines of numbered columns, in their order', () => {
    const { input } = read(
      ['sku10', 'sku2', 'quantity2', 'subtotal2', 'sku1', 'quantity1', 'subtotal1'],
      [['A-1', DATE, 'EUR', '', 'S2', '1', '2', 'S1', '3', '4']],
    );
    expect(input['items']).toEqual([
      { sku: 'S1', quantity: 3, subtotal: '4' },
      { sku: 'S2', quantity: 1, subtotal: '2' },
    ]);
  });

  it("reads impact.com's own columns: the amount is that of the line", () => {
    const { input } = read(
      ['amount', 'category', 'sku', 'quantity'],
      [['A-1', DATE, 'EUR', '4.00', 'Hats', 'S1', '1']],
    );
    expect(input).not.toHaveProperty('amount');
    expect(input['items']).toEqual([{ sku: 'S1', category: 'Hats', quantity: 1, subtotal: '4.00' }]);
    const plain = read(['amount', 'category', 'sku', 'quantity'], [['A-1', DATE, 'EUR', '4.00', '', '', '']]);
    expect(plain.input).toMatchObject({ amount: '4.00' });
    expect(plain.input).not.toHaveProperty('items');
  });

  it.each<[string, readonly string[], readonly (readonly string[])[], string[]]>([
    ['a date without a zone', [], [['A-1', '2026-03-01', 'EUR']], ['2 eventDate bad-shape']],
    ['a row with a cell too many', [], [['A-1', DATE, 'EUR', 'x']], ['2 row columns']],
    ['a row with a cell too few', [], [['A-1', DATE]], ['2 row columns']],
    ['an empty cell too many', [], [['A-1', DATE, 'EUR', ' ']], []],
    ['two dates for one order', ['sku'], [['A-1', DATE, 'EUR', 'a'], ['A-1', '2026-03-02T00:00:00Z', '', 'b']], ['3 eventDate differs']], // prettier-ignore
    ['a second row without an article', ['sku'], [['A-1', DATE, 'EUR', 'a'], ['A-1', DATE, 'EUR', '']], ['3 orderId repeated']], // prettier-ignore
    ['another program', ['campaignId'], [['A-1', DATE, 'EUR', '1']], ['2 campaignId foreign']],
    ['the own program', ['campaignId', 'eventTypeId'], [['A-1', DATE, 'EUR', '1000', '20001']], []],
  ])('%s', (_, header, rows, expected) => expect(said(read(header, rows))).toEqual(expected));

  it('says nothing of what stands in the file', () => {
    const reading = read(['sku'], [['A-1', 'yesterday', 'EUR', 'a'], ['A-1', 'jane@example.com', 'USD', 'b']]); // prettier-ignore
    expect(JSON.stringify(reading.findings)).not.toMatch(/yesterday|jane|USD/);
  });

  it('knows where a path in the sale comes from', () => {
    const { place } = read(
      ['sku', 'promoCode'],
      [
        ['A-1', DATE, 'EUR', 'a', 'X'],
        ['A-1', DATE, 'EUR', 'b', 'X'],
      ],
    );
    expect(place('items[1].totalDiscount')).toEqual({ field: 'itemDiscount', line: 3 });
    expect(place('items[1].sku')).toEqual({ field: 'sku', line: 3 });
    expect(place('customer.email')).toEqual({ field: 'customerEmail', line: 2 });
    expect(place('promoCodes[0]')).toEqual({ field: 'promoCode', line: 2 });
    expect(place('amount')).toEqual({ field: 'amount', line: 2 });
  });
});
