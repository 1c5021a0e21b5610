import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  atMost,
  type ClaimedDelivery,
  DeliveryLedger,
  type DeliveryOutcome,
  BackgroundLoop,
  Doorbell,
  type Pause,
  type Stamp,
  WakeUp,
} from '../ledger/index.js';
import { DeliverySender } from './delivery.sender.js';

/** What a drain came to. */
export interface DrainSummary {
  /** Taken by the vendor. */
  readonly sent: number;
  /** Tried, and due again later. */
  readonly retried: number;
  /** Refused by the vendor: they need a person. */
  readonly parked: number;
  /** Still to be made when the drain ended, retried ones included. */
  readonly waiting: number;
}

/** Pauses between two tries to write outcomes while the database is away. */
const DATABASE_RETRY = 1000;

/**
 * Moves due rows to impact.com.
 *
 * - A continuous pool: a slot that becomes free is filled at once, so that one slow answer holds up one slot.
 * - A claim takes no more rows than there are free slots: what is claimed is sent now.
 * - Nothing ends the loop but {@link stop}: a database that is away is waited for, and outcomes are kept
 *   and written again until their lease is over.
 * - In dry-run mode nothing is ever claimed.
 */
@Injectable()
export class DeliveryDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactDelivery');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #active = new Set<Promise<void>>();
  readonly #drains = new Set<Promise<void>>();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  #silence: (() => void) | null = null;
  /** How often it was stopped: a drain ends when this changes. */
  #stops = 0;
  #databaseAway = false;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: DeliveryLedger,
    private readonly sender: DeliverySender,
    private readonly doorbell: Doorbell,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.delivery.autoStart) this.start();
  }

  /** Stops claiming and waits for the calls under way, at most `delivery.shutdownTimeout`. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Starts the loop; does nothing when it runs already, or in dry-run mode. */
  start(): void {
    if (this.options.mode !== 'live') return;
    this.#silence ??= this.doorbell.onRing(() => this.#loop.wake());
    this.#loop.start();
  }

  /**
   * Ends the loop and every drain. Rows whose call is still under way after `delivery.shutdownTimeout` keep
   * their lease and are looked after by whoever claims next.
   */
  async stop(): Promise<void> {
    this.#stops += 1;
    this.#silence?.();
    this.#silence = null;
    await atMost(this.options.delivery.shutdownTimeout, this.#ended());
  }

  async #ended(): Promise<void> {
    await Promise.all([this.#loop.stop(), ...this.#drains]);
    await Promise.all(this.#active);
  }

  /**
   * Sends what is due now and resolves when nothing is under way: for cron jobs, serverless functions and tests.
   *
   * @param options.timeLimit milliseconds after which no further row is claimed. Default: none.
   */
  async drain(options: { timeLimit?: number } = {}): Promise<DrainSummary> {
    return this.#outside(async () => {
      const drain = this.#drain(options.timeLimit ?? Infinity);
      const ended = drain.then(
        () => {},
        () => {},
      );
      this.#drains.add(ended);
      try {
        return await drain;
      } finally {
        this.#drains.delete(ended);
      }
    });
  }

  async #drain(timeLimit: number): Promise<DrainSummary> {
    const count = { sent: 0, retried: 0, parked: 0 };
    const started = performance.now();
    const stops = this.#stops;
    const goesOn = (): boolean => this.#stops === stops && performance.now() - started < timeLimit;
    while (this.options.mode === 'live' && goesOn()) {
      const claimed = await this.#fill((outcome) => {
        if (outcome.is === 'sent' || outcome.is === 'found') count.sent += 1;
        else if (outcome.is === 'parked') count.parked += 1;
        else count.retried += 1;
      });
      if (claimed === 0 && this.#active.size === 0) break;
      // A race of nobody would never end.
      if (this.#active.size > 0) await Promise.race(this.#active);
    }
    // A row that the loop has claimed is due as well, and nobody else will tell when its call has ended.
    await Promise.all(this.#active);
    return { ...count, waiting: await this.ledger.waiting(this.#stamp()) };
  }

  /** Answers the milliseconds until it is worth looking again. */
  async #turn(): Promise<number> {
    const { pollInterval } = this.options.delivery;
    try {
      const claimed = await this.#fill();
      if (this.#databaseAway) this.#logger.log('The database is back.');
      this.#databaseAway = false;
      // More may be due than there were slots: each one that becomes free wakes the loop.
      return claimed > 0 ? pollInterval : await this.#untilNextDue(pollInterval);
    } catch (error) {
      if (!this.#databaseAway) this.#logger.error(`Claiming failed, trying on: ${nameOf(error)}`);
      this.#databaseAway = true;
      return DATABASE_RETRY;
    }
  }

  /** A retry may be due before the next poll. */
  async #untilNextDue(pollInterval: number): Promise<number> {
    const next = await this.ledger.nextDueIn(this.#stamp());
    return next === null || next <= 0 ? pollInterval : Math.min(pollInterval, next);
  }

  /** Starts as many calls as there are free slots. */
  async #fill(tell: (outcome: DeliveryOutcome) => void = () => {}): Promise<number> {
    const { concurrency, lease, maxRequestsPerHour } = this.options.delivery;
    const free = concurrency - this.#active.size;
    if (free <= 0) return 0;
    const { claimed, pauses } = await this.ledger.claim(this.#stamp(), free, lease, maxRequestsPerHour);
    for (const delivery of claimed) {
      const work = this.#deliver(delivery, pauses, tell).finally(() => {
        this.#active.delete(work);
        this.#loop.wake();
      });
      this.#active.add(work);
    }
    return claimed.length;
  }

  async #deliver(
    delivery: ClaimedDelivery,
    pauses: readonly Pause[],
    tell: (outcome: DeliveryOutcome) => void,
  ): Promise<void> {
    let outcome: DeliveryOutcome;
    try {
      outcome = await this.sender.send(delivery, pauses);
    } catch (error) {
      // A defect of ours must not look like the vendor's answer: the row waits for its lease to end.
      this.#logger.error(`A call could not be made: ${nameOf(error)}`);
      return;
    }
    if (await this.#write(delivery, outcome)) tell(outcome);
  }

  /** An outcome is worth as much as the call: it is kept while the database is away, until the lease is over. */
  async #write(delivery: ClaimedDelivery, outcome: DeliveryOutcome): Promise<boolean> {
    const until = performance.now() + this.options.delivery.lease;
    for (;;) {
      try {
        await this.ledger.finish(this.#stamp(), [{ delivery, outcome }], this.options.verdicts.lookupAfter);
        return true;
      } catch (error) {
        if (performance.now() >= until || this.#loop.isStopping) {
          this.#logger.error(
            `The outcome of a call could not be stored, it will be repeated: ${nameOf(error)}`,
          );
          return false;
        }
        await new WakeUp().wait(DATABASE_RETRY);
      }
    }
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

/** Messages of database drivers can quote values. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
