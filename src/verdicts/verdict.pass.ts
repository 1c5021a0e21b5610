import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Action, ImpactApiClient, ImpactApiError, walkActionWindow } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  ActionLedger,
  type DueAction,
  LookUpAllowance,
  PauseAnnouncer,
  type Stamp,
  VerdictLedger,
  type WalkLease,
  WalkLedger,
} from '../ledger/index.js';
import { CORRECTION_WORK, type CorrectionWork } from './correction.work.js';
import { LookUpTurn } from './look-up.turn.js';
import { seenAction } from './seen.action.js';
import { type LookUps, lookUpSubmissions } from './submission.look-ups.js';
import { planWalks, type Span } from './walk.rules.js';

/** What a pass came to. */
export interface PassSummary {
  /** Sales without an action that were due. */
  readonly looked: number;
  /** Those of them that reached a verdict. */
  readonly settled: number;
  /** Those of them that are looked at again later. */
  readonly waiting: number;
  /** Something was moved on: it is worth asking at once whether more is due. */
  readonly progressed: boolean;
}

/** How long a pass keeps other processes away after its last call. */
export const WALK_LEASE = 300_000;
/** Sales per group of statements. */
const BATCH = 500;
/** A reading as young as that is gone on from, whatever is unsettled. */
const FRESH = 86_400_000;
/** Actions that a listing did not show where they were expected, asked for one by one. */
const MOST_SINGLE = 20;
export const NOTHING: PassSummary = { looked: 0, settled: 0, waiting: 0, progressed: false };

/**
 * One pass over everything whose time has come: the walks, then the look-ups of what they did not settle, then
 * the corrections. Whoever begins it holds the walk lease.
 */
