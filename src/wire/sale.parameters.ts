import type { PreparedItem, PreparedSale } from './prepared.sale.js';

/** Names and values as the vendor gets them, in a fixed order. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** What a sale does not know about itself. The resolved options of the module and a click make one. */
export interface SaleContext {
  readonly campaignId: string;
  readonly eventTypeId: string;
  /** Sent in place of the number when there is one: the vendor takes one of them (docs/vendor-contract.md §3.1). */
  readonly eventTypeCode?: string | null;
  /** The click that won, `null` when none did. */
  readonly clickId: string | null;
  /** The one of the sale's promo codes that is sent; default: the first. */
  readonly promoCode?: string | null;
}

const WITHOUT_CLICK_ONLY: ReadonlySet<string> = new Set(['SubId1', 'SubId2', 'SubId3', 'SharedId']);

/**
 * The parameters of `POST /Conversions` (docs/vendor-contract.md §3.2).
 *
 * A sale without lines goes as `OrderSubTotalPostDiscount`, which v14 defines for exactly that case.
 * `Amount` would fit too, but it also names a line's value in older versions, and its published limit
 * is narrower.
 */
export function toParameters(sale: PreparedSale, context: SaleContext): Parameters {
  const { clickId, promoCode } = context;
  const details = Object.entries(sale.details)
    .filter(([name]) => clickId === null || !WITHOUT_CLICK_ONLY.has(name))
    .map(([name, value]): Candidate => [name, name === 'OrderPromoCode' ? (promoCode ?? value) : value]);
  return present([
    ['CampaignId', context.campaignId],
    eventType(context),
    ['EventDate', sale.eventDate],
    ['OrderId', sale.wireOrderId],
    ['ClickId', clickId],
    ['CurrencyCode', sale.currency],
    ['OrderSubTotalPostDiscount', sale.amount],
    ['OrderDiscount', sale.discount],
    ...details,
    ...sale.items.flatMap((item, index) => itemParameters(item, index + 1)),
  ]);
}

type Candidate = readonly [name: string, value: string | null];

const eventType = ({ eventTypeId, eventTypeCode }: SaleContext): Candidate =>
  eventTypeCode ? ['EventTypeCode', eventTypeCode] : ['EventTypeId', eventTypeId];

/** Lines count from 1 as in all of the vendor's documentation (docs/vendor-contract.md §12 #9). */
function itemParameters(item: PreparedItem, number: number): Candidate[] {
  return [
    [`ItemSku${number}`, item.sku],
    [`ItemCategory${number}`, item.category],
    [`ItemQuantity${number}`, String(item.quantity)],
    [`ItemSubTotal${number}`, item.subtotal],
    [`ItemTotalDiscount${number}`, item.totalDiscount],
    // A custom field has its own number after the line's: ItemText1_3.
    ...Object.entries(item.details).map(([name, value]): Candidate => [
      name.replace(/^([A-Za-z]+)/, `$1${number}`),
      value,
    ]),
  ];
}

/** An empty value says nothing, and what the vendor makes of one is not published. A zero is a value. */
const present = (candidates: readonly Candidate[]): Parameters =>
  candidates.filter(
    (candidate): candidate is readonly [string, string] => candidate[1] !== null && candidate[1] !== '',
  );

/** An `application/x-www-form-urlencoded` body. */
export function encodeForm(parameters: Parameters): string {
  return new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
}

/** A flat JSON body with the same names; every value stays a string, so that no decimal becomes a float. */
export function toJsonBody(parameters: Parameters): string {
  return JSON.stringify(Object.fromEntries(parameters));
}
