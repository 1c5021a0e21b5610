import { beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  ConversionConflictError,
  type ConversionInput,
  CorrectionConflictError,
  type ImpactModuleOptions,
  InvalidConversionError,
  NotConfiguredError,
  NotRecordedError,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { delivered } from 'nestjs-impact/testing';
import { DataSource } from 'typeorm';
import { DATABASES } from '../support/databases.js';
import { dump, rowsOf, type TableRow } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import { liveOptions, type Shop, simpleSale, startShop, storeOrder } from '../support/shop.app.js';

describe.each(DATABASES)('recording on $name', (database) => {
  let sandbox: ImpactSandbox;
  let orders = 0;
  const nextOrder = (): string => `order-${++orders}`;

  const lifetime = useLifetime('file');

  const start = async (more: ImpactModuleOptions = {}): Promise<Shop> => {
    const shop = await startShop({ on: database, impact: liveOptions(sandbox, more) });
    return lifetime.keep(shop, () => shop.close());
  };

  /** Most tests need no shop of their own: an order id of its own is enough. */
  let shop: Shop;
  let parking: Shop;

  beforeAll(async () => {
    sandbox = await ImpactSandbox.start({ settleAfter: '1h', rateLimit: false });
    lifetime.keep(sandbox, () => sandbox.close());
    shop = await start({ recording: { onInvalid: 'throw' }, delivery: { maxRequestsPerHour: 100_000 } });
    parking = await start({ recording: { onInvalid: 'park' } });
  });

  /** Everything that the database says about one order. */
  const kept = async (at: Shop, orderId: string) => {
    const tables = await dump(at.dataSource);
    const sales = tables.impact_conversions.filter((row) => row['order_id'] === orderId);
    const ofSale = (row: TableRow): boolean => sales.some(({ id }) => id === row['conversion']);
    return {
      sales,
      deliveries: tables.impact_deliveries.filter(ofSale),
      story: tables.impact_story.filter(ofSale),
      corrections: tables.impact_corrections.filter((row) => row['order_id'] === orderId),
    };
  };

  const submissionsOf = async (orderId: string) =>
    (await sandbox.submissions()).filter((submission) => submission.orderId === orderId);

  const items = (...lines: object[]): Partial<ConversionInput> =>
    ({ items: lines }) as Partial<ConversionInput>;
  const LINE = { sku: 'MUG', category: 'Kitchen', quantity: 2, subtotal: '20.00' };

  describe('the same order twice', () => {
    it('is one row, one delivery and one line of story, and one submission', async () => {
      const orderId = nextOrder();
      const first = await shop.conversions.record(simpleSale(orderId));
      const before = await dump(shop.dataSource);
      const second = await shop.conversions.record(simpleSale(orderId));
      const third = await shop.dataSource.transaction((manager) =>
        shop.conversions.record(simpleSale(orderId), { manager }),
      );

      expect(second).toEqual(first);
      expect(third).toEqual(first);
      expect(await dump(shop.dataSource)).toEqual(before);
      const { sales, deliveries, story } = await kept(shop, orderId);
      expect([sales.length, deliveries.length, story.length]).toEqual([1, 1, 1]);
      await shop.dispatcher.drain();
      expect(await submissionsOf(orderId)).toHaveLength(1);

      // Also after it was sent: the answer is the sale as it stands.
      expect(await shop.conversions.record(simpleSale(orderId))).toMatchObject({
        id: first.id,
        state: 'SENT',
      });
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, waiting: 0 });
    });

    it('is the same whatever its form: date, spelling of amounts, order of lines and what the module derived', async () => {
      const orderId = nextOrder();
      const sale = simpleSale(orderId, {
        ...items(LINE, { sku: 'CUP', category: 'Kitchen', quantity: 1, subtotal: '5.00' }),
        shipping: 0,
      });
      const { id } = await shop.conversions.record(sale);
      const again = simpleSale(orderId, {
        eventDate: new Date(Date.now() - 60_000),
        ...items({ sku: 'CUP', category: 'Kitchen', quantity: 1, price: 5 }, { ...LINE, subtotal: 20 }),
        clickId: 'a-click-that-came-later',
        note: 'said differently',
      });
      expect(await shop.conversions.record(again)).toMatchObject({ id, clickId: null });
    });

    it.each<[string, Partial<ConversionInput>, string[]]>([
      ['another amount', items({ ...LINE, subtotal: '21.00' }), ['items[MUG]']],
      [
        'another currency and customer',
        { currency: 'EUR', customer: { id: 'somebody-else' } },
        ['currency', 'customer.id'],
      ],
      ['another line', items(LINE, { ...LINE, sku: 'CUP' }), ['items[CUP]']],
      ['another discount and code', { discount: '1.00', promoCodes: ['SPRING'] }, ['discount', 'promoCodes']],
    ])('with %s is a conflict that names the fields and changes nothing', async (_, change, fields) => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId));
      const before = await dump(shop.dataSource);
      const error: unknown = await shop.conversions
        .record(simpleSale(orderId, change))
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ConversionConflictError);
      expect((error as ConversionConflictError).fields.toSorted()).toEqual(fields);
      expect(String(error)).toContain('modify()');
      for (const field of fields) expect(String(error)).toContain(field);
      expect(await dump(shop.dataSource)).toEqual(before);
    });

    it('recorded by two requests at once is one row', async () => {
      const orderId = nextOrder();
      const all = await Promise.all(
        Array.from({ length: 10 }, () => shop.conversions.record(simpleSale(orderId))),
      );
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect((await kept(shop, orderId)).deliveries).toHaveLength(1);
    });
  });

  /** Everything that a caller can get wrong, and a word of the problem that must come of it. */
  const FAULTS: readonly [name: string, change: Record<string, unknown>, field: string, rule: string][] = [
    ['no date', { eventDate: undefined }, 'eventDate', 'required'],
    ['a date as text', { eventDate: '2026-01-01' }, 'eventDate', 'wrong-type'],
    ['an invalid date', { eventDate: new Date(Number.NaN) }, 'eventDate', 'wrong-type'],
    ['epoch seconds for milliseconds', { eventDate: new Date(1_780_000) }, 'eventDate', 'bad-shape'],
    ['no currency', { currency: undefined }, 'currency', 'required'],
    ['a currency sign', { currency: '€' }, 'currency', 'unknown-currency'],
    ['neither items nor amount', { items: undefined }, 'items', 'no-form'],
    ['items and amount', { amount: '20.00' }, 'amount', 'both-forms'],
    ['no line', { items: [] }, 'items', 'empty'],
    ['items that are no list', { items: 'MUG' }, 'items', 'wrong-type'],
    ['a line without sku', { items: [{ ...LINE, sku: undefined }] }, 'items[0].sku', 'required'],
    ['a line without category', { items: [{ ...LINE, category: '' }] }, 'items[0].category', 'required'],
    ['half a unit', { items: [{ ...LINE, quantity: 0.5 }] }, 'items[0].quantity', 'bad-shape'],
    ['a quantity as text', { items: [{ ...LINE, quantity: '2' }] }, 'items[0].quantity', 'wrong-type'],
    [
      'a line without a price',
      { items: [{ ...LINE, subtotal: undefined }] },
      'items[0].subtotal',
      'required',
    ],
    ['price and subtotal', { items: [{ ...LINE, price: '10.00' }] }, 'items[0].price', 'both-forms'],
    ['a negative line', { items: [{ ...LINE, subtotal: '-1.00' }] }, 'items[0].subtotal', 'negative'],
    [
      'more decimals than cents',
      { items: [{ ...LINE, subtotal: 0.1 + 0.2 }] },
      'items[0].subtotal',
      'too-many-decimals',
    ],
    ['an amount with a comma', { items: [{ ...LINE, subtotal: '20,00' }] }, 'items[0].subtotal', 'bad-money'],
    ['NaN for money', { items: [{ ...LINE, subtotal: Number.NaN }] }, 'items[0].subtotal', 'bad-money'],
    [
      'cents in yen',
      { currency: 'JPY', items: [{ ...LINE, subtotal: '20.50' }] },
      'items[0].subtotal',
      'too-many-decimals',
    ],
    ['more tax than price', { items: [{ ...LINE, tax: '20.01' }] }, 'items[0].tax', 'discount-too-large'],
    [
      'a line discount over its price',
      { items: [{ ...LINE, totalDiscount: '20.01' }] },
      'items[0].totalDiscount',
      'discount-too-large',
    ],
    ['a discount over the order', { discount: '20.01' }, 'discount', 'discount-too-large'],
    ['another total than expected', { expectedTotal: '19.99' }, 'expectedTotal', 'total-mismatch'],
    [
      'an e-mail address as customer id',
      { customer: { id: 'jo@example.com' } },
      'customer.id',
      'personal-data',
    ],
    [
      'an e-mail address that is none',
      { customer: { id: 'c', email: 'jo at example' } },
      'customer.email',
      'bad-shape',
    ],
    ['a status too long', { customer: { id: 'c', status: 'x'.repeat(41) } }, 'customer.status', 'too-long'],
    [
      'a country of three letters',
      { customer: { id: 'c', country: 'USA' } },
      'customer.country',
      'bad-shape',
    ],
    ['a group that is no object', { customer: 'jo' }, 'customer', 'wrong-type'],
    ['a click id with a space', { clickId: 'not a click' }, 'clickId', 'bad-shape'],
    ['codes as text', { promoCodes: 'SUMMER' }, 'promoCodes', 'wrong-type'],
    ['a code with a comma', { promoCodes: ['A,B'] }, 'promoCodes[0]', 'bad-shape'],
    ['a partner that is no number', { mediaPartnerId: 'acme' }, 'mediaPartnerId', 'bad-shape'],
    ['a shared id without partner', { sharedId: 'news' }, 'sharedId', 'needs-other-field'],
    ['a custom field beyond the last', { text: { 51: 'x' } }, 'text', 'bad-index'],
    ['a flag as text', { giftPurchase: 'yes' }, 'giftPurchase', 'wrong-type'],
    ['consent as text', { consent: 'granted' }, 'consent', 'wrong-type'],
    ['a negative shipping', { shipping: '-1.00' }, 'shipping', 'negative'],
  ];

  /** Faults that leave no order id to speak of, and things that are no sale at all. */
  const NAMELESS: readonly [name: string, sale: unknown][] = [
    ['no order id', simpleSale('x', { orderId: undefined as never })],
    ['an empty order id', simpleSale('x', { orderId: '  ' })],
    ['an e-mail address as order id', simpleSale('x', { orderId: 'jo@example.com' })],
    ['an order id with a control character', simpleSale('x', { orderId: 'a\u0000b' })],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'order-1'],
    ['a list', [simpleSale('x')]],
    [
      'an object that throws when it is read',
      new Proxy(
        {},
        {
          get: () => {
            throw new TypeError('no');
          },
        },
      ),
    ],
  ];

  describe('a sale that breaks a rule', () => {
    /** Stores the shop's order and records the sale, in one transaction. */
    const pay = (at: Shop, orderId: string, sale: unknown) =>
      at.dataSource.transaction(async (manager) => {
        await storeOrder(manager, orderId);
        return at.conversions.record(sale as ConversionInput, { manager });
      });

    describe('with onInvalid "throw" is shown to the developer', () => {
      it.each(FAULTS)('%s', async (_, change, field, rule) => {
        const orderId = nextOrder();
        const error: unknown = await pay(shop, orderId, { ...simpleSale(orderId), ...change }).catch(
          (caught: unknown) => caught,
        );
        expect(error).toBeInstanceOf(InvalidConversionError);
        expect((error as InvalidConversionError).problems).toContainEqual(
          expect.objectContaining({ field, rule, message: expect.stringContaining(field) }),
        );
        expect(await shop.orders()).not.toContain(orderId);
        expect((await kept(shop, orderId)).sales).toEqual([]);
      });

      it.each(NAMELESS)('%s', async (_, sale) => {
        const orderId = nextOrder();
        await expect(pay(shop, orderId, sale)).rejects.toBeInstanceOf(InvalidConversionError);
        expect(await shop.orders()).not.toContain(orderId);
      });
    });

    describe('with onInvalid "park" is kept, and the order commits', () => {
      it.each(FAULTS)('%s', async (_, change, field) => {
        const orderId = nextOrder();
        const sale = { ...simpleSale(orderId), ...change };
        const parked = await pay(parking, orderId, sale);
        expect(await parking.orders()).toContain(orderId);
        expect(parked).toMatchObject({ orderId, state: 'UNDELIVERABLE', clickId: null });
        expect(parked.problems.some((problem) => problem.startsWith(`${field}: `))).toBe(true);
        expect(await parking.found(orderId)).toEqual(parked);
        expect((await kept(parking, orderId)).deliveries).toEqual([]);
        const story = await parking.story(orderId);
        expect(story.lines.map(({ what }) => what)).toEqual(['parked']);
        expect(story.lines[0]!.words).toContain(parked.problems[0]);
        expect(story.advice).toContain(parked.problems[0]);
        // The same slip again is the same row.
        expect((await parking.conversions.record(sale)).id).toBe(parked.id);
      });

      it.each(NAMELESS)('%s', async (_, sale) => {
        const orderId = nextOrder();
        const parked = await pay(parking, orderId, sale);
        expect(parked.state).toBe('UNDELIVERABLE');
        expect(parked.orderId).toMatch(/^unusable~[0-9a-f]{32}$/);
        expect(await parking.orders()).toContain(orderId);
        expect(await parking.found(parked.orderId)).toEqual(parked);
      });
    });

    it('that is parked is sent to nobody', async () => {
      expect(await parking.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
      expect(await rowsOf(parking.dataSource, 'impact_deliveries')).toEqual([]);
    });

    it('tells all of its problems at once', async () => {
      const error: unknown = await shop.conversions
        .record({ orderId: '', currency: 'EURO', items: [{}], customer: 7 } as never)
        .catch((caught: unknown) => caught);
      const fields = (error as InvalidConversionError).problems.map(({ field }) => field);
      expect(fields).toEqual(
        expect.arrayContaining([
          'orderId',
          'eventDate',
          'currency',
          'items[0].sku',
          'items[0].subtotal',
          'customer',
        ]),
      );
    });

    it('parks in production without being told to', async () => {
      const before = process.env['NODE_ENV'];
      process.env['NODE_ENV'] = 'production';
      try {
        const production = await startShop({ impact: {} });
        lifetime.keep(production, () => production.close());
        expect(await production.conversions.record(simpleSale(nextOrder(), items()))).toMatchObject({
          state: 'UNDELIVERABLE',
        });
      } finally {
        process.env['NODE_ENV'] = before;
      }
    });
  });

  describe('what is kept and sent', () => {
    it('takes an expected total that is right', async () => {
      const sale = simpleSale(nextOrder(), {
        ...items({ ...LINE, tax: '3.19' }),
        discount: '1.81',
        expectedTotal: 15,
      } as never);
      expect(await shop.conversions.record(sale)).toMatchObject({ amount: '15.00' });
    });

    it('reports a sale without lines as one amount', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId, { items: undefined, amount: '42.5' }));
      await shop.dispatcher.drain();
      const [submission] = await submissionsOf(orderId);
      expect(submission!.parameters).toMatchObject({ OrderSubTotalPostDiscount: '42.50' });
      expect(submission!.parameters).not.toHaveProperty('Amount');
    });

    it('sends a short form of a long order id, and finds the action by it', async () => {
      const orderId = `${'shop-7/2026/'.repeat(10)}${nextOrder()}`;
      expect(orderId.length).toBeGreaterThan(64);
      await shop.conversions.record(simpleSale(orderId, { promoCodes: ['COFFEE5'] }));
      const credited = await delivered(shop.app, orderId, { settle: () => sandbox.settle() });

      const [row] = (await kept(shop, orderId)).sales;
      const wireId = String(row!['wire_order_id']);
      expect(row!['order_id']).toBe(orderId);
      expect(wireId).toMatch(/^shop-7\/2026\/.*~[0-9a-f]{32}$/);
      expect(wireId.length).toBeLessThanOrEqual(64);
      const action = (await sandbox.actions()).find((one) => one.orderId === wireId)!;
      expect(credited).toMatchObject({
        orderId,
        state: 'CREDITED',
        actionId: action.id,
        partnerId: '1234502',
      });
      // A neighbour that begins alike is another order.
      await shop.conversions.record(simpleSale(`${orderId}-b`));
      const [neighbour] = (await kept(shop, `${orderId}-b`)).sales;
      expect(neighbour!['wire_order_id']).not.toBe(wireId);
    });

    it.each([
      'Jo.Doe@Example.com',
      ' jo.doe@example.com\n',
      createHash('sha1').update('jo.doe@example.com').digest('hex').toUpperCase(),
    ])('hashes the e-mail address before it reaches the database: %j', async (email) => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId, { customer: { id: 'c', email } }));
      const stored = JSON.stringify(await dump(shop.dataSource)).toLowerCase();
      const digest = createHash('sha1').update('jo.doe@example.com').digest('hex');
      expect(stored).toContain(digest);
      expect(stored).not.toContain('example.com');
      await shop.dispatcher.drain();
      const [submission] = await submissionsOf(orderId);
      expect(submission!.parameters['CustomerEmail']).toBe(digest);
    });

    it('keeps the e-mail address of a parked sale as a digest too', async () => {
      const shop = parking;
      await shop.conversions.record(
        simpleSale(nextOrder(), {
          currency: '?',
          customer: { id: 'jo@example.com', email: 'jo@example.com' },
          note: 'write to jo@example.com',
        }),
      );
      expect(JSON.stringify(await dump(shop.dataSource))).not.toContain('jo@example.com');
    });

    it('sends every sale with a key by default, and with send "attributable" only those that can earn', async () => {
      const shop = await start({ recording: { send: 'attributable' } });
      const [organic, coupon] = [nextOrder(), nextOrder()];
      expect(await shop.conversions.record(simpleSale(organic))).toMatchObject({ state: 'SKIPPED' });
      expect(await shop.conversions.record(simpleSale(coupon, { promoCodes: ['HARBOUR10'] }))).toMatchObject({
        state: 'RECORDED',
      });
      expect((await shop.story(organic)).lines[0]!.words).toBe(
        'Not sent, on purpose. Because: it has neither a click nor a promo code, and recording.send is "attributable".',
      );
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
      expect(await submissionsOf(organic)).toEqual([]);
    });

    it('skips a sale without any key and a test order, and says why', async () => {
      const [keyless, rehearsal] = [nextOrder(), nextOrder()];
      await shop.conversions.record(simpleSale(keyless, { customer: undefined }));
      await shop.conversions.record(simpleSale(rehearsal, { test: true, promoCodes: ['HARBOUR10'] }));
      expect(await shop.found(keyless)).toMatchObject({ state: 'SKIPPED', problems: [] });
      expect(await shop.found(rehearsal)).toMatchObject({ state: 'SKIPPED' });
      expect((await shop.story(keyless)).lines[0]!.words).toContain('no attribution key');
      expect((await shop.story(rehearsal)).lines[0]!.words).toContain('test order');
      expect(await shop.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
    });

    it('notes what is odd and sends the sale all the same', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(
        simpleSale(orderId, {
          eventDate: new Date(Date.now() + 3_600_000),
          note: 'x'.repeat(300),
          ipAddress: 'unknown',
          surprise: 1,
        } as never),
      );
      const { words } = (await shop.story(orderId)).lines[0]!;
      for (const field of ['eventDate', 'note', 'ipAddress', 'surprise']) expect(words).toContain(field);
      expect(await shop.found(orderId)).toMatchObject({ state: 'RECORDED', problems: [] });
    });

    it('answers nothing for an order that was never recorded', async () => {
      expect(await shop.conversions.find('unheard-of')).toBeNull();
      await expect(shop.conversions.explain('unheard-of')).rejects.toThrow(NotRecordedError);
    });

    it.each([{ eventType: 'lead' }, { program: 'second-shop' }])(
      'refuses %j, which is not configured',
      async (other) => {
        const orderId = nextOrder();
        await expect(shop.conversions.record(simpleSale(orderId), other)).rejects.toThrow(NotConfiguredError);
        await expect(shop.conversions.find(orderId, other)).rejects.toThrow(/has "default" alone/);
        expect(await shop.conversions.find(orderId)).toBeNull();
        const named = { eventType: 'default', program: 'default' };
        const { id } = await shop.conversions.record(simpleSale(orderId), named);
        expect(await shop.conversions.find(orderId)).toMatchObject({ id });
      },
    );

    it('finds an order under the id that it was given, spaces and all', async () => {
      const orderId = ` ${nextOrder()} `;
      const { id } = await shop.conversions.record(simpleSale(orderId));
      expect(await shop.conversions.find(orderId)).toMatchObject({ id, orderId: orderId.trim() });
      await shop.conversions.reverse(orderId, { key: 'k', reason: 'OTHER' });
      expect((await shop.story(orderId)).corrections).toHaveLength(1);
      expect((await shop.story(orderId)).lines.map(({ what }) => what)).toContain('correction-recorded');
    });
  });

  describe('corrections', () => {
    it('are stored once per key, after the sale and before it', async () => {
      const orderId = nextOrder();
      const early = await shop.conversions.refund(orderId, { key: 'refund-1', amount: '5.00' });
      expect(early).toEqual({ id: expect.any(String), key: 'refund-1', orderId, state: 'held' });
      expect(await shop.conversions.find(orderId)).toBeNull();

      await shop.conversions.record(simpleSale(orderId));
      expect(await shop.conversions.refund(orderId, { key: 'refund-1', amount: 5 })).toEqual(early);
      const change = await shop.conversions.modify(orderId, {
        key: 'change-1',
        items: [{ sku: 'MUG', quantity: 1 }],
      });
      const status = { key: 'change-2', customerStatus: 'EXISTING' };
      const again = await shop.conversions.modify(orderId, status);
      expect(await shop.conversions.modify(orderId, status)).toEqual(again);

      const story = await shop.story(orderId);
      expect(story.corrections).toHaveLength(3);
      expect(story.corrections).toEqual(
        expect.arrayContaining([early, change, again].map((one) => expect.objectContaining(one))),
      );
      expect(story.lines.map(({ words }) => words)).toEqual([
        'Recorded and waiting to be sent. No click is known for it.',
        '1 correction(s) had arrived before the sale and belong to it now.',
        'A correction (modify) was recorded under the key change-1.',
        'A correction (modify) was recorded under the key change-2.',
      ]);
      const rows = (await kept(shop, orderId)).corrections;
      expect(rows.map((row) => row['conversion'])).toEqual(Array(3).fill(story.conversion.id));
      // They wait for the sale's action: nothing may go out before there is one.
      await shop.dispatcher.drain();
      expect((await sandbox.requests()).filter(({ operation }) => operation === 'corrections')).toEqual([]);
    });

    it('are a conflict when the key comes with another change', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId));
      await shop.conversions.refund(orderId, { key: 'r', amount: '5.00' });
      const before = await dump(shop.dataSource);
      await expect(shop.conversions.refund(orderId, { key: 'r', amount: '6.00' })).rejects.toBeInstanceOf(
        CorrectionConflictError,
      );
      await expect(shop.conversions.reverse(orderId, { key: 'r', reason: 'OTHER' })).rejects.toBeInstanceOf(
        CorrectionConflictError,
      );
      expect(await dump(shop.dataSource)).toEqual(before);
    });

    it.each<[string, (shop: Shop, orderId: string) => Promise<unknown>, string]>([
      ['a change of nothing', (shop, id) => shop.conversions.modify(id, { key: 'k' } as never), 'change'],
      [
        'a refund without a key',
        (shop, id) => shop.conversions.refund(id, { amount: '1.00' } as never),
        'key',
      ],
      [
        'a refund in fractions of a cent',
        (shop, id) => shop.conversions.refund(id, { key: 'k', amount: '1.001' }),
        'amount',
      ],
      [
        'a reason that is none',
        (shop, id) => shop.conversions.reverse(id, { key: 'k', reason: 'WHY_NOT' as never }),
        'reason',
      ],
      [
        'the same line twice',
        (shop, id) =>
          shop.conversions.refund(id, {
            key: 'k',
            items: [
              { sku: 'MUG', quantity: 1 },
              { sku: 'MUG', quantity: 1 },
            ],
          }),
        'items[1].sku',
      ],
    ])('refuse %s', async (_, call, field) => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId));
      const error: unknown = await call(shop, orderId).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(InvalidConversionError);
      expect((error as InvalidConversionError).problems.map((problem) => problem.field)).toContain(field);
      expect((await kept(shop, orderId)).corrections).toEqual([]);
    });

    it.each<[string, unknown]>([
      ['no order id', undefined],
      ['an empty order id', ' '],
      ['a number for an order id', 12],
      ['an order id that no sale can have', 'x'.repeat(256)],
      ['an e-mail address for an order id', 'jo@example.com'],
    ])('refuse %s before any statement, so that the caller’s transaction goes on', async (_, named) => {
      const orderId = nextOrder();
      await shop.dataSource.transaction(async (manager) => {
        await storeOrder(manager, orderId);
        const correction = shop.conversions.refund(
          named as string,
          { key: 'k', amount: '1.00' },
          { manager },
        );
        await expect(correction).rejects.toMatchObject({ problems: [{ field: 'orderId' }] });
      });
      expect(await shop.orders()).toContain(orderId);
    });

    it('join the caller’s transaction', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId));
      const before = await dump(shop.dataSource);
      await expect(
        shop.dataSource.transaction(async (manager) => {
          await shop.conversions.reverse(orderId, { key: 'k', reason: 'OTHER' }, { manager });
          throw new TypeError('rolled back');
        }),
      ).rejects.toThrow('rolled back');
      expect(await dump(shop.dataSource)).toEqual(before);
    });
  });

  describe('with the caller’s manager', () => {
    it('reads inside the caller’s transaction what that has recorded', async () => {
      const orderId = nextOrder();
      await shop.dataSource.transaction(async (manager) => {
        await shop.conversions.record(simpleSale(orderId), { manager });
        expect(await shop.conversions.find(orderId, { manager })).toMatchObject({ state: 'RECORDED' });
        expect((await shop.conversions.explain(orderId, { manager })).lines).toHaveLength(1);
      });
    });

    it('takes a manager without a transaction for none', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId), { manager: shop.app.get(DataSource).manager });
      expect(await shop.found(orderId)).toMatchObject({ state: 'RECORDED' });
    });
  });
});
