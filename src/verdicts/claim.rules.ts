import type { CorrectionClaim, CorrectionPicture } from '../ledger/index.js';
import {
  type CallPlan,
  currencyDecimals,
  divided,
  formatMoney,
  minorOf,
  wantedAmount,
} from '../wire/index.js';

export type ClaimReason = 'locked' | 'too-many' | 'not-shown';

const WHY: Readonly<Record<ClaimReason, string>> = {
  locked: 'The action is locked and can no longer be changed by a call.',
  'too-many': 'The action has been changed 1,000 times, and impact.com takes no further change.',
  'not-shown': 'impact.com has taken the change, but the action does not show it.',
};

/** What has to be settled by hand because no call can bring the action where it should be. */
export function claimOf(
  plan: Pick<CallPlan, 'sold' | 'worth' | 'action' | 'now'>,
  action: NonNullable<CorrectionPicture['action']>,
  reason: ClaimReason,
): CorrectionClaim {
  const { currency } = action;
  const shown = minorOf(action.amount, currency);
  const wanted = wantedAmount(plan);
  const known = currency !== null && currencyDecimals(currency) !== undefined;
  const inFull = (minor: bigint | null): string | null =>
    known && minor !== null ? formatMoney(minor, currency) : null;
  const difference = shown === null || wanted === null ? null : shown - wanted;
  const payout = minorOf(action.payout, currency);
  const ofPayout =
    difference === null || payout === null || shown === null || shown <= 0n
      ? null
      : divided(payout * difference, shown);
  return {
    reason,
    why: WHY[reason],
    at: plan.now,
    actionId: action.actionId,
    partnerId: action.partnerId,
    currency,
    shown: inFull(shown),
    wanted: inFull(wanted),
    amount: inFull(difference),
    payout: inFull(ofPayout),
  };
}
