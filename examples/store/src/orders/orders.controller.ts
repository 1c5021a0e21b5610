import { Controller, Get, Param, Render } from '@nestjs/common';
import type { ConversionStory } from 'nestjs-impact';
import type { Order } from './order.entity.js';
import { OrdersService } from './orders.service.js';
import { type SaleStatus, statusOf } from './sale.status.js';

interface OrderPage {
  order: Order;
  story: ConversionStory | null;
  status: SaleStatus | null;
}

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get(':number')
  @Render('order')
  async show(@Param('number') number: string): Promise<OrderPage> {
    const order = await this.orders.get(number);
    const story = await this.orders.story(number);
    return { order, story, status: story && statusOf(story.conversion) };
  }
}
