import { ImpactError } from '../../errors/index.js';

/** What was asked of the overview makes no sense. */
export class OverviewQueryError extends ImpactError {
  readonly code = 'OVERVIEW_QUERY';

  constructor(what: string, fix: string) {
    super(`The overview cannot answer: ${what}. ${fix}`);
  }
}
