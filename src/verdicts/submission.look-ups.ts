import { type ImpactApiClient, ImpactApiError, type Submission } from '../api/index.js';
import type { DecidedVerdict, DueVerdict, Verdict } from '../ledger/index.js';
import { concernsAll, type LookUpTurn } from './look-up.turn.js';
import { decideVerdict, type Patience } from './verdict.rules.js';

export interface LookUps {
  readonly api: Pick<ImpactApiClient, 'getSubmission'>;
  readonly turn: LookUpTurn;
  readonly patience: Patience;
}

/** Submissions in a row that cannot be looked up: so many are not each sale's own fault. */
const TROUBLE = 3;

/**
 * What became of sales that no action was found for. Those with a click or a promo code are asked for by their
 * submission; without either nobody is owed an explanation, and it would cost a call per sale.
 *
 * The error of its own look-up concerns one sale, unless it goes on: it must not hold up the others.
 */
export async function lookUpSubmissions(
  due: readonly DueVerdict[],
  { api, turn, patience }: LookUps,
): Promise<{ decided: DecidedVerdict[]; trouble: ImpactApiError | null }> {
  const later: Verdict = { is: 'wait', again: patience.sweepInterval };
  const decided: DecidedVerdict[] = [];
  let failures = 0;
  let trouble: ImpactApiError | null = null;
  let mayCall = true;
  for (const one of due) {
    const { submissionId } = one;
    if (!one.attributable || submissionId === null) {
      decided.push({ due: one, verdict: decideVerdict(one, null, patience) });
      continue;
    }
    mayCall &&= await turn.mayCall();
    if (!mayCall || trouble !== null) {
      decided.push({ due: one, verdict: later });
      continue;
    }
    const answer = await submissionOf(api, turn, submissionId);
    if (answer instanceof ImpactApiError) {
      failures += 1;
      if (failures >= TROUBLE || concernsAll(answer)) {
        trouble = answer;
        mayCall = false;
      }
      decided.push({ due: one, verdict: later });
      continue;
    }
    failures = 0;
    decided.push({ due: one, verdict: decideVerdict(one, answer, patience) });
  }
  return { decided, trouble };
}

async function submissionOf(
  api: LookUps['api'],
  turn: LookUpTurn,
  id: string,
): Promise<Submission | null | ImpactApiError> {
  try {
    const submission = await api.getSubmission(id);
    await turn.answered(submission.rate);
    return submission;
  } catch (error) {
    if (!(error instanceof ImpactApiError)) throw error;
    // Submissions are kept for 90 days (docs/vendor-contract.md §4.1): a missing one says nothing.
    return error.status === 404 ? null : error;
  }
}
