import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  type Action,
  exhaustedFor,
  ImpactApiClient,
  ImpactApiError,
  NO_RATE,
  type RateState,
  readTrouble,
  type Submission,
  walkActionWindow,
} from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  atMost,
  BackgroundLoop,
  type DueVerdict,
  LookUpAllowance,
  type LookUpLeave,
  PauseAnnouncer,
  type Stamp,
  type Verdict,
  VerdictLedger,
} from '../ledger/index.js';
import { decideVerdict } from './verdict.rules.js';

/** What a sweep came to. */
export interface SweepSummary {
  /** Sales that were looked up. */
  readonly looked: number;
  /** Sales that reached a verdict. */
  readonly settled: number;
  /** Sales that are looked up again later. */
  readonly waiting: number;
}

/** Sales per sweep: bounds the statements of one group and the memory of one listing. */
const BATCH = 200;
/** How long a look-up keeps other processes away. */
const LEASE = 300_000;
/** Submissions in a row that cannot be looked up: so many are not each sale's own fault. */
const TROUBLE = 3;
const SCOPES = ['all', 'reads'] as const;
const NOTHING: SweepSummary = { looked: 0, settled: 0, waiting: 0 };

/**
 * Finds out what became of the sales that the vendor has queued.
 *
 * One listing of the actions that changed since settles any number of sales; only those with a click or a
 * promo code that it does not show are asked for by their submission. Nothing is called while no sale is
 * unsettled.
 */
