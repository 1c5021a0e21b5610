import BigNumber from 'big.js';
import type { OwedRow } from '../overview/index.js';

/** What all partners together earned in a month. */
export interface OwedMonth {
  readonly month: string;
  /** Epoch seconds of its first moment, for the chart. */
  readonly from: number;
  readonly pending: string;
  readonly approved: string;
  readonly cleared: string;
  readonly partners: number;
}

export interface OwedCurrency {
  readonly currency: string | null;
  /** Newest first; a month without an action among them has none. */
  readonly months: readonly OwedMonth[];
}

const add = (a: string, b: string): string => {
  const decimals = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0);
  return new BigNumber(a).plus(b).toFixed(decimals);
};

/** Months of each currency apart: what is owed in two currencies has no sum. */
export function owedByCurrency(rows: readonly OwedRow[]): OwedCurrency[] {
  const currencies = new Map<string | null, Map<string, OwedMonth>>();
  for (const { currency, month, pending, approved, cleared } of rows) {
    const months = currencies.get(currency) ?? new Map<string, OwedMonth>();
    currencies.set(currency, months);
    const before = months.get(month);
    months.set(month, {
      month,
      from: Date.parse(`${month}-01T00:00:00Z`) / 1000,
      pending: add(before?.pending ?? '0', pending),
      approved: add(before?.approved ?? '0', approved),
      cleared: add(before?.cleared ?? '0', cleared),
      partners: (before?.partners ?? 0) + 1,
    });
  }
  return [...currencies].map(([currency, months]) => ({ currency, months: [...months.values()] }));
}
