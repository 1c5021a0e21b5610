/** A delay that can be cut short, for loops that wait for work. */
export class WakeUp {
  /** @param keepsAlive whether the process may not end while somebody waits. */
  constructor(private readonly keepsAlive = false) {}

  #wake: (() => void) | null = null;
  #woken = false;

  /** Resolves after the delay, or at once when {@link wake} was called since the last wait. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        if (!this.keepsAlive) timer.unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = null;
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }
}

/** Resolves with the work, or when the time is up; whatever is still under way then goes on. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const limit = new WakeUp();
  await Promise.race([work, limit.wait(milliseconds)]);
  limit.wake();
}
