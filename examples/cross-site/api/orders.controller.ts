import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, NotFoundException, Param, Post } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import { ClickIdRepository, ConversionService } from 'nestjs-impact';

class SignUp {
  @Length(2, 40)
  name!: string;
}

class NewOrder {
  @IsString()
  customer!: string;
}

const newNumber = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex').toUpperCase()}`;

@Controller()
export class OrdersController {
  constructor(
    private readonly clicks: ClickIdRepository,
    private readonly conversions: ConversionService,
  ) {}

  @Post('customers')
  async signUp(@Body() { name }: SignUp): Promise<{ id: string; name: string }> {
    const id = newNumber('C');
    await this.clicks.bind({ customer: id });
    return { id, name };
  }

  /** Paid at once, for brevity; examples/store does it with a webhook and a database of its own. */
  @Post('orders')
  async order(@Body() { customer }: NewOrder): Promise<{ number: string }> {
    const number = newNumber('XS');
    await this.clicks.bind({ order: number });
    await this.conversions.record({
      orderId: number,
      eventDate: new Date(),
      currency: 'USD',
      items: [{ sku: 'BEANS-KONGA-250', category: 'Beans', quantity: 1, subtotal: '18.50' }],
      customer: { id: customer, status: 'NEW' },
    });
    return { number };
  }

  @Get('orders/:number')
  async story(@Param('number') number: string): Promise<{ state: string; lines: string[] }> {
    if ((await this.conversions.find(number)) === null)
      throw new NotFoundException('There is no such order.');
    const { conversion, lines } = await this.conversions.explain(number);
    return { state: conversion.state, lines: lines.map(({ words }) => words) };
  }
}
