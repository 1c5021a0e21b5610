import type { SandboxActionChange } from '../sandbox.types.js';
import { itemsOf, type ActionRecord, type ItemRecord } from '../state/action.record.js';
import type { SandboxIds } from '../state/sandbox.ids.js';
import { change, isLocked } from './action.rules.js';
import { payoutOf } from './amount.rules.js';
import { itemEdits, type ItemEdit } from './correction.validation.js';
import { decimal, decimalsOf, spread, sum, text, type Big } from './money.rules.js';
import type { ReasonCode } from './reason.codes.js';

/** Most modifications of one action (docs/vendor-contract.md §5.4). */
export const MAX_MODIFICATIONS = 1_000;

type Parameters = Readonly<Record<string, string>>;

/** `null` when the correction may be applied. */
export function refusalOf(action: ActionRecord, reason: string, now: Date): ReasonCode | null {
  if (isLocked(action, now)) return 'ACTION_LOCKED';
  if (action.reversed && reason !== 'RESET') return 'ACTION_REVERSED';
  return action.modifications >= MAX_MODIFICATIONS ? 'MAX_MODIFICATIONS_REACHED' : null;
}

/** Who corrects, and when. */
export interface Correction {
  readonly ids: SandboxIds;
  readonly now: Date;
  /** `null` when it is done by hand. */
  readonly submissionId: string | null;
}

/** Applies a PUT to the action; amounts are in the account's currency. Answers a reason code when it cannot. */
export function modify(
  action: ActionRecord,
  parameters: Parameters,
  correction: Correction,
): ReasonCode | null {
  const reason = parameters['Reason'] ?? '';
  const { now } = correction;
  const edits = itemEdits(parameters);
  if (edits.some((edit) => !action.items.some((item) => item.sku === edit.sku))) return 'ITEM_NOT_FOUND';

  if (reason === 'RESET') {
    settle(action, correction, { kind: action.reversed ? 'restored' : 'modified', reason }, () => {
      action.reversed = false;
      action.items = itemsOf(action.intended.lines, now, reason);
      action.customerStatus = action.parameters['CustomerStatus'] ?? '';
    });
    return null;
  }
  settle(action, correction, { kind: 'modified', reason }, () => {
    const wasZero = decimal(action.amount).eq(0);
    if (edits.length > 0) {
      for (const edit of edits) editItem(action, edit, reason, now);
    } else if (parameters['Amount']) {
      scale(action.items, decimal(parameters['Amount']), decimalsOf(action.currency), reason, now);
    }
    if (parameters['CustomerStatus']) action.customerStatus = parameters['CustomerStatus'];
    // An amount of 0 reverses, unless it was 0 all along (§5.4).
    action.reversed = !wasZero && total(action.items).eq(0);
  });
  return null;
}

export function reverse(action: ActionRecord, reason: string, correction: Correction): void {
  settle(action, correction, { kind: 'reversed', reason }, () => {
    action.reversed = true;
  });
}

/** Runs `edit`, then brings total, payout and history in line with it. */
export function settle(
  action: ActionRecord,
  { ids, now, submissionId }: Correction,
  what: Pick<SandboxActionChange, 'kind' | 'reason'>,
  edit: () => void,
): void {
  const before = { amount: action.amount, payout: action.payout };
  edit();
  action.amount = action.reversed ? text(decimal(0), decimalsOf(action.currency)) : totalText(action);
  action.payout = payoutOf(action.amount, action.payoutRate, action.currency);
  action.modifications += 1;
  action.updatedAt = now;
  const kind = action.reversed ? 'reversed' : what.kind;
  action.history.push(change(action, ids, { kind, reason: what.reason, at: now, submissionId }, before));
}

function editItem(action: ActionRecord, edit: ItemEdit, reason: string, now: Date): void {
  const decimals = decimalsOf(action.currency);
  const item = action.items.find(({ sku }) => sku === edit.sku);
  if (!item) return;
  if (edit.quantity !== undefined) {
    const quantity = Number(edit.quantity);
    const { priced } = item;
    // Absolute: one less and one more again is the amount that it was, to the cent.
    const amount =
      priced.quantity === 0 ? decimal(0) : decimal(priced.amount).times(quantity).div(priced.quantity);
    item.amount = text(amount, decimals);
    item.quantity = quantity;
  }
  if (edit.amount !== undefined) price(item, decimal(edit.amount), decimals);
  if (edit.delta !== undefined) {
    const amount = decimal(item.amount).plus(edit.delta);
    price(item, amount.lt(0) ? decimal(0) : amount, decimals);
  }
  if (edit.category !== undefined) item.category = edit.category;
  item.adjustedAt = now;
  item.adjustmentReason = reason;
}

export function scale(items: ItemRecord[], amount: Big, decimals: number, reason: string, now: Date): void {
  const parts = spread(
    amount,
    items.map((item) => decimal(item.amount)),
    decimals,
  );
  for (const [index, item] of items.entries()) {
    price(item, parts[index] ?? decimal(0), decimals);
    item.adjustedAt = now;
    item.adjustmentReason = reason;
  }
}

function price(item: ItemRecord, amount: Big, decimals: number): void {
  item.amount = text(amount, decimals);
  if (item.quantity > 0) item.priced = { amount: item.amount, quantity: item.quantity };
}

const total = (items: readonly ItemRecord[]): Big => sum(items.map((item) => decimal(item.amount)));
const totalText = (action: ActionRecord): string => text(total(action.items), decimalsOf(action.currency));
