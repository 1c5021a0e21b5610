import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  padded,
  placeholders,
  type RecordsetColumns,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../database/index.js';
import type { Stamp, StoryEvent } from './ledger.types.js';
import { promoCodeOf } from './promo-code.words.js';
import { tellAll } from './story.statements.js';

/** A sale whose verdict is looked up now. */
export interface DueVerdict {
  readonly id: string;
  readonly submissionId: string | null;
  /** Told by the answer to the sale, or by a search for an earlier attempt. */
  readonly actionId: string | null;
  /** Fences the verdict: the value that `verdict_due_at` was moved to. */
  readonly until: number;
  /** Looks before this one. */
  readonly looks: number;
  /** Milliseconds since the vendor queued the sale. */
  readonly waiting: number;
  /** An attempt before the one that was taken may have arrived: a duplicate then means that it did. */
  readonly repeated: boolean;
  /** Carries a click or a promo code. */
  readonly attributable: boolean;
}

/** What became of a sale that has no action. */
export type Verdict =
  | { readonly is: 'rejected'; readonly reasonCodes: readonly string[]; readonly errorType: string | null }
  | { readonly is: 'unattributed'; readonly why: string }
  /** There is no action, although there is a click or a code and nobody has refused it. */
  | {
      readonly is: 'missing';
      /** Milliseconds; `null`: never. */
      readonly again: number | null;
      /** What its submission says. */
      readonly submission: 'finished' | 'undecided' | 'duplicate' | 'unknown';
    }
  | { readonly is: 'wait'; readonly again: number };

export interface DecidedVerdict {
  readonly due: DueVerdict;
  readonly verdict: Verdict;
}

interface VerdictLine {
  readonly conversion: string;
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

const VERDICT_COLUMNS: RecordsetColumns = {
  v_id: 'key',
  v_state: 'text',
  v_due: 'integer',
  v_codes: 'text',
};

/** Sales that the vendor has taken and that have no action yet. */
@Injectable()
export class VerdictLedger {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  /**
   * Claims sales whose look-up is due; another process sees them again only after the lease.
   *
   * @param dueUntil those that became due later are left alone; default: now.
   */
  async claim(stamp: Stamp, limit: number, lease: number, dueUntil?: number): Promise<DueVerdict[]> {
    const { database } = this;
    const end = dueUntil === undefined ? database.now() : `${Math.trunc(dueUntil)}`;
    return database.write(function* () {
      const { rows } = yield* run(
        `SELECT c.id, c.submission_id, c.action_id, c.sent_at, c.recorded_at, c.verdict_looks, c.click_id, c.attribution, ` +
          `${database.now()} AS now ` +
          `FROM impact_conversions c WHERE c.account = ? AND c.environment = ? AND c.verdict_due_at <= ${end} ` +
          `AND c.state = 'SENT' ORDER BY c.verdict_due_at LIMIT ?${database.dialect.skipLocked}`,
        [stamp.account, stamp.environment, limit],
      );
      if (rows.length === 0) return [];
      // One moment for all of them: it is the fence.
      const until = Math.max(...rows.map((row) => integer(row, 'now'))) + Math.trunc(lease);
      const ids = padded(rows.map((row) => text(row, 'id')));
      const list = placeholders(ids.length);
      yield* run(
        `UPDATE impact_conversions SET verdict_due_at = ?, verdict_looks = verdict_looks + 1 WHERE id IN (${list})`,
        [until, ...ids],
      );
      const deliveries = yield* run(
        `SELECT conversion, priority, unknown_since FROM impact_deliveries WHERE sequence = 0 AND conversion IN (${list})`,
        ids,
      );
      const byId = new Map(deliveries.rows.map((row) => [text(row, 'conversion'), row]));
      return rows.map((row) => dueOf(row, byId.get(text(row, 'id')), until));
    });
  }

