import { Inject, Injectable } from '@nestjs/common';
import { type AcceptedWrite, ImpactApiClient, ImpactApiError } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../database/index.js';
import {
  atMost,
  type ClaimedDelivery,
  type DeliveryOutcome,
  type GateScope,
  type Pause,
  PauseAnnouncer,
} from '../ledger/index.js';
import { ActionSearch, type SearchResult } from './action.search.js';
import {
  type Attempt,
  attemptOf,
  beforeAttempt,
  isOutage,
  judge,
  type JudgeSettings,
  neverLookedUp,
  type RowFacts,
  SCOPE,
  type Verdict,
} from './answer.rules.js';
import { reusableFor, searchFrom } from './search.rules.js';

/** Rows that wait for the same look-up do not come back in the same moment. */
const SPREAD = 5000;
/** What a claim asks for. */
const CLAIMED_BEHIND = ['all', 'sales', 'corrections'] as const;

type Outcome = DeliveryOutcome;

/**
 * Makes one claimed call and says what became of it. Knows the vendor, and nothing of the database.
 *
 * A row goes back without a call, and without an attempt being counted (`reached: null`), when nobody can say
 * yet whether an earlier attempt arrived, and when its lease would end before the call's deadline: another
 * process could then be sending it as well.
 */
@Injectable()
export class DeliverySender {
  /** Calls in a row that an outage may have ended, as this process saw them. */
  #failures = 0;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly api: ImpactApiClient,
    private readonly search: ActionSearch,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
  ) {}

  /** @param leaseEnd end of the lease on this process's monotonic clock, in milliseconds. */
  async send(
    delivery: ClaimedDelivery,
    pauses: readonly Pause[],
    leaseEnd = performance.now() + this.options.delivery.lease,
  ): Promise<Outcome> {
    this.announcer.standing(CLAIMED_BEHIND, pauses);
    const row = this.#facts(delivery);
    const before = beforeAttempt(row);
    if (before === null) return this.#attempt(delivery, row, pauses, leaseEnd);
    if (before.verdict === 'park') return this.#outcome(before, null);

    // Actions appear late: finding none too early proves nothing.
    const early = this.options.verdicts.lookupAfter - (row.unknownFor ?? 0);
    if (early > 0) return goesBack(row, early, before.reason);
    const result = await this.#searched(delivery, row, leaseEnd);
    switch (result?.is) {
      case undefined:
        return goesBack(row, SPREAD, 'The actions of that date are still being read.');
      case 'later':
        return this.#waits(row, result);
      case 'found':
        return {
          is: 'found',
          actionId: result.actionId,
          reached: null,
          searched: `action ${result.actionId} exists, so it had arrived`,
        };
      case 'none':
        break;
    }
    if (row.age >= row.maxAge) {
      const searched = 'there is none';
      return { is: 'parked', reason: 'Too old to be sent again.', problems: [], searched, reached: null };
    }
    // The window of this attempt is its own: whatever came before it did not arrive.
    const outcome = await this.#attempt(delivery, { ...row, unknownFor: null }, pauses, leaseEnd);
    return outcome.reached === null
      ? outcome
      : { ...outcome, searched: 'there is none, so it is sent again' };
  }

  /** `null` when the lease leaves no more time for it; the search itself goes on, for whoever asks next. */
  async #searched(delivery: ClaimedDelivery, row: RowFacts, leaseEnd: number): Promise<SearchResult | null> {
    const { lease, timeout } = this.options.delivery;
    let result: SearchResult | null = null;
    const search = this.search
      .find(delivery.wireOrderId, {
        from: searchFrom(delivery.eventAt.getTime(), this.clock.now().getTime()),
        claimedAt: leaseEnd - lease + this.clock.offset(),
        reusableFor: reusableFor(row, this.options.verdicts.lookupAfter),
      })
      .then((found) => {
        result = found;
      });
    await atMost(Math.max(0, leaseEnd - timeout - performance.now()), search);
    return result;
  }

  #waits(row: RowFacts, result: Extract<SearchResult, { is: 'later' }>): Outcome {
    const reason = `An earlier attempt may have arrived, and nobody can tell yet. ${result.reason}`;
    const { pause } = result;
    if (neverLookedUp(row, result.pausedFor)) {
      return {
        is: 'parked',
        reason:
          'An earlier attempt may have arrived, and no look-up was possible for as long as delivery.maxAge. ' +
          'Look in impact.com for an action with this order id; when there is none, report the sale there by hand.',
        problems: [],
        pause,
        reached: null,
      };
    }
    const outcome = goesBack(row, result.for + Math.random() * SPREAD, reason, pause);
    // Said with each failed look-up, not with every row that only waits for the next.
    return result.failed ? { ...outcome, searched: `nobody can tell yet. ${result.reason}` } : outcome;
  }

  async #attempt(
    delivery: ClaimedDelivery,
    row: RowFacts,
    pauses: readonly Pause[],
    leaseEnd: number,
  ): Promise<Outcome> {
    if (leaseEnd - performance.now() < this.options.delivery.timeout) {
      return goesBack({ unknownFor: delivery.unknownFor }, 0, 'The lease is too short for a call.');
    }
    const reaches: readonly GateScope[] = ['all', SCOPE[row.call]];
    const probing = delivery.probes.length > 0;
    try {
      const { submissionId, actionId, rate } = await this.#call(delivery);
      this.#failures = 0;
      this.announcer.opened(reaches);
      const { pause } = judge({ kind: 'accepted', rate }, row, this.#settings(pauses, 'all', probing));
      return { is: 'sent', submissionId, actionId, pause, reached: reaches };
    } catch (error) {
      if (!(error instanceof ImpactApiError)) throw error;
      const attempt = attemptOf(error);
      this.#failures = isOutage(attempt) ? this.#failures + 1 : 0;
      const verdict = judge(attempt, row, this.#settings(pauses, scopeOf(attempt, row), probing));
      // A refusal of one row is an answer: the account itself is fine.
      const refused = verdict.verdict === 'park' && verdict.cause === 'refused';
      if (refused) this.announcer.opened(reaches);
      if (verdict.pause !== null) {
        this.announcer.shut(verdict.pause, failuresOf(pauses, verdict.pause.scope) + 1);
      }
      return this.#outcome(verdict, refused ? reaches : []);
    }
  }

  async #call({ kind, request }: ClaimedDelivery): Promise<AcceptedWrite> {
    switch (kind) {
      case 'sale':
        return this.api.submitConversion(request);
      case 'modification':
        return this.api.modifyAction(request);
      case 'reversal':
        return this.api.reverseAction(request);
    }
  }

  #outcome(verdict: Verdict, reached: Outcome['reached']): Outcome {
    const { pause, reason } = verdict;
    switch (verdict.verdict) {
      case 'retry':
        return { is: 'retry', after: verdict.after, unknown: verdict.outcomeUnknown, reason, pause, reached };
      case 'pause-account':
        return { is: 'retry', after: verdict.pause.for, unknown: false, reason, pause, reached };
      case 'park':
        return {
          is: 'parked',
          reason,
          problems: verdict.problems.map(({ field, message }) =>
            field === null ? message : `${field}: ${message}`,
          ),
          pause,
          reached,
        };
      case 'look-up-first': {
        // Actions appear late: looking at once would find nothing and prove nothing.
        const after = Math.max(this.options.verdicts.lookupAfter, pause?.for ?? 0);
        return { is: 'retry', after, unknown: true, reason, pause, reached };
      }
      case 'sent':
        throw new TypeError('An error cannot have sent anything.');
    }
  }

  #facts(delivery: ClaimedDelivery): RowFacts {
    const { maxAge, duplicateWindow } = this.options.delivery;
    return {
      call: delivery.kind === 'sale' ? 'sale' : 'correction',
      attempts: delivery.attempts + 1,
      age: delivery.age,
      maxAge,
      unknownFor: delivery.unknownFor,
      duplicateWindow,
    };
  }

  #settings(pauses: readonly Pause[], scope: GateScope, probing: boolean): JudgeSettings {
    return {
      backoff: this.options.delivery.backoff,
      accountFailures: this.#failures,
      pauseFailures: failuresOf(pauses, scope) + 1,
      probing,
      random: Math.random,
    };
  }
}

/** A 403 pauses its own kind of call; everything else pauses all. */
const scopeOf = (attempt: Attempt, row: RowFacts): GateScope =>
  attempt.kind === 'answered' && attempt.status === 403 ? SCOPE[row.call] : 'all';

const failuresOf = (pauses: readonly Pause[], scope: GateScope): number =>
  pauses.find((pause) => pause.scope === scope)?.failures ?? 0;

const goesBack = (
  row: Pick<RowFacts, 'unknownFor'>,
  after: number,
  reason: string,
  pause: Outcome['pause'] = null,
): Outcome => ({ is: 'retry', after, unknown: row.unknownFor !== null, reason, pause, reached: null });
