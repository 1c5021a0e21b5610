import { Controller, Get, Param, Post, Redirect, Render } from '@nestjs/common';
import type { Order } from '../orders/order.entity.js';
import { OrdersService } from '../orders/orders.service.js';
import { PretendPay } from './pretend-pay.provider.js';

/** The payment company's page. A real one is on a site of its own. */
@Controller('pretend-pay')
export class PretendPayController {
  constructor(
    private readonly orders: OrdersService,
    private readonly provider: PretendPay,
  ) {}

  @Get(':number')
  @Render('pretend-pay')
  async form(@Param('number') number: string): Promise<{ order: Order }> {
    return { order: await this.orders.get(number) };
  }

  @Post(':number')
  @Redirect()
  async pay(@Param('number') number: string): Promise<{ url: string; statusCode: number }> {
    const order = await this.orders.get(number);
    if (order.paidAt === null) this.provider.charge(order.number);
    return { url: `/orders/${order.number}`, statusCode: 303 };
  }
}
