import type { Action, Submission } from '../api/index.js';
import type { ActionFacts, Verdict } from '../ledger/index.js';
import { currencyDecimals, formatMoney, readMoney } from '../wire/index.js';

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

/** What the vendor says. */
export interface Evidence {
  /** Every action with the sale's order id. */
  readonly actions: readonly Action[];
  /** `null`: not asked, or not to be had. */
  readonly submission: Pick<Submission, 'status' | 'errorType' | 'reasonCodes'> | null;
}

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
 * What became of a sale.
 *
 * - An action settles it, whatever the submission says: the submission carries no action id and may be
 *   that of a repeat.
 * - `CONV_DUPLICATE` alone is never taken for a rejection while it may mean that an earlier attempt arrived.
 * - A sale without click or code that gets no action is unattributed, which is normal.
 */
export function decideVerdict(sale: SaleFacts, evidence: Evidence, patience: Patience): Verdict {
  const action = currentAction(evidence.actions);
  if (action !== null) return { is: 'action', action: factsOf(action) };

  const given = sale.waiting >= patience.giveUpAfter;
  const { submission } = evidence;
  if (submission !== null && failed(submission)) {
    if (!onlyDuplicate(submission.reasonCodes)) return rejected(submission);
    if (given) return sale.repeated ? missing(sale) : rejected(submission);
    return wait(sale, patience);
  }
  if (!given) return wait(sale, patience);
  if (!sale.attributable) {
    return { is: 'unattributed', why: 'it has neither a click nor a promo code, and no action appeared.' };
  }
  return missing(sale);
}

/**
 * The action that counts among those of one order: the newest that is not reversed, because a system
 * re-attribution reverses the old one and makes a new one (docs/vendor-contract.md §5.6).
 */
export function currentAction(actions: readonly Action[]): Action | null {
  const newestFirst = actions.toSorted(
    (a, b) => (b.creationDate?.getTime() ?? 0) - (a.creationDate?.getTime() ?? 0),
  );
  return newestFirst.find(({ state }) => state !== 'REVERSED') ?? newestFirst[0] ?? null;
}

function factsOf(action: Action): ActionFacts {
  return {
    actionId: action.id,
    state: stateOf(action),
    partnerId: action.mediaPartnerId,
    amount: inFull(action.amount, action.currency),
    currency: action.currency,
    payout: inFull(action.payout, action.currency),
    lockingDate: action.lockingDate,
    clearedAt: action.clearedDate,
  };
}

/** The vendor writes numbers, so 20.00 arrives as 20: kept with all decimals of its currency. */
function inFull(amount: string | null, currency: string | null): string | null {
  const decimals = currency === null ? undefined : currencyDecimals(currency);
  if (amount === null || currency === null || decimals === undefined) return amount;
  const reading = readMoney(amount, currency, decimals);
  return reading.ok ? formatMoney(reading.minor, currency) : amount;
}

function stateOf(action: Action): ActionFacts['state'] {
  if (action.state === 'REVERSED') return 'REVERSED';
  if (action.state === 'APPROVED') return action.clearedDate === null ? 'APPROVED' : 'CLEARED';
  return 'CREDITED';
}

const failed = ({ status, errorType, reasonCodes }: NonNullable<Evidence['submission']>): boolean =>
  status === 'COMPLETE' && (errorType !== null || reasonCodes.length > 0);

const onlyDuplicate = (codes: readonly string[]): boolean =>
  codes.length > 0 && codes.every((code) => code === 'CONV_DUPLICATE');

const rejected = ({ errorType, reasonCodes }: NonNullable<Evidence['submission']>): Verdict => ({
  is: 'rejected',
  reasonCodes: [...reasonCodes],
  errorType,
});

/** Still looked at, once a day. */
const missing = ({ waiting }: SaleFacts): Verdict => ({
  is: 'missing',
  again: waiting < MISSING_FOR_GOOD ? DAY : null,
});

/** Each look doubles the wait, but the moment of giving up is never slept through. */
function wait({ looks, waiting }: SaleFacts, { sweepInterval, giveUpAfter }: Patience): Verdict {
  const next = Math.min(sweepInterval * 2 ** Math.min(looks, MOST_DOUBLINGS), LONGEST_WAIT);
  const left = giveUpAfter - waiting;
  return { is: 'wait', again: left > 0 ? Math.min(next, left) : next };
}
