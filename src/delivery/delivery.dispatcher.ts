import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  atMost,
  BackgroundLoop,
  DeliveryLedger,
  type DeliveryOutcome,
  Doorbell,
  RELEASED,
  type Stamp,
} from '../ledger/index.js';
import { CallAllowance } from './call.allowance.js';
import { DeliveryIntake } from './delivery.intake.js';
import { DeliveryPool, type Ready } from './delivery.pool.js';
import { DeliverySender } from './delivery.sender.js';
import { DELIVERY_WITNESS, type DeliveryWitness } from './delivery.witness.js';
import { OutcomeWriter, type Told } from './outcome.writer.js';

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

/** Milliseconds that outcomes are gathered at most; and what that is multiplied with the milliseconds of a call. */
const LONGEST_GATHERING = 10;
const GATHERING = 50;
/** Pauses between two tries to claim while the database is away. */
const DATABASE_RETRY = 1000;

/**
 * Moves due rows to impact.com: the intake claims them, the pool's slots send them, the writer stores what
 * became of them.
 *
 * - Nothing ends the loop but {@link stop}: a database that is away is waited for.
 * - An outcome that pauses the account is stored before anything else is claimed or sent, and the rows in
 *   stock go back: they wait where every process can see them.
 * - A row whose lease does not leave the time for a call goes back unsent.
 * - In dry-run mode nothing is ever claimed.
 */
