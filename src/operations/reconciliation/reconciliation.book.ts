import { Inject, Injectable } from '@nestjs/common';
import { date, IMPACT_DATABASE, type ImpactDatabase, json, run, text } from '../../database/index.js';
import type { Stamp } from '../../ledger/index.js';
import type { Difference, DifferenceKind, Repair } from './difference.model.js';
import type { ReconciliationSummary } from './reconciliation.report.js';

/** A difference as it is kept: enough for a person to go after it. */
export interface KeptDifference {
  readonly kind: DifferenceKind;
  readonly orderId: string;
  readonly words: string;
  readonly advice: string;
  readonly repair: Repair;
  readonly repaired: boolean;
}

/** The last reconciliation that was made to its end. */
export interface LastReconciliation {
  readonly checkedAt: Date;
  readonly window: { readonly from: Date; readonly to: Date };
  /** Its words. */
  readonly summary: string;
  /** All differences, counted by kind. */
  readonly counts: Readonly<Partial<Record<DifferenceKind, number>>>;
  /** The first 500. */
  readonly differences: readonly KeptDifference[];
}

export const MOST_KEPT = 500;

export const keptDifference = (difference: Difference): KeptDifference => {
  const { kind, orderId, words, advice, repair, repaired } = difference;
  return { kind, orderId, words, advice, repair, repaired };
};

/** Keeps what the last reconciliation came to, for those who look at it later; one per account and environment. */
@Injectable()
export class ReconciliationBook {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  async keep(
    { account, environment }: Stamp,
    result: ReconciliationSummary,
    differences: readonly KeptDifference[],
  ): Promise<void> {
    const { dialect } = this.database;
    const { checkedAt, window, counts } = result;
    const values = {
      account,
      environment,
      checked_at: checkedAt.getTime(),
      window_from: window.from.getTime(),
      window_to: window.to.getTime(),
      summary: result.summary(),
      counts: JSON.stringify(counts.differences),
      differences: JSON.stringify(differences.slice(0, MOST_KEPT)),
    };
    const columns = Object.keys(values);
    await this.database.statement(
      dialect.upsert(
        { table: 'impact_reconciliations', columns, conflict: ['account', 'environment'] },
        (excluded) => Object.fromEntries(columns.slice(2).map((column) => [column, excluded(column)])),
      ),
      Object.values(values),
    );
  }

  /** Null when none was made yet. */
  async last({ account, environment }: Stamp): Promise<LastReconciliation | null> {
    const { rows } = await this.database.read(() =>
      run(`SELECT * FROM impact_reconciliations WHERE account = ? AND environment = ?`, [
        account,
        environment,
      ]),
    );
    const [row] = rows;
    if (row === undefined) return null;
    return {
      checkedAt: date(row, 'checked_at'),
      window: { from: date(row, 'window_from'), to: date(row, 'window_to') },
      summary: text(row, 'summary'),
      counts: json(row, 'counts') as LastReconciliation['counts'],
      differences: json(row, 'differences') as KeptDifference[],
    };
  }
}
