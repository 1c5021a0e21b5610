import { ImpactError } from '../../errors/index.js';

/** What was asked of a reconciliation makes no sense. */
export class ReconciliationInputError extends ImpactError {
  readonly code = 'RECONCILIATION_INPUT';

  constructor(what: string, fix: string) {
    super(`The reconciliation cannot begin: ${what}. ${fix}`);
  }
}

/** The actions cannot be read now: the account is paused, or look-ups have used their share of the hourly limit. */
export class ReconciliationPausedError extends ImpactError {
  readonly code = 'RECONCILIATION_PAUSED';

  constructor(
    readonly why: 'paused' | 'budget',
    /** When it is worth trying again. */
    readonly retryAt: Date,
  ) {
    super(
      `The actions of impact.com cannot be read now: ${
        why === 'paused'
          ? 'calls are paused after a failure, which the log names'
          : 'look-ups have used up their share of the hourly limit'
      }. Nothing was changed. Try again after ${retryAt.toISOString()}, or give wait: true.`,
    );
  }
}
