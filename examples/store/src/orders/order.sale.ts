import type { ConversionInput } from 'nestjs-impact';
import { toDecimal } from '../catalog/money.js';
import type { Order } from './order.entity.js';

/** Our own people try the checkout with such an address. */
const STAFF = '@staff.fieldstone.example';

/** A paid order as impact.com should hear of it. */
export function saleOf(order: Order, paidAt: Date): ConversionInput {
  const money = (minor: number): string => toDecimal(minor, order.currency);
  return {
    orderId: order.number,
    eventDate: paidAt,
    currency: order.currency,
    items: order.lines.map((line) => ({
      sku: line.sku,
      name: line.name,
      category: line.category,
      quantity: line.quantity,
      subtotal: money(line.subtotal),
      totalDiscount: line.discount > 0 ? money(line.discount) : undefined,
      promoCode: line.coupon ?? undefined,
    })),
    discount: money(order.discount),
    // Should our figure and the module's ever part, we want to hear of it before impact.com does.
    expectedTotal: money(order.merchandise),
    shipping: money(order.shipping),
    tax: money(order.tax),
    promoCodes: order.coupon === null ? [] : [order.coupon],
    customer: { id: order.customerId ?? undefined, email: order.email, status: order.customerStatus },
    test: order.email.endsWith(STAFF),
  };
}
