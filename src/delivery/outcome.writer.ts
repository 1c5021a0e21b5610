import { Logger } from '@nestjs/common';
import { type FinishedDelivery, WakeUp } from '../ledger/index.js';

/** Hears of an outcome when it is stored. */
export type Told = (outcome: FinishedDelivery['outcome']) => void;

/** What is to be stored. */
export interface Finished extends FinishedDelivery {
  readonly tell: Told;
  /** End of the lease on this process's monotonic clock, in milliseconds. */
  readonly leaseEnd: number;
}

interface Pending extends Finished {
  /** It is stored or given up. */
  readonly settle: () => void;
}

/** How outcomes are gathered. */
export interface Gathering {
  /** So many are written without waiting for more. */
  readonly enough: number;
  /** Milliseconds that the first one waits for others; less than one is not worth a timer. */
  readonly time: () => number;
}

/** Batches that are written at the same time: the second does not wait until the first is on the disk. */
const MOST_WRITERS = 2;
/** Most outcomes in one statement. */
const MOST_AT_ONCE = 100;
/** Milliseconds between two tries to write outcomes while the database is away. */
const RETRY = 1000;
/** So many in a row that cannot be written mean that the database is away, and not that one is at fault. */
const FAILURES_OF_A_DATABASE = 3;

/**
 * Writes what became of calls, many in one statement.
 *
 * - An outcome is worth as much as the call: while the database is away it is kept and written again. The
 *   token of its lease says whether it still counts, not the time that has passed.
 * - A batch that cannot be written is written one by one, so that an outcome which no database takes holds
 *   up no other. It is given up when others could be written and its lease is over.
 */
export class OutcomeWriter {
  readonly #logger = new Logger('ImpactDelivery');
  readonly #pending: Pending[] = [];
  /** The writers that wait for the database. */
  readonly #retries = new Set<WakeUp>();
  readonly #unsettled = new Set<Promise<void>>();
  /** Takes back that what is gathered will be written. */
  #cancel: (() => void) | null = null;
  readonly #writing = new Set<Promise<void>>();
  #abandoned = false;
  #away = false;

  constructor(
    private readonly write: (batch: readonly FinishedDelivery[]) => Promise<void>,
    private readonly gathering: Gathering,
  ) {}

  /** Resolves when the outcome is stored or given up. */
  async add(outcome: Finished): Promise<void> {
    const stored = new Promise<void>((settle) => {
      this.#pending.push({ ...outcome, settle });
    });
    this.#unsettled.add(stored);
    void stored.then(() => this.#unsettled.delete(stored));
    if (this.#pending.length >= this.gathering.enough) void this.flush();
    else this.#cancel ??= later(() => void this.flush(), this.gathering.time());
    return stored;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0 && this.#writing.size === 0;
  }

  /** Resolves when everything that was added before is written or given up. */
  async flush(): Promise<void> {
    const added = [...this.#unsettled];
    this.#cancel?.();
    this.#cancel = null;
    if (this.#pending.length > 0 && this.#writing.size < MOST_WRITERS) {
      const writing = this.#writeAll().finally(() => {
        this.#writing.delete(writing);
        // What came between its last look and now.
        if (this.#pending.length > 0) void this.flush();
      });
      this.#writing.add(writing);
    }
    await Promise.all(added);
  }

  /** Gives up what the database does not take: the process is about to end, and leases look after the rows. */
  abandon(): void {
    this.#abandoned = true;
    for (const retry of this.#retries) retry.wake();
  }

  /** Takes {@link abandon} back. */
  resume(): void {
    this.#abandoned = false;
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, MOST_AT_ONCE);
      const left = (await this.#tryTo(batch)) ? [] : await this.#oneByOne(batch);
      if (left.length === 0) {
        if (this.#away) this.#logger.log('Outcomes can be stored again.');
        this.#away = false;
        continue;
      }
      if (this.#abandoned) {
        const lost = [...left, ...this.#pending.splice(0)];
        this.#logger.error(
          `The outcomes of ${lost.length} calls could not be stored: the calls will be repeated.`,
        );
        for (const { settle } of lost) settle();
        return;
      }
      if (!this.#away) this.#logger.error('Outcomes of calls cannot be stored; they are kept, trying on.');
      this.#away = true;
      this.#pending.unshift(...left);
      await this.#waitToRetry();
    }
  }

  async #waitToRetry(): Promise<void> {
    // What a call came to is worth keeping the process for.
    const retry = new WakeUp(true);
    this.#retries.add(retry);
    await retry.wait(RETRY);
    this.#retries.delete(retry);
  }

  /** @returns what has to be tried again. */
  async #oneByOne(batch: readonly Pending[]): Promise<Pending[]> {
    const failed: Pending[] = [];
    const untried: Pending[] = [];
    let anyWritten = false;
    let failures = 0;
    for (const one of batch) {
      if (failures >= FAILURES_OF_A_DATABASE) {
        untried.push(one);
      } else if (await this.#tryTo([one])) {
        anyWritten = true;
        failures = 0;
      } else {
        failures += 1;
        failed.push(one);
      }
    }
    // Those that nobody has tried come first the next time.
    const left = [...untried, ...failed];
    if (!anyWritten) return left;
    return left.filter((one) => performance.now() < one.leaseEnd || this.#giveUp(one));
  }

  #giveUp({ delivery, settle }: Pending): false {
    settle();
    this.#logger.error(`The outcome of delivery ${delivery.id} cannot be stored; the call will be repeated.`);
    return false;
  }

  async #tryTo(batch: readonly Pending[]): Promise<boolean> {
    try {
      await this.write(batch);
    } catch {
      // Messages of database drivers can quote values; that it failed is said once by whoever asked.
      return false;
    }
    for (const { tell, outcome, settle } of batch) {
      tell(outcome);
      settle();
    }
    return true;
  }
}

/** Answers what takes it back. */
function later(work: () => void, milliseconds: number): () => void {
  if (milliseconds < 1) {
    // What the same turn of the event loop brings goes along, and nothing waits for the clock.
    const immediate = setImmediate(work);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
}
