import type { RequestScope } from '../clicks/index.js';
import type { LandingRequest } from '../config/index.js';
import type { RawResponse } from './response.hook.js';

/** How long the click of a visitor who has gone away waits for a handler that may never answer. */
export const ABANDONED_MS = 300_000;

/** One request on its way through the app that may know a click. */
export class OpenRequest {
  /** Whether its URL has been looked at: interceptor and middleware may both be on. */
  looked = false;
  #handlers = 0;
  #handled = false;
  #closed = false;

  constructor(
    readonly request: LandingRequest,
    readonly response: RawResponse,
    readonly scope: RequestScope,
  ) {
    response.once('finish', () => scope.end());
    // A visitor who goes away early closes the connection, but the checkout's handler is still at work.
    response.once('close', () => {
      this.#closed = true;
      if (this.#handlers > 0) return;
      if (this.#handled || response.headersSent || response.writableEnded) scope.end();
      else this.#awaitAnswer();
    });
  }

  handlerBegins(): void {
    this.#handled = true;
    this.#handlers += 1;
  }

  handlerEnds(): void {
    this.#handlers -= 1;
    if (this.#closed && this.#handlers === 0) this.scope.end();
  }

  /** No interceptor has seen a handler: it is done when it answers, even though nobody is there to read that. */
  #awaitAnswer(): void {
    const { response, scope } = this;
    const limit = setTimeout(() => scope.end(), ABANDONED_MS).unref();
    const end = response.end.bind(response) as (...args: unknown[]) => ReturnType<RawResponse['end']>;
    response.end = (...args: unknown[]) => {
      clearTimeout(limit);
      scope.end();
      return end(...args);
    };
  }
}
