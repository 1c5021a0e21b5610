import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setTimeout as nextTurn } from 'node:timers/promises';
import type { ConversionInput } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { delivered } from 'nestjs-impact/testing';
import { DATABASES, SERVERS, SQLITE } from '../support/databases.js';
import { Visitor } from '../support/http.client.js';
import { dump, dumpWithoutTimes, rowsOf } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import {
  liveOptions,
  type Platform,
  PLATFORMS,
  type Shop,
  startShop,
  simpleSale,
  storeOrder,
} from '../support/shop.app.js';

const DAY = 86_400_000;
const PARTNER = '1234501';
const WITHOUT_CONTRACT = '1234504';

/** How a click comes in has nothing to do with the database: each way once, and each database once. */
const WAYS = [
  ...PLATFORMS.flatMap((platform) =>
    (['interceptor', 'middleware'] as const).map((via) => ({ platform, via, database: SQLITE })),
  ),
  ...SERVERS.map((database) => ({ platform: PLATFORMS[0]!, via: 'interceptor' as const, database })),
];

let sandbox: ImpactSandbox;
/** The same for every test of this file, so that one order id is one order. */
let orders = 0;
const nextOrder = (): string => `order-${++orders}`;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({ settleAfter: '1h', rateLimit: false });
});

afterAll(async () => {
  await sandbox.close();
});

/** Everything that a sale can say and that survives a click. */
const fullSale = (orderId: string): ConversionInput => ({
  orderId,
  eventDate: new Date(),
  currency: 'USD',
  items: [
    {
      sku: 'SHOE-42',
      category: 'Shoes',
      quantity: 2,
      price: '59.50',
      tax: '19.00',
      totalDiscount: '10.00',
      name: 'Läufer „Öko“ & Söhne',
      subcategory: 'Running',
      mpn: 'LF-42',
      brand: 'Fleet',
      promoCode: 'HARBOUR10',
      deliveryType: 'INSTORE',
      text: { 3: 'blue=navy&green' },
    },
    { sku: 'SOCKS', category: 'Clothing', quantity: 3, subtotal: 30 },
    { sku: 'STICKER', category: 'Gifts', quantity: 0, subtotal: '0.00' },
  ],
  discount: '12.00',
  expectedTotal: '108.00',
  shipping: '4.90',
  tax: '19.00',
  margin: '3.10',
  promoCodes: ['HARBOUR10', 'SUMMER'],
  customer: {
    id: `customer-of-${orderId}`,
    email: ' Jo.Doe@Example.com ',
    status: 'NEW',
    city: 'Köln',
    region: 'NW',
    country: 'de',
    postCode: '50667',
  },
  customProfileId: 'visitor-77',
  paymentType: 'CREDIT',
  giftPurchase: true,
  note: 'leave at the door',
  consent: true,
  ipAddress: '203.0.113.9',
  userAgent: 'Mozilla/5.0 (Test; +1%)',
  text: { 1: 'first order' },
  numeric: { 2: '12.5' },
  money: { 1: '1.25' },
  dates: { 4: new Date('2026-01-02T03:04:05.678Z') },
});

const fullParameters = (orderId: string, clickId: string, eventDate: Date): Record<string, string> => ({
  CampaignId: sandbox.credentials.campaignId,
  EventTypeId: sandbox.credentials.eventTypeId,
  EventDate: `${eventDate.toISOString().slice(0, 19)}Z`,
  OrderId: orderId,
  ClickId: clickId,
  CurrencyCode: 'USD',
  OrderDiscount: '12.00',
  OrderShipping: '4.90',
  OrderTax: '19.00',
  OrderMargin: '3.10',
  OrderPromoCode: 'HARBOUR10',
  CustomerId: `customer-of-${orderId}`,
  CustomerEmail: createHash('sha1').update('jo.doe@example.com').digest('hex'),
  CustomerStatus: 'NEW',
  CustomerCity: 'Köln',
  CustomerRegion: 'NW',
  CustomerCountry: 'DE',
  CustomerPostCode: '50667',
  CustomProfileId: 'visitor-77',
  PaymentType: 'CREDIT',
  GiftPurchase: 'true',
  Note: 'leave at the door',
  TrackingConsent: 'true',
  IpAddress: '203.0.113.9',
  UserAgent: 'Mozilla/5.0 (Test; +1%)',
  Text1: 'first order',
  Numeric2: '12.5',
  Money1: '1.25',
  Date4: '2026-01-02T03:04:05Z',
  ItemSku1: 'SHOE-42',
  ItemCategory1: 'Shoes',
  ItemQuantity1: '2',
  ItemSubTotal1: '100.00',
  ItemTotalDiscount1: '10.00',
  ItemName1: 'Läufer „Öko“ & Söhne',
  ItemSubCategory1: 'Running',
  ItemMpn1: 'LF-42',
  ItemBrand1: 'Fleet',
  ItemPromoCode1: 'HARBOUR10',
  ItemDeliveryType1: 'INSTORE',
  ItemText1_3: 'blue=navy&green',
  ItemSku2: 'SOCKS',
  ItemCategory2: 'Clothing',
  ItemQuantity2: '3',
  ItemSubTotal2: '30.00',
  ItemSku3: 'STICKER',
  ItemCategory3: 'Gifts',
  ItemQuantity3: '0',
  ItemSubTotal3: '0.00',
});

