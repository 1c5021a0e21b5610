import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  BEGINNING,
  type ClaimedDelivery,
  DeliveryLedger,
  type Pause,
  type Position,
  PRIORITIES,
  type Priority,
  type Stamp,
} from '../ledger/index.js';
import { CallAllowance } from './call.allowance.js';

/** What was claimed, and when it is worth asking again. */
export interface Intake {
  readonly claimed: readonly ClaimedDelivery[];
  /** The pauses that stood when it was claimed. */
  readonly pauses: readonly Pause[];
  /** End of the lease on this process's monotonic clock, in milliseconds. */
  readonly leaseEnd: number;
  /** Milliseconds; `Infinity` when only a ring or the next poll can tell. */
  readonly wait: number;
}

/** How long a row may take from its recording to its commit and still be found at once. */
const LATE_COMMIT = 60_000;
/** How often everything is looked through again, for rows that took longer than that. */
const RESCAN_EVERY = 30_000;
/** What waits in each: corrections that have time wait among the sales that have. */
const SCOPES_OF_PRIORITY = { 0: ['sales'], 1: ['corrections'], 2: ['sales', 'corrections'] } as const;

/**
 * Finds the rows that are to be sent next.
 *
 * - It remembers how far it has claimed. The next claim starts there and not at rows that are finished,
 *   whose old versions a database keeps for as long as somebody's snapshot needs them.
 * - Rows whose transaction committed late lie behind that place: it goes back a minute when a claim finds
 *   less than it wanted, and to the beginning every half minute.
 * - While nothing is due it only looks: one statement.
 */
@Injectable()
export class DeliveryIntake {
  #after: Record<Priority, Position> = fromBeginning();
  /** Priorities in which rows are taken to be due. */
  readonly #due = new Set<Priority>();
  #pauses: readonly Pause[] = [];
  #scannedAt = -Infinity;
  /** What this process's monotonic clock lacks to the database's. */
  #clock = -Infinity;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: DeliveryLedger,
    private readonly allowance: CallAllowance,
  ) {}

  /** Forgets how far it had come. */
  rescan(): void {
    this.#scannedAt = -Infinity;
  }

  /** Claims up to `wanted` rows. */
  async fetch(wanted: number): Promise<Intake> {
    const now = performance.now();
    if (now - this.#scannedAt >= RESCAN_EVERY) {
      this.#scannedAt = now;
      this.#after = fromBeginning();
      this.#due.clear();
    }
    const leaseEnd = now + this.options.delivery.lease;
    // While the first priority is not known to be due it may have become so, and it goes first.
    if (!this.#due.has(PRIORITIES[0])) {
      const wait = await this.#look();
      if (this.#due.size === 0) return { claimed: [], pauses: this.#pauses, leaseEnd, wait };
    }
    const granted = await this.allowance.reserve(wanted);
    const claimed: ClaimedDelivery[] = [];
    try {
      await this.#claim(granted, claimed);
    } catch (error) {
      // What is leased already is sent; the next claim meets the error again.
      if (claimed.length === 0) throw error;
    } finally {
      this.allowance.giveBack(granted - claimed.length);
    }
    if (claimed.length === 0) this.#due.clear();
    return { claimed, pauses: this.#pauses, leaseEnd, wait: claimed.length > 0 ? 0 : Infinity };
  }

  /** Answers the milliseconds until something is due or a pause has run out. */
  async #look(): Promise<number> {
    const { dueIn, now, pauses } = await this.ledger.look(this.#stamp(), this.#after);
    this.#clock = now - performance.now();
    this.#pauses = pauses.filter(({ scope }) => scope !== 'reads');
    const waits = PRIORITIES.flatMap((priority) => {
      const due = dueIn[priority];
      if (due === null) return [];
      const until = SCOPES_OF_PRIORITY[priority].map((kind) =>
        Math.max(
          due,
          ...this.#pauses
            .filter(({ scope }) => scope === 'all' || scope === kind)
            .map((pause) => pause.until - now),
        ),
      );
      const wait = Math.min(...until);
      if (wait <= 0) this.#due.add(priority);
      return [Math.max(wait, 0)];
    });
    return Math.min(Infinity, ...waits);
  }

  async #claim(most: number, claimed: ClaimedDelivery[]): Promise<void> {
    const { lease, maxAge } = this.options.delivery;
    for (const priority of PRIORITIES) {
      const limit = most - claimed.length;
      if (limit <= 0 || !this.#due.has(priority)) continue;
      const wish = { priority, after: this.#after[priority], limit, lease, maxAge };
      const result =
        this.#pauses.length > 0
          ? await this.ledger.claimBehindGate(this.#stamp(), wish)
          : await this.ledger.claim(this.#stamp(), wish);
      claimed.push(...result.claimed);
      if (result.last !== null) this.#after[priority] = result.last;
      if (result.claimed.length < limit) this.#exhausted(priority);
    }
  }

  #exhausted(priority: Priority): void {
    this.#due.delete(priority);
    const late = this.#clock + performance.now() - LATE_COMMIT;
    if (this.#after[priority].dueAt > late) this.#after[priority] = { dueAt: Math.trunc(late), id: '' };
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

const fromBeginning = (): Record<Priority, Position> => ({ 0: BEGINNING, 1: BEGINNING, 2: BEGINNING });
