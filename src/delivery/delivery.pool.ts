import type { ClaimedDelivery, Pause } from '../ledger/index.js';
import type { Told } from './outcome.writer.js';

/** A claimed row on its way to a slot. */
export interface Ready {
  readonly delivery: ClaimedDelivery;
  readonly pauses: readonly Pause[];
  /** End of the lease on this process's monotonic clock, in milliseconds. */
  readonly leaseEnd: number;
  /** No call is begun after this moment on the same clock. */
  readonly until: number;
  readonly tell: Told;
}

/** Rows in stock at most, and what all slots are expected to send in this many milliseconds. */
const MOST_IN_STOCK = 100;
const STOCK_FOR = 1000;
/** Weight of the newest row in the typical one. */
const NEWEST = 0.1;

/**
 * A fixed number of slots and a small stock of claimed rows before them.
 *
 * A slot is occupied until the outcome is stored: so many calls at most have to be repeated when the process
 * is killed, and nothing is sent while a database that is away could not be told.
 *
 * A slot that becomes free takes the next row at once and never waits for the database, and one slow answer
 * holds up one slot. The stock is what the slots send in about a second, so that rows do not wait here for
 * long while other processes have nothing to do.
 */
export class DeliveryPool {
  readonly #ready: Ready[] = [];
  readonly #active = new Set<Promise<void>>();
  #typical = STOCK_FOR;

  /**
   * @param send makes one call and has its outcome stored; never rejects.
   * @param onFree called when a slot has become free.
   */
  constructor(
    private readonly slots: number,
    private readonly send: (one: Ready) => Promise<void>,
    private readonly onFree: () => void,
  ) {}

  /** How many rows it could use; 0 while there is enough for the slots that become free next. */
  get wanted(): number {
    const inStock = this.#ready.length;
    const stock = this.#stock;
    return inStock > stock / 2 ? 0 : this.slots - this.#active.size + stock - inStock;
  }

  /** Milliseconds that a slot is usually occupied by one row. */
  get typicalTime(): number {
    return this.#typical;
  }

  /** Nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#active.size === 0 && this.#ready.length === 0;
  }

  add(rows: readonly Ready[]): void {
    this.#ready.push(...rows);
    this.#fillSlots();
  }

  /** Takes out what no slot has begun with. */
  takeBack(): Ready[] {
    return this.#ready.splice(0);
  }

  /** Resolves when some slot has become free. */
  async oneEnded(): Promise<void> {
    // A race of nobody would never end.
    if (this.#active.size > 0) await Promise.race(this.#active);
  }

  /** Resolves when what is under way now has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#active);
  }

  get #stock(): number {
    const sentMeanwhile = (this.slots * STOCK_FOR) / Math.max(this.#typical, 1);
    return Math.ceil(Math.max(this.slots, Math.min(sentMeanwhile, MOST_IN_STOCK)));
  }

  #fillSlots(): void {
    while (this.#active.size < this.slots) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      const work = this.#occupy(next).finally(() => {
        this.#active.delete(work);
        this.#fillSlots();
        this.onFree();
      });
      this.#active.add(work);
    }
  }

  async #occupy(one: Ready): Promise<void> {
    const began = performance.now();
    await this.send(one);
    this.#typical += NEWEST * (performance.now() - began - this.#typical);
  }
}
