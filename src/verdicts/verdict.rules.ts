import type { Submission } from '../api/index.js';
import type { Verdict } from '../ledger/index.js';

/** What is known about a sale besides what the vendor says. */
export interface SaleFacts {
  /** Carries a click or a promo code, so that somebody should be credited. */
  readonly attributable: boolean;
  /** An attempt before the one that was taken may have arrived. */
  readonly repeated: boolean;
  /** Milliseconds since the vendor queued it. */
  readonly waiting: number;
  /** Look-ups so far. */
  readonly looks: number;
}

/** What the vendor says of it; `null`: not asked, or not to be had. */
export type Evidence = Pick<Submission, 'status' | 'errorType' | 'reasonCodes'> | null;

export interface Patience {
  readonly sweepInterval: number;
  readonly giveUpAfter: number;
}

const DAY = 86_400_000;
/** Submissions are kept for 90 days (docs/vendor-contract.md §4.1): after that nobody can tell any more. */
const MISSING_FOR_GOOD = 90 * DAY;
const LONGEST_WAIT = 6 * 3_600_000;
/** After this many doublings the wait has long reached its cap. */
const MOST_DOUBLINGS = 10;

/**
 * What became of a sale that no action was found for.
 *
 * - `CONV_DUPLICATE` alone is never taken for a rejection while it may mean that an earlier attempt arrived.
 * - A sale without click or code that gets no action is unattributed, which is normal.
 */
export function decideVerdict(sale: SaleFacts, submission: Evidence, patience: Patience): Verdict {
  const given = sale.waiting >= patience.giveUpAfter;
  if (submission !== null && failed(submission)) {
    if (!onlyDuplicate(submission.reasonCodes)) return rejected(submission);
    if (given) return sale.repeated ? missing(sale, 'duplicate') : rejected(submission);
    return wait(sale, patience);
  }
  if (!given) return wait(sale, patience);
  if (!sale.attributable) {
    return { is: 'unattributed', why: 'it has neither a click nor a promo code, and no action appeared.' };
  }
  if (submission === null) return missing(sale, 'unknown');
  return missing(sale, submission.status === 'COMPLETE' ? 'finished' : 'undecided');
}

const failed = ({ status, errorType, reasonCodes }: NonNullable<Evidence>): boolean =>
  status === 'COMPLETE' && (errorType !== null || reasonCodes.length > 0);

const onlyDuplicate = (codes: readonly string[]): boolean =>
  codes.length > 0 && codes.every((code) => code === 'CONV_DUPLICATE');

const rejected = ({ errorType, reasonCodes }: NonNullable<Evidence>): Verdict => ({
  is: 'rejected',
  reasonCodes: [...reasonCodes],
  errorType,
});

/** Still looked at, once a day. */
const missing = (
  { waiting }: SaleFacts,
  submission: Extract<Verdict, { is: 'missing' }>['submission'],
): Verdict => ({
  is: 'missing',
  again: waiting < MISSING_FOR_GOOD ? DAY : null,
  submission,
});

/** Each look doubles the wait, but the moment of giving up is never slept through. */
function wait({ looks, waiting }: SaleFacts, { sweepInterval, giveUpAfter }: Patience): Verdict {
  const next = Math.min(sweepInterval * 2 ** Math.min(looks, MOST_DOUBLINGS), LONGEST_WAIT);
  const left = giveUpAfter - waiting;
  return { is: 'wait', again: left > 0 ? Math.min(next, left) : next };
}
