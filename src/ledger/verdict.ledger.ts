import { Inject, Injectable } from '@nestjs/common';
import {
  fitting,
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  text,
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
  /** Epoch milliseconds by the database's clock. */
  readonly claimedAt: number;
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
        `SELECT c.*, ${database.now()} AS now, ` +
          `(SELECT min(d.first_attempt_at) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS first_attempt_at, ` +
          `(SELECT min(d.unknown_since) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS unknown_since, ` +
          `(SELECT min(d.priority) FROM impact_deliveries d WHERE d.conversion = c.id AND d.kind = 'sale') AS priority ` +
          `FROM impact_conversions c WHERE c.account = ? AND c.environment = ? AND c.verdict_due_at <= ${database.now()} ` +
          `ORDER BY c.verdict_due_at LIMIT ?${database.dialect.skipLocked}`,
        [stamp.account, stamp.environment, limit],
      );
      if (rows.length === 0) return [];
      // One moment for all of them: it is the fence, and the end of the listing that is read for them.
      const now = Math.max(...rows.map((row) => integer(row, 'now')));
      const until = now + Math.trunc(lease);
      const ids = padded(rows.map((row) => text(row, 'id')));
      yield* run(
        `UPDATE impact_conversions SET verdict_due_at = ?, verdict_looks = verdict_looks + 1 ` +
          `WHERE id IN (${placeholders(ids.length)})`,
        [until, ...ids],
      );
      return rows.map((row) => dueOf(row, now, until));
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
      case 'action': {
        const action = fittingAction(verdict.action);
        if (yield* this.#change(due, action.state, actionColumns(action))) {
          yield* tell(this.database, due.sale.id, LINE[action.state], { ...action });
        }
        break;
      }
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

const dueOf = (row: Row, claimedAt: number, until: number): DueVerdict => {
  const sale = conversionRowOf(row);
  return {
    sale,
    until,
    claimedAt,
    looks: integer(row, 'verdict_looks'),
    firstAttemptAt: integer(row, 'first_attempt_at'),
    waiting: integer(row, 'now') - (sale.sentAt ?? sale.recordedAt).getTime(),
    repeated: integerOrNull(row, 'unknown_since') !== null,
    attributable: integer(row, 'priority') === 0,
  };
};

/** What the vendor says too long is left out of the row and of the story alike. */
const fittingAction = (action: ActionFacts): FittingAction => ({
  ...action,
  actionId: fitting(action.actionId, 64),
  amount: fitting(action.amount, 32),
  currency: fitting(action.currency, 3),
  partnerId: fitting(action.partnerId, 32),
  payout: fitting(action.payout, 32),
});

type FittingAction = Omit<ActionFacts, 'actionId'> & { readonly actionId: string | null };

const actionColumns = (action: FittingAction): Record<string, string | number | null> => ({
  action_id: action.actionId,
  action_state: action.state,
  action_amount: action.amount,
  action_currency: action.currency,
  partner_id: action.partnerId,
  payout: action.payout,
  locking_at: action.lockingDate?.getTime() ?? null,
  cleared_at: action.clearedAt?.getTime() ?? null,
});
