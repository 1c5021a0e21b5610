import type { Response } from 'express';

/** Answers that are held back. All of them end with the sandbox, and with a reset. */
export class HeldAnswers {
  private readonly open = new Map<NodeJS.Timeout, Response>();

  after(delay: number, response: Response, then: () => void): void {
    const timer = setTimeout(() => {
      this.open.delete(timer);
      then();
    }, delay);
    timer.unref();
    this.open.set(timer, response);
  }

  /** A client that still waits loses its connection: left open, it would block the next call on it. */
  clear(): void {
    for (const [timer, response] of this.open) {
      clearTimeout(timer);
      response.socket?.destroy();
    }
    this.open.clear();
  }
}
