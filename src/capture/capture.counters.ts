import { Injectable } from '@nestjs/common';
import type { ValueFlaw } from './landing.rules.js';
import type { NotAVisit } from './navigation.rules.js';

/** Why a landing left no click. */
export type IgnoredReason =
  | ValueFlaw
  | NotAVisit
  | 'consent-denied'
  | 'consent-unknown'
  | 'consent-failed'
  | 'foreign-origin'
  | 'unreadable-body';

export interface CaptureCounts {
  /** Requests with a click parameter in their URL, and posts to the browser endpoint. */
  readonly seen: number;
  /** Clicks taken. */
  readonly captured: number;
  /** Clicks taken whose cookie could not be set because the headers were gone. */
  readonly withoutCookie: number;
  /** Faults of capture itself; the page was served all the same. */
  readonly failed: number;
  readonly ignored: Readonly<Partial<Record<IgnoredReason, number>>>;
}

/** What capture saw since the process started. */
@Injectable()
export class CaptureCounters {
  #seen = 0;
  #captured = 0;
  #withoutCookie = 0;
  #failed = 0;
  readonly #ignored = new Map<IgnoredReason, number>();

  seen(): void {
    this.#seen += 1;
  }

  captured(): void {
    this.#captured += 1;
  }

  withoutCookie(): void {
    this.#withoutCookie += 1;
  }

  failed(): void {
    this.#failed += 1;
  }

  ignored(reason: IgnoredReason): void {
    this.#ignored.set(reason, (this.#ignored.get(reason) ?? 0) + 1);
  }

  read(): CaptureCounts {
    return {
      seen: this.#seen,
      captured: this.#captured,
      withoutCookie: this.#withoutCookie,
      failed: this.#failed,
      ignored: Object.fromEntries(this.#ignored),
    };
  }
}
