import {
  toModificationParameters,
  toReversalParameters,
  type ModifiedItem,
} from './correction.parameters.js';
import { currencyDecimals } from './currency.table.js';
import { formatMoney, readMoney } from './money.rules.js';
import type { Parameters } from './sale.parameters.js';
import { divided } from './share.rules.js';
import type { SoldSale } from './sold-lines.rules.js';
import type { Worth } from './worth.rules.js';

/** How a call puts what it wants. */
export type CallForm = 'reverse' | 'reset' | 'lines' | 'quantities' | 'total' | 'status';

/** An action as it was last seen. Amounts are in its own currency, normally the account's. */
export interface ShownAction {
  readonly actionId: string;
  readonly state: 'PENDING' | 'APPROVED' | 'REVERSED';
  readonly amount: string | null;
  readonly currency: string | null;
  /** Before anybody changed it. */
  readonly firstAmount: string | null;
  readonly customerStatus: string | null;
  /** Epoch milliseconds. */
  readonly lockingAt: number | null;
  /** Calls that have changed it so far. */
  readonly modifications: number;
}

/** What an action is to show, and what is known about the way there. */
export interface CallPlan {
  readonly sold: SoldSale;
  /** Before the correction. */
  readonly before: Worth;
  readonly worth: Worth;
  /** Is put back to what was first reported. */
  readonly restores: boolean;
  /** Code of a modification. */
  readonly reason: string;
  /** Code of a reversal. */
  readonly disposition: string;
  readonly action: ShownAction;
  /** Epoch milliseconds. */
  readonly now: number;
  /** A call was made for it on this action. */
  readonly called: boolean;
  /** What the vendor has finished without an error on this action, and what the action does not show. */
  readonly tried: readonly CallForm[];
}

export type NextCall =
  | { readonly is: 'shown' }
  /** Somebody else has reversed it. */
  | { readonly is: 'reversed-by-others' }
  | { readonly is: 'locked' }
  | { readonly is: 'too-many' }
  /** No form is left. */
  | { readonly is: 'not-shown' }
  /** The action tells no amount that can be read. */
  | { readonly is: 'unreadable' }
  | {
      readonly is: 'call';
      readonly kind: 'modification' | 'reversal';
      readonly form: CallForm;
      readonly request: Parameters;
    };

/** Most modifications of one action (docs/vendor-contract.md §5.4). */
export const MOST_MODIFICATIONS = 1000;
/** Of what the vendor works out itself in another currency, the thousandth part may be rounding. */
const TOLERANCE = 1000n;

/**
 * The one call that brings an action nearer to what a correction wants of it, or why there is none.
 *
 * - Every call is absolute: repeated, it changes nothing (docs/vendor-contract.md §5.4). The vendor's relative
 *   `ItemSubTotalDelta` is never used.
 * - No amount in another currency than the action's ever goes out: the action's own first amount is scaled,
 *   or quantities alone are sent.
 * - By line as long as that says it all; else, or when the lines did not lead there, by the new total.
 */
export function nextCall(plan: CallPlan): NextCall {
  const { action, worth, before, restores, now } = plan;
  const shown = minorOf(action.amount, action.currency);
  if (isShown(plan)) return { is: 'shown' };
  const reversed = action.state === 'REVERSED';
  if (reversed && !worth.gone && !restores && !before.gone) return { is: 'reversed-by-others' };
  if (action.state === 'APPROVED' || (action.lockingAt !== null && action.lockingAt <= now)) {
    return { is: 'locked' };
  }
  if (action.modifications >= MOST_MODIFICATIONS) return { is: 'too-many' };
  if (worth.gone) return attempt(plan, 'reverse');
  if (reversed) return attempt(plan, 'reset');
  const wanted = wantedAmount(plan);
  if (shown === null || wanted === null) return { is: 'unreadable' };
  if (isNear(plan, shown, wanted)) return attempt(plan, 'status');
  if (worth.first && !plan.tried.includes('reset')) return attempt(plan, 'reset');
  const byLine = lineForm(plan);
  return attempt(plan, byLine === null || plan.tried.includes(byLine) ? 'total' : byLine);
}

/** Minor units that the action is to show, in its own currency; null when nothing can say it. */
export function wantedAmount({
  sold,
  worth,
  action,
}: Pick<CallPlan, 'sold' | 'worth' | 'action'>): bigint | null {
  const { currency, firstAmount } = action;
  if (worth.gone) return 0n;
  if (currency === null) return null;
  const first = minorOf(firstAmount, currency);
  if (worth.first && first !== null) return first;
  if (currency === sold.currency) return worth.amount;
  if (first === null || sold.amount <= 0n) return null;
  const scaled = divided(first * worth.amount, sold.amount);
  // Nothing would reverse it, and something is left.
  return scaled === 0n && worth.amount > 0n ? 1n : scaled;
}

