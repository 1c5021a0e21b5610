import { describe, expect, it } from '@jest/globals';
import { DAY } from './calendar.rules.js';
import { afterPrefix, funnelDays, reasonCounts, stateCounts, sumInCurrency } from './overview.rules.js';

describe('funnelDays', () => {
  it('counts a sale in every step that it has passed', () => {
    const sale = (state: 'RECORDED' | 'SENT' | 'CREDITED' | 'APPROVED' | 'CLEARED' | 'REVERSED', count = 1) =>
      ({ day: 0, state, count }) as const;
    const sales = [
      sale('RECORDED', 7),
      sale('SENT', 5),
      sale('CREDITED', 4),
      sale('APPROVED', 3),
      sale('CLEARED', 2),
      sale('REVERSED', 1),
    ];
    expect(funnelDays([0], [{ day: 0, count: 90 }], [{ day: 0, count: 40 }], sales)).toEqual([
      { day: '1970-01-01', clicks: 90, links: 40, sales: 22, sent: 15, credited: 9, approved: 5, cleared: 2 },
    ]);
  });

  it('has a row for a day on which nothing happened', () => {
    const days = funnelDays([0, DAY], [], [], [{ day: DAY, state: 'SKIPPED', count: 1 }]);
    expect(days.map(({ day, sales, sent }) => [day, sales, sent])).toEqual([
      ['1970-01-01', 0, 0],
      ['1970-01-02', 1, 0],
    ]);
  });
});

it('stateCounts names every state', () => {
  const counts = stateCounts([{ state: 'SENT', count: 3 }]);
  expect(Object.keys(counts)).toHaveLength(12);
  expect(counts).toMatchObject({ SENT: 3, UNDELIVERABLE: 0 });
});

it('reasonCounts takes lists of codes apart and explains each', () => {
  const told = reasonCounts([
    { codes: ['CONV_DUPLICATE'], count: 2 },
    { codes: ['OID_MISSING', 'CONV_DUPLICATE'], count: 3 },
    { codes: [], count: 4 },
    { codes: ['NEVER_HEARD_OF'], count: 1 },
  ]);
  expect(told.map(({ code, count, remedy }) => [code, count, remedy])).toEqual([
    ['CONV_DUPLICATE', 5, 'fix-the-data'],
    [null, 4, 'ask-the-vendor'],
    ['OID_MISSING', 3, 'fix-the-data'],
    ['NEVER_HEARD_OF', 1, 'ask-the-vendor'],
  ]);
});

it.each([
  ['0.30000000000000004', 'USD', '0.30'],
  ['1234.500000', 'EUR', '1234.50'],
  ['1500.000000', 'JPY', '1500'],
  ['12', null, '12.00'],
  ['12.345', 'KWD', '12.345'],
])('%s in %s is %s', (sum, currency, shown) => {
  expect(sumInCurrency(sum, currency)).toBe(shown);
});

it.each(['A-1', 'A-1\u{10FFFE}', 'A-1zzz', 'A-1ü'])('%s begins with A-1', (text) => {
  const bytes = (each: string): Buffer => Buffer.from(each, 'utf8');
  expect(bytes(text).compare(bytes(afterPrefix('A-1')))).toBeLessThan(0);
});
