import type { SeenCookie } from './verification.types.js';

/** What a real browser made of a page. */
export interface BrowserVisit {
  /** Where it ended. */
  readonly url: string;
  /** All that it keeps now, of every host. */
  readonly cookies: readonly SeenCookie[];
}

/** A real browser: for pages that capture by script, and for what only a browser decides about cookies. */
export interface BrowserProbe {
  /** For the report: the program's name and version. */
  readonly name: string;
  /**
   * Opens a page in a fresh profile and waits until `enough` says so of its cookies, at most `timeout` milliseconds.
   */
  visit(
    url: string,
    options: { readonly timeout: number; readonly enough: (cookies: readonly SeenCookie[]) => boolean },
  ): Promise<BrowserVisit>;
}
