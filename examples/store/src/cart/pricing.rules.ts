import type { Currency } from '../catalog/money.js';
import { type Product, productBySku } from '../catalog/products.js';
import type { CartItem } from './cart.entity.js';
import { couponByCode, type LineCoupon, type OrderCoupon } from './coupons.js';

export interface PricedLine {
  readonly product: Product;
  readonly quantity: number;
  /** Before discounts. */
  readonly subtotal: number;
  readonly discount: number;
  readonly coupon: string | null;
}

/** What a cart costs. Amounts in minor units of the currency. */
export interface PricedCart {
  readonly currency: Currency;
  readonly lines: readonly PricedLine[];
  /** Off the whole order, beside what came off single lines. */
  readonly discount: number;
  readonly coupon: string | null;
  /** Lines less all discounts: what partners are paid on. */
  readonly merchandise: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
}

const SHIPPING: Record<Currency, { cost: number; freeFrom: number }> = {
  USD: { cost: 595, freeFrom: 15_000 },
  JPY: { cost: 1200, freeFrom: Number.POSITIVE_INFINITY },
};

/** US sales tax comes on top of the price. What is posted from Japan leaves it without tax. */
const TAX_PERCENT: Record<Currency, number> = { USD: 6.25, JPY: 0 };

/** `null` for a cart with nothing in it. */
export function priceCart(items: readonly CartItem[], codes: readonly string[]): PricedCart | null {
  const coupons = codes.map(couponByCode);
  const lines = items.flatMap(({ sku, quantity }) => {
    const product = productBySku(sku);
    return product === undefined ? [] : [priceLine(product, quantity, coupons.find(fits(sku)))];
  });
  const currency = lines[0]?.product.currency;
  if (currency === undefined) return null;

  const afterLineDiscounts = sum(lines, (line) => line.subtotal - line.discount);
  const coupon = coupons.find(
    (entry): entry is OrderCoupon => entry?.kind === 'order' && entry.currency === currency,
  );
  const discount = Math.min(coupon?.off ?? 0, afterLineDiscounts);
  const merchandise = afterLineDiscounts - discount;
  const shipping = merchandise >= SHIPPING[currency].freeFrom ? 0 : SHIPPING[currency].cost;
  const tax = Math.round((merchandise * TAX_PERCENT[currency]) / 100);
  return {
    currency,
    lines,
    discount,
    coupon: coupon?.code ?? null,
    merchandise,
    shipping,
    tax,
    total: merchandise + shipping + tax,
  };
}

type MaybeCoupon = ReturnType<typeof couponByCode>;

const fits =
  (sku: string) =>
  (coupon: MaybeCoupon): coupon is LineCoupon =>
    coupon?.kind === 'line' && coupon.sku === sku;

function priceLine(product: Product, quantity: number, coupon: LineCoupon | undefined): PricedLine {
  const subtotal = product.price * quantity;
  return {
    product,
    quantity,
    subtotal,
    discount: coupon === undefined ? 0 : Math.round((subtotal * coupon.percent) / 100),
    coupon: coupon?.code ?? null,
  };
}

const sum = <T>(list: readonly T[], part: (entry: T) => number): number =>
  list.reduce((total, entry) => total + part(entry), 0);
