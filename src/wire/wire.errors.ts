import { ImpactError } from '../errors/index.js';
import type { Problem } from './sale.findings.js';

/** An amount that cannot be taken as it is. Names the field, what came, the rule and the fix. */
export class InvalidMoneyError extends ImpactError {
  readonly code = 'INVALID_MONEY';

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(`${field}: ${message}`);
  }
}

const MOST_LISTED = 20;

/** A sale or correction that breaks rules of the vendor or of this package. Carries all of them, not only the first. */
export class InvalidConversionError extends ImpactError {
  readonly code = 'INVALID_CONVERSION';

  constructor(readonly problems: readonly Problem[]) {
    const listed = problems.slice(0, MOST_LISTED).map((problem) => `  - ${problem.message}`);
    const more =
      problems.length > MOST_LISTED ? [`  - and ${problems.length - MOST_LISTED} more in .problems`] : [];
    super(
      [
        `This cannot be reported to impact.com: ${problems.length} ${problems.length === 1 ? 'field needs' : 'fields need'} a change.`,
        ...listed,
        ...more,
      ].join('\n'),
    );
  }
}
