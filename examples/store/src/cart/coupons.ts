import type { Currency } from '../catalog/money.js';

/** Takes percent off one product. */
export interface LineCoupon {
  readonly kind: 'line';
  readonly code: string;
  readonly sku: string;
  readonly percent: number;
  readonly says: string;
}

/** Takes an amount off the whole order. */
export interface OrderCoupon {
  readonly kind: 'order';
  readonly code: string;
  readonly currency: Currency;
  /** Minor units. */
  readonly off: number;
  readonly says: string;
}

export type Coupon = LineCoupon | OrderCoupon;

const COUPONS: readonly Coupon[] = [
  { kind: 'line', code: 'GRIND15', sku: 'GRINDER-H1', percent: 15, says: '15% off the H1 hand grinder' },
  // Belongs to one partner: impact.com credits it even when the buyer never clicked a link.
  { kind: 'order', code: 'COFFEE5', currency: 'USD', off: 500, says: '$5 off the whole order' },
];

export const couponByCode = (code: string): Coupon | undefined =>
  COUPONS.find((coupon) => coupon.code === code.trim().toUpperCase());
