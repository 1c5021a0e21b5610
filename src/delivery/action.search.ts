import { Inject, Injectable } from '@nestjs/common';
import {
  type Action,
  exhaustedFor,
  ImpactApiClient,
  ImpactApiError,
  NO_RATE,
  type RateState,
  readTrouble,
  type ReadTrouble,
  walkActionWindow,
} from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../database/index.js';
import { LookUpAllowance, type LookUpLeave, type LookUpRefusal, PauseAnnouncer } from '../ledger/index.js';
import { type Reading, searchTo, serves, type Wanted } from './search.rules.js';

/** What a search came to. */
export type SearchResult =
  | { readonly is: 'found'; readonly actionId: string }
  /** No action with this order id exists. */
  | { readonly is: 'none' }
  /** Nobody can tell yet. */
  | {
      readonly is: 'later';
      /** Milliseconds. */
      readonly for: number;
      readonly reason: string;
      /** A call was made for it, and failed. */
      readonly failed: boolean;
      /** What it asks the whole account to wait for. */
      readonly pause: ReadTrouble | null;
      /** Milliseconds since look-ups were paused; null when they are not. */
      readonly pausedFor: number | null;
    };

type Later = Extract<SearchResult, { is: 'later' }>;

/** The action of each order, by order id. */
interface Shelf extends Reading {
  readonly actions: ReadonlyMap<string, Pick<Action, 'id' | 'state'>>;
}

/** A reading under way or about to begin, for everybody whom it serves. */
interface Round {
  from: number;
  /** Monotonic; `Infinity` while it has not begun, since whoever joins was claimed before. */
  begunAt: number;
  readonly shelf: Promise<Shelf | Later>;
}

/** Rows that are claimed together ask within this time, and share a reading. */
const GATHERED_FOR = 5;
/** How long the last reading is kept in memory at most. */
const KEPT_FOR = 600_000;
const USED_UP = 'The hourly limit is used up.';

/**
 * Looks for the actions of sales whose earlier attempt may have arrived.
 *
 * One reading of the actions serves any number of rows: those that ask while it is about to begin, and later
 * ones as long as {@link serves} allows. At most one is under way. A failure is told to every process once,
 * and until the pause is over nobody here asks again.
 */
