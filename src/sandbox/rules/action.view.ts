import { createHash } from 'node:crypto';
import type { SandboxSettings } from '../sandbox.settings.js';
import type { SandboxAction, SandboxActionChange } from '../sandbox.types.js';
import type { ActionRecord } from '../state/action.record.js';
import { clearedDate, referringType, stateOf } from './action.rules.js';
import { payoutOf } from './amount.rules.js';
import { printDate } from './date.rules.js';

type Fields = Record<string, string | number>;

/** How actions look on the wire: the documented fields and no others (docs/vendor-contract.md §5.2 and §5.3). */
export class ActionPrinter {
  constructor(
    private readonly settings: SandboxSettings,
    private readonly now: Date,
  ) {}

  action(action: ActionRecord): Fields {
    const { parameters } = action;
    const last = action.history.at(-1);
    const cleared = clearedDate(action, this.settings.clearingAfter, this.now);
    const given = (name: string): string => parameters[name] ?? '';
    return {
      Id: action.id,
      CampaignId: this.number(action.programId),
      CampaignName: this.programName(action),
      ActionTrackerId: this.number(action.eventTypeId),
      ActionTrackerName: this.eventTypeName(action),
      EventCode: action.eventCode,
      MediaPartnerId: this.number(action.partnerId),
      MediaPartnerName: this.partnerName(action),
      State: stateOf(action, this.now),
      AdId: this.number(action.adId),
      ClientCost: this.number(action.payout),
      Payout: this.number(action.payout),
      DeltaPayout: this.number(last?.deltaPayout ?? '0'),
      IntendedPayout: this.number(action.intended.payout),
      Amount: this.number(action.amount),
      DeltaAmount: this.number(last?.deltaAmount ?? '0'),
      IntendedAmount: this.number(action.intended.amount),
      Currency: action.currency,
      ReferringDate: action.referringDate ? this.date(action.referringDate) : '',
      EventDate: this.date(action.eventDate),
      CreationDate: this.date(action.createdAt),
      LockingDate: this.date(action.lockingDate),
      ClearedDate: cleared ? this.date(cleared) : '',
      ReferringType: referringType(action),
      ReferringDomain: '',
      PromoCode: given('OrderPromoCode'),
      Oid: action.orderId,
      CustomerId: given('CustomerId'),
      CustomerStatus: action.customerStatus,
      CustomerPostCode: given('CustomerPostCode'),
      CustomerArea: '',
      CustomerCity: given('CustomerCity'),
      CustomerRegion: given('CustomerRegion'),
      CustomerCountry: given('CustomerCountry'),
      IpAddress: given('IpAddress') === '' ? '' : sha1(given('IpAddress')),
      SharedId: action.sharedId,
      CallerId: given('CallerId'),
      Note: given('Note'),
      ...this.original(action),
      Uri: this.uri(action),
    };
  }

  items(action: ActionRecord): Fields[] {
    return action.items.map((item) => ({
      Sku: item.sku,
      ItemName: item.name,
      Category: item.category,
      Quantity: `${item.quantity}`,
      SaleAmount: action.reversed ? '0' : item.amount,
      SaleAmountCurrency: action.currency,
      Payout: this.number(payoutOf(action.reversed ? '0' : item.amount, action.payoutRate, action.currency)),
      PayoutCurrency: action.currency,
      Rebate: '',
      RebateCurrency: '',
      AdjustmentDate: item.adjustedAt ? this.date(item.adjustedAt) : '',
      AdjustmentReason: item.adjustmentReason,
      Uri: `${this.uri(action)}/Items/${encodeURIComponent(item.sku)}`,
    }));
  }

