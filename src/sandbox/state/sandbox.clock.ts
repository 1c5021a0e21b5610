import { destination } from '../rules/duration.rules.js';

/** The machine's clock plus an offset that `travel()` moves. */
export class SandboxClock {
  private offset = 0;

  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  travel(to: Date | string): void {
    this.offset = destination(to, this.now()).getTime() - Date.now();
  }

  /** Back to the machine's time. */
  reset(): void {
    this.offset = 0;
  }

  /** Milliseconds that the sandbox is ahead of the machine. */
  ahead(): number {
    return this.offset;
  }
}
