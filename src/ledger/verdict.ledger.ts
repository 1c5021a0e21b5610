import { Inject, Injectable } from '@nestjs/common';
import {
  fitting,
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  placeholders,
  run,
  type Script,
} from '../database/index.js';
import { type ConversionRow, conversionRowOf } from './conversion.row.js';
import type { ActionFacts, Stamp, StoryEvent } from './ledger.types.js';
import { type ConversionState, statesBefore } from './states.rules.js';
import { tell } from './story.statements.js';

/** A sale whose verdict is looked up now. */
export interface DueVerdict {
  readonly sale: ConversionRow;
  /** Fences the verdict: the value that `verdict_due_at` was moved to. */
  readonly until: number;
  /** Look-ups before this one. */
  readonly looks: number;
  /** Epoch milliseconds of the first attempt: the sale's action may be as old. */
  readonly firstAttemptAt: number;
  /** Milliseconds since the vendor queued the sale. */
  readonly waiting: number;
  /** An attempt before the one that was taken may have arrived: a duplicate then means that it did. */
  readonly repeated: boolean;
  /** Carries a click or a promo code. */
  readonly attributable: boolean;
}

export type Verdict =
  | { readonly is: 'action'; readonly action: ActionFacts }
  | { readonly is: 'rejected'; readonly reasonCodes: readonly string[]; readonly errorType: string | null }
  | { readonly is: 'unattributed'; readonly why: string }
  /** The vendor finished without an error and without an action, although there is a click or a code. */
  | {
      readonly is: 'missing';
      /** Milliseconds; `null`: never. */
      readonly again: number | null;
    }
  | { readonly is: 'wait'; readonly again: number };

const LINE: Record<ActionFacts['state'], StoryEvent> = {
  CREDITED: 'credited',
  APPROVED: 'approved',
  CLEARED: 'cleared',
  REVERSED: 'reversed',
};

/** Sales that the vendor has taken and not yet decided on. */
@Injectable()
export class VerdictLedger {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  /** Claims sales whose look-up is due; another process sees them again only after the lease. */
  async claim(stamp: Stamp, limit: number, lease: number): Promise<DueVerdict[]> {
    const database = this.database;
    return database.write(function* () {
      const { rows } = yield* run(
        `SELECT c.*, ${database.now()} AS now, ${database.now()} + ${Math.trunc(lease)} AS until, ` +
          `(SELECT min(d.first_attempt_at) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS first_attempt_at, ` +
          `(SELECT min(d.unknown_since) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS unknown_since, ` +
          `(SELECT min(d.priority) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS priority ` +
          `FROM impact_conversions c WHERE c.account = ? AND c.environment = ? AND c.verdict_due_at <= ${database.now()} ` +
          `ORDER BY c.verdict_due_at LIMIT ${Math.trunc(limit)}${database.dialect.skipLocked}`,
        [stamp.account, stamp.environment],
      );
      const due: DueVerdict[] = [];
      for (const row of rows) {
        const sale = conversionRowOf(row);
        const until = integer(row, 'until');
        yield* run(
          `UPDATE impact_conversions SET verdict_due_at = ?, verdict_looks = verdict_looks + 1 WHERE id = ?`,
          [until, sale.id],
        );
        due.push({
          sale,
          until,
          looks: integer(row, 'verdict_looks'),
          firstAttemptAt: integer(row, 'first_attempt_at'),
          waiting: integer(row, 'now') - (sale.sentAt ?? sale.recordedAt).getTime(),
          repeated: integerOrNull(row, 'unknown_since') !== null,
          attributable: integer(row, 'priority') === 0,
        });
      }
      return due;
    });
  }

  /** Milliseconds until the next look-up is due; null when no sale is unsettled. */
  async nextDueIn(stamp: Stamp): Promise<number | null> {
    const database = this.database;
    return database.read(function* () {
      const { rows } = yield* run(
        `SELECT min(verdict_due_at) - ${database.now()} AS due_in FROM impact_conversions ` +
          `WHERE account = ? AND environment = ? AND verdict_due_at IS NOT NULL`,
        [stamp.account, stamp.environment],
      );
      return integerOrNull(rows[0]!, 'due_in');
    });
  }

