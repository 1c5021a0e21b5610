import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { atMost, BackgroundLoop, type Stamp, WalkLedger, type WalkOutlook } from '../ledger/index.js';
import { PASS_WITNESS, type PassWitness } from './pass.witness.js';
import { NOTHING, type PassSummary, VerdictPass, WALK_LEASE } from './verdict.pass.js';
import { watchAt } from './walk.rules.js';

/** What a sweep came to. Sales that have an action already are not counted. */
export interface SweepSummary {
  /** Sales that were looked up. */
  readonly looked: number;
  /** Sales that reached a verdict. */
  readonly settled: number;
  /** Sales that are looked up again later. */
  readonly waiting: number;
}

/**
 * Finds out what became of the sales that the vendor has queued, and what becomes of their actions.
 *
 * One listing of the actions that changed since settles any number of sales; only those with a click or a
 * promo code that it does not show are asked for by their submission. Nothing is called while no sale is
 * unsettled, and one process at a time calls.
 */
@Injectable()
export class VerdictService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactVerdicts');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  /** The pass under way in this process: the next one waits for it. */
  #passing: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: WalkLedger,
    private readonly pass: VerdictPass,
    @Optional() @Inject(PASS_WITNESS) private readonly witness?: PassWitness,
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

  /** Whether the loop runs. */
  get isRunning(): boolean {
    return !this.#loop.isStopping;
  }

  /** Ends the loop after the call under way, or after `delivery.shutdownTimeout`: what was not looked up is due again. */
  async stop(): Promise<void> {
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /** Looks up everything whose time has come, once. Does nothing while another process does. */
  async sweep(): Promise<SweepSummary> {
    return this.#outside(async () => {
      if (this.options.mode !== 'live') return summaryOf(NOTHING);
      const outlook = await this.ledger.outlook(this.#stamp());
      return summaryOf(this.#nextIn(outlook) > 0 ? NOTHING : await this.#run(outlook, () => false));
    });
  }

  /** Makes everything unsettled due and looks it all up: for a person or a test that does not want to wait. */
  async hurry(): Promise<SweepSummary> {
    return this.#outside(async () => {
      if (this.options.mode !== 'live') return summaryOf(NOTHING);
      await this.#passing;
      await this.ledger.hurry(this.#stamp());
      return this.sweep();
    });
  }

  /** Answers the milliseconds until it is worth looking again: one statement while nothing is due. */
  async #turn(): Promise<number> {
    const { sweepInterval } = this.options.verdicts;
    try {
      const outlook = await this.ledger.outlook(this.#stamp());
      const next = this.#nextIn(outlook);
      if (next > 0) return Math.min(sweepInterval, next);
      const { progressed } = await this.#run(outlook, () => this.#loop.isStopping);
      // What is due and was not looked at waits for a pause or another process: asking again would not help.
      return progressed ? 0 : sweepInterval;
    } catch (error) {
      this.#logger.error(
        `A look-up failed, trying on: ${error instanceof Error ? error.name : typeof error}`,
      );
      return sweepInterval;
    }
  }

  /** Milliseconds until there is something to do. */
  #nextIn({ now, dueAt, correctionDueAt, watched, positions }: WalkOutlook): number {
    const moments = [
      dueAt,
      this.pass.handlesCorrections ? correctionDueAt : null,
      watched ? watchAt(positions, this.options.verdicts) : null,
    ];
    return Math.min(...moments.map((at) => (at === null ? Infinity : at - now)));
  }

  async #run({ watched }: WalkOutlook, isStopping: () => boolean): Promise<PassSummary> {
    const before = this.#passing;
    const mine = before.then(() => this.#alone(watched, isStopping));
    this.#passing = mine.catch(() => {});
    return mine;
  }

  async #alone(watched: boolean, isStopping: () => boolean): Promise<PassSummary> {
    const lease = await this.ledger.acquire(this.#stamp(), WALK_LEASE);
    if (lease === null) return NOTHING;
    try {
      const run = (): Promise<PassSummary> => this.pass.run(lease, watched, isStopping);
      return await (this.witness?.pass(run) ?? run());
    } finally {
      await this.ledger.release(this.#stamp(), lease);
    }
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

const summaryOf = ({ looked, settled, waiting }: PassSummary): SweepSummary => ({ looked, settled, waiting });