@Injectable()
export class DeliveryDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactDelivery');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #drains = new Set<Promise<void>>();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  readonly #pool: DeliveryPool;
  readonly #writer: OutcomeWriter;
  #filling: Promise<unknown> = Promise.resolve();
  #silence: (() => void) | null = null;
  /** How often it was stopped: a drain ends when this changes. */
  #stops = 0;
  /** Pauses that calls of this process have met: what was claimed before one of them is not sent after it. */
  #pausesMet = 0;
  #databaseAway = false;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: DeliveryLedger,
    private readonly intake: DeliveryIntake,
    private readonly allowance: CallAllowance,
    private readonly sender: DeliverySender,
    private readonly doorbell: Doorbell,
    @Optional() @Inject(DELIVERY_WITNESS) private readonly witness?: DeliveryWitness,
  ) {
    this.#pool = new DeliveryPool(
      options.delivery.concurrency,
      (ready) => this.#deliver(ready),
      () => this.#loop.wake(),
    );
    this.#writer = new OutcomeWriter(
      (batch) => this.ledger.finish(this.#stamp(), batch, options.verdicts.lookupAfter),
      {
        enough: Math.min(100, Math.ceil(options.delivery.concurrency / 2)),
        // A slot waits for its outcome to be stored: the longer calls take, the less are gathered meanwhile.
        time: () => Math.min(LONGEST_GATHERING, GATHERING / this.#pool.typicalTime),
      },
    );
  }

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
    this.#writer.resume();
    this.#silence ??= this.doorbell.onRing(() => this.#loop.wake());
    this.#loop.start();
  }

  /** Whether the loop runs. */
  get isRunning(): boolean {
    return this.#silence !== null;
  }

  /**
   * Ends the loop and every drain. Rows that were claimed and not sent are free for others at once; those
   * whose call is still under way after `delivery.shutdownTimeout` keep their lease and are looked after by
   * whoever claims next.
   */
  async stop(): Promise<void> {
    this.#stops += 1;
    this.#silence?.();
    this.#silence = null;
    await atMost(
      this.options.delivery.shutdownTimeout,
      this.#outside(() => this.#end()),
    );
    // Unless it was started again meanwhile.
    if (this.#silence === null) this.#writer.abandon();
  }

  async #end(): Promise<void> {
    this.#release(this.#pool.takeBack());
    await Promise.all([this.#loop.stop(), this.#filling, ...this.#drains, this.#writer.flush()]);
    // What a claim under way has brought meanwhile.
    this.#release(this.#pool.takeBack());
    await this.#pool.ended();
    await this.#writer.flush();
    await this.#returnAllowance();
  }

  async #returnAllowance(): Promise<void> {
    try {
      await this.allowance.returnAll();
    } catch (error) {
      this.#logger.warn(`Unused calls of this hour could not be given back: ${nameOf(error)}`);
    }
  }

  /**
   * Sends what is due now and resolves when nothing is under way: for cron jobs, serverless functions and tests.
   *
   * @param options.timeLimit milliseconds after which no further call is begun. Default: none.
   */
  async drain(options: { timeLimit?: number } = {}): Promise<DrainSummary> {
    return this.#outside(async () => {
      this.#writer.resume();
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
    const tell: Told = ({ is }) => {
      if (is === 'released') return;
      count[is === 'found' || is === 'sent' ? 'sent' : is === 'parked' ? 'parked' : 'retried'] += 1;
    };
    const started = performance.now();
    const stops = this.#stops;
    const goesOn = (): boolean => this.#stops === stops && performance.now() - started < timeLimit;
    this.intake.rescan();
    // On SQLite nothing here waits for the outside: whoever drains in a loop would keep the process from everything else.
    await setImmediate();
    while (this.options.mode === 'live' && goesOn()) {
      if (this.#pool.wanted === 0) {
        await this.#pool.oneEnded();
        continue;
      }
      const { claimed } = await this.#fill(tell, started + timeLimit);
      if (claimed > 0) continue;
      if (!this.#pool.isIdle) await this.#pool.oneEnded();
      // An outcome that is stored only now may have opened the gate for others.
      else if (!this.#writer.isEmpty) await this.#writer.flush();
      else break;
    }
    if (!goesOn()) this.#release(this.#pool.takeBack());
    // A row that the loop has claimed is due as well, and nobody else will tell when its call has ended.
    await this.#pool.ended();
    await this.#writer.flush();
    // Whoever only drains is likely to end without a word.
    if (this.#silence === null) await this.#returnAllowance();
    return { ...count, waiting: await this.ledger.waiting(this.#stamp()) };
  }

  /** Answers the milliseconds until it is worth looking again. */
  async #turn(): Promise<number> {
    const { pollInterval } = this.options.delivery;
    if (this.#pool.wanted === 0) return pollInterval;
    try {
      const { claimed, wait } = await this.#fill();
      if (this.#databaseAway) this.#logger.log('The database is back.');
      this.#databaseAway = false;
      return claimed > 0 ? 0 : Math.min(pollInterval, wait);
    } catch (error) {
      if (!this.#databaseAway) this.#logger.error(`Claiming failed, trying on: ${nameOf(error)}`);
      this.#databaseAway = true;
      return DATABASE_RETRY;
    }
  }

  /** Claims what the pool can use: one after the other, since the loop and a drain share intake and pool. */
  async #fill(tell: Told = () => {}, until = Infinity): Promise<{ claimed: number; wait: number }> {
    const before = this.#filling;
    const stops = this.#stops;
    const fill = (async () => {
      await before.catch(() => {});
      const wanted = this.#pool.wanted;
      if (wanted === 0 || this.#stops !== stops) return { claimed: 0, wait: 0 };
      const met = this.#pausesMet;
      const { claimed, pauses, leaseEnd, wait } = await this.intake.fetch(wanted);
      const rows = claimed.map((delivery): Ready => ({ delivery, pauses, leaseEnd, until, tell }));
      if (this.#stops === stops && this.#pausesMet === met) this.#pool.add(rows);
      else this.#release(rows);
      return { claimed: claimed.length, wait };
    })();
    this.#filling = fill.catch(() => {});
    return fill;
  }

  async #deliver(ready: Ready): Promise<void> {
    const { delivery, pauses, leaseEnd, until } = ready;
    const now = performance.now();
    if (now >= until) return this.#release([ready]);
    // Not due at once: where claims are as slow as that, it would come back the same way.
    if (leaseEnd - now < this.options.delivery.timeout) return this.#release([ready], DATABASE_RETRY);
    let outcome: DeliveryOutcome;
    try {
      const send = (): Promise<DeliveryOutcome> => this.sender.send(delivery, pauses, leaseEnd);
      outcome = await (this.witness?.deliver(delivery, send) ?? send());
    } catch (error) {
      // A defect of ours must not look like the vendor's answer: the row waits for its lease to end.
      this.#logger.error(`A call could not be made: ${nameOf(error)}`);
      return;
    }
    if (outcome.reached === null) this.allowance.giveBack(1);
    const stored = this.#writer.add({ ...ready, outcome });
    if (outcome.pause !== undefined && outcome.pause !== null) this.#waitForPause(stored);
    await stored;
  }

  /** No claim may come between the answer that pauses the account and the statement that tells everybody. */
  #waitForPause(stored: Promise<void>): void {
    this.#pausesMet += 1;
    this.#release(this.#pool.takeBack());
    this.#filling = Promise.all([this.#filling, stored]);
    void this.#writer.flush();
  }

  #release(rows: readonly Ready[], after = 0): void {
    this.allowance.giveBack(rows.length);
    for (const row of rows) void this.#writer.add({ ...row, outcome: { ...RELEASED, after } });
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

/** Messages of database drivers can quote values. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
