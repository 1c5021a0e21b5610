import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { ConversionService } from 'nestjs-impact';
import { compileWithImpact, type FollowOptions, type ImpactTesting } from 'nestjs-impact/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';
import { sign, SIGNATURE_HEADER } from '../src/payments/payment.notice.js';
import { furnish } from '../src/store.js';

const JOURNAL = '1234502';
const PAUSED_PARTNER = '1234503';
const TEST_PARTNER = '1234599';

/** What partners are credited with, from the click to the last refund, with impact.com's sandbox in the process. */
describe('sales that partners bring', () => {
  let app: NestExpressApplication;
  let impact: ImpactTesting;

  beforeAll(async () => {
    const store = AppModule.with({
      databaseFile: ':memory:',
      impact: { recording: { test: { partners: [TEST_PARTNER] } } },
    });
    const compiled = await compileWithImpact(Test.createTestingModule({ imports: [store] }));
    impact = compiled.impact;
    app = compiled.module.createNestApplication<NestExpressApplication>({ rawBody: true });
    furnish(app);
    await app.init();
  });

  afterAll(() => app.close());

  /** A visitor lands, puts two packs of filters and a grinder into her cart, and orders. Answers the order's number. */
  async function order({ email = 'grace@example.com', ...link }: FollowOptions & { email?: string } = {}) {
    const { path } = await impact.follow({ landingUrl: '/products/hand-grinder', ...link });
    const buyer = request.agent(app.getHttpServer());
    await buyer.get(path).expect(200);
    await buyer.post('/cart/items').type('form').send({ sku: 'FILTER-100', quantity: 2 }).expect(303);
    await buyer.post('/cart/items').type('form').send({ sku: 'GRINDER-H1', quantity: 1 }).expect(303);
    const form = { name: 'Grace Guest', email, address: '12 Harbour Road' };
    const { headers } = await buyer.post('/checkout').type('form').send(form).expect(303);
    return String(headers['location']).replace('/pretend-pay/', '');
  }

  /** The payment provider's machine tells the shop: no cookie, another address. */
  async function pay(number: string): Promise<void> {
    const notice = JSON.stringify({ payment: 'pay_1', order: number, paidAt: new Date() });
    await request(app.getHttpServer())
      .post('/webhooks/payment')
      .set('content-type', 'application/json')
      .set(SIGNATURE_HEADER, sign(notice))
      .send(notice)
      .expect(204);
  }

  it('credits the partner whose link a guest followed', async () => {
    const number = await order({ partnerId: JOURNAL });
    await pay(number);

    const sale = await impact.delivered(number);

    expect(sale).toMatchObject({ state: 'CREDITED', attributedBy: 'order', partnerId: JOURNAL });
    expect(sale.actionAmount).toBe(sale.amount);
  });

  it('takes what a guest sent back off the partner’s credit', async () => {
    const number = await order({ partnerId: JOURNAL });
    await pay(number);
    const { amount } = await impact.delivered(number);

    // As the returns desk does when the parcel has come back.
    const items = [{ sku: 'FILTER-100', quantity: 1 }];
    await app.get(ConversionService).refund(number, { key: 'parcel-1', items });

    expect(await impact.corrected(number, 'parcel-1')).toMatchObject({ state: 'confirmed' });
    const { conversion } = await impact.story(number);
    expect(Number(conversion.actionAmount)).toBeCloseTo(Number(amount) - 6.25, 2);
  });

  it('takes an order of its own staff back again', async () => {
    const number = await order({ test: true, email: 'tess@staff.fieldstone.example' });
    await pay(number);

    expect(await impact.corrected(number)).toMatchObject({ kind: 'reverse', state: 'confirmed' });
    expect(await impact.delivered(number)).toMatchObject({ state: 'REVERSED', payout: '0.00' });
  });

  it('hears why a partner got nothing', async () => {
    const number = await order({ partnerId: PAUSED_PARTNER });
    await pay(number);

    expect(await impact.delivered(number)).toMatchObject({
      state: 'REJECTED',
      reasonCodes: ['PARTNER_NOT_ACTIVE'],
    });
    const page = await request(app.getHttpServer()).get(`/orders/${number}`).expect(200);
    expect(page.text).toContain('Refused by impact.com');
  });

  it('owes for the sale once the time for returns is over', async () => {
    const number = await order({ partnerId: JOURNAL });
    await pay(number);
    expect(await impact.delivered(number)).toMatchObject({ state: 'CREDITED' });

    impact.travel('+17d');

    expect(await impact.delivered(number)).toMatchObject({ state: 'APPROVED' });
  });
});
