import { expect, it } from '@jest/globals';
import { owedByCurrency } from './owed.rules.js';

const row = (month: string, currency: string | null, pending: string, approved = '0.00') => ({
  month,
  partnerId: '7',
  currency,
  actions: 1,
  pending,
  approved,
  cleared: '0.00',
});

it('adds partners up by month, and never two currencies', () => {
  const told = owedByCurrency([
    row('2026-11', 'USD', '0.10', '5.00'),
    row('2026-11', 'USD', '0.20'),
    row('2026-11', 'JPY', '1500'),
    row('2026-10', 'USD', '1.00'),
  ]);
  expect(
    told.map(({ currency, months }) => [
      currency,
      months.map((each) => [each.month, each.pending, each.partners]),
    ]),
  ).toEqual([
    [
      'USD',
      [
        ['2026-11', '0.30', 2],
        ['2026-10', '1.00', 1],
      ],
    ],
    ['JPY', [['2026-11', '1500', 1]]],
  ]);
  expect(told[0]!.months[0]).toMatchObject({ approved: '5.00', from: Date.UTC(2026, 10, 1) / 1000 });
});
