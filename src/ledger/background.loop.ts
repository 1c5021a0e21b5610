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
  readonly #wakeUp = new WakeUp();
  #running: Promise<void> = Promise.resolve();
  #started = false;
  #stopping = false;

  /** @param turn one round of work, which never throws; answers the milliseconds until the next one. */
  constructor(private readonly turn: () => Promise<number>) {}

  /** Whether {@link stop} was called since the last start. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Does nothing while it runs. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#stopping = false;
    this.#running = this.#outside(() => this.#run());
  }

  /** The next turn begins now; does nothing while it is stopped. */
  wake(): void {
    if (this.#started) this.#wakeUp.wake();
  }

  /** Resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#running;
    this.#started = false;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) await this.#wakeUp.wait(await this.turn());
  }
}
