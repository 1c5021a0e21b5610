import { afterEach, describe, expect, it } from '@jest/globals';
import { ClickIdRepository, type ConversionInput, InvalidSubjectError, PrivacyService } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { createHash } from 'node:crypto';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { impactTables } from '../support/impact.tables.js';

const HOUR = 3_600_000;
const EMAIL = 'Anna.Canary@aviary.example';

/** Everything that says who it is, each so that it is found again wherever it may be. */
const PERSON: Partial<ConversionInput> = {
  customer: {
    id: 'canary-customer',
    email: EMAIL,
    status: 'NEW',
    city: 'Canaryville',
    region: 'Canaria',
    country: 'ES',
    postCode: 'CNR-35001',
  },
  customProfileId: 'canary-profile',
  ipAddress: '198.51.100.77',
  userAgent: 'CanaryBrowser/1.0',
  device: { model: 'CanaryPhone', androidId: 'canary-android' },
  call: { callerId: 'canary-caller', phoneNumber: '+34-555-canary' },
  note: 'canary note',
  text: { 1: 'canary text', 2: 'gift' },
};
const digestOf = (algorithm: string): string =>
  createHash(algorithm).update(EMAIL.toLowerCase()).digest('hex');
const TRACES = [/canar/i, /198\.51\.100\.77/, /aviary/i, new RegExp(digestOf('sha1'))];

