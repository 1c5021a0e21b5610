import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClickIdRepository, ConversionService, DeliveryDispatcher } from 'nestjs-impact';
import { Browser } from '../../../scripts/demo/browser.js';
import { buy, fillCart, signIn } from '../../../scripts/demo/shoppers.js';
import { sign, SIGNATURE_HEADER } from '../src/payments/payment.notice.js';
import { createStore, type Store } from '../src/store.js';

const CLICK = 'q2OTQo1QUxyLpNmqcx3gBGi5UkSmliUI3xePbq0';
const ANOTHER = 'g88Ywqngzxy12skM2xmagjzwUkL4:fZ-p:xqKM0';

describe('the example store', () => {
  let folder: string;
  let store: Store;
  let conversions: ConversionService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    store = await createStore(
      {
        databaseFile: join(folder, 'store.sqlite'),
        // The provider never gets round to it: these tests are the provider.
        paymentNoticeAfter: 3_600_000,
        impact: { delivery: { autoStart: false } },
      },
      false,
    );
    conversions = store.app.get(ConversionService);
  });

  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const notice = (order: string, { secret = true, paidAt = new Date(), headers = {} } = {}) => {
    const body = JSON.stringify({ payment: 'pay_1', order, paidAt });
    return fetch(`${store.url}/webhooks/payment`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [SIGNATURE_HEADER]: secret ? sign(body) : 'forged',
        ...headers,
      },
      body,
    });
  };

  const land = async (clickId = CLICK): Promise<Browser> => {
    const browser = new Browser();
    await browser.open(`${store.url}/products/hand-grinder?im_ref=${clickId}&irgwc=1`);
    return browser;
  };

  it('gives a guest’s order the click of her browser, although the webhook has none', async () => {
    const browser = await land();
    await fillCart(browser, store.url, { 'GRINDER-H1': 1, 'FILTER-100': 2 }, ['GRIND15', 'COFFEE5']);
    const order = await buy(browser, store.url, 'Grace Guest');
    expect(await conversions.find(order)).toBeNull();

    expect((await notice(order)).status).toBe(204);

    expect(await conversions.find(order)).toMatchObject({
      clickId: CLICK,
      attributedBy: 'order',
      amount: '70.40',
      currency: 'USD',
    });
    const story = await conversions.explain(order);
    expect(Object.fromEntries(story?.request ?? [])).toMatchObject({
      OrderPromoCode: 'COFFEE5',
      OrderDiscount: '5.00',
      OrderShipping: '5.95',
      OrderTax: '4.40',
      ItemTotalDiscount1: '11.10',
      ItemPromoCode1: 'GRIND15',
      ItemSubTotal2: '12.50',
      CustomerStatus: 'NEW',
    });
  });

  it('finds a customer’s click on another device', async () => {
    const phone = await land(ANOTHER);
    await signIn(phone, store.url, 'Yuki');
    const laptop = new Browser();
    await signIn(laptop, store.url, 'yuki');
    await fillCart(laptop, store.url, { 'DRIPPER-MINO': 1 });
    const order = await buy(laptop, store.url, 'Yuki');
    await notice(order);
    expect(await conversions.find(order)).toMatchObject({
      clickId: ANOTHER,
      attributedBy: 'customer',
      amount: '6800',
      currency: 'JPY',
    });
  });

  it('records one sale when the provider repeats itself', async () => {
    const browser = await land();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, 'Twice');
    const paidAt = new Date(Date.now() - 5_000);
    await notice(order, { paidAt });
    const first = await conversions.find(order);
    expect((await notice(order, { paidAt: new Date() })).status).toBe(204);
    expect(await conversions.find(order)).toEqual(first);
  });

  it('refuses a notice that the provider did not sign', async () => {
    const browser = new Browser();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, 'Nobody');
    const answer = await notice(order, { secret: false });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ status: 401, messages: [expect.stringContaining('not signed')] });
    expect(await conversions.find(order)).toBeNull();
  });

  it('does not take a click that the webhook’s own request carries', async () => {
    const browser = new Browser();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, 'Organic');
    const clicked = await land();
    await notice(order, { headers: { cookie: `impact_click=${clicked.cookie('impact_click') ?? ''}` } });
    expect(await conversions.find(order)).toMatchObject({ clickId: null, attributedBy: null });
  });

  it('keeps the sale and the paid order together: neither without the other', async () => {
    const browser = await land();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, 'Rolled Back');
    // Before the year 2000: the module refuses the sale, so the order must stay unpaid.
    expect((await notice(order, { paidAt: new Date(0) })).status).toBe(500);
    expect(await conversions.find(order)).toBeNull();
    expect((await browser.open(`${store.url}/orders/${order}`)).html).toContain('Waiting for your payment');
    expect((await notice(order)).status).toBe(204);
    expect(await conversions.find(order)).not.toBeNull();
  });

  it('tells the sale’s story on the order page, and sends nothing in a dry run', async () => {
    const browser = await land();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, '<b>Bobby</b>');
    await notice(order);
    expect(await store.app.get(DeliveryDispatcher).drain()).toMatchObject({ sent: 0 });
    const { html } = await browser.open(`${store.url}/orders/${order}`);
    expect(html).toContain('data-state="DRY_RUN"');
    expect(html).toContain(CLICK);
    expect(html).toContain('&lt;b&gt;Bobby&lt;/b&gt;');
    expect(html).not.toContain('<b>Bobby</b>');
  });

  it('calls a returning customer EXISTING', async () => {
    const buyTea = async (): Promise<string> => {
      const browser = new Browser();
      await signIn(browser, store.url, 'Regina');
      await fillCart(browser, store.url, { 'FILTER-100': 1 });
      const order = await buy(browser, store.url, 'Regina');
      await notice(order);
      return order;
    };
    const [first, second] = [await buyTea(), await buyTea()];
    const status = async (order: string): Promise<unknown> =>
      Object.fromEntries((await conversions.explain(order))?.request ?? [])['CustomerStatus'];
    expect([await status(first), await status(second)]).toEqual(['NEW', 'EXISTING']);
  });

  it.each([
    ['/cart/items', { sku: 'FILTER-100', quantity: '-1' }],
    ['/cart/items', { sku: 'GONE', quantity: '1' }],
    ['/cart/coupons', { code: 'NOPE' }],
    ['/sign-in', { name: ' ' }],
    ['/checkout', { name: 'No Cart', email: 'a@example.com', address: 'somewhere' }],
  ])('answers %s with a page for people when %j is wrong', async (path, form) => {
    await expect(new Browser().submit(`${store.url}${path}`, form)).rejects.toThrow(
      /answered 400: .*Back to the shop/,
    );
  });

  it('keeps one currency per cart', async () => {
    const browser = new Browser();
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    await expect(fillCart(browser, store.url, { 'DRIPPER-MINO': 1 })).rejects.toThrow(/Your cart is in USD/);
  });

  it('ties the click to the customer only once she signs in', async () => {
    const browser = await land();
    const clicks = store.app.get(ClickIdRepository);
    await signIn(browser, store.url, 'Late Binder');
    await fillCart(browser, store.url, { 'FILTER-100': 1 });
    const order = await buy(browser, store.url, 'Late Binder');
    expect((await clicks.findFor({ order }))?.clickId).toBe(CLICK);
  });
});
