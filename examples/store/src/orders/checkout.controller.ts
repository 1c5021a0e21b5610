import { Body, Controller, Get, Post, Redirect, Render } from '@nestjs/common';
import { type PricedCart, priceCart } from '../cart/pricing.rules.js';
import { CurrentVisitor, type Visitor } from '../cart/visitor.middleware.js';
import { CheckoutForm } from './checkout.form.js';
import { CheckoutService } from './checkout.service.js';

@Controller('checkout')
export class CheckoutController {
  constructor(private readonly checkout: CheckoutService) {}

  @Get()
  @Render('checkout')
  form(@CurrentVisitor() { cart }: Visitor): { cart: PricedCart | null } {
    return { cart: priceCart(cart.items, cart.coupons) };
  }

  @Post()
  @Redirect()
  async place(
    @CurrentVisitor() visitor: Visitor,
    @Body() form: CheckoutForm,
  ): Promise<{ url: string; statusCode: number }> {
    const { number } = await this.checkout.placeOrder(visitor, form);
    return { url: `/pretend-pay/${number}`, statusCode: 303 };
  }
}
