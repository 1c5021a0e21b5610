import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { STORE_OPTIONS, type StoreOptions } from '../store.options.js';
import { type PaymentNotice, sign, SIGNATURE_HEADER } from './payment.notice.js';

/**
 * Stands in for the machines of a payment company: takes the money at once, and tells the shop some time
 * later, over HTTP and without any cookie of the buyer's.
 */
@Injectable()
export class PretendPay implements BeforeApplicationShutdown {
  readonly #logger = new Logger('PretendPay');
  readonly #closing = new AbortController();

  constructor(
    @Inject(STORE_OPTIONS) private readonly options: StoreOptions,
    private readonly adapter: HttpAdapterHost,
  ) {}

  charge(order: string): void {
    const notice: PaymentNotice = {
      payment: `pay_${randomBytes(8).toString('hex')}`,
      order,
      paidAt: new Date(),
    };
    void this.#tellShop(notice).catch((error: unknown) => {
      if (!this.#closing.signal.aborted)
        this.#logger.error(`The shop was not told of ${order}: ${String(error)}`);
    });
  }

  beforeApplicationShutdown(): void {
    this.#closing.abort();
  }

  async #tellShop(notice: PaymentNotice): Promise<void> {
    const { signal } = this.#closing;
    await delay(this.options.paymentNoticeAfter ?? 2000, undefined, { signal });
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    const { port } = server.address() as AddressInfo;
    const body = JSON.stringify(notice);
    const answer = await fetch(`http://127.0.0.1:${port}/webhooks/payment`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: sign(body) },
      body,
      signal,
    });
    if (!answer.ok) throw new TypeError(`the shop answered ${answer.status}`);
  }
}
