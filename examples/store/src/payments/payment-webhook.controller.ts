import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Post,
  type RawBodyRequest,
  Req,
  UnauthorizedException,
} from '@nestjs/common';
import type { Request } from 'express';
import { NotTheBuyer } from 'nestjs-impact';
import { OrdersService } from '../orders/orders.service.js';
import { isSigned, PaymentNotice, SIGNATURE_HEADER } from './payment.notice.js';

@Controller('webhooks')
export class PaymentWebhookController {
  constructor(private readonly orders: OrdersService) {}

  @Post('payment')
  @HttpCode(204)
  @NotTheBuyer()
  async paid(
    @Req() { rawBody }: RawBodyRequest<Request>,
    @Headers(SIGNATURE_HEADER) signature: string | undefined,
    @Body() notice: PaymentNotice,
  ): Promise<void> {
    if (rawBody === undefined || !isSigned(rawBody, signature)) {
      throw new UnauthorizedException('The notice is not signed by the payment provider.');
    }
    await this.orders.markPaid(notice.order, notice.paidAt);
  }
}
