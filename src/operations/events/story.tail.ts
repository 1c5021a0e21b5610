import type { ImpactDatabase } from '../../database/index.js';
import type { Pause, Stamp } from '../../ledger/index.js';
import type { TailLine } from './event.rules.js';
import { TailLedger, type TailReader } from './tail.ledger.js';
import {
  advanced,
  NO_NEWS,
  pauseChanges,
  type PauseChange,
  pausesToTell,
  settled,
  type TailPosition,
} from './tail.rules.js';

/** Who is told. What it answers is waited for; what it throws is its own fault and ends the telling. */
export interface Listener {
  line(line: TailLine): unknown;
  pause(change: PauseChange, seenAt: number): unknown;
}

/** Lines per reading. */
const BATCH = 200;
/** How long the reader of a process that dies keeps the others away. */
const LEASE = 60_000;
/** The position is stored so often while lines are told slowly. */
const STORE_EVERY = 10_000;

/**
 * Tells the story of all sales, each line once, in the order in which the lines were written.
 *
 * - What is in the database was committed: nothing is told that was rolled back, whoever wrote it.
 * - One process at a time tells, and the position is the database's: so a line is told once, not once per
 *   process. A process that dies while it tells leaves lines that are told again.
 * - Ids are given before a transaction commits: where some are missing they are asked for again until no
 *   sane transaction can still be open.
 */
export class StoryTail {
  readonly #ledger: TailLedger;
  #telling: Promise<number> = Promise.resolve(0);
  #began: Promise<void> | null = null;

  constructor(
    database: ImpactDatabase,
    stamp: Stamp,
    reader: TailReader,
    private readonly listener: Listener,
  ) {
    this.#ledger = new TailLedger(database, stamp, reader);
  }

  /** What happens from now on will be told, unless the reader has begun before: then it goes on from there. */
  async begin(): Promise<void> {
    this.#began ??= this.#ledger.begin().catch((error: unknown) => {
      this.#began = null;
      throw error;
    });
    await this.#began;
  }

  /**
   * Tells what has happened since, once. Does nothing while another process does.
   *
   * @returns how many lines and pauses were told.
   */
  async tell(isStopping: () => boolean = () => false): Promise<number> {
    const before = this.#telling.catch(() => 0);
    this.#telling = before.then(() => this.#tell(isStopping));
    return this.#telling;
  }

  async #tell(isStopping: () => boolean): Promise<number> {
    await this.begin();
    const { position, newest, pauses, now } = await this.#ledger.outlook();
    if (position !== null && isOld(position, newest, pauses)) return 0;
    const lease = await this.#ledger.acquire(LEASE);
    if (lease === null) return 0;
    try {
      const start = lease.position ?? { id: newest, gaps: [], pauses: {} };
      return await this.#tellFrom(start, lease.token, { now, pauses }, isStopping);
    } finally {
      await this.#ledger.release(lease.token);
    }
  }

  async #tellFrom(
    start: TailPosition,
    token: string,
    { now, pauses }: { now: number; pauses: readonly Pause[] },
    isStopping: () => boolean,
  ): Promise<number> {
    let told = 0;
    const changes = pauseChanges(start.pauses, pauses);
    for (const change of changes) {
      await this.listener.pause(change, now);
      told += 1;
    }
    let position: TailPosition = { ...start, pauses: pausesToTell(pauses) };
    let lines = await this.#ledger.inGaps(position.gaps);
    position = settled(position, now);
    let stored = performance.now();
    let complete = false;
    while (!complete) {
      for (const line of lines) {
        if (isStopping() || performance.now() - stored > STORE_EVERY) {
          if (!(await this.#ledger.move(token, position, LEASE)) || isStopping()) return told;
          stored = performance.now();
        }
        if (typeof line !== 'number' && now - line.at.getTime() < NO_NEWS) {
          await this.listener.line(line);
          told += 1;
        }
        position = advanced(position, [typeof line === 'number' ? line : line.id], now);
      }
      if (!(await this.#ledger.move(token, position, LEASE))) return told;
      stored = performance.now();
      lines = await this.#ledger.next(position.id, BATCH);
      complete = lines.length === 0;
    }
    return told;
  }
}

/** The story has not grown and no gap can be filled, and the pauses are those that were told. */
const isOld = (position: TailPosition, newest: number, pauses: readonly Pause[]): boolean =>
  position.id >= newest && position.gaps.length === 0 && pauseChanges(position.pauses, pauses).length === 0;
