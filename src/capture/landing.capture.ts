import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { ClickBuffer } from '../clicks/index.js';
import {
  IMPACT_OPTIONS,
  type ConsentAnswer,
  type LandingRequest,
  type ResolvedImpactOptions,
} from '../config/index.js';
import { IMPACT_CLOCK, type Clock } from '../database/index.js';
import { CaptureCounters } from './capture.counters.js';
import {
  carriedClick,
  clickCookieWriter,
  expiredCookie,
  outranks,
  type ClickCookieWriter,
} from './click.cookie.js';
import type { TokenClick } from './click.token.js';
import { landingParser, type Landing, type LandingParser } from './landing.rules.js';
import { LANDING_WITNESS, type LandingWitness } from './landing.witness.js';
import { notAVisit } from './navigation.rules.js';
import type { OpenRequest } from './open.request.js';
import { addCookieWhenHeadersAreWritten } from './response.hook.js';

/** How long a page waits for an asynchronous consent answer; after that it counts as `unknown`. */
export const CONSENT_PATIENCE_MS = 1_000;

const COMPLAIN_EVERY_MS = 60_000;

/** The app's answer, or `failed`: it threw. */
export type Consent = ConsentAnswer | 'failed';

/**
 * Takes the click out of a landing request.
 *
 * - a request without a click parameter is told by one string scan and nothing else is done;
 * - SQL is left to the buffer, so no page waits for it;
 * - an asynchronous consent answer is waited for, because the cookie has to be in the headers; never
 *   longer than a second;
 * - consent other than `granted` leaves neither cookie nor row, and `denied` also takes an earlier cookie away;
 * - whatever goes wrong here is counted, and the page is served.
 */
@Injectable()
export class LandingCapture {
  readonly #logger = new Logger('ImpactCapture');
  readonly #parse: LandingParser;
  readonly #cookie: ClickCookieWriter;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(ClickBuffer) private readonly buffer: ClickBuffer,
    @Inject(CaptureCounters) private readonly counters: CaptureCounters,
    @Optional() @Inject(LANDING_WITNESS) private readonly witness?: LandingWitness,
  ) {
    this.#parse = landingParser(options.capture.parameters);
    this.#cookie = clickCookieWriter(options.capture);
  }

  /** @returns a promise, never rejected, only when consent has to be waited for before the page goes on. */
  capture(open: OpenRequest): Promise<void> | undefined {
    if (open.looked) return undefined;
    open.looked = true;
    try {
      const landing = this.#visit(open.request);
      if (landing === null) return undefined;
      const answer = this.#ask(open.request);
      if (!(answer instanceof Promise)) {
        this.#settle(open, landing, answer);
        return undefined;
      }
      return answer.then((late) => this.#settle(open, landing, late)).catch((error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** What a URL says, with what it ignores counted. */
  read(url: string): Landing | null {
    const reading = this.#parse(url);
    for (const flaw of reading?.flaws ?? []) this.counters.ignored(flaw);
    return reading?.landing ?? null;
  }

  /** Asks the app's `consent`; what is no answer counts as `denied`, silence for a second as `unknown`. */
  async askConsent(request: LandingRequest): Promise<Consent> {
    return this.#ask(request);
  }

  /**
   * Keeps a landing that may be kept: row, cookie and this request's own click.
   *
   * @returns the visitor's click from now on: under `first-click` that may be an earlier one.
   */
  keep({ scope, request, response }: OpenRequest, landing: Landing): TokenClick {
    const now = this.clock.now().getTime();
    const { policy, referralWindow } = this.options.capture;
    const capturedAt = this.#captureTime(landing, now);
    this.buffer.add({
      clickId: landing.clickId,
      parameter: landing.parameter,
      firstSeenAt: capturedAt,
      lastSeenAt: capturedAt,
      landingPath: landing.landingPath,
      partnerParameters: landing.partnerParameters,
      consent: 'granted',
    });
    this.counters.captured();
    this.witness?.landed({ request, landing });

    const held = carriedClick(request, this.options.capture, now);
    if (held !== null && !outranks(new Date(capturedAt), held.capturedAt, policy)) {
      return { clickId: held.clickId, capturedAt: held.capturedAt.getTime() };
    }
    const click = { clickId: landing.clickId, capturedAt };
    scope.replace({ clickId: click.clickId, capturedAt: new Date(capturedAt), source: 'landing' });
    // What is left of the window: a click that was carried over from another domain is not renewed by that.
    const cookie = this.#cookie(click, referralWindow - (now - capturedAt));
    if (!addCookieWhenHeadersAreWritten(response, cookie)) this.counters.withoutCookie();
    return click;
  }

  #visit(request: LandingRequest): Landing | null {
    const url = request.originalUrl ?? request.url ?? '';
    const reading = this.#parse(url);
    if (reading === null) return null;
    this.counters.seen();
    const obstacle = notAVisit(request);
    if (obstacle !== null) {
      this.counters.ignored(obstacle);
      return null;
    }
    for (const flaw of reading.flaws) this.counters.ignored(flaw);
    return reading.landing;
  }

  #settle(open: OpenRequest, landing: Landing, consent: Consent): void {
    if (consent === 'granted') {
      this.keep(open, landing);
      return;
    }
    this.counters.ignored(`consent-${consent}`);
    if (consent === 'denied') this.#withdraw(open);
  }

  /** A visitor who has changed his mind: the cookie of an earlier landing goes as well. */
  #withdraw({ scope, request, response }: OpenRequest): void {
    const { capture } = this.options;
    if (carriedClick(request, capture, this.clock.now().getTime()) === null) return;
    scope.forget();
    addCookieWhenHeadersAreWritten(response, expiredCookie(capture));
  }

  #ask(request: LandingRequest): Consent | Promise<Consent> {
    try {
      const answer = this.options.capture.consent(request);
      return typeof answer === 'string' ? checked(answer) : this.#wait(answer);
    } catch {
      return 'failed';
    }
  }

  async #wait(answer: PromiseLike<ConsentAnswer>): Promise<Consent> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<ConsentAnswer>((resolve) => {
      timer = setTimeout(() => resolve('unknown'), CONSENT_PATIENCE_MS);
    });
    try {
      return checked(await Promise.race([answer, silence]));
    } catch {
      return 'failed';
    } finally {
      clearTimeout(timer);
    }
  }

  /** A carried time can only make a click older. Under `first-click` that would be an advantage, so it is not believed there. */
  #captureTime({ carriedAt }: Landing, now: number): number {
    const { policy, referralWindow } = this.options.capture;
    if (carriedAt === null || policy === 'first-click') return now;
    return carriedAt <= now && now - carriedAt < referralWindow ? carriedAt : now;
  }

  #failed(error: unknown): void {
    this.counters.failed();
    const now = this.clock.now().getTime();
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = now;
    this.#logger.warn(
      `A landing could not be captured (${error instanceof Error ? error.name : 'unknown error'}); the page was served. ` +
        `Please report this with the version of nestjs-impact.`,
    );
  }
}

/** JavaScript callers may answer anything. */
const checked = (answer: ConsentAnswer): ConsentAnswer =>
  answer === 'granted' || answer === 'unknown' ? answer : 'denied';
