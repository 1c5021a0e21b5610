import { BadRequestException, Injectable } from '@nestjs/common';
import { productBySku } from '../catalog/products.js';
import { ShopDatabase } from '../database/shop.database.js';
import { Cart } from './cart.entity.js';
import { couponByCode } from './coupons.js';

/** Changes carts. One currency per cart: an order is paid in one. */
@Injectable()
export class CartService {
  constructor(private readonly database: ShopDatabase) {}

  async add(cart: Cart, sku: string, quantity: number): Promise<void> {
    const product = productBySku(sku);
    if (product === undefined) throw new BadRequestException('We have no such product.');
    const other = cart.items.map((item) => productBySku(item.sku)).find((entry) => entry !== undefined);
    if (other !== undefined && other.currency !== product.currency) {
      throw new BadRequestException(
        `Your cart is in ${other.currency} and this is sold in ${product.currency}. Order one after the other, please.`,
      );
    }
    const inCart = cart.items.find((item) => item.sku === sku)?.quantity ?? 0;
    await this.setQuantity(cart, sku, inCart + quantity);
  }

  /** 0 takes the product out. */
  async setQuantity(cart: Cart, sku: string, quantity: number): Promise<void> {
    const index = cart.items.findIndex((item) => item.sku === sku);
    if (index === -1) cart.items.push({ sku, quantity });
    else cart.items[index] = { sku, quantity };
    cart.items = cart.items.filter((item) => item.quantity > 0);
    await this.#save(cart);
  }

  async applyCoupon(cart: Cart, code: string): Promise<void> {
    const coupon = couponByCode(code);
    if (coupon === undefined) throw new BadRequestException('We do not know this code.');
    cart.coupons = [...new Set([...cart.coupons, coupon.code])];
    await this.#save(cart);
  }

  async #save(cart: Cart): Promise<void> {
    await this.database.write((manager) => manager.save(Cart, cart));
  }
}
