import type { Clock } from '../database/index.js';

/**
 * A clock that a test moves. Use it in place of the module's own:
 * `.overrideProvider(IMPACT_CLOCK).useValue(clock)`. Leases, due times, expiry and look-ups all follow it.
 */
export class TestClock implements Clock {
  #offset = 0;

  offset(): number {
    return this.#offset;
  }

  now(): Date {
    return new Date(Date.now() + this.#offset);
  }

  /** Moves time on by so many milliseconds; a negative number moves it back. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
