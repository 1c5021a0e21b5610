import { Body, Controller, Get, Post, Redirect, Render } from '@nestjs/common';
import { type Coupon, couponByCode } from './coupons.js';
import { CartItemForm, CouponForm } from './cart.forms.js';
import { CartService } from './cart.service.js';
import { type PricedCart, priceCart } from './pricing.rules.js';
import { CurrentVisitor, type Visitor } from './visitor.middleware.js';

@Controller('cart')
export class CartController {
  constructor(private readonly carts: CartService) {}

  @Get()
  @Render('cart')
  show(@CurrentVisitor() { cart }: Visitor): { cart: PricedCart | null; coupons: Coupon[] } {
    return {
      cart: priceCart(cart.items, cart.coupons),
      coupons: cart.coupons.map(couponByCode).filter((coupon) => coupon !== undefined),
    };
  }

  @Post('items')
  @Redirect('/cart', 303)
  async add(@CurrentVisitor() { cart }: Visitor, @Body() form: CartItemForm): Promise<void> {
    await this.carts.add(cart, form.sku, form.quantity);
  }

  @Post('quantities')
  @Redirect('/cart', 303)
  async change(@CurrentVisitor() { cart }: Visitor, @Body() form: CartItemForm): Promise<void> {
    await this.carts.setQuantity(cart, form.sku, form.quantity);
  }

  @Post('coupons')
  @Redirect('/cart', 303)
  async coupon(@CurrentVisitor() { cart }: Visitor, @Body() form: CouponForm): Promise<void> {
    await this.carts.applyCoupon(cart, form.code);
  }
}
