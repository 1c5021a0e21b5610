import { AsyncLocalStorage } from 'node:async_hooks';
import { WakeUp } from './wake-up.js';

/**
 * Work that is done over and over until it is stopped.
 *
 * - It runs outside every request's async context, whoever starts it.
 * - A wait between two turns can be cut short, and keeps no process alive.
 */
export class BackgroundLoop {
  readonly #outside = AsyncLocalStorage.snapshot();
  #wakeUp = new WakeUp();
  #running: Promise<void> = Promise.resolve();
  /** Which start the loop runs for; null when it was stopped. */
  #current: symbol | null = null;

  /** @param turn one round of work, which never throws; answers the milliseconds until the next one. */
  constructor(private readonly turn: () => Promise<number>) {}

  /** Whether {@link stop} was called since the last start. */
  get isStopping(): boolean {
    return this.#current === null;
  }

  /** Does nothing while it runs. */
  start(): void {
    if (this.#current !== null) return;
    const mine = (this.#current = Symbol('run'));
    const before = this.#running;
    const wakeUp = (this.#wakeUp = new WakeUp());
    this.#running = this.#outside(async () => {
      // A turn that has outlived its stop ends first.
      await before;
      while (this.#current === mine) await wakeUp.wait(await this.turn());
    });
  }

  /** The next turn begins now; does nothing while it is stopped. */
  wake(): void {
    if (this.#current !== null) this.#wakeUp.wake();
  }

  /** Resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.#current = null;
    this.#wakeUp.wake();
    await this.#running;
  }
}
