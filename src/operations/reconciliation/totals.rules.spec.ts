import { describe, expect, it } from '@jest/globals';
import BigNumber from 'big.js';
import { AccountCalendar } from './account.calendar.js';
import type { ShelvedAction } from './action.shelf.js';
import { type TotalRow, totalsOf } from './totals.rules.js';

const LA = new AccountCalendar('America/Los_Angeles');
const WINDOW = { from: LA.startOf('2026-10-01'), to: LA.startOf('2026-12-01'), now: Date.UTC(2026, 11, 20) };

const action = (more: Partial<ShelvedAction>): ShelvedAction => ({
  id: '1',
  orderId: 'A-1',
  state: 'PENDING',
  partnerId: '7',
  amount: '10.00',
  currency: 'USD',
  payout: '0.50',
  originalAmount: null,
  originalCurrency: null,
  eventAt: Date.UTC(2026, 9, 10),
  createdAt: null,
  lockingAt: null,
  clearedAt: null,
  owner: 'sale',
  counts: true,
  expected: '10.00',
  converted: false,
  ...more,
});

const brief = ({ partnerId, currency, month, actions, amount, closed }: TotalRow): unknown[] => [
  partnerId,
  currency,
  month,
  actions,
  amount,
  closed,
];

describe('totalsOf', () => {
  it('adds up by partner, currency and month of the account', () => {
    const { rows } = totalsOf(
      [
        action({ state: 'CLEARED' }),
        // Still October in Los Angeles.
        action({ state: 'APPROVED', eventAt: Date.UTC(2026, 10, 1, 6, 59), amount: '0.10' }),
        action({ eventAt: Date.UTC(2026, 10, 1, 7, 0), amount: '0.20' }),
        action({ partnerId: '8', state: 'REVERSED', amount: '99' }),
        action({ currency: 'JPY', amount: '1500', payout: '75' }),
      ],
      WINDOW,
      LA,
    );
    expect(rows.map(brief)).toEqual([
      ['7', 'JPY', '2026-10', 1, '1500', false],
      ['7', 'USD', '2026-10', 2, '10.10', true],
      ['8', 'USD', '2026-10', 0, '0.00', true],
      ['7', 'USD', '2026-11', 1, '0.20', false],
    ]);
    expect(rows[1]).toMatchObject({
      sales: 2,
      payout: '1.00',
      approved: { actions: 1, amount: '0.10', payout: '0.50' },
      cleared: { actions: 1, amount: '10.00', payout: '0.50' },
    });
    expect(rows[2]?.reversed).toEqual({ actions: 1, amount: '99.00', payout: '0.50' });
  });

  it('leaves out test actions and what lies outside the window', () => {
    const { rows, byCurrency } = totalsOf(
      [
        action({ owner: 'test' }),
        action({ eventAt: WINDOW.to }),
        action({ eventAt: WINDOW.from - 1 }),
        action({ eventAt: null, createdAt: null }),
      ],
      WINDOW,
      LA,
    );
    expect([rows, byCurrency]).toEqual([[], []]);
  });

  it('calls no month closed that is not over or not wholly in the window', () => {
    const approved = action({ state: 'APPROVED' });
    const closed = (window: Partial<typeof WINDOW>): boolean =>
      totalsOf([approved], { ...WINDOW, ...window }, LA).rows[0]!.closed;
    expect(closed({})).toBe(true);
    expect(closed({ from: LA.startOf('2026-10-02') })).toBe(false);
    expect(closed({ to: LA.startOf('2026-11-01') })).toBe(true);
    expect(closed({ to: LA.startOf('2026-11-01') - 1 })).toBe(false);
    expect(closed({ now: LA.startOf('2026-11-01') - 1 })).toBe(false);
  });

  it('is exact: the rows and the states add up to the totals, where floats would not', () => {
    const states = ['PENDING', 'APPROVED', 'CLEARED', 'REVERSED'] as const;
    const actions = Array.from({ length: 3000 }, (_, index) =>
      action({
        state: states[index % 4]!,
        partnerId: String(index % 7),
        eventAt: WINDOW.from + index * 1_600_000,
        amount: `${(index * 37) % 1000}.${String(index % 100).padStart(2, '0')}`,
        payout: `0.${String(index % 1000).padStart(3, '0')}`,
        expected: index % 3 === 0 ? null : '0.10',
        converted: index % 3 === 0,
      }),
    );
    const { rows, byCurrency } = totalsOf(actions, WINDOW, LA);
    expect(rows.length).toBe(14);
    const [whole] = byCurrency;
    const sum = (read: (row: Omit<TotalRow, 'partnerId' | 'month'>) => string): string =>
      rows.reduce((total, row) => total.plus(read(row)), new BigNumber(0)).toFixed();
    const reads: ((row: Omit<TotalRow, 'partnerId' | 'month'>) => string)[] = [
      (row) => row.amount,
      (row) => row.payout,
      (row) => row.expected,
      (row) => row.converted.amount,
      (row) => row.pending.amount,
      (row) => row.approved.payout,
      (row) => row.cleared.amount,
      (row) => row.reversed.amount,
    ];
    for (const read of reads) expect(new BigNumber(read(whole!)).toFixed()).toBe(sum(read));
    for (const row of [...rows, whole!]) {
      const parts = [row.pending, row.approved, row.cleared];
      const added = parts.reduce((total, { amount }) => total.plus(amount), new BigNumber(0));
      expect(added.eq(row.amount)).toBe(true);
    }
    const byHand = actions
      .filter(({ state }) => state !== 'REVERSED')
      .reduce((total, { amount }) => total.plus(amount!), new BigNumber(0));
    expect(byHand.eq(whole!.amount)).toBe(true);
  });
});
