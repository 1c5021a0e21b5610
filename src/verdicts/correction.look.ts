import {
  type CorrectionClaim,
  type CorrectionMove,
  type CorrectionPicture,
  type CorrectionPlan,
  reasonInWords,
  type StoredCorrection,
} from '../ledger/index.js';
import {
  type CallPlan,
  dispositionOf,
  formatMoney,
  keptCorrection,
  modificationReasonOf,
  type NextCall,
  nextCall,
  type SoldSale,
  type Worth,
} from '../wire/index.js';
import { claimOf, type ClaimReason } from './claim.rules.js';
import { confirmed, type CorrectionPatience, later, nothing, refused } from './correction.answers.js';
import { CorrectionStanding } from './correction.standing.js';

/** What the vendor says of a submission; `unknown`: it could not be asked, or has forgotten it. */
export type SubmissionEvidence =
  | { readonly is: 'queued' }
  | { readonly is: 'unknown' }
  | { readonly is: 'done'; readonly errorType: string | null; readonly reasonCodes: readonly string[] };

/** What a look at the corrections of one sale comes to. */
export interface CorrectionDecision {
  readonly moves: readonly CorrectionMove[];
  /** `cancel`: nothing of it is left and nothing was sent. `release`: something is left again of what was cancelled. */
  readonly sale: 'cancel' | 'release' | null;
  /** The submission that has to be looked up before it can go on. */
  readonly ask: { readonly id: string; readonly submissionId: string } | null;
}

const DAY = 86_400_000;
/** Corrections of an action that locks within this time go out before organic sales. */
const NEAR_LOCKING = 7 * DAY;
/** The vendor publishes no code for it (docs/vendor-contract.md §13). */
const LOCKED = /LOCK|APPROVED|PAID|CLEARED/;
const TOO_MANY = /MAX_MODIF/;
/** Says that the vendor saw another action than the ledger does: the next reading of it decides. */
const MOVED = /ACTION_REVERSED|ACTION_NOT_FOUND|NOT_FOUND/;

/** One look at a sale that has an action. */
export class CorrectionLook {
  readonly #moves: CorrectionMove[] = [];
  #ask: CorrectionDecision['ask'] = null;

  constructor(
    private readonly picture: CorrectionPicture,
    private readonly sold: SoldSale,
    private readonly patience: CorrectionPatience,
  ) {}

  along(
    counted: readonly StoredCorrection[],
    evidence: ReadonlyMap<string, SubmissionEvidence>,
  ): Pick<CorrectionDecision, 'moves' | 'ask'> {
    let goesOn = true;
    let stands = new CorrectionStanding(this.sold, counted);
    for (const correction of counted) {
      if (!goesOn || stands.isBehind(correction)) {
        this.#behind(correction);
        continue;
      }
      const { before, worth, notes, problems, isLast } = stands.aimOf(correction);
      const plan = this.#plan(correction, before, worth);
      goesOn = this.#one(correction, plan, { notes, problems, isLast, said: evidence.get(correction.id) });
      const move = this.#moves.at(-1);
      // What is refused now counts for nothing from now on, also for those that are looked at with it.
      if (move?.is === 'refused' && move.correction === correction) {
        stands = stands.without(correction);
      }
    }
    return { moves: this.#moves, ask: this.#ask };
  }

  /** @returns whether the next one's turn has come. */
  #one(
    correction: StoredCorrection,
    plan: CallPlan,
    given: {
      readonly notes: readonly string[];
      readonly problems: readonly string[];
      readonly isLast: boolean;
      readonly said: SubmissionEvidence | undefined;
    },
  ): boolean {
    switch (correction.state) {
      case 'queued':
        if (correction.dueAt !== null) this.#moves.push({ is: 'clear', correction });
        return false;
      case 'sent':
        return this.#sent(correction, plan, given.said);
      case 'held':
        if (given.problems.length > 0) {
          this.#moves.push(refused(correction, { problems: given.problems }));
          return true;
        }
        return this.#take(correction, plan, given.notes);
      case 'nothing-to-correct':
        if (correction.dueAt === null) return true;
        if (given.problems.length === 0 && nextCall(plan).is !== 'reversed-by-others') {
          return this.#take(correction, plan, given.notes);
        }
        this.#moves.push({ is: 'clear', correction });
        return true;
      default:
        // Settled on an action that counts no longer: what it says is the last word, so it is said again.
        if (correction.dueAt === null) return true;
        if (given.isLast && correction.actionId !== plan.action.actionId && given.problems.length === 0) {
          return this.#take(correction, plan, given.notes);
        }
        this.#moves.push({ is: 'clear', correction });
        return true;
    }
  }

