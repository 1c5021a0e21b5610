import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { PaymentWebhookController } from './payment-webhook.controller.js';
import { PretendPayController } from './pretend-pay.controller.js';
import { PretendPay } from './pretend-pay.provider.js';

@Module({
  imports: [OrdersModule],
  controllers: [PaymentWebhookController, PretendPayController],
  providers: [PretendPay],
})
export class PaymentsModule {}
