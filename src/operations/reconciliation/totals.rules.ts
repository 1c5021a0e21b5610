import type { AccountCalendar } from './account.calendar.js';
import type { ShelvedAction } from './action.shelf.js';
import { type Big, decimal, shownIn, ZERO } from './decimal.js';

/** Actions of one state. Amounts are exact decimals in the currency of the row. */
export interface StateTotal {
  readonly actions: number;
  readonly amount: string;
  readonly payout: string;
}

/** The vendor's actions of one partner, currency and month. Test actions never count. */
export interface TotalRow {
  readonly partnerId: string | null;
  /** ISO 4217; the account's. */
  readonly currency: string | null;
  /** Of the event dates, in the account's time zone: `2026-10`. */
  readonly month: string;
  /** Sales of the ledger among them. */
  readonly sales: number;
  /** Actions that are not reversed: pending, approved and cleared ones. */
  readonly actions: number;
  readonly amount: string;
  readonly payout: string;
  /** What the ledger expects of the sales in the same currency. */
  readonly expected: string;
  /** Actions whose sale is in another currency. */
  readonly converted: { readonly actions: number; readonly amount: string };
  readonly pending: StateTotal;
  /** Locked and not cleared yet. */
  readonly approved: StateTotal;
  readonly cleared: StateTotal;
  readonly reversed: StateTotal;
  /** The month lies in the window and is over, and nothing is pending: amount is approved plus cleared. */
  readonly closed: boolean;
}

export interface Totals {
  readonly rows: readonly TotalRow[];
  /** The rows added up, one for each currency. */
  readonly byCurrency: readonly Omit<TotalRow, 'partnerId' | 'month'>[];
}

export interface TotalsWindow {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

const STATES = ['pending', 'approved', 'cleared', 'reversed'] as const;
type StateName = (typeof STATES)[number];
const NAME_OF: Readonly<Record<ShelvedAction['state'], StateName>> = {
  PENDING: 'pending',
  // Not reversed and not locked, as far as anybody can tell.
  UNKNOWN: 'pending',
  APPROVED: 'approved',
  CLEARED: 'cleared',
  REVERSED: 'reversed',
};

/** Adds up the actions whose event date is in the window. */
export function totalsOf(
  actions: Iterable<ShelvedAction>,
  window: TotalsWindow,
  calendar: AccountCalendar,
): Totals {
  const sums = new Map<
    string,
    { sum: Sum; partnerId: string | null; month: string; currency: string | null }
  >();
  for (const action of actions) {
    const at = action.eventAt ?? action.createdAt;
    if (action.owner === 'test' || at === null || at < window.from || at >= window.to) continue;
    const { partnerId, currency } = action;
    const month = calendar.monthOf(at);
    const key = JSON.stringify([month, currency, partnerId]);
    const known = sums.get(key) ?? { sum: new Sum(), partnerId, month, currency };
    sums.set(key, known);
    known.sum.add(action);
  }
  const closed = (month: string): boolean => {
    const end = calendar.endOfMonth(month);
    return calendar.startOf(`${month}-01`) >= window.from && end <= window.to && end <= window.now;
  };
  const ordered = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const currencies = new Map<string | null, Sum>();
  for (const { sum, currency } of ordered) {
    const whole = currencies.get(currency) ?? new Sum();
    currencies.set(currency, whole);
    whole.join(sum);
  }
  const rows = ordered.map(({ sum, partnerId, month, currency }) => ({
    partnerId,
    month,
    ...sum.told(currency, closed(month)),
  }));
  const allClosed = (currency: string | null): boolean =>
    rows.every((row) => row.currency !== currency || row.closed);
  return {
    rows,
    byCurrency: [...currencies].map(([currency, sum]) => sum.told(currency, allClosed(currency))),
  };
}

class Sum {
  sales = 0;
  expected = ZERO;
  converted = { actions: 0, amount: ZERO };
  readonly states: Record<StateName, { actions: number; amount: Big; payout: Big }> = {
    pending: empty(),
    approved: empty(),
    cleared: empty(),
    reversed: empty(),
  };

  add(action: ShelvedAction): void {
    const amount = decimal(action.amount) ?? ZERO;
    const state = this.states[NAME_OF[action.state]];
    state.actions += 1;
    state.amount = state.amount.plus(amount);
    state.payout = state.payout.plus(decimal(action.payout) ?? ZERO);
    if (action.counts) this.sales += 1;
    if (action.state === 'REVERSED') return;
    if (action.expected !== null) this.expected = this.expected.plus(action.expected);
    if (action.converted) {
      this.converted.actions += 1;
      this.converted.amount = this.converted.amount.plus(amount);
    }
  }

  join(other: Sum): void {
    this.sales += other.sales;
    this.expected = this.expected.plus(other.expected);
    this.converted.actions += other.converted.actions;
    this.converted.amount = this.converted.amount.plus(other.converted.amount);
    for (const name of STATES) {
      const [mine, more] = [this.states[name], other.states[name]];
      mine.actions += more.actions;
      mine.amount = mine.amount.plus(more.amount);
      mine.payout = mine.payout.plus(more.payout);
    }
  }

  told(currency: string | null, over: boolean): Omit<TotalRow, 'partnerId' | 'month'> {
    const shown = (amount: Big): string => shownIn(amount, currency);
    const state = (name: StateName): StateTotal => {
      const { actions, amount, payout } = this.states[name];
      return { actions, amount: shown(amount), payout: shown(payout) };
    };
    const { pending, approved, cleared } = this.states;
    const live = [pending, approved, cleared];
    return {
      currency,
      sales: this.sales,
      actions: live.reduce((sum, { actions }) => sum + actions, 0),
      amount: shown(live.reduce((sum, { amount }) => sum.plus(amount), ZERO)),
      payout: shown(live.reduce((sum, { payout }) => sum.plus(payout), ZERO)),
      expected: shown(this.expected),
      converted: { actions: this.converted.actions, amount: shown(this.converted.amount) },
      pending: state('pending'),
      approved: state('approved'),
      cleared: state('cleared'),
      reversed: state('reversed'),
      closed: over && pending.actions === 0,
    };
  }
}

const empty = () => ({ actions: 0, amount: ZERO, payout: ZERO });
