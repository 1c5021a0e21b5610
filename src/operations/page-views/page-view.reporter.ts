import { AsyncLocalStorage } from 'node:async_hooks';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { ImpactTrackingClient } from '../../api/index.js';
import type { CapturedLanding, LandingWitness } from '../../capture/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../../database/index.js';
import { atMost } from '../../ledger/index.js';
import type { Parameters } from '../../wire/index.js';
import { pageViewOf } from './page-view.rules.js';

/** Page views since the process started. */
export interface PageViewCounts {
  readonly sent: number;
  /** Not taken by impact.com, or not answered in time; none is tried again. */
  readonly failed: number;
  /** Never sent: too many at once, an outage, a landing that no address could be made of, or the shutdown. */
  readonly dropped: number;
  readonly waiting: number;
}

const AT_ONCE = 4;
const MOST_WAITING = 1_000;
/** So many failures in a row are an outage. */
const OUTAGE = 5;
const QUIET = 60_000;
const LAST_FLUSH = 1_000;
const COMPLAIN_EVERY = 60_000;

/**
 * Reports captured landings to impact.com, for visitors without its browser tag.
 *
 * - Off unless `capture.pageLoad` says otherwise; in a dry run nothing is sent.
 * - A visitor's request never waits for it and never sees it fail: it puts a page view into a bounded queue.
 * - A page view is worth one try. In an outage none is made for a minute.
 * - The click's own row does not depend on any of this.
 */
@Injectable()
export class PageViewReporter implements LandingWitness, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactCapture');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #waiting: Parameters[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #isOn: boolean;
  #sent = 0;
  #failed = 0;
  #dropped = 0;
  #inARow = 0;
  #quietUntil = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly client: ImpactTrackingClient,
  ) {
    this.#isOn = options.capture.pageLoad !== false && options.mode === 'live';
  }

  get counts(): PageViewCounts {
    return { sent: this.#sent, failed: this.#failed, dropped: this.#dropped, waiting: this.#waiting.length };
  }

  landed(captured: CapturedLanding): void {
    const { pageLoad } = this.options.capture;
    if (!this.#isOn || pageLoad === false) return;
    const view = this.#viewOf(captured, pageLoad);
    if (view === null || performance.now() < this.#quietUntil || this.#waiting.length >= MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(view);
    this.#outside(() => this.#pump());
  }

  /** Waits a moment for what is on its way; the rest is dropped. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isOn = false;
    if (this.#underWay.size > 0) await atMost(LAST_FLUSH, this.#flushed());
    this.#dropEverything();
  }

  /** The app's own functions may throw, and the page is served all the same. */
  #viewOf(
    captured: CapturedLanding,
    options: Exclude<ResolvedImpactOptions['capture']['pageLoad'], false>,
  ): Parameters | null {
    try {
      const { campaignId } = this.options;
      return pageViewOf(captured, { campaignId, now: this.clock.now(), options });
    } catch {
      this.#complain('A page view could not be made: check capture.pageLoad.customProfileId and ipAddress.');
      return null;
    }
  }

  #pump(): void {
    while (this.#underWay.size < AT_ONCE) {
      const view = this.#waiting.shift();
      if (view === undefined) return;
      const call: Promise<void> = this.#send(view).finally(() => {
        this.#underWay.delete(call);
        this.#pump();
      });
      this.#underWay.add(call);
    }
  }

  async #send(view: Parameters): Promise<void> {
    const tracked = await this.client.pageLoad(view);
    if (tracked.is === 'taken') {
      this.#sent += 1;
      this.#inARow = 0;
      return;
    }
    this.#failed += 1;
    this.#inARow += 1;
    if (this.#inARow < OUTAGE) return;
    this.#quietUntil = performance.now() + QUIET;
    this.#dropEverything();
    this.#complain(
      `Page views are not taken by impact.com (${tracked.why}); none is sent for a minute, ${this.#dropped} were ` +
        'dropped since start. Clicks are captured all the same; check the network if this goes on.',
    );
  }

  async #flushed(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #dropEverything(): void {
    this.#dropped += this.#waiting.splice(0).length;
  }

  #complain(message: string): void {
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAIN_EVERY) return;
    this.#complainedAt = now;
    this.#logger.warn(message);
  }
}