  update(action: ActionRecord, entry: SandboxActionChange): Fields {
    const cleared = clearedDate(action, this.settings.clearingAfter, this.now);
    return {
      Id: entry.id,
      ActionId: action.id,
      CampaignId: this.number(action.programId),
      ActionTrackerId: this.number(action.eventTypeId),
      EventTypeId: this.number(action.eventTypeId),
      EventTypeName: this.eventTypeName(action),
      EventCode: action.eventCode,
      MediaPartnerId: this.number(action.partnerId),
      State: stateOf(action, this.now),
      StateDetail: cleared ? 'PAID' : 'OPEN',
      StateDetailDescription: '',
      AdId: this.number(action.adId),
      Disposition: entry.reason,
      DeltaPayout: this.number(entry.deltaPayout),
      DeltaAmount: this.number(entry.deltaAmount),
      Currency: action.currency,
      Category: '',
      Sku: '',
      Quantity: '',
      PayoutLevel: 'ORDER',
      DefaultPayoutRate: this.number(action.payoutRate),
      ContractId: '',
      UpdateDate: this.date(entry.at),
      LockingDate: this.date(action.lockingDate),
      ClearingDate: cleared ? this.date(cleared) : '',
      ActionDate: this.date(action.eventDate),
      Oid: action.orderId,
      CustomerId: action.parameters['CustomerId'] ?? '',
      CustomerStatus: action.customerStatus,
      SharedId: action.sharedId,
      ActionUri: this.uri(action),
      Uri: `/Advertisers/${this.settings.accountSid}/ActionUpdates/${entry.id}`,
    };
  }

  /** The sandbox's own read model, for tests and pages. */
  view(action: ActionRecord): SandboxAction {
    return {
      id: action.id,
      programId: action.programId,
      eventTypeId: action.eventTypeId,
      eventCode: action.eventCode,
      partnerId: action.partnerId,
      partnerName: this.partnerName(action),
      adId: action.adId,
      clickId: action.clickId,
      attributedBy: action.attributedBy,
      submissionId: action.submissionId,
      orderId: action.orderId,
      state: stateOf(action, this.now),
      currency: action.currency,
      amount: action.amount,
      payout: action.payout,
      originalCurrency: action.originalCurrency,
      originalAmount: action.originalAmount,
      intendedAmount: action.intended.amount,
      intendedPayout: action.intended.payout,
      referringDate: action.referringDate,
      eventDate: action.eventDate,
      createdAt: action.createdAt,
      visibleAt: action.visibleAt,
      updatedAt: action.updatedAt,
      lockingDate: action.lockingDate,
      clearedDate: clearedDate(action, this.settings.clearingAfter, this.now),
      test: action.test,
      promoCode: action.parameters['OrderPromoCode'] ?? '',
      sharedId: action.sharedId,
      customerId: action.parameters['CustomerId'] ?? '',
      customerStatus: action.customerStatus,
      note: action.parameters['Note'] ?? '',
      items: action.items.map((item) => ({
        sku: item.sku,
        name: item.name,
        category: item.category,
        quantity: item.quantity,
        amount: item.amount,
        adjustedAt: item.adjustedAt,
        adjustmentReason: item.adjustmentReason,
        payout: payoutOf(item.amount, action.payoutRate, action.currency),
      })),
      history: [...action.history],
    };
  }

  /** Not documented for listings; the account can have them there. */
  private original(action: ActionRecord): Fields {
    return this.settings.originalAmounts === 'listed'
      ? { OriginalAmount: this.number(action.originalAmount), OriginalCurrency: action.originalCurrency }
      : {};
  }

  private uri(action: ActionRecord): string {
    return `/Advertisers/${this.settings.accountSid}/Actions/${action.id}`;
  }

  private date(date: Date): string {
    return printDate(date, this.settings.utcOffset);
  }

  /** Numbers in version 14, strings before it; an empty value is a string in both. */
  private number(value: string): string | number {
    return value === '' || this.settings.numbers === 'string' ? value : Number(value);
  }

  private programName(action: ActionRecord): string {
    return this.settings.programs.find(({ id }) => id === action.programId)?.name ?? '';
  }

  private eventTypeName(action: ActionRecord): string {
    return this.settings.eventTypes.find(({ id }) => id === action.eventTypeId)?.name ?? '';
  }

  private partnerName(action: ActionRecord): string {
    return this.settings.partners.find(({ id }) => id === action.partnerId)?.name ?? '';
  }
}

export const sha1 = (value: string): string => createHash('sha1').update(value).digest('hex');