describe.each(WAYS)(
  'from a click to a credited action ($platform, $via, $database.name)',
  ({ platform, via, database }) => {
    const lifetime = useLifetime();

    const start = async (): Promise<Shop> => {
      const shop = await startShop({
        platform,
        on: database,
        impact: liveOptions(sandbox, { capture: { via } }),
      });
      return lifetime.keep(shop, () => shop.close());
    };

    it('reports every field of the order, and its story tells the whole of it', async () => {
      const shop = await start();
      const visitor = new Visitor();
      const orderId = nextOrder();

      const link = sandbox.trackingLink({
        landingUrl: `${shop.url}/shoes?size=42`,
        partnerId: PARTNER,
        sharedId: 'newsletter 7',
      });
      const { redirect, location, landing } = await visitor.follow(link);
      const clickId = new URL(location).searchParams.get('im_ref')!;
      expect(redirect.status).toBe(302);
      expect(landing).toMatchObject({ status: 200, text: 'shoes' });
      expect(clickId).toMatch(/^[\w:~.-]{39}$/);

      expect(visitor.received).toHaveLength(1);
      const [pair, ...attributes] = visitor.received[0]!.split('; ');
      expect(pair).toMatch(/^impact_click=\S+$/);
      expect(attributes.toSorted()).toEqual([
        'HttpOnly',
        'Max-Age=2592000',
        'Path=/',
        'SameSite=Lax',
        'Secure',
      ]);
      expect(landing.headers['cache-control']).toMatch(/private|no-store/);

      expect(JSON.parse((await visitor.post(`${shop.url}/checkout`, { orderId })).text)).toEqual({ clickId });
      const [click] = await rowsOf(shop.dataSource, 'impact_clicks');
      expect(click).toMatchObject({
        program: 'default',
        click_id: clickId,
        parameter: 'im_ref',
        landing_path: '/shoes',
        consent: 'granted',
      });
      expect(JSON.parse(String(click!['partner_parameters']))).toMatchObject({
        irpid: PARTNER,
        irgwc: '1',
        sharedid: 'newsletter 7',
        utm_source: 'Impact',
      });
      expect(Number(click!['expires_at']) - Number(click!['last_seen_at'])).toBe(30 * DAY);
      expect(await rowsOf(shop.dataSource, 'impact_click_links')).toMatchObject([
        { click: click!['id'], kind: 'order', subject: orderId },
      ]);

      // The payment provider calls: another machine, no cookie.
      const sale = fullSale(orderId);
      shop.book.sales.set(orderId, sale);
      const paid = await new Visitor().post(`${shop.url}/webhooks/paid`, { orderId });
      expect(JSON.parse(paid.text)).toEqual({ state: 'RECORDED' });
      expect(await shop.orders()).toEqual([orderId]);
      expect(await shop.dispatcher.drain()).toEqual({ sent: 1, retried: 0, parked: 0, waiting: 0 });
      expect(await shop.found(orderId)).toMatchObject({
        state: 'SENT',
        clickId,
        attributedBy: 'order',
        amount: '108.00',
      });

      const submission = (await sandbox.submissions()).find((one) => one.orderId === orderId)!;
      expect(submission.parameters).toEqual(fullParameters(orderId, clickId, sale.eventDate));
      expect(submission).toMatchObject({ type: 'Conversion', status: 'Queued', ignoredParameters: [] });

      const credited = await delivered(shop.app, orderId, { settle: () => sandbox.settle() });
      const action = (await sandbox.actions()).find((one) => one.orderId === orderId)!;
      expect(action).toMatchObject({
        attributedBy: 'click',
        clickId,
        partnerId: PARTNER,
        sharedId: 'newsletter 7',
        currency: 'USD',
        amount: '108.00',
        originalCurrency: 'USD',
        originalAmount: '108.00',
        promoCode: 'HARBOUR10',
        customerId: `customer-of-${orderId}`,
        customerStatus: 'NEW',
        note: 'leave at the door',
        state: 'PENDING',
        test: false,
      });
      expect(action.eventDate).toEqual(new Date(Math.floor(sale.eventDate.getTime() / 1000) * 1000));
      expect(
        action.items.map(({ sku, name, category, quantity, amount }) => [
          sku,
          name,
          category,
          quantity,
          amount,
        ]),
      ).toEqual([
        ['SHOE-42', 'Läufer „Öko“ & Söhne', 'Shoes', 2, '81.00'],
        ['SOCKS', '', 'Clothing', 3, '27.00'],
        ['STICKER', '', 'Gifts', 0, '0.00'],
      ]);
      expect(credited).toEqual({
        id: expect.any(String),
        orderId,
        state: 'CREDITED',
        recordedAt: expect.any(Date),
        problems: [],
        clickId,
        attributedBy: 'order',
        currency: 'USD',
        amount: '108.00',
        submissionId: submission.id,
        actionId: action.id,
        partnerId: PARTNER,
        payout: '5.40',
        actionAmount: '108.00',
        actionCurrency: 'USD',
        lockingDate: action.lockingDate,
        clearedAt: null,
        reasonCodes: [],
      });

      const story = await shop.story(orderId);
      expect(story.conversion).toEqual(credited);
      expect(story.attribution).toBe(`Click ${clickId} won: it was bound to the order.`);
      expect(Object.fromEntries(story.request)).toEqual(submission.parameters);
      expect(story.advice).toBeNull();
      expect(story.corrections).toEqual([]);
      expect(story.lines.map(({ what, words }) => [what, words])).toEqual([
        [
          'recorded',
          `Recorded and waiting to be sent. Its click is ${clickId}, bound to the order. ` +
            `Note: promoCodes: HARBOUR10 is sent, the first, because the account's codes are not known yet; not sent: SUMMER.`,
        ],
        [
          'sent',
          `impact.com has queued it on attempt 1 as submission ${submission.id}. This is not yet a credit.`,
        ],
        ['credited', `Credited: action ${action.id} for partner ${PARTNER}, 108.00 USD, payout 5.40 USD.`],
      ]);
      const times = story.lines.map(({ at }) => at.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    it('gives a sale that is recorded in the request to the request’s click, and a webhook’s own click to nobody', async () => {
      const shop = await start();
      const visitor = new Visitor();
      const { location } = await visitor.follow(sandbox.trackingLink({ landingUrl: `${shop.url}/` }));
      const clickId = new URL(location).searchParams.get('im_ref')!;
      const [own, entered] = [nextOrder(), nextOrder()];
      for (const orderId of [own, entered]) shop.book.sales.set(orderId, simpleSale(orderId));

      await visitor.post(`${shop.url}/pay`, { orderId: own });
      expect(await shop.found(own)).toMatchObject({ clickId, attributedBy: 'request' });

      await visitor.post(`${shop.url}/webhooks/paid`, { orderId: entered });
      expect(await shop.found(entered)).toMatchObject({ clickId: null, attributedBy: null });
      expect((await shop.story(entered)).attribution).toBe(
        `No click is known for this sale. Click ${clickId} did not: the request is not the buyer’s.`,
      );
    });

    it('leaves nothing of a sale whose transaction is rolled back', async () => {
      const shop = await start();
      const visitor = new Visitor();
      const orderId = nextOrder();
      await visitor.follow(sandbox.trackingLink({ landingUrl: `${shop.url}/` }));
      await visitor.post(`${shop.url}/checkout`, { orderId });
      shop.book.sales.set(orderId, simpleSale(orderId));
      const before = await dumpWithoutTimes(shop.dataSource);

      expect((await visitor.post(`${shop.url}/webhooks/paid`, { orderId, fail: true })).status).toBe(500);
      expect(await shop.orders()).toEqual([]);
      expect(await dumpWithoutTimes(shop.dataSource)).toEqual(before);
      expect(before.impact_conversions).toEqual([]);
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, waiting: 0 });

      // The provider repeats its call, and this time it holds.
      await visitor.post(`${shop.url}/webhooks/paid`, { orderId });
      expect(await shop.orders()).toEqual([orderId]);
      expect(await shop.found(orderId)).toMatchObject({ state: 'RECORDED', attributedBy: 'order' });
    });
  },
);

describe.each(DATABASES)('by itself, without anybody calling drain(), on $name', (database) => {
  const lifetime = useLifetime();

  it('delivers what a transaction committed and finds its verdict, and sends nothing of a rollback', async () => {
    const prompt = await ImpactSandbox.start({ settleAfter: 0, rateLimit: false });
    lifetime.keep(prompt, () => prompt.close());
    const shop = await startShop({
      on: database,
      impact: liveOptions(prompt, {
        // Only the doorbell can be in time.
        delivery: { autoStart: true, pollInterval: '1h' },
        verdicts: { lookupAfter: '1ms', sweepInterval: '10ms' },
      }),
    });
    lifetime.keep(shop, () => shop.close());
    const [committed, rolledBack] = [nextOrder(), nextOrder()];
    const record = (orderId: string, fail: boolean): Promise<void> =>
      shop.dataSource.transaction(async (manager) => {
        await storeOrder(manager, orderId);
        await shop.conversions.record(simpleSale(orderId, { promoCodes: ['HARBOUR10'] }), { manager });
        if (fail) throw new TypeError('rolled back');
      });
    await expect(record(rolledBack, true)).rejects.toThrow('rolled back');
    await record(committed, false);
    while ((await shop.found(committed)).state !== 'CREDITED') await nextTurn();
    expect((await prompt.submissions()).map(({ orderId }) => orderId)).toEqual([committed]);
    expect(await shop.conversions.find(rolledBack)).toBeNull();
  });
});

describe.each(DATABASES)('what becomes of other orders, on $name', (database) => {
  const lifetime = useLifetime();

  const start = async (at: ImpactSandbox = sandbox, platform: Platform = 'express'): Promise<Shop> => {
    const shop = await startShop({ platform, on: database, impact: liveOptions(at) });
    return lifetime.keep(shop, () => shop.close());
  };

  /** Records a sale for a fresh click of the partner. */
  const recordWithClick = async (
    shop: Shop,
    partnerId: string,
    more: Partial<ConversionInput> = {},
    at: ImpactSandbox = sandbox,
  ): Promise<{ orderId: string; clickId: string }> => {
    const orderId = nextOrder();
    const visitor = new Visitor();
    const { location } = await visitor.follow(at.trackingLink({ landingUrl: `${shop.url}/`, partnerId }));
    await visitor.post(`${shop.url}/checkout`, { orderId });
    await shop.conversions.record(simpleSale(orderId, more));
    return { orderId, clickId: new URL(location).searchParams.get('im_ref')! };
  };

  it('drops a sale with its savepoint while the order around it commits', async () => {
    const shop = await start();
    const orderId = nextOrder();
    const before = await dump(shop.dataSource);
    await shop.dataSource.transaction(async (manager) => {
      await storeOrder(manager, orderId);
      await expect(
        manager.transaction(async (inner) => {
          await shop.conversions.record(simpleSale(orderId), { manager: inner });
          throw new TypeError('inner');
        }),
      ).rejects.toThrow('inner');
    });
    expect(await shop.orders()).toEqual([orderId]);
    expect(await dump(shop.dataSource)).toEqual(before);
  });

  it('reports yen without decimals, and takes the action in the account’s currency', async () => {
    const shop = await start();
    const { orderId } = await recordWithClick(shop, PARTNER, {
      currency: 'JPY',
      items: [{ sku: 'FAN', category: 'Home', quantity: 2, subtotal: 12_345 }],
      discount: '345',
      shipping: '500',
    });
    expect(await shop.found(orderId)).toMatchObject({ currency: 'JPY', amount: '12000' });

    const credited = await delivered(shop.app, orderId, { settle: () => sandbox.settle() });
    const submission = (await sandbox.submissions()).find((one) => one.orderId === orderId)!;
    expect(submission.parameters).toMatchObject({
      CurrencyCode: 'JPY',
      ItemSubTotal1: '12345',
      OrderDiscount: '345',
      OrderShipping: '500',
    });
    const action = (await sandbox.actions()).find((one) => one.orderId === orderId)!;
    expect(action).toMatchObject({
      originalCurrency: 'JPY',
      originalAmount: '12000',
      currency: 'USD',
      amount: '80.40',
    });
    // Ours stays in the sale's currency; what the vendor says stays in the account's.
    expect(credited).toMatchObject({ state: 'CREDITED', currency: 'JPY', amount: '12000', payout: '4.02' });
    expect((await shop.story(orderId)).lines.at(-1)!.words).toContain('80.40 USD');
  });

  it('calls an order that nobody brought unattributed, and not before the patience is over', async () => {
    const shop = await start();
    const orderId = nextOrder();
    await shop.conversions.record(simpleSale(orderId));
    expect((await delivered(shop.app, orderId, { settle: () => sandbox.settle() })).state).toBe('SENT');

    shop.clock.advance(8 * DAY);
    expect(await shop.verdicts.hurry()).toEqual({ looked: 1, settled: 1, waiting: 0 });
    expect(await shop.found(orderId)).toMatchObject({
      state: 'UNATTRIBUTED',
      clickId: null,
      reasonCodes: [],
    });
    const story = await shop.story(orderId);
    expect(story.attribution).toBe('No click is known for this sale.');
    expect(story.lines.at(-1)!.words).toBe(
      'Nobody is credited: it has neither a click nor a promo code, and no action appeared.',
    );
    expect(story.advice).toBeNull();
    expect(await shop.verdicts.hurry()).toEqual({ looked: 0, settled: 0, waiting: 0 });
  });

  it('says in words why the vendor rejected a sale: a partner without a contract', async () => {
    const shop = await start();
    const { orderId } = await recordWithClick(shop, WITHOUT_CONTRACT);
    const rejected = await delivered(shop.app, orderId, { settle: () => sandbox.settle() });
    expect(rejected).toMatchObject({
      state: 'REJECTED',
      reasonCodes: ['CONTRACT_NOT_FOUND'],
      actionId: null,
    });
    const story = await shop.story(orderId);
    expect(story.lines.at(-1)!.words).toBe(
      'Rejected by impact.com: CONTRACT_NOT_FOUND (the partner had no contract at that time. ' +
        "Fix the account: Check the partner's contract dates in the account.)",
    );
    expect(story.advice).toContain('CONTRACT_NOT_FOUND: Check the partner');
  });

  it('says in words why the vendor rejected a sale: the contract’s window is over', async () => {
    const strict = await ImpactSandbox.start({
      settleAfter: '1h',
      partners: [{ id: '77', name: 'Day Trip', contract: { referralWindow: '1d' } }],
    });
    lifetime.keep(strict, () => strict.close());
    const shop = await start(strict);
    const orderId = nextOrder();
    const visitor = new Visitor();
    await visitor.follow(strict.trackingLink({ landingUrl: `${shop.url}/`, partnerId: '77' }));
    shop.clock.advance(2 * DAY);
    strict.travel('+2d');
    shop.book.sales.set(orderId, simpleSale(orderId, { eventDate: shop.clock.now() }));
    await visitor.post(`${shop.url}/pay`, { orderId });
    expect(await shop.found(orderId)).toMatchObject({ attributedBy: 'request' });

    const rejected = await delivered(shop.app, orderId, { settle: () => strict.settle() });
    expect(rejected).toMatchObject({ state: 'REJECTED', reasonCodes: ['OUTSIDE_ASSOCIATION_WINDOW'] });
    expect((await shop.story(orderId)).advice).toBe(
      'OUTSIDE_ASSOCIATION_WINDOW: Nothing to do, unless the contract allows more time than the referralWindow option.',
    );
  });

  it('takes the duplicate that its own repetition made for what it is: a credit', async () => {
    const shop = await start();
    const { orderId } = await recordWithClick(shop, PARTNER);
    sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions', times: 1 });
    const first = await shop.dispatcher.drain();
    // Full jitter may make the repetition due at once; then one drain does both.
    expect(first.retried).toBe(1);
    shop.clock.advance(60_000);
    await shop.dispatcher.drain();

    const submissions = (await sandbox.submissions()).filter((one) => one.orderId === orderId);
    expect(submissions).toHaveLength(2);
    await sandbox.settle();
    const [, repeated] = (await sandbox.submissions()).filter((one) => one.orderId === orderId);
    expect(repeated!.reasonCodes).toEqual(['CONV_DUPLICATE']);

    await shop.verdicts.hurry();
    const actions = (await sandbox.actions()).filter((one) => one.orderId === orderId);
    expect(actions).toHaveLength(1);
    expect(await shop.found(orderId)).toMatchObject({
      state: 'CREDITED',
      actionId: actions[0]!.id,
      submissionId: repeated!.id,
      reasonCodes: [],
    });
    const words = (await shop.story(orderId)).lines.map(({ words }) => words);
    expect(words).toHaveLength(4);
    expect(words[1]).toMatch(
      /^Attempt 1 failed: No answer \(\w+\), and the request may have arrived\. It may have arrived all the same\. Next try in /,
    );
    expect(words[2]).toContain('on attempt 2');
    expect(words[3]).toContain(`Credited: action ${actions[0]!.id}`);
  });
});