describe.each(databasesFor('privacy/erasure'))('erasing a customer, on $name', (database) => {
  const open: { close(): Promise<void> }[] = [];
  const start = async (options: Parameters<typeof openShop>[0] = {}): Promise<Shop> => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
    open.push(sandbox);
    const shop = await openShop(options, { sandbox, database });
    open.push(shop);
    return shop;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const privacy = (shop: Shop): PrivacyService => shop.app.get(PrivacyService);
  const clicks = (shop: Shop): ClickIdRepository => shop.app.get(ClickIdRepository);
  const rows = async (shop: Shop): Promise<[table: string, row: string][]> => {
    const all: [string, string][] = [];
    for (const table of await impactTables(shop.dataSource)) {
      for (const row of await shop.query(`SELECT * FROM ${table}`)) all.push([table, JSON.stringify(row)]);
    }
    return all;
  };
  /** Every column of every table, whatever they are called. */
  const traces = async (shop: Shop): Promise<string[]> =>
    (await rows(shop)).flatMap(([table, row]) =>
      TRACES.filter((trace) => trace.test(row)).map((trace) => `${table}: ${trace.source}`),
    );
  const stored = async (shop: Shop, orderId: string): Promise<Record<string, unknown>> =>
    (await shop.query('SELECT * FROM impact_conversions WHERE order_id = ?', [orderId]))[0]!;
  const visit = async (shop: Shop, subject: Parameters<ClickIdRepository['link']>[1]): Promise<string> => {
    const clickId = await follow(shop.sandbox);
    await clicks(shop).remember({
      clickId,
      landingPath: '/canary/landing',
      partnerParameters: { irpid: '77', sharedid: 'canary-member' },
      capturedAt: shop.clock.now(),
    });
    await clicks(shop).link(clickId, subject);
    return clickId;
  };
  const kept = [
    'amount_minor',
    'currency',
    'click_id',
    'subscription',
    'fingerprint',
    'order_id',
    'state',
    'action_id',
    'payout',
    'event_at',
  ];
  const facts = (row: Record<string, unknown>) =>
    Object.fromEntries(kept.map((column) => [column, row[column]]));

  it('leaves the sale and nothing of the person, in any column of any table', async () => {
    const shop = await start();
    const won = await visit(shop, { order: 'O-1', customer: 'canary-customer' });
    await visit(shop, { customer: 'canary-customer' });
    await shop.conversions.record(sale('O-1', { ...PERSON, subscription: 's-1' }));
    await shop.conversions.record(sale('other', { customer: { id: 'somebody' } }));
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    await shop.conversions.refund('O-1', { key: 'r-1', amount: '1.00' });
    await shop.query(`INSERT INTO impact_story (conversion, at, what, data) VALUES (?, 1, 'notified', ?)`, [
      (await stored(shop, 'O-1'))['id'],
      JSON.stringify({ actionId: 'x', words: 'Seen by canary-customer.' }),
    ]);
    const before = await stored(shop, 'O-1');
    expect(before).toMatchObject({ state: 'CREDITED', click_id: won });
    expect((await traces(shop)).length).toBeGreaterThan(5);
    const bystanders = (await rows(shop)).filter(([, row]) => row.includes('somebody'));

    const erased = await privacy(shop).eraseCustomer('canary-customer', {
      by: 'support',
      why: `asked by ${EMAIL}, canary-customer`,
    });
    expect(erased).toMatchObject({ conversions: 1, deliveries: 0, clickLinks: 2, inFlight: 0 });
    expect(erased.story).toBe(1);
    expect(erased.clicks).toBeGreaterThanOrEqual(2);
    expect(await traces(shop)).toEqual([]);
    expect((await rows(shop)).filter(([, row]) => row.includes('somebody'))).toEqual(
      expect.arrayContaining(bystanders),
    );
    const after = await stored(shop, 'O-1');
    expect(facts(after)).toEqual(facts(before));
    expect(after['customer_id']).toBeNull();
    expect(await clicks(shop).findFor({ order: 'O-1' })).toMatchObject({
      clickId: won,
      landingPath: null,
      partnerParameters: {},
    });
    expect(await clicks(shop).findFor({ subscription: 's-1' })).toMatchObject({ clickId: won });
    const story = await shop.conversions.explain('O-1');
    expect(story.lines.at(-1)!.words).toMatch(
      /^What the ledger knew of the customer was taken out: erased by support \(asked by \[e-mail removed\],? \[erased\]\)\.$/,
    );
    expect(story.request.map(([name]) => name)).toEqual(
      expect.arrayContaining(['ClickId', 'CustomerStatus', 'ItemSku1']),
    );

    // Again: nothing is left to be done.
    expect(await privacy(shop).eraseCustomer('canary-customer')).toEqual({
      conversions: 0,
      corrections: 0,
      deliveries: 0,
      story: 0,
      clicks: 0,
      clickLinks: 0,
      inFlight: 0,
    });
  });

  it('is not undone by recording the order again', async () => {
    const shop = await start();
    const input = sale('O-1', { ...PERSON, clickId: await follow(shop.sandbox) });
    const { id } = await shop.conversions.record(input);
    await privacy(shop).eraseCustomer('canary-customer');
    expect(await shop.conversions.record(input)).toMatchObject({ id, state: 'RECORDED' });
    expect(await traces(shop)).toEqual([]);
    await expect(
      shop.conversions.record({
        ...input,
        items: [{ sku: 'S-1', category: 'shoes', quantity: 2, price: '10.00' }],
      } as ConversionInput),
    ).rejects.toMatchObject({
      code: 'CONVERSION_CONFLICT',
      fields: ['items[S-1]'],
    });
    await expect(shop.conversions.record({ ...input, customer: { id: 'another' } })).rejects.toMatchObject({
      fields: ['customer.email', 'customer.id'],
    });
    expect(await traces(shop)).toEqual([]);
  });

  it('sends what was not sent yet without the person', async () => {
    const shop = await start();
    await shop.conversions.record(sale('O-1', { ...PERSON, clickId: await follow(shop.sandbox) }));
    await privacy(shop).eraseCustomer('canary-customer');
    await shop.dispatcher.drain();
    const [submission] = await shop.sandbox.submissions();
    expect(submission!.parameters).toMatchObject({ OrderId: 'O-1', CustomerStatus: 'NEW', ItemSku1: 'S-1' });
    expect(TRACES.filter((trace) => trace.test(JSON.stringify(submission!.parameters)))).toEqual([]);
    expect(await shop.conversions.find('O-1')).toMatchObject({ state: 'SENT' });
  });

  it('does not send what nobody could be given any more', async () => {
    const shop = await start();
    await shop.conversions.record(sale('O-1', PERSON));
    await shop.conversions.refund('O-1', { key: 'r-1', amount: '1.00' });
    expect(await privacy(shop).eraseCustomer('canary-customer')).toMatchObject({
      conversions: 1,
      deliveries: 1,
    });
    await shop.dispatcher.drain();
    await shop.verdicts.hurry();
    expect(await shop.sandbox.submissions()).toHaveLength(0);
    expect(await shop.conversions.find('O-1')).toMatchObject({ state: 'SKIPPED' });
    const { lines, corrections } = await shop.conversions.explain('O-1');
    expect(lines.map(({ words }) => words).join(' ')).toMatch(/Nothing was left to give the sale to anybody/);
    expect(corrections).toMatchObject([{ state: 'nothing-to-correct' }]);
  });

  it('lets a call under way finish, and sends nothing of the person later', async () => {
    const shop = await start();
    await shop.conversions.record(sale('O-1', { ...PERSON, clickId: await follow(shop.sandbox) }));
    await shop.query(`UPDATE impact_deliveries SET lease_token = 'held', due_at = due_at + 60000`);
    expect(await privacy(shop).eraseCustomer('canary-customer')).toMatchObject({
      inFlight: 1,
      deliveries: 0,
    });
    expect((await shop.conversions.explain('O-1')).lines.at(-1)!.words).toMatch(
      /A call that was under way at this moment was made as it was\.$/,
    );
    // Whoever made it never came back.
    shop.clock.advance(2 * HOUR);
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    const sent = JSON.stringify((await shop.sandbox.requests()).map(({ parameters }) => parameters));
    expect(TRACES.filter((trace) => trace.test(sent))).toEqual([]);
  });

  it('finds people by their e-mail address, however it was recorded', async () => {
    const shop = await start({ recording: { onInvalid: 'park' } });
    const sha256 = digestOf('sha256');
    await shop.conversions.record(sale('plain', { customer: { email: EMAIL }, promoCodes: ['P'] }));
    await shop.conversions.record(sale('parked', { customer: { email: EMAIL }, currency: 'EURO' }));
    await shop.conversions.record(sale('digest', { customer: { email: sha256 }, promoCodes: ['P'] }));
    await shop.conversions.record(sale('other', { customer: { email: 'b@aviary.test' }, promoCodes: ['P'] }));
    expect(await privacy(shop).personalData({ email: ` ${EMAIL.toLowerCase()} ` })).toMatchObject({
      sales: [{ orderId: 'plain' }, { orderId: 'parked' }, { orderId: 'digest' }],
      clicks: [],
    });
    expect(await privacy(shop).eraseCustomer({ email: sha256 })).toMatchObject({ conversions: 1 });
    expect(await privacy(shop).eraseCustomer({ email: EMAIL })).toMatchObject({ conversions: 2 });
    expect(await privacy(shop).eraseCustomer({ email: EMAIL })).toMatchObject({ conversions: 0 });
    const requests = await shop.query<{ request: string }>('SELECT request FROM impact_conversions');
    expect(requests.filter(({ request }) => /email|CustomerEmail/.test(request))).toHaveLength(1);
  });

  it('tells what is known of a customer', async () => {
    const shop = await start();
    const clickId = await visit(shop, { customer: 'canary-customer' });
    await shop.conversions.record(sale('O-1', PERSON));
    const known = await privacy(shop).personalData('canary-customer');
    expect(known).toMatchObject({
      sales: [{ orderId: 'O-1', state: 'RECORDED', clickId }],
      clicks: [{ clickId, landingPath: '/canary/landing', consent: 'granted' }],
    });
    expect(Object.fromEntries(known.sales[0]!.request)).toMatchObject({ CustomerCity: 'Canaryville' });
    expect(await privacy(shop).personalData('nobody')).toEqual({ sales: [], clicks: [] });
  });

  it('brings nothing back when a parked sale is mended', async () => {
    const shop = await start({ recording: { onInvalid: 'park' } });
    await shop.conversions.record(sale('O-1', { ...PERSON, currency: 'EURO' }));
    await shop.conversions.record(sale('O-2', { ...PERSON, currency: 'EURO' }));
    await privacy(shop).eraseCustomer('canary-customer');
    expect(await traces(shop)).toEqual([]);
    const clickId = await follow(shop.sandbox);
    expect(await shop.conversions.record(sale('O-1', { ...PERSON, clickId }))).toMatchObject({
      state: 'RECORDED',
    });
    // What made it sendable was the person.
    expect(await shop.conversions.record(sale('O-2', PERSON))).toMatchObject({ state: 'SKIPPED' });
    await shop.dispatcher.drain();
    expect(await shop.sandbox.submissions()).toHaveLength(1);
    expect(await traces(shop)).toEqual([]);
  });

  it('keeps fields of the shop’s own that say nothing of a person', async () => {
    const shop = await start({ retention: { keptFields: ['text.2'] } });
    await shop.conversions.record(sale('O-1', { ...PERSON, clickId: await follow(shop.sandbox) }));
    await privacy(shop).eraseCustomer('canary-customer');
    const { request } = await shop.conversions.explain('O-1');
    expect(request.filter(([name]) => /^(Text|Note)/.test(name))).toEqual([['Text2', 'gift']]);
  });

  it('leaves what a dry run kept without the person, too', async () => {
    const shop = await start({ mode: 'dry-run' });
    await shop.conversions.record(sale('O-1', PERSON));
    await shop.conversions.record(sale('O-2', { ...PERSON, promoCodes: ['P'] }));
    await privacy(shop).eraseCustomer({ customer: 'canary-customer', email: EMAIL });
    expect(await traces(shop)).toEqual([]);
    expect(await shop.conversions.find('O-1')).toMatchObject({ state: 'SKIPPED' });
    expect(await shop.conversions.find('O-2')).toMatchObject({ state: 'DRY_RUN' });
  });

  it('keeps clicks that somebody else holds', async () => {
    const shop = await start();
    const shared = await visit(shop, { customer: 'canary-customer' });
    await clicks(shop).link(shared, { customer: 'somebody' });
    const own = await visit(shop, { customer: 'canary-customer' });
    await privacy(shop).eraseCustomer('canary-customer');
    expect(await clicks(shop).findFor({ customer: 'somebody' })).toMatchObject({ clickId: shared });
    const left = await shop.query<{ click_id: string }>('SELECT click_id FROM impact_clicks');
    expect(left.map(({ click_id }) => click_id)).toEqual([shared]);
    expect(left).not.toContainEqual({ click_id: own });
    expect(await traces(shop)).toEqual([]);
  });

  it('goes through more sales than fit into one transaction', async () => {
    const shop = await start({ mode: 'dry-run' });
    const many = Array.from({ length: 230 }, (_, number) => number);
    for (const number of many)
      await shop.conversions.record(sale(`O-${number}`, { ...PERSON, promoCodes: ['P'] }));
    expect(await privacy(shop).eraseCustomer('canary-customer')).toMatchObject({ conversions: 230 });
    expect(await traces(shop)).toEqual([]);
  });

  it.each<[string, Parameters<PrivacyService['eraseCustomer']>[0], RegExp]>([
    ['an empty id', '', /non-empty/],
    ['nobody', {}, /none was given/],
    ['an address as id', EMAIL, /e-mail address/],
    ['no address', { email: 'Anna' }, /neither an e-mail address/],
  ])('refuses %s', async (_, who, message) => {
    const shop = await start({ mode: 'dry-run' });
    const refused = await privacy(shop)
      .eraseCustomer(who)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidSubjectError);
    expect(String(refused)).toMatch(message);
    expect(String(refused)).not.toContain('aviary');
  });
});