  /** Makes every unsettled sale due now: for a person, a command or a test that does not want to wait. */
  async hurry(stamp: Stamp): Promise<void> {
    const database = this.database;
    await database.write(function* () {
      yield* run(
        `UPDATE impact_conversions SET verdict_due_at = ${database.now()} ` +
          `WHERE account = ? AND environment = ? AND verdict_due_at IS NOT NULL`,
        [stamp.account, stamp.environment],
      );
    });
  }

  async settle(verdicts: readonly { due: DueVerdict; verdict: Verdict }[]): Promise<void> {
    const self = this;
    await this.database.write(function* () {
      for (const { due, verdict } of verdicts) yield* self.#settleOne(due, verdict);
    });
  }

  *#settleOne(due: DueVerdict, verdict: Verdict): Script<void> {
    switch (verdict.is) {
      case 'action':
        if (yield* this.#change(due, verdict.action.state, actionColumns(verdict.action))) {
          yield* tell(this.database, due.sale.id, LINE[verdict.action.state], { ...verdict.action });
        }
        break;
      case 'rejected':
        if (yield* this.#change(due, 'REJECTED', { reason_codes: JSON.stringify(verdict.reasonCodes) })) {
          yield* tell(this.database, due.sale.id, 'rejected', {
            reasonCodes: verdict.reasonCodes,
            errorType: verdict.errorType,
          });
        }
        break;
      case 'unattributed':
        if (yield* this.#change(due, 'UNATTRIBUTED', {})) {
          yield* tell(this.database, due.sale.id, 'unattributed', { why: verdict.why });
        }
        break;
      case 'missing':
        if (yield* this.#lookAgain(due, verdict.again)) yield* this.#tellMissing(due);
        break;
      case 'wait':
        yield* this.#lookAgain(due, verdict.again);
        break;
    }
  }

  *#change(
    due: DueVerdict,
    state: ConversionState,
    columns: Record<string, string | number | null>,
  ): Script<boolean> {
    const from = statesBefore(state);
    const names = Object.keys(columns);
    const { affected } = yield* run(
      `UPDATE impact_conversions SET state = ?, verdict_due_at = NULL${names.map((name) => `, ${name} = ?`).join('')} ` +
        `WHERE id = ? AND verdict_due_at = ? AND state IN (${placeholders(from.length)})`,
      [state, ...Object.values(columns), due.sale.id, due.until, ...from],
    );
    return affected > 0;
  }

  /** Said once, however often it is looked at. */
  *#tellMissing({ sale, waiting }: DueVerdict): Script<void> {
    const { rows } = yield* run(
      `SELECT id FROM impact_story WHERE conversion = ? AND what = 'missing' LIMIT 1`,
      [sale.id],
    );
    if (rows.length === 0) yield* tell(this.database, sale.id, 'missing', { waitingMs: waiting });
  }

  *#lookAgain(due: DueVerdict, after: number | null): Script<boolean> {
    const again = after === null ? 'NULL' : `${this.database.now()} + ${Math.trunc(after)}`;
    const { affected } = yield* run(
      `UPDATE impact_conversions SET verdict_due_at = ${again} WHERE id = ? AND verdict_due_at = ?`,
      [due.sale.id, due.until],
    );
    return affected > 0;
  }
}

const actionColumns = (action: ActionFacts): Record<string, string | number | null> => ({
  action_id: fitting(action.actionId, 64),
  action_state: action.state,
  action_amount: fitting(action.amount, 32),
  action_currency: fitting(action.currency, 3),
  partner_id: fitting(action.partnerId, 32),
  payout: fitting(action.payout, 32),
  locking_at: action.lockingDate?.getTime() ?? null,
  cleared_at: action.clearedAt?.getTime() ?? null,
});
