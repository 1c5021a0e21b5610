import BigNumber from 'big.js';
import { type ConversionState, explainReason, STATES } from '../../ledger/index.js';
import { currencyDecimals } from '../../wire/index.js';
import { dayName } from './calendar.rules.js';
import type { FunnelDay, VerdictReason } from './overview.types.js';

/** How many sales of a day are in a state. */
export interface DayCount {
  readonly day: number;
  readonly count: number;
}

export interface StateCount extends DayCount {
  readonly state: ConversionState;
}

const CLEARED: readonly ConversionState[] = ['CLEARED'];
const APPROVED: readonly ConversionState[] = [...CLEARED, 'APPROVED'];
const CREDITED: readonly ConversionState[] = [...APPROVED, 'CREDITED'];
const SENT: readonly ConversionState[] = [...CREDITED, 'SENT', 'UNATTRIBUTED', 'REJECTED', 'REVERSED'];

/** Each step of the funnel holds those after it. */
export function funnelDays(
  days: readonly number[],
  clicks: readonly DayCount[],
  links: readonly DayCount[],
  sales: readonly StateCount[],
): FunnelDay[] {
  const sum = (counts: readonly DayCount[], day: number): number =>
    counts.reduce((total, each) => (each.day === day ? total + each.count : total), 0);
  return days.map((day) => {
    const ofDay = sales.filter((each) => each.day === day);
    const within = (states: readonly ConversionState[]): number =>
      sum(
        ofDay.filter(({ state }) => states.includes(state)),
        day,
      );
    return {
      day: dayName(day),
      clicks: sum(clicks, day),
      links: sum(links, day),
      sales: sum(ofDay, day),
      sent: within(SENT),
      credited: within(CREDITED),
      approved: within(APPROVED),
      cleared: within(CLEARED),
    };
  });
}

/** Every state, also those of no sale. */
export function stateCounts(
  counts: readonly { readonly state: ConversionState; readonly count: number }[],
): Record<ConversionState, number> {
  const all = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<ConversionState, number>;
  for (const { state, count } of counts) all[state] += count;
  return all;
}

/** A sale that was refused for two reasons counts under both. Most frequent first. */
export function reasonCounts(
  groups: readonly { readonly codes: readonly string[]; readonly count: number }[],
): VerdictReason[] {
  const byCode = new Map<string | null, number>();
  for (const { codes, count } of groups) {
    for (const code of codes.length === 0 ? [null] : codes) byCode.set(code, (byCode.get(code) ?? 0) + count);
  }
  return [...byCode]
    .map(([code, count]) => ({ code, count, ...(code === null ? NO_CODE : explainReason(code)) }))
    .toSorted((a, b) => b.count - a.count || (a.code ?? '').localeCompare(b.code ?? ''));
}

const NO_CODE = {
  means: 'no reason was given',
  remedy: 'ask-the-vendor',
  advice: "Ask the vendor's support, with the submission id.",
} as const;

/** A sum as a database gives it, in the currency's decimals. One of them adds in floats: its noise is rounded off. */
export function sumInCurrency(sum: string, currency: string | null): string {
  return new BigNumber(sum).toFixed((currency === null ? undefined : currencyDecimals(currency)) ?? 2);
}

/** The first text that no text with this beginning reaches. */
export const afterPrefix = (prefix: string): string => `${prefix}\u{10FFFF}`;
