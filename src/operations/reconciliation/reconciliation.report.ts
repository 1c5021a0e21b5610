import { csvHead, csvLine } from './difference.csv.js';
import type { Difference, DifferenceKind } from './difference.model.js';
import type { Totals } from './totals.rules.js';

/** What was compared, counted. */
export interface ReconciliationCounts {
  /** Sales of the ledger whose event date is in the window, test orders left out. */
  readonly sales: number;
  /** Actions of the vendor whose event date is in the window, test actions left out. */
  readonly actions: number;
  /** Sales that were compared with an action. */
  readonly matched: number;
  /** Of those: in another currency, and worth what the rate of the others says. */
  readonly converted: number;
  /** Of those: in another currency, and too few others to know the rate. */
  readonly notJudged: number;
  /** Sales without an action, as it should be: why. */
  readonly withoutAction: {
    /** Still to be sent. */
    readonly waiting: number;
    /** Sent less than `grace` ago. */
    readonly young: number;
    /** Without click and promo code: nobody is credited, which is normal. */
    readonly organic: number;
    /** The vendor refused them and said why. */
    readonly rejected: number;
    /** Skipped, cancelled, dry-run or reversed. */
    readonly notSent: number;
  };
  /** Orders of the shop's own list. */
  readonly orders: number;
  readonly differences: Readonly<Partial<Record<DifferenceKind, number>>>;
  readonly repaired: number;
  /** Calls to the vendor. */
  readonly calls: number;
}

/** What a reconciliation came to, without its differences. */
export interface ReconciliationSummary {
  /** From the first moment to the one that is not part of it any more. */
  readonly window: { readonly from: Date; readonly to: Date };
  /** The account's, and who said so: `verdicts.accountTimeZone`, impact.com, or nobody (then it is UTC). */
  readonly timeZone: { readonly name: string; readonly toldBy: 'option' | 'impact.com' | 'nobody' };
  readonly totals: Totals;
  readonly counts: ReconciliationCounts;
  readonly checkedAt: Date;
  /** A few lines for a person. */
  summary(): string;
}

export interface ReconciliationResult extends ReconciliationSummary {
  readonly differences: readonly Difference[];
  /** The differences as RFC 4180 in UTF-8, safe to open in a spreadsheet. */
  toCsv(): string;
}

/** The differences as CSV: the head, then a line for each. */
export async function* csvLines(
  differences: AsyncIterable<Difference>,
): AsyncGenerator<string, void, undefined> {
  yield csvHead();
  for await (const difference of differences) yield csvLine(difference);
}

export const csvOf = (differences: readonly Difference[]): string =>
  csvHead() + differences.map(csvLine).join('');

/** @param summary without its words. */
export function summaryInWords({
  window,
  timeZone,
  totals,
  counts,
}: Omit<ReconciliationSummary, 'summary'>): string {
  const { withoutAction: without } = counts;
  const kinds = Object.entries(counts.differences);
  const by = { option: 'as configured', 'impact.com': 'as impact.com says', nobody: 'nobody told another' };
  return [
    `${window.from.toISOString()} to ${window.to.toISOString()}, months in ${timeZone.name} (${by[timeZone.toldBy]})`,
    `${counts.sales} sales, ${counts.actions} actions, ${counts.matched} compared, ${counts.calls} calls`,
    `without an action: ${without.organic} without click and code, ${without.young} too young, ` +
      `${without.waiting} to be sent, ${without.rejected} rejected, ${without.notSent} not sent`,
    ...(counts.converted > 0 ? [`${counts.converted} in another currency and right by its rate`] : []),
    ...(counts.notJudged > 0
      ? [`${counts.notJudged} in another currency and not judged: too few sales to know the rate`]
      : []),
    ...totals.byCurrency.map(
      (row) =>
        `${row.currency ?? 'no currency'}: ${row.amount} in ${row.actions} actions, payout ${row.payout}; ` +
        `pending ${row.pending.amount}, approved ${row.approved.amount}, cleared ${row.cleared.amount}`,
    ),
    kinds.length === 0
      ? 'no differences'
      : `differences: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    ...(counts.repaired > 0 ? [`${counts.repaired} repaired`] : []),
  ].join('\n');
}
