import { parseMoney } from './money.rules.js';

/** One line, checked: `subtotal` is net of tax and before its own discount. */
export interface PreparedItem {
  readonly sku: string;
  readonly category: string;
  readonly quantity: number;
  readonly subtotal: string;
  readonly totalDiscount: string | null;
  /** Vendor parameter without the line's number → value. */
  readonly details: Readonly<Record<string, string>>;
}

/**
 * A sale that has passed every check: plain JSON without undefined values, money as decimal strings with
 * all decimals of the currency, e-mail as a digest. What the ledger stores and what is sent come from it alone.
 */
export interface PreparedSale {
  readonly version: 1;
  readonly orderId: string;
  /** The order id as the vendor knows it. */
  readonly wireOrderId: string;
  /** UTC with seconds, for example `2026-03-01T12:00:00Z`. */
  readonly eventDate: string;
  readonly currency: string;
  /** The order's value when it is not reported by line, else `null`. */
  readonly amount: string | null;
  /** The whole-order discount of a sale with lines, else `null`. */
  readonly discount: string | null;
  /** Empty when the sale is reported as one amount. */
  readonly items: readonly PreparedItem[];
  /** Vendor parameter → value, for everything else that is sent. */
  readonly details: Readonly<Record<string, string>>;
  /** Every code that the customer entered, in the caller's order; {@link details} holds the first. */
  readonly promoCodes: readonly string[];
  /** The click that the caller named; attribution may find another one when there is none. */
  readonly clickId: string | null;
  readonly subscription: string | null;
  readonly test: boolean;
}

/** Keys by which the vendor can give a sale to a partner (docs/vendor-contract.md §3.1). */
export type AttributionKey =
  | 'ClickId'
  | 'CustomerId'
  | 'CustomProfileId'
  | 'OrderPromoCode'
  | 'MediaPartnerId'
  | 'UniqueUrl'
  | 'CallerId'
  | 'GoogAId'
  | 'AndroidId'
  | 'AppleIfa'
  | 'AppleIfv';

const KEYS: readonly AttributionKey[] = [
  'CustomerId',
  'CustomProfileId',
  'OrderPromoCode',
  'MediaPartnerId',
  'UniqueUrl',
  'CallerId',
  'GoogAId',
  'AndroidId',
  'AppleIfa',
  'AppleIfv',
];

/** The attribution keys that a sale has, its click included. A sale without any cannot be sent. */
export function attributionKeys(sale: PreparedSale, clickId: string | null = sale.clickId): AttributionKey[] {
  const others = KEYS.filter((key) => sale.details[key] !== undefined);
  return clickId === null ? others : ['ClickId', ...others];
}

/** Whether what is left of a request can be given to anybody. */
export const hasAttributionKey = (request: readonly (readonly [name: string, value: string])[]): boolean =>
  request.some(([name]) => name === 'ClickId' || KEYS.some((key) => key === name));

/** The customer's id as the shop gave it, for look-ups and erasure. */
export function customerIdOf(sale: PreparedSale): string | null {
  return sale.details['CustomerId'] ?? null;
}

/** The value of one line as it is credited: net of tax, less the line's discount; in minor units. */
export function creditableLine(item: PreparedItem, currency: string): bigint {
  return parseMoney(item.subtotal, currency) - parseMoney(item.totalDiscount ?? '0', currency);
}

/**
 * What the vendor should credit, in minor units: the lines less their tax and discounts, less the order's
 * discount; or the one amount. How the vendor spreads the order's discount over the lines is its own
 * business (docs/vendor-contract.md §3.2) and is never computed or sent.
 */
export function creditableAmount(sale: PreparedSale): bigint {
  if (sale.amount !== null) return parseMoney(sale.amount, sale.currency);
  const lines = sale.items.reduce((sum, item) => sum + creditableLine(item, sale.currency), 0n);
  return lines - parseMoney(sale.discount ?? '0', sale.currency);
}
