import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type Action, ImpactApiClient, ImpactApiError, type Submission } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { type Clock, IMPACT_CLOCK, IMPACT_DATABASE, type ImpactDatabase } from '../database/index.js';
import {
  AccountGate,
  atMost,
  BackgroundLoop,
  type DueVerdict,
  type Pause,
  type Stamp,
  type Verdict,
  VerdictLedger,
} from '../ledger/index.js';
import { pauseAfterRead } from './read-trouble.rules.js';
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
/** The vendor's largest page, so that a listing is refused last (docs/vendor-contract.md §5.1). */
const PAGE_SIZE = 20_000;
/** Windows of at most 44 days are safe (docs/vendor-contract.md §12 #16). */
const LONGEST_WINDOW = 44 * 86_400_000;
/** Share of the hourly budget that look-ups may use. */
const FOR_LOOK_UPS = 0.9;
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
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly ledger: VerdictLedger,
    private readonly gate: AccountGate,
    private readonly api: ImpactApiClient,
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
    return this.#outside(() => this.#sweep());
  }

  /** Makes every unsettled sale due and looks them all up: for a person or a test that does not want to wait. */
  async hurry(): Promise<SweepSummary> {
    await this.ledger.hurry(this.#stamp());
    return this.sweep();
  }

  /** Answers the milliseconds until it is worth looking again. */
  async #turn(): Promise<number> {
    try {
      const { looked } = await this.#sweep(() => this.#loop.isStopping);
      return await this.#untilNextDue(looked > 0);
    } catch (error) {
      this.#logger.error(
        `A look-up failed, trying on: ${error instanceof Error ? error.name : typeof error}`,
      );
      return this.options.verdicts.sweepInterval;
    }
  }

  /** Rows that are due and were not looked at wait for a pause or another process: asking again at once would not help. */
  async #untilNextDue(looked: boolean): Promise<number> {
    const { sweepInterval } = this.options.verdicts;
    const next = await this.ledger.nextDueIn(this.#stamp());
    if (next === null || (next <= 0 && !looked)) return sweepInterval;
    return Math.min(sweepInterval, Math.max(next, 50));
  }

  async #sweep(ends: () => boolean = () => false): Promise<SweepSummary> {
    if (this.options.mode !== 'live') return NOTHING;
    const pauses = await this.#pauses();
    const now = this.clock.now().getTime();
    if (pauses.some(({ until }) => until > now)) return NOTHING;
    const due = await this.ledger.claim(this.#stamp(), BATCH, LEASE);
    if (due.length === 0) return NOTHING;
    const later: Verdict = { is: 'wait', again: this.options.verdicts.sweepInterval };
    const verdicts: { due: DueVerdict; verdict: Verdict }[] = [];
    try {
      const actions = await this.#actionsOf(due);
      // A listing that was answered is the probe of a pause that has run out.
      if (actions !== null && pauses.length > 0) await this.#resume(pauses);
      for (const one of due) {
        const verdict = actions === null || ends() ? later : await this.#decide(one, actions);
        verdicts.push({ due: one, verdict: verdict ?? later });
      }
    } catch (error) {
      if (!(error instanceof ImpactApiError)) throw error;
      await this.#trouble(error);
      // What was decided before the trouble stands.
      for (const one of due.slice(verdicts.length)) verdicts.push({ due: one, verdict: later });
    }
    await this.ledger.settle(verdicts);
    const waiting = verdicts.filter(
      ({ verdict }) => verdict.is === 'wait' || verdict.is === 'missing',
    ).length;
    return { looked: due.length, settled: due.length - waiting, waiting };
  }

  /** `null`: the budget does not allow the look-up that it takes. */
  async #decide(due: DueVerdict, actions: ReadonlyMap<string, readonly Action[]>): Promise<Verdict | null> {
    const own = actions.get(due.sale.wireOrderId) ?? [];
    // Without a click or code nobody is owed an explanation, and the look-up would cost a call per sale.
    const asks = own.length === 0 && due.attributable && due.sale.submissionId !== null;
    if (asks && !(await this.#spend())) return null;
    const submission = asks ? await this.#submissionOf(due.sale.submissionId) : null;
    return decideVerdict(due, { actions: own, submission }, this.options.verdicts);
  }

  async #submissionOf(id: string): Promise<Submission | null> {
    try {
      return await this.api.getSubmission(id);
    } catch (error) {
      // Submissions are kept for 90 days (docs/vendor-contract.md §4.1): a missing one says nothing.
      if (error instanceof ImpactApiError && error.status === 404) return null;
      throw error;
    }
  }

  /** Every action that changed since the first attempt to send one of these sales, by order id; `null` when the budget is spent. */
  async #actionsOf(due: readonly DueVerdict[]): Promise<Map<string, Action[]> | null> {
    const wanted = new Set(due.map(({ sale }) => sale.wireOrderId));
    const found = new Map<string, Action[]>();
    const seen = new Set<string>();
    const oldest = Math.min(...due.map(({ firstAttemptAt }) => firstAttemptAt));
    const end = this.clock.now().getTime();
    let from = oldest - this.options.verdicts.rereadFor;
    while (from < end) {
      const to = Math.min(from + LONGEST_WINDOW, end);
      const query = { updated: { from: new Date(from), to: new Date(to) }, pageSize: PAGE_SIZE };
      if (!(await this.#spend())) return null;
      for await (const page of this.api.walkActions(query)) {
        // The next page, if there is one, is a call of its own.
        if (page.nextPageUri !== null && !(await this.#spend())) return null;
        for (const action of page.actions) {
          if (action.orderId === null || !wanted.has(action.orderId) || seen.has(action.id)) continue;
          if (!this.#isOurs(action)) continue;
          seen.add(action.id);
          found.set(action.orderId, [...(found.get(action.orderId) ?? []), action]);
        }
      }
      from = to;
    }
    return found;
  }

  /** Order ids are unique per event type only (docs/vendor-contract.md §7.3). */
  #isOurs({ actionTrackerId }: Action): boolean {
    return actionTrackerId === null || actionTrackerId === this.options.eventTypeId;
  }

  /** The pauses that concern look-ups. */
  async #pauses(): Promise<Pause[]> {
    const pauses = await this.database.read(() => this.gate.pauses(this.#stamp()));
    return pauses.filter(({ scope }) => scope === 'all' || scope === 'reads');
  }

  async #resume(pauses: readonly Pause[]): Promise<void> {
    const stamp = this.#stamp();
    const { gate } = this;
    await this.database.write(function* () {
      yield* gate.pauses(stamp, { lock: true });
      for (const pause of pauses) yield* gate.resume(stamp, pause);
    });
  }

  /** Takes one call out of the account's hourly budget; the last tenth of it is for sales alone. */
  async #spend(): Promise<boolean> {
    const stamp = this.#stamp();
    const budget = Math.max(1, Math.floor(this.options.delivery.maxRequestsPerHour * FOR_LOOK_UPS));
    return (await this.database.write(() => this.gate.take(stamp, 1, budget))) === 1;
  }

  async #trouble(error: ImpactApiError): Promise<void> {
    this.#logger.warn(`A look-up failed: ${error.message}`);
    const pause = pauseAfterRead(error);
    if (pause === null) return;
    const stamp = this.#stamp();
    await this.database.write(() => this.gate.pause(stamp, pause.scope, pause.for, pause.reason));
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}
