import { describe, expect, it } from '@jest/globals';
import { BACKFILL_COLUMNS, readHeader } from './column.rules.js';

const columnsOf = (headers: readonly string[], given?: Parameters<typeof readHeader>[1], currency = false) =>
  readHeader(headers, given, currency).cells.map((cell) => {
    if (cell === null) return null;
    return cell.of === 'order' ? cell.column : `${cell.column}${cell.item === 0 ? '' : cell.item}`;
  });

describe('readHeader', () => {
  it('knows each column by its own name', () => {
    expect(columnsOf(BACKFILL_COLUMNS)).toEqual(BACKFILL_COLUMNS);
  });

  it.each([
    [
      ['OrderId', 'EventDate', 'CurrencyCode'],
      ['orderId', 'eventDate', 'currency'],
    ],
    [
      ['order_id', 'event-date', ' Currency '],
      ['orderId', 'eventDate', 'currency'],
    ],
    [
      ['Oid', 'date', 'currency', 'Media Id'],
      ['orderId', 'eventDate', 'currency', 'mediaPartnerId'],
    ],
    [['oid', 'date', 'currency', 'ItemSku2', 'qty2', 'sku10'], ['orderId', 'eventDate', 'currency', 'sku2', 'quantity2', 'sku10']], // prettier-ignore
    [['oid', 'date', 'currency', '', 'colour', 'sku0', 'sku501', 'amount1'], ['orderId', 'eventDate', 'currency', null, null, null, null, null]], // prettier-ignore
  ])('%j → %j', (headers, expected) => expect(columnsOf(headers)).toEqual(expected));

  it("takes the caller's own names first", () => {
    const own = { 'Bestellnr.': 'orderId', Datum: 'eventDate', amount: null } as const;
    expect(columnsOf(['Bestellnr.', 'datum', 'amount', 'sku'], own, true)).toEqual([
      'orderId',
      'eventDate',
      null,
      'sku',
    ]);
  });

  it('names what it ignores, unless it was told to', () => {
    const header = ['orderId', 'eventDate', 'currency', 'colour', 'size', ''];
    expect(readHeader(header, { size: null }).ignored).toEqual(['colour']);
  });

  it.each([
    [['orderId', 'amount'], /no column for eventDate, currency.*option currency/],
    [['colour;size'], /no column for orderId, eventDate, currency/],
    [['orderId', 'Oid', 'eventDate', 'currency'], /"orderId" and "Oid" mean the same/],
    [['orderId', 'eventDate', 'currency', 'sku1', 'itemSku1'], /"sku1" and "itemSku1"/],
  ])('refuses %j', (headers, message) => expect(() => readHeader(headers)).toThrow(message));

  it.each([
    [['sku', 'amount'], true],
    [['sku', 'amount', 'subtotal'], false],
    [['sku', 'amount', 'price'], false],
    [['sku1', 'amount'], false],
    [['amount'], false],
  ])('%j: the amount is that of the line: %p', (more, expected) => {
    expect(readHeader(['orderId', 'eventDate', 'currency', ...more]).amountOfLine).toBe(expected);
  });
});
