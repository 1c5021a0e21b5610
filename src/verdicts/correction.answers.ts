import type { CorrectionClaim, CorrectionMove, StoredCorrection } from '../ledger/index.js';
import type { CallPlan } from '../wire/index.js';

export interface CorrectionPatience {
  readonly sweepInterval: number;
  readonly lookupAfter: number;
  readonly giveUpAfter: number;
}

const LONGEST_WAIT = 6 * 3_600_000;
const MOST_DOUBLINGS = 10;

export const later = (
  correction: StoredCorrection,
  { sweepInterval }: CorrectionPatience,
): Extract<CorrectionMove, { is: 'wait' }> => ({
  is: 'wait',
  correction,
  again: Math.min(sweepInterval * 2 ** Math.min(correction.looks, MOST_DOUBLINGS), LONGEST_WAIT),
});

export const waits = (
  corrections: readonly StoredCorrection[],
  patience: CorrectionPatience,
): CorrectionMove[] =>
  corrections
    .filter(({ dueAt }) => dueAt !== null)
    .map((correction): CorrectionMove =>
      correction.state === 'held' || correction.state === 'sent'
        ? later(correction, patience)
        : { is: 'clear', correction },
    );

export const nothing = (
  correction: StoredCorrection,
  why: string,
  actionId: string | null = null,
): CorrectionMove => ({ is: 'nothing-to-correct', correction, why, actionId });

export const confirmed = (
  correction: StoredCorrection,
  plan: CallPlan,
  notes: readonly string[],
): CorrectionMove => ({
  is: 'confirmed',
  correction,
  actionId: plan.action.actionId,
  amount: plan.action.amount,
  currency: plan.action.currency,
  state: plan.action.state,
  called: plan.called,
  notes,
});

export const refused = (
  correction: StoredCorrection,
  given: {
    readonly problems: readonly string[];
    readonly reasonCodes?: readonly string[];
    readonly claim?: CorrectionClaim;
    readonly actionId?: string;
  },
): CorrectionMove => ({
  is: 'refused',
  correction,
  problems: given.problems,
  reasonCodes: given.reasonCodes ?? [],
  claim: given.claim ?? null,
  actionId: given.actionId ?? null,
});
