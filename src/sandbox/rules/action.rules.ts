import type { ActionState, SandboxActionChange } from '../sandbox.types.js';
import type { Contract, SandboxSettings } from '../sandbox.settings.js';
import { itemsOf, type ActionRecord } from '../state/action.record.js';
import type { SandboxIds } from '../state/sandbox.ids.js';
import { convertAmount, payoutOf, saleAmount } from './amount.rules.js';
import { midnight } from './date.rules.js';
import { DAY } from './duration.rules.js';
import { decimal, decimalsOf, text } from './money.rules.js';
import type { Credit, Sale } from './verdict.rules.js';

export interface NewAction {
  readonly sale: Sale;
  readonly credit: Credit;
  /** `null` when it was planted. */
  readonly submissionId: string | null;
  readonly now: Date;
}

type ActionSettings = Pick<SandboxSettings, 'accountCurrency' | 'rates' | 'actionDelay' | 'utcOffset'>;

export function createAction(entry: NewAction, settings: ActionSettings, ids: SandboxIds): ActionRecord {
  const { sale, credit, now } = entry;
  const { fields } = sale.input;
  const { click, partner, contract, eventType } = credit;
  const original = saleAmount(sale.input, settings.accountCurrency);
  const account = convertAmount(original, settings.accountCurrency, settings.rates[original.currency] ?? '1');
  const payoutRate = partner.test || click?.test ? '0' : contract.payoutRate;
  const payout = payoutOf(account.total, payoutRate, account.currency);
  const action: ActionRecord = {
    id: ids.action(eventType.programId),
    programId: eventType.programId,
    eventTypeId: eventType.id,
    eventCode: fields['EventTypeCode'] ?? eventType.code,
    partnerId: partner.id,
    adId: click?.adId ?? '',
    clickId: click?.id ?? '',
    attributedBy: credit.attributedBy,
    submissionId: entry.submissionId ?? '',
    orderId: sale.orderId,
    originalCurrency: original.currency,
    originalAmount: original.total,
    currency: account.currency,
    payoutRate,
    intended: { amount: account.total, payout, lines: account.lines },
    referringDate: click?.at ?? null,
    eventDate: sale.eventDate,
    receivedAt: sale.receivedAt,
    createdAt: now,
    visibleAt: new Date(now.getTime() + settings.actionDelay),
    test: partner.test || (click?.test ?? false),
    parameters: fields,
    sharedId: click?.sharedId ?? fields['SharedId'] ?? '',
    amount: account.total,
    payout,
    items: itemsOf(account.lines, null, ''),
    customerStatus: fields['CustomerStatus'] ?? '',
    updatedAt: now,
    lockingDate: lockingDate(sale.eventDate, contract, settings.utcOffset),
    reversed: false,
    modifications: 0,
    clearingTold: false,
    history: [],
  };
  track(action, ids, now, entry.submissionId);
  return action;
}

/** The first line of an action's history. */
export function track(action: ActionRecord, ids: SandboxIds, at: Date, submissionId: string | null): void {
  const what = { kind: 'tracked', reason: 'IR_BLANK', at, submissionId } as const;
  action.history.push(change(action, ids, what, { amount: '0', payout: '0' }));
}

/** Periods of days end at midnight of the account, as in the vendor's sample (docs/vendor-contract.md §5.2). */
function lockingDate(eventDate: Date, contract: Contract, offset: string): Date {
  const date = new Date(eventDate.getTime() + contract.lockingAfter);
  return contract.lockingAfter < DAY ? date : midnight(date, offset);
}

export function change(
  action: ActionRecord,
  ids: SandboxIds,
  what: Pick<SandboxActionChange, 'kind' | 'reason' | 'at' | 'submissionId'>,
  before: { readonly amount: string; readonly payout: string },
): SandboxActionChange {
  const decimals = decimalsOf(action.currency);
  return {
    id: ids.update(action.id),
    ...what,
    deltaAmount: text(decimal(action.amount).minus(before.amount), decimals),
    deltaPayout: text(decimal(action.payout).minus(before.payout), decimals),
    amount: action.amount,
    payout: action.payout,
  };
}

const REFERRING_TYPES: Readonly<Record<ActionRecord['attributedBy'], string>> = {
  click: 'CLICK_COOKIE',
  customer: 'CLICK_COOKIE',
  'promo-code': 'PROMO_CODE',
  media: 'MEDIA_ID',
};

export const referringType = (action: ActionRecord): string => REFERRING_TYPES[action.attributedBy];

/** Approval is nothing that is done: it is what a pending action becomes on its locking date (§5.6). */
export function stateOf(action: ActionRecord, now: Date): ActionState {
  if (action.reversed) return 'REVERSED';
  return isLocked(action, now) ? 'APPROVED' : 'PENDING';
}

export const isLocked = (action: ActionRecord, now: Date): boolean =>
  now.getTime() >= action.lockingDate.getTime();

export const isVisible = (action: ActionRecord, now: Date): boolean =>
  now.getTime() >= action.visibleAt.getTime();

export function clearedDate(action: ActionRecord, clearingAfter: number, now: Date): Date | null {
  if (action.reversed) return null;
  const date = new Date(action.lockingDate.getTime() + clearingAfter);
  return now.getTime() >= date.getTime() ? date : null;
}
