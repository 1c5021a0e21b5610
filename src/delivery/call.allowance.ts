import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../database/index.js';
import { AccountGate, type Stamp } from '../ledger/index.js';

/** No block is more than one part in this many of the hour, and no first one more than a tenth of that. */
const BLOCKS_PER_HOUR = 100;
const FIRST_BLOCKS_PER_HOUR = 1000;
/** Milliseconds. A block that is used up sooner makes the next one twice as large. */
const SOON = 1000;
/** Milliseconds. A block is worth nothing once the hour that it was taken from is over. */
const HOUR = 3_600_000;

/**
 * What this process may call: `delivery.maxRequestsPerHour` is one budget of the account, shared by every
 * process on the database.
 *
 * It is taken in blocks. At full speed a claim then needs no statement for it, and the one row in which the
 * hour is counted is not written so often that its old versions pile up under a long snapshot. A process that
 * is killed takes its block with it, so a block holds no more than what was used in the last second or two:
 * one that crashes again and again must not use the hour up.
 */
@Injectable()
export class CallAllowance {
  #left = 0;
  #takenAt = -Infinity;
  #block = 0;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {}

  /** Answers how many of the wanted calls may be made; what is not used is given back. */
  async reserve(wanted: number): Promise<number> {
    if (performance.now() - this.#takenAt >= HOUR) this.#left = 0;
    if (this.#left === 0) await this.#takeBlock();
    const granted = Math.min(wanted, this.#left);
    this.#left -= granted;
    return granted;
  }

  giveBack(calls: number): void {
    this.#left += calls;
  }

  /** Puts the rest of the block back, for the other processes. */
  async returnAll(): Promise<void> {
    const calls = this.#left;
    this.#left = 0;
    if (calls > 0 && performance.now() - this.#takenAt < HOUR) {
      await this.database.write(() => this.gate.giveBack(this.#stamp(), calls));
    }
  }

  async #takeBlock(): Promise<void> {
    const { concurrency, maxRequestsPerHour } = this.options.delivery;
    const largest = Math.max(1, Math.floor(maxRequestsPerHour / BLOCKS_PER_HOUR));
    const first = Math.max(1, Math.min(concurrency, Math.floor(maxRequestsPerHour / FIRST_BLOCKS_PER_HOUR)));
    const now = performance.now();
    this.#block = now - this.#takenAt < SOON ? Math.min(this.#block * 2, largest) : first;
    this.#takenAt = now;
    this.#left += await this.database.write(() =>
      this.gate.take(this.#stamp(), this.#block, maxRequestsPerHour),
    );
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}
