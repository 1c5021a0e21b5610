import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Action, ImpactApiClient, ImpactApiError } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import type { ClaimedDelivery, DeliveryOutcome, Pause } from '../ledger/index.js';
import {
  type AccountPause,
  type Attempt,
  attemptOf,
  beforeAttempt,
  isOutage,
  judge,
  type RowFacts,
  SCOPE,
  type Verdict,
} from './answer.rules.js';

/** An action's event date is the sale's, but for the vendor's rounding and a replaced date (docs/vendor-contract.md §5.6). */
const SEARCH_MARGIN = 2 * 86_400_000;
/** The vendor takes windows of at most 44 days safely (docs/vendor-contract.md §12 #16). */
const LONGEST_SEARCH = 44 * 86_400_000;

/** Makes one claimed call and says what became of it. Knows the vendor, and nothing of the database. */
@Injectable()
export class DeliverySender {
  readonly #logger = new Logger('ImpactDelivery');
  /** Calls in a row that an outage may have ended, as this process saw them. */
  #failures = 0;
  /** What was last said loudly, so that it is said once and not with every row. */
  #said: string | null = null;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly api: ImpactApiClient,
  ) {}

  async send(delivery: ClaimedDelivery, pauses: readonly Pause[]): Promise<DeliveryOutcome> {
    const row = this.#facts(delivery);
    const before = beforeAttempt(row);
    let searched: string | undefined;
    if (before?.verdict === 'look-up-first') {
      // Actions appear late: finding none too early proves nothing.
      const early = this.options.verdicts.lookupAfter - (row.unknownFor ?? 0);
      if (early > 0)
        return { is: 'retry', after: early, unknown: true, reason: before.reason, reached: null };
      try {
        const action = await this.#search(delivery);
        if (action !== null) {
          return {
            is: 'found',
            actionId: action.id,
            reached: ['all'],
            searched: `action ${action.id} exists, so it had arrived`,
          };
        }
        searched = 'there is none, so it is sent again';
      } catch (error) {
        return this.#outcome(this.#judgeError(error, { ...row, call: 'read' }, pauses), []);
      }
      if (row.age >= row.maxAge) {
        return {
          is: 'parked',
          reason: 'Too old to be sent again.',
          problems: [],
          searched,
          reached: ['all'],
        };
      }
    } else if (before !== null) {
      return this.#outcome(before, null);
    }

    const fresh = searched === undefined ? row : { ...row, unknownFor: null };
    const outcome = await this.#attempt(delivery, fresh, pauses);
    return searched === undefined ? outcome : { ...outcome, searched };
  }

  async #attempt(
    delivery: ClaimedDelivery,
    row: RowFacts,
    pauses: readonly Pause[],
  ): Promise<DeliveryOutcome> {
    try {
      const { submissionId, actionId, rate } = await this.api.submitConversion(delivery.request);
      this.#recovered();
      const { pause } = judge({ kind: 'accepted', rate }, row, this.#settings(pauses));
      return { is: 'sent', submissionId, actionId, pause, reached: ['all', SCOPE[row.call]] };
    } catch (error) {
      const verdict = this.#judgeError(error, row, pauses);
      // A refusal of one row is an answer: the account itself is fine.
      const refused = verdict.verdict === 'park' && verdict.cause === 'refused';
      return this.#outcome(verdict, refused ? ['all', SCOPE[row.call]] : []);
    }
  }

  #judgeError(error: unknown, row: RowFacts, pauses: readonly Pause[]): Verdict {
    if (!(error instanceof ImpactApiError)) throw error;
    const attempt = attemptOf(error);
    this.#failures = isOutage(attempt) ? this.#failures + 1 : 0;
    return judge(attempt, row, this.#settings(pauses, attempt, SCOPE[row.call]));
  }

  #outcome(verdict: Verdict, reached: DeliveryOutcome['reached']): DeliveryOutcome {
    const { pause, reason } = verdict;
    if (pause?.loud === true) this.#sayLoudly(pause);
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

  /** The newest action with this order id that is not reversed, or any. */
  async #search(delivery: ClaimedDelivery): Promise<Action | null> {
    const from = delivery.eventAt.getTime() - SEARCH_MARGIN;
    // A late sale is dated by its arrival, so the search reaches from the sale's day up to now.
    const to = Math.min(from + delivery.age + 2 * SEARCH_MARGIN, from + LONGEST_SEARCH);
    let found: Action | null = null;
    const query = { actionDate: { from: new Date(from), to: new Date(to) }, pageSize: 20_000 };
    for await (const page of this.api.walkActions(query)) {
      for (const action of page.actions) {
        if (action.orderId !== delivery.wireOrderId) continue;
        if (found === null || (found.state === 'REVERSED' && action.state !== 'REVERSED')) found = action;
      }
    }
    return found;
  }

  #facts(delivery: ClaimedDelivery): RowFacts {
    const { maxAge, duplicateWindow } = this.options.delivery;
    return {
      call: delivery.kind,
      attempts: delivery.attempts + 1,
      age: delivery.age,
      maxAge,
      unknownFor: delivery.unknownFor,
      duplicateWindow,
    };
  }

  /** @param kind what a 403 pauses; everything else pauses all. */
  #settings(pauses: readonly Pause[], attempt?: Attempt, kind?: Pause['scope']): Parameters<typeof judge>[2] {
    const forbidden = attempt?.kind === 'answered' && attempt.status === 403;
    const shared = pauses.find(({ scope }) => scope === (forbidden ? kind : 'all'))?.failures ?? 0;
    return {
      backoff: this.options.delivery.backoff,
      accountFailures: Math.max(this.#failures, shared + 1),
      random: Math.random,
    };
  }

  #recovered(): void {
    this.#failures = 0;
    if (this.#said !== null) this.#logger.log('impact.com takes calls again.');
    this.#said = null;
  }

  #sayLoudly({ scope, reason }: AccountPause): void {
    const words = `${scope === 'all' ? 'The account is' : `Calls for ${scope} are`} paused. ${reason}`;
    if (this.#said !== words) this.#logger.error(words);
    this.#said = words;
  }
}
