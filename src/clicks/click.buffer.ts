import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase } from '../database/index.js';
import { ClickScripts, type UnwrittenClick } from './click.scripts.js';
import { ImpactRequestContext } from './request.context.js';

const BATCH = 500;
const LONGEST_PAUSE_MS = 30_000;
/** How long a batch waits for the app's transaction on SQLite's only connection before it counts as failed. */
const PATIENCE_MS = 5_000;
const COMPLAIN_EVERY_MS = 60_000;

/**
 * Takes clicks from requests and writes them in batches.
 *
 * - a request never waits for SQL and never sees it fail;
 * - a click stays here until its batch has committed, so `bind()` finds it in either place;
 * - while the database is away the pauses double up to half a minute, with full jitter;
 * - beyond `capture.bufferLimit` the oldest click is dropped and counted: memory is not the shop's to spend;
 * - what is left is written when the last request has ended.
 */
@Injectable()
export class ClickBuffer implements OnApplicationShutdown {
  readonly #logger = new Logger('ImpactClicks');
  readonly #scripts: ClickScripts;
  readonly #waiting = new Map<string, UnwrittenClick>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #stopped = false;
  #failures = 0;
  #dropped = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(ImpactRequestContext) private readonly context: ImpactRequestContext,
  ) {
    this.#scripts = new ClickScripts(database, options.program, options.capture.referralWindow);
  }

  /** Clicks that are not in the table yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Clicks given up since the process started because the limit was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  add(click: UnwrittenClick): void {
    const earlier = this.#waiting.get(click.clickId);
    // Taken out first, so that a renewed click counts as young when the limit is reached.
    this.#waiting.delete(click.clickId);
    this.#waiting.set(click.clickId, earlier === undefined ? click : merge(earlier, click));
    if (this.#waiting.size > this.options.capture.bufferLimit) this.#dropOldest();
    this.#schedule(this.options.capture.flushInterval);
  }

  /** A click that may not be in the table yet. */
  peek(clickId: string): UnwrittenClick | null {
    return this.#waiting.get(clickId) ?? null;
  }

  /** Writes everything that is waiting now. Rejects when the database cannot take it; the clicks are kept. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) {
      this.#writing ??= this.#writeBatch().finally(() => (this.#writing = null));
      await this.#writing;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      await this.flush();
    } catch (error) {
      this.#logger.error(
        `${this.#waiting.size} clicks could not be written before shutdown (${nameOf(error)}). Their visitors still have ` +
          `the cookie, from which bind() restores them. Check the database connection.`,
      );
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, BATCH);
    await this.database.write(() => this.#scripts.save(batch), { patience: PATIENCE_MS });
    for (const click of batch) {
      // A click that was renewed while its batch was under way has been replaced and goes again.
      if (this.#waiting.get(click.clickId) === click) this.#waiting.delete(click.clickId);
    }
  }

  #schedule(delay: number): void {
    if (this.#timer !== null || this.#stopped) return;
    // A request starts this timer, and its click must not follow the timer around.
    this.context.outside(() => {
      this.#timer = setTimeout(() => void this.#tick(), delay);
      this.#timer.unref();
    });
  }

  async #tick(): Promise<void> {
    try {
      await this.flush();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#complain(
        `Clicks cannot be written (${nameOf(error)}): ${this.#waiting.size} are waiting in memory, ${this.#dropped} were ` +
          `dropped since start. They are tried again by themselves; check the database connection.`,
      );
    } finally {
      this.#timer = null;
      if (this.#waiting.size > 0) this.#schedule(this.#pause());
    }
  }

  #pause(): number {
    const { flushInterval } = this.options.capture;
    if (this.#failures === 0) return flushInterval;
    const step = Math.min(LONGEST_PAUSE_MS, Math.max(flushInterval, 10) * 2 ** Math.min(this.#failures, 20));
    return flushInterval + Math.random() * step;
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest === undefined) return;
    this.#waiting.delete(oldest);
    this.#dropped += 1;
    this.#complain(
      `More than ${this.options.capture.bufferLimit} clicks are waiting for the database; the oldest are dropped ` +
        `(${this.#dropped} since start). Check the database connection, or raise capture.bufferLimit.`,
    );
  }

  #complain(message: string): void {
    const now = this.database.clock.now().getTime();
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = now;
    this.#logger.warn(message);
  }
}

/** Driver errors carry statements and values in their message; their name does not. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

const merge = (a: UnwrittenClick, b: UnwrittenClick): UnwrittenClick => ({
  ...a,
  firstSeenAt: Math.min(a.firstSeenAt, b.firstSeenAt),
  lastSeenAt: Math.max(a.lastSeenAt, b.lastSeenAt),
  landingPath: a.landingPath ?? b.landingPath,
  partnerParameters: a.partnerParameters ?? b.partnerParameters,
});
