import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Milliseconds between two looks at the database. */
  readonly tick: number;
  /** Milliseconds between two calls that ask impact.com. */
  readonly slow: number;
}

/** The run was ended from outside while it waited. */
export const ABORTED = Symbol('aborted');
/** What was waited for did not come in time. */
export const TOO_LATE = Symbol('too late');

/**
 * Lets any number of cases wait together: one beat for all, and what drives the work is done once per beat.
 */
export class Pacer {
  #beat: Promise<void> | null = null;

  constructor(
    private readonly pace: Pace,
    private readonly signal: AbortSignal,
    private readonly drive: (() => Promise<unknown>) | null,
  ) {}

  get aborted(): boolean {
    return this.signal.aborted;
  }

  /**
   * Looks again and again until there is an answer.
   *
   * @param look answers `null` while there is none; `slow` is true when impact.com may be asked.
   */
  async until<T>(
    look: (slow: boolean) => Promise<T | null>,
    patience: number,
  ): Promise<T | typeof ABORTED | typeof TOO_LATE> {
    const started = performance.now();
    let asked = -Infinity;
    for (;;) {
      const now = performance.now();
      const slow = now - asked >= this.pace.slow;
      if (slow) asked = now;
      const found = await look(slow);
      if (found !== null) return found;
      if (this.signal.aborted) return ABORTED;
      if (performance.now() - started >= patience) return TOO_LATE;
      await this.#next();
    }
  }

  #next(): Promise<void> {
    this.#beat ??= this.#wait().finally(() => {
      this.#beat = null;
    });
    return this.#beat;
  }

  async #wait(): Promise<void> {
    await this.drive?.();
    try {
      await delay(this.pace.tick, undefined, { signal: this.signal });
    } catch {
      // Aborted: whoever waits sees it.
    }
  }
}
