import type { SandboxSettings } from '../sandbox.settings.js';
import type { ActionRecord } from '../state/action.record.js';
import { clearedDate, referringType, stateOf } from './action.rules.js';
import { printDate } from './date.rules.js';

/** What the macros of a postback stand for (docs/vendor-contract.md §10.2; the full list is unknown). */
export function postbackMacros(
  action: ActionRecord,
  settings: SandboxSettings,
  now: Date,
): Record<string, string> {
  const partner = settings.partners.find(({ id }) => id === action.partnerId);
  const last = action.history.at(-1);
  const cleared = clearedDate(action, settings.clearingAfter, now);
  const date = (value: Date): string => printDate(value, settings.utcOffset);
  return {
    CampaignId: action.programId,
    CampaignName: settings.programs.find(({ id }) => id === action.programId)?.name ?? '',
    ActionTrackerId: action.eventTypeId,
    ActionTrackerName: settings.eventTypes.find(({ id }) => id === action.eventTypeId)?.name ?? '',
    MediaPartnerId: action.partnerId,
    MediaPartnerName: partner?.name ?? '',
    ActionType: 'SALE',
    ReferringType: referringType(action),
    ActionId: action.id,
    Status: stateOf(action, now),
    StatusDetail: cleared ? 'PAID' : 'OPEN',
    AdId: action.adId,
    Payout: action.payout,
    DeltaPayout: last?.deltaPayout ?? '',
    IntendedPayout: action.intended.payout,
    Amount: action.amount,
    DeltaAmount: last?.deltaAmount ?? '',
    IntendedAmount: action.intended.amount,
    Currency: action.currency,
    OriginalCurrency: action.originalCurrency,
    OriginalAmount: action.originalAmount,
    EventDate: date(action.eventDate),
    CreationDate: date(action.createdAt),
    LockingDate: date(action.lockingDate),
    ClearedDate: cleared ? date(cleared) : '',
    Oid: action.orderId,
    OrderId: action.orderId,
    CustomerId: action.parameters['CustomerId'] ?? '',
    SharedId: action.sharedId,
  };
}
