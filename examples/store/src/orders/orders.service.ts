import { Injectable, NotFoundException } from '@nestjs/common';
import { ConversionService, type ConversionStory } from 'nestjs-impact';
import { ShopDatabase } from '../database/shop.database.js';
import { Order } from './order.entity.js';
import { saleOf } from './order.sale.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly database: ShopDatabase,
    private readonly conversions: ConversionService,
  ) {}

  async get(number: string): Promise<Order> {
    const order = await this.database.reader.findOneBy(Order, { number });
    if (order === null) throw new NotFoundException('We have no such order.');
    return order;
  }

  /** Marks the order paid and records the sale: both or neither. Providers repeat themselves, so does this. */
  async markPaid(number: string, paidAt: Date): Promise<void> {
    await this.database.write(async (manager) => {
      const order = await manager.findOneByOrFail(Order, { number });
      if (order.paidAt !== null) return;
      order.paidAt = paidAt;
      await manager.save(Order, order);
      await this.conversions.record(saleOf(order, paidAt), { manager });
    });
  }

  /** What became of the sale; `null` while the order is not paid. */
  async story(number: string): Promise<ConversionStory | null> {
    const sale = await this.conversions.find(number);
    return sale === null ? null : this.conversions.explain(number);
  }
}