@Injectable()
export class ActionSearch {
  #shelf: Shelf | null = null;
  #refusal: { readonly until: number; readonly at: number; readonly later: Later } | null = null;
  #running: Round | null = null;
  #next: Round | null = null;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly api: ImpactApiClient,
    private readonly allowance: LookUpAllowance,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
  ) {}

  async find(orderId: string, wanted: Wanted): Promise<SearchResult> {
    const shelf = await this.#shelfFor(wanted);
    if ('is' in shelf) return shelf;
    const action = shelf.actions.get(orderId);
    return action === undefined ? { is: 'none' } : { is: 'found', actionId: action.id };
  }

  async #shelfFor(wanted: Wanted): Promise<Shelf | Later> {
    const now = this.#now();
    if (this.#shelf !== null && now - this.#shelf.begunAt >= KEPT_FOR) this.#shelf = null;
    if (this.#shelf !== null && serves(this.#shelf, wanted, now)) return this.#shelf;
    if (this.#refusal !== null) {
      const { until, at, later } = this.#refusal;
      if (now < until) {
        const pausedFor = later.pausedFor === null ? null : later.pausedFor + (now - at);
        return { ...later, failed: false, pause: null, for: until - now, pausedFor };
      }
      this.#refusal = null;
    }
    if (this.#running !== null && serves(this.#running, wanted, now)) return this.#running.shelf;
    if (this.#next === null) this.#next = this.#prepare(wanted.from);
    else this.#next.from = Math.min(this.#next.from, wanted.from);
    return this.#next.shelf;
  }

  /** Monotonic, and moved along by whoever moves the module's clock. */
  #now(): number {
    return performance.now() + this.clock.offset();
  }

  #prepare(from: number): Round {
    const begin = Promise.all([
      this.#running?.shelf.catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, GATHERED_FOR)),
    ]);
    const round: Round = { from, begunAt: Infinity, shelf: begin.then(() => this.#begin(round)) };
    return round;
  }

  async #begin(round: Round): Promise<Shelf | Later> {
    this.#next = null;
    this.#running = round;
    round.begunAt = this.#now();
    try {
      const result = await this.#read(round);
      if ('is' in result) {
        const at = this.#now();
        this.#refusal = { at, until: at + result.for, later: result };
      } else {
        this.#shelf = result;
      }
      return result;
    } finally {
      this.#running = null;
    }
  }

  async #read({ from, begunAt }: Round): Promise<Shelf | Later> {
    const actions = new Map<string, Pick<Action, 'id' | 'state'>>();
    let leave: LookUpLeave | undefined;
    let refusal: LookUpRefusal | undefined;
    const mayCall = async (): Promise<boolean> => {
      const answer = await this.allowance.ask(['reads'], leave);
      if (answer.is === 'refused') refusal = answer;
      else leave ??= this.#heard(answer);
      return answer.is === 'granted';
    };
    const window = { from: new Date(from), to: new Date(searchTo(this.clock.now().getTime())) };
    const take = (page: readonly Action[]): void => {
      for (const action of page) this.#take(actions, action);
    };
    let rate = NO_RATE;
    const onRate = (newest: RateState): void => {
      rate = newest;
    };
    try {
      await walkActionWindow(this.api, { by: 'actionDate', window, mayCall, take, onRate });
    } catch (error) {
      if (!(error instanceof ImpactApiError) || leave === undefined) throw error;
      return this.#failed(error, leave);
    }
    if (leave !== undefined) {
      await this.allowance.answered(leave);
      this.announcer.opened(['reads']);
    }
    const wait = exhaustedFor(rate);
    if (wait !== null) await this.allowance.pause({ scope: 'all', for: wait, reason: USED_UP });
    return refusal === undefined ? { from, begunAt, actions } : laterOf(refusal);
  }

  /** The newest action of an order that is not reversed, or any: rows come newest first. */
  #take(
    actions: Map<string, Pick<Action, 'id' | 'state'>>,
    { id, orderId, state, actionTrackerId }: Action,
  ): void {
    // Order ids are unique per event type only (docs/vendor-contract.md §7.3).
    if (orderId === null || (actionTrackerId !== null && actionTrackerId !== this.options.eventTypeId))
      return;
    const known = actions.get(orderId);
    if (known === undefined || (known.state === 'REVERSED' && state !== 'REVERSED')) {
      actions.set(orderId, { id, state });
    }
  }

  #heard(leave: LookUpLeave): LookUpLeave {
    this.announcer.standing(['reads'], leave.failures.reads > 0 ? [{ scope: 'reads' }] : []);
    return leave;
  }

  async #failed(error: ImpactApiError, leave: LookUpLeave): Promise<Later> {
    const trouble = readTrouble(error, leave.failures, Math.random);
    this.announcer.shut(trouble, leave.failures[trouble.scope] + 1);
    // What concerns the account is told with the outcome of the row, which may be the probe of that pause.
    if (trouble.scope === 'reads') await this.allowance.failed(leave, trouble);
    else await this.allowance.unused(leave);
    return {
      is: 'later',
      for: trouble.for,
      reason: trouble.reason,
      failed: true,
      pause: trouble.scope === 'all' ? trouble : null,
      pausedFor: leave.pausedFor,
    };
  }
}

const laterOf = ({ why, for: wait, pausedFor }: LookUpRefusal): Later => ({
  is: 'later',
  for: wait,
  reason:
    why === 'paused'
      ? 'Look-ups are paused.'
      : 'Look-ups have used up their share of the hourly limit; the rest is for sales.',
  failed: false,
  pause: null,
  pausedFor,
});
