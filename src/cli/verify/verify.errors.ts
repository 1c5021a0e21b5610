import { ImpactError } from '../../errors/index.js';

/** The browser that was to look at the landing page. */
export class CliBrowserError extends ImpactError {
  readonly code = 'CLI_BROWSER';

  constructor(what: string) {
    super(`The browser ${what}. Name another one with --browser, or leave it out with --browser none.`);
  }
}