@Injectable()
export class VerdictPass {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly walks: WalkLedger,
    private readonly verdicts: VerdictLedger,
    private readonly actions: ActionLedger,
    private readonly allowance: LookUpAllowance,
    private readonly api: ImpactApiClient,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
    @Optional() @Inject(CORRECTION_WORK) private readonly corrections?: CorrectionWork,
  ) {}

  get handlesCorrections(): boolean {
    return this.corrections !== undefined;
  }

  async run(lease: WalkLease, watched: boolean, isStopping: () => boolean): Promise<PassSummary> {
    const turn = new LookUpTurn({
      beganAt: lease.at,
      allowance: this.allowance,
      announcer: this.announcer,
      renew: () => this.walks.renew(this.#stamp(), lease, WALK_LEASE),
      isStopping,
    });
    try {
      return await this.#work(turn, lease, watched);
    } finally {
      await turn.close();
    }
  }

  async #work(turn: LookUpTurn, lease: WalkLease, watched: boolean): Promise<PassSummary> {
    const stamp = this.#stamp();
    const { giveUpAfter, sweepInterval } = this.options.verdicts;
    const positions = await this.walks.positions(stamp);
    const beginning = lease.at - (positions.updatesUntil ?? 0) > FRESH;
    const agenda = await this.walks.agenda(stamp, lease.at, giveUpAfter, { beginning });
    const plan = planWalks(agenda, positions, { at: lease.at, watched }, this.options.verdicts);
    let claimed = 0;
    let settled = 0;
    let complete = true;
    let corrected = 0;
    try {
      if (plan.updates !== null) {
        complete = await this.#walkUpdates(turn, lease, plan.updates, plan.deep);
      }
      if (complete && agenda.sent > 0) {
        const decided = await this.#decide(turn, lease.at);
        claimed = decided.claimed;
        settled = decided.settled;
      }
      if (complete && agenda.settled > 0) complete = await this.#lookAtActions(turn, lease.at, plan.locking);
      if (complete && this.corrections !== undefined) corrected = (await this.corrections.work(turn)).looked;
    } catch (error) {
      if (!(error instanceof ImpactApiError)) throw error;
      await turn.failed(error);
      complete = false;
    }
    // Nothing was asked: all of it stays due, for another process or another hour.
    if (!complete && !turn.hasBegun) return NOTHING;
    if (!complete) {
      claimed += await this.walks.postpone(stamp, lease.at, sweepInterval, ['SENT']);
      await this.walks.postpone(stamp, lease.at, sweepInterval, ['CREDITED', 'APPROVED', 'REVERSED']);
    }
    const byWalk = Math.max(0, agenda.sent - claimed);
    return {
      looked: agenda.sent,
      settled: byWalk + settled,
      waiting: agenda.sent - byWalk - settled,
      progressed: agenda.sent + agenda.settled + corrected > 0 || plan.updates !== null,
    };
  }

  /** Keeps how far it has come after each part, so that whoever comes next goes on from there. */
  async #walkUpdates(turn: LookUpTurn, lease: WalkLease, span: Span, deep: boolean): Promise<boolean> {
    const stamp = this.#stamp();
    let positions = await this.walks.positions(stamp);
    const move = async (next: typeof positions): Promise<void> => {
      positions = { ...positions, ...next };
      await this.walks.move(stamp, lease, positions);
    };
    const complete = await this.#walk(turn, 'updated', span, (to) =>
      move({ updatesUntil: Math.max(positions.updatesUntil ?? 0, to.getTime()) }),
    );
    if (complete) await move({ walkedAt: lease.at, ...(deep ? { deepAt: lease.at } : {}) });
    return complete;
  }

  async #walk(
    turn: LookUpTurn,
    by: 'updated' | 'lockingDate',
    { from, to }: Span,
    onPart?: (to: Date) => Promise<void>,
    onAction?: (action: Action) => void,
  ): Promise<boolean> {
    return walkActionWindow(this.api, {
      by,
      window: { from: new Date(from), to: new Date(to) },
      mayCall: () => turn.mayCall(),
      onRate: (rate) => turn.answered(rate),
      take: async (page) => {
        if (onAction !== undefined) for (const action of page) onAction(action);
        await this.actions.apply(page.map(seenAction), 'walk', turn.calledAt);
      },
      ...(onPart === undefined ? {} : { onPart }),
    });
  }

  /** Sales that the walk did not settle. */
  async #decide(turn: LookUpTurn, at: number): Promise<{ claimed: number; settled: number }> {
    const lookUps: LookUps = { api: this.api, turn, patience: this.options.verdicts };
    let claimed = 0;
    let settled = 0;
    while (!turn.isStopping()) {
      const due = await this.verdicts.claim(this.#stamp(), BATCH, WALK_LEASE, at);
      if (due.length === 0) break;
      claimed += due.length;
      const known = await this.actions.reconsider(due.map(({ id }) => id));
      const unasked = new Set<string>();
      // Its action is named already, by the answer to the sale or by a search: no walk has to come across it.
      for (const { id, actionId } of due) {
        if (actionId === null || known.has(id)) continue;
        const answer = await this.#lookAtOne(turn, actionId);
        if (answer === 'unasked') unasked.add(id);
        else if (answer === 'changed') known.add(id);
      }
      const { decided, trouble } = await lookUpSubmissions(
        // Without an answer about its action nobody can say what became of it: it is due again after the claim.
        due.filter(({ id }) => !known.has(id) && !unasked.has(id)),
        lookUps,
      );
      settled += known.size + (await this.verdicts.settle(decided));
      // What was decided before the trouble stands.
      if (trouble !== null) throw trouble;
    }
    return { claimed, settled };
  }

  /** Sales with an action: what a listing by locking date does not show is asked for by itself. */
  async #lookAtActions(turn: LookUpTurn, at: number, locking: Span | null): Promise<boolean> {
    const seen = new Set<string>();
    if (locking !== null) {
      const complete = await this.#walk(turn, 'lockingDate', locking, undefined, ({ id }) => seen.add(id));
      if (!complete) return false;
    }
    let single = MOST_SINGLE;
    for (;;) {
      const due = await this.walks.dueActions(this.#stamp(), at, BATCH);
      if (due.length === 0) return true;
      const unseen = due.filter((one) => isUnseen(one, seen, at));
      for (const { actionId } of unseen.slice(0, single)) await this.#lookAtOne(turn, actionId!);
      single = Math.max(0, single - unseen.length);
      await this.walks.lookedAt(due, at);
    }
  }

  /** What asking for one action by its id came to for its sale. */
  async #lookAtOne(turn: LookUpTurn, actionId: string): Promise<'changed' | 'same' | 'unasked'> {
    if (!(await turn.mayCall())) return 'unasked';
    try {
      const { action, rate } = await this.api.getAction(actionId);
      await turn.answered(rate);
      const { changed } = await this.actions.apply([seenAction(action)], 'look-up', turn.calledAt);
      return changed > 0 ? 'changed' : 'same';
    } catch (error) {
      // Gone: the vendor says nothing of it any more.
      if (error instanceof ImpactApiError && error.status === 404) return 'same';
      throw error;
    }
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

/** Its locking date was moved, or the vendor hides it. */
const isUnseen = (
  { state, actionId, lockingAt }: DueAction,
  seen: ReadonlySet<string>,
  at: number,
): boolean =>
  state === 'CREDITED' && actionId !== null && lockingAt !== null && lockingAt <= at && !seen.has(actionId);
