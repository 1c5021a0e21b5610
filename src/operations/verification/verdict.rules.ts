import type { CaseState, StepName, VerificationState, VerificationVerdict } from './verification.types.js';

/** What of an order is still to come. */
export type OpenOrder = 'not-found' | 'not-reversed' | 'reversal-under-way';

/** Orders that are not seen to be reversed, and why. What is not this run's own, or was never sent, is nobody's to reverse. */
export function openOrders(
  state: VerificationState,
): readonly { readonly of: CaseState; readonly is: OpenOrder }[] {
  return state.cases.flatMap((of) => {
    const is = openAs(of, state);
    return is === null ? [] : [{ of, is }];
  });
}

function openAs(one: CaseState, { plan, finishedAt }: VerificationState): OpenOrder | null {
  const has = (step: StepName): boolean =>
    one.results.some((each) => each.step === step && each.outcome === 'proved');
  if (one.worth === null) return one.results.length > 0 || finishedAt === null ? 'not-found' : null;
  if (!has('order')) return null;
  if (!one.reversalRecorded) return 'not-reversed';
  return plan.via === 'test-actions' || has('reversal') || nothingLives(one) ? null : 'reversal-under-way';
}

/** Without an action the reversal closes by itself, and there is nothing that could be paid. */
const nothingLives = ({ results }: CaseState): boolean =>
  results.some(({ step, outcome }) => step === 'submission' && outcome === 'failed') &&
  results.some(({ step, outcome }) => step === 'action' && outcome === 'failed');

export function verdictOf(state: VerificationState): VerificationVerdict {
  const results = [...state.results, ...state.cases.flatMap((one) => one.results)];
  if (results.some(({ outcome }) => outcome === 'failed')) return 'failed';
  if (state.finishedAt === null) return 'unfinished';
  return results.some(({ outcome }) => outcome === 'not-proved') ? 'incomplete' : 'proved';
}