  /**
   * Writes what was decided, in a few statements for all of them; what somebody else has decided meanwhile stays.
   *
   * @returns how many of them reached a verdict.
   */
  async settle(decided: readonly DecidedVerdict[]): Promise<number> {
    if (decided.length === 0) return 0;
    const self = this;
    return this.database.write(function* () {
      const held = yield* self.#stillHeld(decided);
      if (held.length === 0) return 0;
      const { rows } = yield* run(`SELECT ${self.database.now()} AS now`);
      const now = integer(rows[0]!, 'now');
      const { dialect } = self.database;
      yield* run(
        dialect.updateFrom(
          'impact_conversions',
          dialect.recordset('v', VERDICT_COLUMNS),
          'impact_conversions.id = v_id',
          {
            state: 'COALESCE(v_state, state)',
            verdict_due_at: 'v_due',
            reason_codes: 'COALESCE(v_codes, reason_codes)',
          },
        ),
        [JSON.stringify(held.map((one) => rowOf(one, now)))],
      );
      yield* tellAll(self.database, yield* self.#lines(held));
      return held.filter(({ verdict }) => verdict.is === 'rejected' || verdict.is === 'unattributed').length;
    });
  }

  *#stillHeld(decided: readonly DecidedVerdict[]): Script<DecidedVerdict[]> {
    const ids = padded(decided.map(({ due }) => due.id).toSorted());
    const { rows } = yield* run(
      `SELECT id, verdict_due_at FROM impact_conversions WHERE id IN (${placeholders(ids.length)}) ` +
        `AND state = 'SENT' ORDER BY id${this.database.dialect.lockRow}`,
      ids,
    );
    const fences = new Map(rows.map((row) => [text(row, 'id'), integerOrNull(row, 'verdict_due_at')]));
    return decided.filter(({ due }) => fences.get(due.id) === due.until);
  }

  /** That a sale is missing is said once, however often it is looked at. */
  *#lines(held: readonly DecidedVerdict[]): Script<VerdictLine[]> {
    const missing = held.filter(({ verdict }) => verdict.is === 'missing').map(({ due }) => due.id);
    const told = new Set<string>();
    if (missing.length > 0) {
      const ids = padded(missing);
      const { rows } = yield* run(
        `SELECT DISTINCT conversion FROM impact_story WHERE conversion IN (${placeholders(ids.length)}) AND what = 'missing'`,
        ids,
      );
      for (const row of rows) told.add(text(row, 'conversion'));
    }
    return held.flatMap(({ due, verdict }): VerdictLine[] => {
      const conversion = due.id;
      switch (verdict.is) {
        case 'rejected': {
          const { reasonCodes, errorType } = verdict;
          return [{ conversion, what: 'rejected', data: { reasonCodes, errorType } }];
        }
        case 'unattributed':
          return [{ conversion, what: 'unattributed', data: { why: verdict.why } }];
        case 'missing': {
          const { waiting: waitingMs, submissionId } = due;
          const data = { waitingMs, submissionId, submission: verdict.submission };
          return told.has(conversion) ? [] : [{ conversion, what: 'missing', data }];
        }
        case 'wait':
          return [];
      }
    });
  }
}

/** What is null is left out and read as NULL: JSON's own null is not the same thing everywhere. */
function rowOf({ due, verdict }: DecidedVerdict, now: number): Record<string, string | number> {
  switch (verdict.is) {
    case 'rejected':
      return { v_id: due.id, v_state: 'REJECTED', v_codes: JSON.stringify(verdict.reasonCodes) };
    case 'unattributed':
      return { v_id: due.id, v_state: 'UNATTRIBUTED' };
    case 'missing':
    case 'wait': {
      const { again } = verdict;
      return { v_id: due.id, ...(again === null ? {} : { v_due: now + Math.trunc(again) }) };
    }
  }
}

const dueOf = (row: Row, delivery: Row | undefined, until: number): DueVerdict => ({
  id: text(row, 'id'),
  submissionId: textOrNull(row, 'submission_id'),
  actionId: textOrNull(row, 'action_id'),
  until,
  looks: integer(row, 'verdict_looks'),
  waiting: integer(row, 'now') - (integerOrNull(row, 'sent_at') ?? integer(row, 'recorded_at')),
  repeated: delivery !== undefined && integerOrNull(delivery, 'unknown_since') !== null,
  attributable: isAttributable(row, delivery),
});

/** The priority alone does not tell: what is imported is sent behind everything else, whatever it carries. */
const isAttributable = (row: Row, delivery: Row | undefined): boolean =>
  textOrNull(row, 'click_id') !== null ||
  promoCodeOf(json(row, 'attribution')) !== null ||
  (delivery !== undefined && integer(delivery, 'priority') === 0);