  #take(correction: StoredCorrection, plan: CallPlan, notes: readonly string[]): boolean {
    const next = nextCall(plan);
    switch (next.is) {
      case 'shown':
        this.#moves.push(confirmed(correction, plan, notes));
        return true;
      case 'call':
        this.#moves.push(this.#queued(correction, plan, next, notes));
        return false;
      case 'reversed-by-others':
        this.#moves.push(nothing(correction, 'somebody else has reversed the action', plan.action.actionId));
        return true;
      case 'unreadable':
        this.#moves.push(later(correction, this.patience));
        return false;
      default:
        this.#moves.push(this.#claimed(correction, plan, next.is));
        return true;
    }
  }

  #sent(correction: StoredCorrection, given: CallPlan, said: SubmissionEvidence | undefined): boolean {
    const { plan: stored } = correction;
    // Re-attributed meanwhile: the action that counts now gets the same word.
    if (stored === null || stored.actionId !== given.action.actionId)
      return this.#take(correction, given, []);
    const { now } = this.picture;
    const called: CallPlan = { ...given, called: true, tried: stored.tried };
    const next = nextCall(called);
    if (next.is === 'shown' || next.is === 'reversed-by-others') return this.#take(correction, called, []);
    // The first of two calls has done its part.
    if (next.is === 'call' && next.form !== stored.form) return this.#take(correction, called, []);
    const waited = now - (correction.sentAt ?? now);
    if (stored.doneAt === undefined) {
      if (waited < this.patience.lookupAfter)
        return this.#wait(correction, this.patience.lookupAfter - waited);
      if (said === undefined && correction.submissionId !== null) {
        this.#ask = { id: correction.id, submissionId: correction.submissionId };
        return this.#wait(correction);
      }
      if (said?.is === 'done' && isError(said)) return this.#failed(correction, called, said, waited);
      // Actions change late: done, it is given time to be seen.
      if (said?.is === 'done') {
        this.#moves.push({ ...later(correction, this.patience), plan: { ...stored, doneAt: now } });
        return false;
      }
    } else if (now - stored.doneAt >= this.patience.lookupAfter && next.is === 'call') {
      const again: CallPlan = { ...called, tried: [...stored.tried, stored.form] };
      const other = nextCall(again);
      if (other.is === 'call') return this.#take(correction, again, []);
    }
    if (waited < this.patience.giveUpAfter) return this.#wait(correction);
    this.#moves.push(this.#claimed(correction, called, next.is === 'locked' ? 'locked' : 'not-shown'));
    return true;
  }

  #failed(
    correction: StoredCorrection,
    plan: CallPlan,
    { errorType, reasonCodes }: Extract<SubmissionEvidence, { is: 'done' }>,
    waited: number,
  ): boolean {
    const matches = (pattern: RegExp): boolean => reasonCodes.some((code) => pattern.test(code));
    if (matches(LOCKED)) {
      this.#moves.push(this.#claimed(correction, plan, 'locked', reasonCodes));
      return true;
    }
    if (matches(TOO_MANY)) {
      this.#moves.push(this.#claimed(correction, plan, 'too-many', reasonCodes));
      return true;
    }
    if (matches(MOVED) && waited < this.patience.giveUpAfter) return this.#wait(correction);
    const words =
      reasonCodes.length > 0
        ? reasonCodes.map((code) => reasonInWords(code))
        : [`${errorType ?? 'An error'}, without a reason code.`];
    this.#moves.push(refused(correction, { problems: words, reasonCodes }));
    return true;
  }

  #queued(
    correction: StoredCorrection,
    plan: CallPlan,
    { kind, form, request }: Extract<NextCall, { is: 'call' }>,
    notes: readonly string[],
  ): CorrectionMove {
    const { action, worth, tried, now } = plan;
    const { lockingAt } = action;
    const stored: CorrectionPlan = {
      amount: formatMoney(worth.amount, this.sold.currency),
      currency: this.sold.currency,
      gone: worth.gone,
      actionId: action.actionId,
      form,
      tried,
    };
    const priority = lockingAt !== null && lockingAt - now <= NEAR_LOCKING ? 1 : 2;
    return { is: 'queue', correction, kind, request, plan: stored, priority, notes };
  }

  #claimed(
    correction: StoredCorrection,
    plan: CallPlan,
    why: ClaimReason,
    reasonCodes: readonly string[] = [],
  ): CorrectionMove {
    const claim: CorrectionClaim = claimOf(plan, this.picture.action!, why);
    return refused(correction, { problems: [claim.why], reasonCodes, claim, actionId: plan.action.actionId });
  }

  #plan(correction: StoredCorrection, before: Worth, worth: Worth): CallPlan {
    const kept = keptCorrection(correction);
    return {
      sold: this.sold,
      before,
      worth,
      restores: kept.kind === 'modify' && kept.target.restore === true,
      reason: modificationReasonOf(kept),
      disposition: dispositionOf(kept),
      action: this.picture.action!,
      now: this.picture.now,
      called: false,
      tried: [],
    };
  }

  #behind(correction: StoredCorrection): void {
    if (correction.dueAt !== null) this.#moves.push(later(correction, this.patience));
  }

  #wait(correction: StoredCorrection, again?: number): false {
    this.#moves.push({ ...later(correction, this.patience), ...(again === undefined ? {} : { again }) });
    return false;
  }
}

const isError = ({ errorType, reasonCodes }: Extract<SubmissionEvidence, { is: 'done' }>): boolean =>
  errorType !== null || reasonCodes.length > 0;