export function minorOf(amount: string | null, currency: string | null): bigint | null {
  const decimals = currency === null ? undefined : currencyDecimals(currency);
  if (amount === null || currency === null || decimals === undefined) return null;
  const reading = readMoney(amount, currency, decimals);
  return reading.ok ? reading.minor : null;
}

function isShown(plan: CallPlan): boolean {
  const { action, worth, sold } = plan;
  const shown = minorOf(action.amount, action.currency);
  if (worth.gone) return action.state === 'REVERSED' || (shown === 0n && sold.amount > 0n);
  if (action.state === 'REVERSED') return false;
  const wanted = wantedAmount(plan);
  return shown !== null && wanted !== null && isNear(plan, shown, wanted) && showsStatus(plan);
}

/** An account whose listing leaves the status out is believed once a call was taken. */
function showsStatus({ action, worth, sold, called }: CallPlan): boolean {
  if (worth.customerStatus === null || action.customerStatus === worth.customerStatus) return true;
  return action.customerStatus === null && (called || worth.customerStatus === sold.customerStatus);
}

/** Exact, but where the vendor works out in another currency what quantities are worth. */
function isNear(plan: CallPlan, shown: bigint, wanted: bigint): boolean {
  const { sold, before, worth, action, called } = plan;
  const difference = shown > wanted ? shown - wanted : wanted - shown;
  if (difference === 0n) return true;
  if (action.currency === sold.currency || worth.first || !worth.byQuantity) return false;
  const units = BigInt(worth.lines.length + 1);
  const tolerance = wanted / TOLERANCE > units ? wanted / TOLERANCE : units;
  if (worth.amount === before.amount) return difference <= tolerance;
  // What stands where it stood before is not near, however small the change.
  const stood = wantedAmount({ ...plan, worth: before });
  const change = stood === null ? 0n : stood > wanted ? stood - wanted : wanted - stood;
  return called && difference <= tolerance && difference * 2n < change;
}

function lineForm({ sold, worth, action }: CallPlan): 'lines' | 'quantities' | null {
  if (!worth.byLine || worth.lines.length === 0) return null;
  // Several lines of one sku cannot be told apart, and a line without units has no worth.
  if (sold.lines.some(({ count }) => count > 1)) return null;
  if (worth.lines.some(({ quantity, amount }) => quantity === 0 && amount > 0n)) return null;
  if (action.currency === sold.currency) return 'lines';
  return worth.byQuantity ? 'quantities' : null;
}

function attempt(plan: CallPlan, form: CallForm): NextCall {
  if (plan.tried.includes(form)) return { is: 'not-shown' };
  if (form === 'reverse') {
    const request = toReversalParameters(plan.disposition, plan.action);
    return { is: 'call', kind: 'reversal', form, request };
  }
  return { is: 'call', kind: 'modification', form, request: modification(plan, form) };
}

function modification(plan: CallPlan, form: Exclude<CallForm, 'reverse'>): Parameters {
  const { action, reason, worth } = plan;
  const customerStatus = showsStatus(plan) ? undefined : (worth.customerStatus ?? undefined);
  const status = customerStatus === undefined ? {} : { customerStatus };
  switch (form) {
    case 'reset':
      return toModificationParameters({ reason: 'RESET' }, action);
    case 'status':
      return toModificationParameters({ reason, customerStatus: worth.customerStatus ?? '' }, action);
    case 'total': {
      const amount = formatMoney(wantedAmount(plan) ?? 0n, action.currency ?? plan.sold.currency);
      return toModificationParameters({ reason, amount, ...status }, action);
    }
    default:
      return toModificationParameters({ items: itemsOf(plan, form === 'lines'), ...status }, action);
  }
}

/** What differs from the action's own lines, or may: each as it is to be. */
function itemsOf({ sold, worth }: CallPlan, withAmounts: boolean): ModifiedItem[] {
  const { exactLines } = worth;
  const all = withAmounts && !exactLines;
  const lines = worth.lines.filter(({ touched }) => touched || all);
  return lines.map(({ sku, quantity, amount }) => ({
    sku,
    quantity,
    ...(withAmounts && quantity > 0 ? { amount: formatMoney(amount, sold.currency) } : {}),
  }));
}
