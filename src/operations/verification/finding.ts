import type { Finding, StepName, StepOutcome } from './verification.types.js';

/** A finding; whatever is not as it should be says what to do. */
export const finding = (
  step: StepName,
  outcome: StepOutcome,
  [expected, seen]: readonly [expected: string, seen: string],
  fix: string | null = null,
): Finding => ({ step, outcome, expected, seen, fix });
