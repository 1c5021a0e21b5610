import { randomBytes } from 'node:crypto';
import { BadRequestException, Injectable } from '@nestjs/common';
import { ClickIdRepository } from 'nestjs-impact';
import { type EntityManager, IsNull, Not } from 'typeorm';
import { Cart } from '../cart/cart.entity.js';
import { type PricedCart, priceCart } from '../cart/pricing.rules.js';
import type { Visitor } from '../cart/visitor.middleware.js';
import { ShopDatabase } from '../database/shop.database.js';
import type { CheckoutForm } from './checkout.form.js';
import { Order } from './order.entity.js';

/** Turns a cart into an order that waits for its payment. */
@Injectable()
export class CheckoutService {
  constructor(
    private readonly database: ShopDatabase,
    private readonly clicks: ClickIdRepository,
  ) {}

  async placeOrder({ cart, customer }: Visitor, form: CheckoutForm): Promise<Order> {
    const priced = priceCart(cart.items, cart.coupons);
    if (priced === null) throw new BadRequestException('There is nothing in your cart.');
    return this.database.write(async (manager) => {
      const customerId = customer?.id ?? null;
      const order = manager.create(Order, {
        number: `FC-${randomBytes(6).toString('hex').toUpperCase()}`,
        placedAt: new Date(),
        paidAt: null,
        customerId,
        customerStatus: (await this.#hasBought(manager, customerId, form.email)) ? 'EXISTING' : 'NEW',
        name: form.name,
        email: form.email,
        address: form.address,
        ...amountsOf(priced),
      });
      await manager.save(Order, order);
      // The last moment at which the buyer's browser is here: the payment's webhook has no cookie.
      await this.clicks.bind({ order: order.number }, { manager });
      await manager.save(Cart, Object.assign(cart, { items: [], coupons: [] }));
      return order;
    });
  }

  #hasBought(manager: EntityManager, customerId: string | null, email: string): Promise<boolean> {
    const paid = { paidAt: Not(IsNull()) };
    return manager.existsBy(Order, customerId === null ? { ...paid, email } : { ...paid, customerId });
  }
}

const amountsOf = ({ lines, ...order }: PricedCart) => ({
  currency: order.currency,
  discount: order.discount,
  coupon: order.coupon,
  merchandise: order.merchandise,
  shipping: order.shipping,
  tax: order.tax,
  total: order.total,
  lines: lines.map(({ product, ...line }) => ({
    ...line,
    sku: product.sku,
    name: product.name,
    category: product.category,
  })),
});
