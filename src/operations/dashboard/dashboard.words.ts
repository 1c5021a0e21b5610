import type { ConversionState, WireParameter } from '../../ledger/index.js';

const BADGES: Readonly<Record<string, string>> = {
  RECORDED: 'info',
  SENT: 'info',
  CREDITED: 'good',
  APPROVED: 'good',
  CLEARED: 'good',
  DRY_RUN: 'warn',
  REVERSED: 'warn',
  REJECTED: 'bad',
  UNDELIVERABLE: 'bad',
  held: 'info',
  queued: 'info',
  sent: 'info',
  confirmed: 'good',
  refused: 'bad',
};

/** The colour of a state. */
export const badgeOf = (state: string): string => BADGES[state] ?? '';

const MEANS: Readonly<Record<ConversionState, string>> = {
  RECORDED: 'stored, waiting to be sent',
  SENT: 'taken by impact.com, not decided yet',
  CREDITED: 'a partner is credited, and it may still change',
  APPROVED: 'the action is locked',
  CLEARED: 'the action is due for payment',
  SKIPPED: 'not sent, on purpose',
  DRY_RUN: 'recorded in dry-run mode, not sent',
  CANCELLED: 'taken back before it was sent',
  UNATTRIBUTED: 'nobody is credited, which is normal without a click or code',
  REJECTED: 'refused by impact.com, with a reason',
  REVERSED: 'the action was reversed',
  UNDELIVERABLE: 'needs a person',
};

export const meaningOf = (state: ConversionState): string => MEANS[state];

/** `2026-11-23 09:30`, in UTC. */
export const timeText = (date: Date | null): string =>
  date === null ? '–' : date.toISOString().slice(0, 16).replace('T', ' ');

/** `3 days`, `5 h`, `12 min`, `40 s`. */
export function ageText(milliseconds: number): string {
  const [seconds, minutes, hours] = [1000, 60_000, 3_600_000].map((unit) => Math.round(milliseconds / unit));
  if (seconds! < 120) return `${seconds} s`;
  if (minutes! < 120) return `${minutes} min`;
  return hours! < 48 ? `${hours} h` : `${Math.round(milliseconds / 86_400_000)} days`;
}

/** `12,345`. */
export const countText = (count: number): string => count.toLocaleString('en');

/** `12.5 %`; nothing of nothing has no share. */
export const shareText = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} %`;

/** `12,345.60`: the decimals stay as they are. */
export function moneyText(amount: string): string {
  const [whole = '', decimals] = amount.split('.', 2);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** What says nothing about the person who bought. Whatever is not in here is hidden. */
const SHOWN =
  /^(CampaignId|EventTypeId|EventTypeCode|EventDate|OrderId|ClickId|CurrencyCode|CustomerStatus|MediaPartnerId|TrackingConsent|PropertyId|PaymentType|GiftPurchase|Order(SubTotalPreDiscount|SubTotalPostDiscount|Discount|Shipping|Tax|Margin|PromoCode)|Item(Sku|Category|SubCategory|Name|Quantity|SubTotal|Price|TotalDiscount|Brand|Mpn|PromoCode|DeliveryType)\d+)$/;

export interface ShownParameter {
  readonly name: string;
  /** Null: it is stored and sent, and not shown. */
  readonly value: string | null;
}

/** A request as people may see it who need not know the customer. */
export const shownRequest = (request: readonly WireParameter[]): ShownParameter[] =>
  request.map(([name, value]) => ({ name, value: SHOWN.test(name) ? value : null }));
