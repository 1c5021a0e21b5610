import { afterEach, describe, expect, it } from '@jest/globals';
import { ClickIdRepository, PrivacyService, RetentionService } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { IMPACT_DATABASE, type ImpactDatabase } from '../../src/database/index.js';
import { RetentionLedger } from '../../src/operations/retention/retention.ledger.js';
import { NOWHERE } from '../../src/operations/retention/retention.types.js';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NONE = { done: true, clicks: 0, clickLinks: 0, customers: 0, deliveries: 0, story: 0 };

describe.each(databasesFor('privacy/retention'))('retention, on $name', (database) => {
  const open: { close(): Promise<void> }[] = [];
  const start = async (options: Parameters<typeof openShop>[0] = {}, at?: Shop): Promise<Shop> => {
    const sandbox = at?.sandbox ?? (await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false }));
    if (at === undefined) open.push(sandbox);
    const shop = await openShop(options, { sandbox, database, ...(at === undefined ? {} : { at: at.at }) });
    open.push(shop);
    return shop;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const retention = (shop: Shop): RetentionService => shop.app.get(RetentionService);
  const clicks = (shop: Shop): ClickIdRepository => shop.app.get(ClickIdRepository);
  const ledger = (shop: Shop, environment = 'test'): RetentionLedger =>
    new RetentionLedger(shop.app.get<ImpactDatabase>(IMPACT_DATABASE), {
      account: shop.sandbox.credentials.accountSid,
      environment,
    });
  const count = async (shop: Shop, table: string): Promise<number> =>
    (await shop.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]!.n;
  /** Sales that were sent, in whatever state. */
  const sell = async (shop: Shop, state: string, ...orderIds: string[]): Promise<void> => {
    for (const orderId of orderIds) {
      await shop.conversions.record(
        sale(orderId, {
          customer: { id: `customer-of-${orderId}`, email: `${orderId}@x.example` },
          promoCodes: ['P'],
        }),
      );
    }
    await shop.dispatcher.drain();
    for (const orderId of orderIds) await end(shop, state, orderId);
  };
  const end = (shop: Shop, state: string, orderId: string): Promise<unknown> =>
    shop.query(`UPDATE impact_conversions SET state = ?, verdict_due_at = NULL WHERE order_id = ?`, [
      state,
      orderId,
    ]);
  const knows = async (shop: Shop): Promise<string[]> =>
    (
      await shop.query<{ order_id: string; request: string; customer_id: string | null }>(
        'SELECT order_id, request, customer_id FROM impact_conversions',
      )
    )
      .filter(({ request, customer_id: id }) => id !== null || request.includes('CustomerEmail'))
      .map(({ order_id: orderId }) => orderId)
      .toSorted();

  it('lets go of customers and calls in their time, and of nothing before it', async () => {
    const shop = await start();
    await sell(shop, 'CLEARED', 'A', 'B');
    const id = (
      await shop.query<{ id: string }>(`SELECT id FROM impact_conversions WHERE order_id = 'A'`)
    )[0]!.id;
    await shop.query(
      `INSERT INTO impact_story (conversion, at, what, data) SELECT id, recorded_at, 'attempt-failed', '{}' FROM impact_conversions`,
    );
    expect(await retention(shop).purge()).toEqual(NONE);

    shop.clock.advance(181 * DAY);
    await sell(shop, 'CLEARED', 'young');
    const dry = await retention(shop).purge({ dryRun: true });
    expect(dry).toEqual({ ...NONE, deliveries: 2, story: 2 });
    expect(await count(shop, 'impact_deliveries')).toBe(3);
    expect(await retention(shop).purge()).toEqual(dry);
    expect(await count(shop, 'impact_deliveries')).toBe(1);
    expect(await knows(shop)).toEqual(['A', 'B', 'young']);

    shop.clock.advance(220 * DAY);
    expect(await retention(shop).purge({ dryRun: true })).toEqual({ ...NONE, customers: 2, deliveries: 1 });
    expect(await retention(shop).purge()).toEqual({ ...NONE, customers: 2, deliveries: 1 });
    expect(await knows(shop)).toEqual(['young']);
    expect(await retention(shop).purge()).toEqual(NONE);
    const { lines } = await shop.conversions.explain('A');
    expect(lines.map(({ what }) => what)).toEqual(['recorded', 'sent', 'erased']);
    expect(lines.at(-1)!.words).toMatch(/kept for as long as retention\.customerData says/);

    // The same order again is the same sale, and no second call.
    expect(
      await shop.conversions.record(
        sale('A', { customer: { id: 'customer-of-A', email: 'A@x.example' }, promoCodes: ['P'] }),
      ),
    ).toMatchObject({ id, state: 'CLEARED' });
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0 });
    expect(await knows(shop)).toEqual(['young']);
  });

  it('touches nothing of a sale that is not settled', async () => {
    const shop = await start();
    await sell(shop, 'CLEARED', 'end', 'correction', 'claim', 'early');
    await sell(shop, 'UNDELIVERABLE', 'person');
    await sell(shop, 'CREDITED', 'watched');
    await shop.query(`UPDATE impact_conversions SET verdict_due_at = ? WHERE order_id = 'watched'`, [9e15]);
    await shop.conversions.record(sale('unsent', { promoCodes: ['P'] }));
    await shop.conversions.refund('correction', { key: 'k', amount: '1.00' });
    await shop.conversions.refund('claim', { key: 'k', amount: '1.00' });
    await shop.query(
      `UPDATE impact_corrections SET state = 'refused', due_at = NULL, claim = '{}' WHERE order_id = 'claim'`,
    );
    await shop.conversions.reverse('early', { key: 'k', reason: 'OTHER' });
    await shop.query(`UPDATE impact_corrections SET conversion = NULL WHERE order_id = 'early'`);
    shop.clock.advance(500 * DAY);

    const first = await retention(shop).purge();
    expect(first).toMatchObject({ customers: 2, deliveries: 1 });
    expect(await knows(shop)).toEqual(['claim', 'correction', 'early', 'unsent', 'watched']);
    expect(await retention(shop).purge()).toEqual(NONE);

    // What was left is found again once it is settled.
    await shop.query(
      `UPDATE impact_corrections SET state = 'confirmed', due_at = NULL WHERE order_id = 'correction'`,
    );
    await shop.query(`UPDATE impact_corrections SET settled_at = 1 WHERE order_id = 'claim'`);
    await end(shop, 'CLEARED', 'watched');
    expect(await retention(shop).purge()).toMatchObject({ customers: 3, deliveries: 3 });
    expect(await knows(shop)).toEqual(['early', 'unsent']);
    const { request } = await shop.conversions.explain('unsent');
    expect(Object.fromEntries(request)).toMatchObject({ CustomerId: 'c-1' });
  });

  it('keeps what a correction of an old sale needs', async () => {
    const shop = await start({ retention: { deliveries: '1d', customerData: '1d' } });
    await shop.conversions.record(sale('A', { clickId: await follow(shop.sandbox) }));
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    await end(shop, 'APPROVED', 'A');
    shop.clock.advance(2 * DAY);
    expect(await retention(shop).purge()).toMatchObject({ customers: 1, deliveries: 1 });
    await end(shop, 'CREDITED', 'A');
    await shop.conversions.modify('A', { key: 'k', amount: '4.00' });
    await shop.verdicts.hurry();
    await shop.dispatcher.drain();
    expect((await shop.conversions.explain('A')).corrections).toMatchObject([{ key: 'k', state: 'sent' }]);
    expect(await count(shop, 'impact_deliveries')).toBe(1);
  });

  it('lets go of clicks: free ones first, an order’s with its customer, a subscription’s never', async () => {
    const shop = await start();
    const visit = async (subject: Parameters<ClickIdRepository['link']>[1] | null): Promise<string> => {
      const clickId = await follow(shop.sandbox);
      await clicks(shop).remember({ clickId, landingPath: '/x', capturedAt: shop.clock.now() });
      if (subject !== null) await clicks(shop).link(clickId, subject);
      return clickId;
    };
    await visit(null);
    await visit({ customer: 'c-1' });
    const ordered = await visit({ order: 'A', customer: 'c-1' });
    const abandoned = await visit({ order: 'never paid' });
    const unsettled = await visit({ order: 'B' });
    const subscribed = await visit({ subscription: 's-1', customer: 'c-1' });
    await shop.conversions.record(sale('A'));
    await shop.conversions.record(sale('B'));
    await shop.dispatcher.drain();
    await end(shop, 'CLEARED', 'A');
    const left = async (): Promise<string[]> =>
      (await shop.query<{ click_id: string }>('SELECT click_id FROM impact_clicks'))
        .map(({ click_id: id }) => id)
        .toSorted();

    shop.clock.advance(31 * DAY);
    expect(await retention(shop).purge({ dryRun: true })).toEqual({ ...NONE, clicks: 2, clickLinks: 3 });
    expect(await retention(shop).purge()).toEqual({ ...NONE, clicks: 2, clickLinks: 3 });
    expect(await left()).toEqual([ordered, abandoned, unsettled, subscribed].toSorted());

    shop.clock.advance(400 * DAY);
    expect(await retention(shop).purge()).toMatchObject({ clicks: 2, customers: 1 });
    expect(await left()).toEqual([unsettled, subscribed].toSorted());
    expect(await clicks(shop).findFor({ subscription: 's-1' })).toMatchObject({ clickId: subscribed });
    expect((await shop.conversions.find('A'))!.clickId).toBe(ordered);
  });

  it('is done by one process at a time, and goes on where another one stopped', async () => {
    const shop = await start();
    await sell(shop, 'CLEARED', 'A');
    shop.clock.advance(500 * DAY);
    const lease = await ledger(shop).acquire();
    expect(await retention(shop).purge()).toEqual({ ...NONE, done: false });
    // It died; its lease runs out.
    shop.clock.advance(HOUR);
    expect(await retention(shop).purge()).toMatchObject({ done: true, customers: 1 });
    expect(await ledger(shop).store(lease!, NOWHERE)).toBe(false);
    expect(await retention(shop).purge()).toEqual(NONE);
  });

  it('asks one statement an hour while nothing has come of age', async () => {
    const shop = await start();
    await sell(shop, 'CLEARED', 'A');
    const later = { clicks: 0, heldClicks: 370 * DAY };
    const asked = await ledger(shop).outlook(NOWHERE, later);
    expect(asked).toMatchObject({ positions: NOWHERE, clicks: false });
    expect(asked.now - asked.next.customerData!).toBeLessThan(HOUR);
    expect(asked.next.deliveries).toBe(asked.next.customerData);
    await clicks(shop).remember({ clickId: 'c', capturedAt: shop.clock.now() });
    shop.clock.advance(31 * DAY);
    expect(await ledger(shop).outlook(NOWHERE, later)).toMatchObject({ clicks: true });
    await retention(shop).purge();
    const { positions } = await ledger(shop).outlook(NOWHERE, later);
    expect(positions.ranAt).toBeGreaterThan(0);
    expect(await ledger(shop).outlook(positions, later)).toMatchObject({ clicks: false });
  });

  it('goes through many sales in short steps', async () => {
    const shop = await start({ mode: 'dry-run' });
    for (let number = 0; number < 250; number += 1)
      await shop.conversions.record(sale(`O-${number}`, { promoCodes: ['P'] }));
    shop.clock.advance(401 * DAY);
    await shop.conversions.record(sale('young'));
    expect(await retention(shop).purge({ dryRun: true })).toMatchObject({ customers: 250 });
    expect(await retention(shop).purge()).toMatchObject({ customers: 250 });
    expect(await knows(shop)).toEqual(['young']);
    expect(await retention(shop).purge()).toEqual(NONE);
    expect(await shop.app.get(PrivacyService).eraseCustomer('c-1')).toMatchObject({ conversions: 1 });
  });
});
