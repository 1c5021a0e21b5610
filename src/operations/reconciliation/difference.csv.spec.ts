import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { csvHead, csvLine } from './difference.csv.js';
import type { Difference } from './difference.model.js';

const unknown = (orderId: string, more: Partial<Difference> = {}): Difference =>
  ({
    kind: 'unknown-to-ledger',
    orderId,
    ledger: null,
    vendor: {
      actionId: '1000.1.1',
      orderId,
      state: 'PENDING',
      partnerId: '7',
      amount: '-5.00',
      currency: 'USD',
      payout: '1',
      originalAmount: null,
      originalCurrency: null,
      eventDate: new Date('2026-10-10T12:00:00Z'),
      lockingDate: null,
    },
    words: 'Nobody knows it.',
    advice: 'Look it up.',
    repair: 'none',
    repaired: false,
    repairProblem: null,
    ...more,
  }) as Difference;

const rowOf = (difference: Difference): Record<string, string> =>
  parse(csvHead() + csvLine(difference), { columns: true })[0] as Record<string, string>;

describe('the CSV of differences', () => {
  it('is RFC 4180: lines end in CRLF, quotes are doubled, every line has every column', () => {
    const line = csvLine(unknown('A "1", the\nfirst'));
    expect(line).toContain('"A ""1"", the\nfirst"');
    expect(line.endsWith('\r\n')).toBe(true);
    expect(rowOf(unknown('A "1", the\nfirst'))['order_id']).toBe('A "1", the\nfirst');
    expect(csvHead().split(',')).toHaveLength(18);
  });

  it.each([
    ['=HYPERLINK("http://x.test")', `'=HYPERLINK("http://x.test")`],
    ['+1', "'+1"],
    ['-1+2', "'-1+2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
    ['A=1', 'A=1'],
    ['Größe-1', 'Größe-1'],
  ])('no cell is a formula: %j', (orderId, cell) => {
    expect(rowOf(unknown(orderId))['order_id']).toBe(cell);
  });

  it('leaves numbers as they are, and what is not there empty', () => {
    expect(rowOf(unknown('A-1'))).toMatchObject({
      vendor_amount: '-5.00',
      event_date: '2026-10-10T12:00:00.000Z',
      ledger_state: '',
      locking_date: '',
      repaired: 'false',
    });
  });
});