@Injectable()
export class VerdictService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactVerdicts');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #loop = new BackgroundLoop(() => this.#turn());

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: VerdictLedger,
    private readonly allowance: LookUpAllowance,
    private readonly api: ImpactApiClient,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.delivery.autoStart) this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Starts looking; does nothing when it runs already, or in dry-run mode. */
  start(): void {
    if (this.options.mode === 'live') this.#loop.start();
  }

  /** Ends the loop after the call under way, or after `delivery.shutdownTimeout`: what was not looked up is due again. */
  async stop(): Promise<void> {
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /** Looks up every sale whose time has come, once. */
  async sweep(): Promise<SweepSummary> {
    return this.#outside(async () => {
      if (this.options.mode !== 'live') return NOTHING;
      const next = await this.ledger.nextDueIn(this.#stamp());
      return next === null || next > 0 ? NOTHING : this.#sweep();
    });
  }

  /** Makes every unsettled sale due and looks them all up: for a person or a test that does not want to wait. */
  async hurry(): Promise<SweepSummary> {
    await this.ledger.hurry(this.#stamp());
    return this.sweep();
  }

  /** Answers the milliseconds until it is worth looking again: one statement while nothing is due. */
  async #turn(): Promise<number> {
    const { sweepInterval } = this.options.verdicts;
    try {
      const next = await this.ledger.nextDueIn(this.#stamp());
      if (next === null || next > 0) return Math.min(sweepInterval, next ?? sweepInterval);
      const { looked } = await this.#sweep(() => this.#loop.isStopping);
      // What is due and was not looked at waits for a pause or another process: asking again would not help.
      return looked > 0 ? 0 : sweepInterval;
    } catch (error) {
      this.#logger.error(
        `A look-up failed, trying on: ${error instanceof Error ? error.name : typeof error}`,
      );
      return sweepInterval;
    }
  }

  async #sweep(ends: () => boolean = () => false): Promise<SweepSummary> {
    const leave = await this.allowance.ask(SCOPES);
    if (leave.is === 'refused') return NOTHING;
    this.announcer.standing(
      SCOPES,
      SCOPES.filter((scope) => leave.failures[scope] > 0).map((scope) => ({ scope })),
    );
    const due = await this.ledger.claim(this.#stamp(), BATCH, LEASE);
    if (due.length === 0) {
      await this.allowance.unused(leave, 1);
      return NOTHING;
    }
    const verdicts = await this.#verdictsOn(due, leave, ends);
    await this.ledger.settle(verdicts);
    const waiting = verdicts.filter(
      ({ verdict }) => verdict.is === 'wait' || verdict.is === 'missing',
    ).length;
    return { looked: due.length, settled: due.length - waiting, waiting };
  }

  async #verdictsOn(
    due: readonly DueVerdict[],
    leave: LookUpLeave,
    ends: () => boolean,
  ): Promise<{ due: DueVerdict; verdict: Verdict }[]> {
    const later: Verdict = { is: 'wait', again: this.options.verdicts.sweepInterval };
    const verdicts: { due: DueVerdict; verdict: Verdict }[] = [];
    try {
      const actions = await this.#actionsOf(due, leave);
      let stopped = actions === null;
      let failures = 0;
      for (const one of due) {
        stopped ||= ends();
        const verdict = stopped || actions === null ? later : await this.#decide(one, actions);
        stopped ||= verdict === 'no-allowance';
        if (verdict instanceof ImpactApiError) {
          failures += 1;
          if (failures >= TROUBLE || concernsAll(verdict)) throw verdict;
        } else {
          failures = 0;
        }
        const decided = verdict === 'no-allowance' || verdict instanceof ImpactApiError ? later : verdict;
        verdicts.push({ due: one, verdict: decided });
      }
    } catch (error) {
      if (!(error instanceof ImpactApiError)) throw error;
      await this.#trouble(error, leave);
      // What was decided before the trouble stands.
      for (const one of due.slice(verdicts.length)) verdicts.push({ due: one, verdict: later });
    }
    return verdicts;
  }

  /** The error of its own look-up concerns one sale, unless it goes on: it must not hold up the others. */
  async #decide(
    due: DueVerdict,
    actions: ReadonlyMap<string, readonly Action[]>,
  ): Promise<Verdict | 'no-allowance' | ImpactApiError> {
    const own = actions.get(due.sale.wireOrderId) ?? [];
    let submission: Submission | null = null;
    // Without a click or code nobody is owed an explanation, and the look-up would cost a call per sale.
    if (own.length === 0 && due.attributable && due.sale.submissionId !== null) {
      if ((await this.allowance.ask(SCOPES)).is === 'refused') return 'no-allowance';
      try {
        submission = await this.api.getSubmission(due.sale.submissionId);
        await this.#mind(submission.rate);
      } catch (error) {
        if (!(error instanceof ImpactApiError)) throw error;
        // Submissions are kept for 90 days (docs/vendor-contract.md §4.1): a missing one says nothing.
        if (error.status !== 404) return error;
      }
    }
    return decideVerdict(due, { actions: own, submission }, this.options.verdicts);
  }

  /** Every action that changed since the first attempt to send one of these sales, by order id; `null` when the budget is spent. */
  async #actionsOf(due: readonly DueVerdict[], leave: LookUpLeave): Promise<Map<string, Action[]> | null> {
    const wanted = new Set(due.map(({ sale }) => sale.wireOrderId));
    const seen = new Set<string>();
    const found = new Map<string, Action[]>();
    const take = (action: Action): void => {
      if (action.orderId === null || !wanted.has(action.orderId) || seen.has(action.id)) return;
      if (!this.#isOurs(action)) return;
      seen.add(action.id);
      found.set(action.orderId, [...(found.get(action.orderId) ?? []), action]);
    };
    let calls = 0;
    const mayCall = async (): Promise<boolean> => {
      calls += 1;
      return calls === 1 || (await this.allowance.ask(SCOPES, leave)).is === 'granted';
    };
    let rate: RateState = NO_RATE;
    const onRate = (newest: RateState): void => {
      rate = newest;
    };
    const oldest = Math.min(...due.map(({ firstAttemptAt }) => firstAttemptAt));
    const window = {
      from: new Date(oldest - this.options.verdicts.rereadFor),
      to: new Date(due[0]!.claimedAt),
    };
    const complete = await walkActionWindow(this.api, { by: 'updated', window, mayCall, take, onRate });
    // A listing that was answered is the probe of a pause that has run out.
    await this.allowance.answered(leave);
    this.announcer.opened(SCOPES);
    await this.#mind(rate);
    return complete ? found : null;
  }

  /** Order ids are unique per event type only (docs/vendor-contract.md §7.3). */
  #isOurs({ actionTrackerId }: Action): boolean {
    return actionTrackerId === null || actionTrackerId === this.options.eventTypeId;
  }

  /** The call was the last one of the vendor's window: the next one, of whatever kind, would be refused. */
  async #mind(rate: RateState): Promise<void> {
    const wait = exhaustedFor(rate);
    if (wait === null) return;
    await this.allowance.pause({ scope: 'all', for: wait, reason: 'The hourly limit is used up.' });
  }

  async #trouble(error: ImpactApiError, leave: LookUpLeave): Promise<void> {
    const trouble = readTrouble(error, leave.failures, Math.random);
    this.announcer.shut(trouble, leave.failures[trouble.scope] + 1);
    await this.allowance.failed(leave, trouble);
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

/** Says something about the account, whatever was looked up. */
const concernsAll = ({ status }: ImpactApiError): boolean =>
  status === 401 || status === 403 || status === 429;
