import { afterEach, describe, expect, it } from '@jest/globals';
import { ClickIdRepository, type Conversion, type ConversionInput } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { DATABASES, databasesFor, type TestDatabase } from '../support/databases.js';
import { statementsOf } from '../support/statements.js';

const DAY = 86_400_000;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function startOn(database: TestDatabase): Promise<Shop> {
  const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
  const shop = await openShop({}, { sandbox, database });
  open.push(sandbox, shop);
  return shop;
}

const clicksOf = ({ app }: Shop): ClickIdRepository => app.get(ClickIdRepository);

/** A partner's click of the customer, at this moment. */
async function land(shop: Shop, customer = 'c-1'): Promise<string> {
  const clickId = await follow(shop.sandbox);
  await clicksOf(shop).remember({ clickId });
  await clicksOf(shop).link(clickId, { customer });
  return clickId;
}

/** The payment provider tells of a charge: no request, no cookie. */
const renew = (shop: Shop, orderId: string, more: Partial<ConversionInput> = {}): Promise<Conversion> =>
  shop.conversions.record(sale(orderId, { subscription: 's-1', eventDate: shop.clock.now(), ...more }));

const pass = (shop: Shop, days: number): void => {
  shop.clock.advance(days * DAY);
  shop.sandbox.travel(`+${days}d`);
};

describe.each(databasesFor('renewals/renewals'))('renewals of a subscription, on $name', (database) => {
  const start = (): Promise<Shop> => startOn(database);

  it('carry the click of the first sale for months, whatever the customer clicks in between', async () => {
    const shop = await start();
    const first = await land(shop);
    const deliver = async (): Promise<void> => {
      await shop.dispatcher.drain();
      await shop.sandbox.settle();
      await shop.verdicts.hurry();
    };
    expect(await renew(shop, 'M-0')).toMatchObject({ clickId: first, attributedBy: 'customer' });
    await deliver();
    for (let month = 1; month <= 9; month += 1) {
      pass(shop, 30);
      await clicksOf(shop).purgeExpired();
      const later = await land(shop);
      expect(later).not.toBe(first);
      expect(await renew(shop, `M-${month}`)).toMatchObject({ clickId: first, attributedBy: 'subscription' });
      await deliver();
    }
    // Another order of the customer has the later click.
    expect(await shop.conversions.record(sale('O-1', { eventDate: shop.clock.now() }))).toMatchObject({
      attributedBy: 'customer',
    });
    expect((await shop.conversions.find('O-1'))!.clickId).not.toBe(first);
    const told = (await shop.conversions.explain('M-9')).lines[0]!.words;
    expect(told).toMatch(
      /Its click is 270 days old, past the referral window of 30 days\. It is sent all the same/,
    );
    expect((await shop.conversions.explain('M-0')).lines[0]!.words).not.toMatch(/referral window/);

    const sent = (await shop.sandbox.submissions()).map(({ parameters }) => parameters['ClickId']);
    expect(sent.filter((clickId) => clickId === first)).toHaveLength(10);
    // The vendor decides: past its own window nobody is credited.
    expect((await shop.conversions.find('M-0'))!.actionId).not.toBeNull();
    expect(await shop.conversions.find('M-9')).toMatchObject({ actionId: null });
  });

  it('outlive expiry, retention, and what is erased of the customer', async () => {
    const shop = await start();
    const first = await land(shop);
    await renew(shop, 'M-0');
    pass(shop, 400);
    expect(await clicksOf(shop).purgeExpired()).toBe(0);
    await shop.query(`DELETE FROM impact_click_links WHERE kind = 'customer'`);
    await shop.query(`UPDATE impact_conversions SET customer_id = NULL`);
    expect(await renew(shop, 'M-1', { customer: {} })).toMatchObject({
      clickId: first,
      attributedBy: 'subscription',
    });
    // Nothing left but the ledger: it remembers, and ties the click again.
    await shop.query('DELETE FROM impact_click_links');
    await shop.query('DELETE FROM impact_clicks');
    expect(await renew(shop, 'M-2', { customer: {} })).toMatchObject({
      clickId: first,
      attributedBy: 'subscription',
    });
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toMatchObject({ clickId: first });
    // Nothing left but the tie: sales are kept for so long and no longer.
    await shop.query('DELETE FROM impact_conversions');
    expect(await renew(shop, 'M-3', { customer: {} })).toMatchObject({
      clickId: first,
      attributedBy: 'subscription',
    });
  });

  it('begin with whatever click the first sale had', async () => {
    const shop = await start();
    const named = await follow(shop.sandbox);
    const bound = await land(shop, 'c-2');
    await clicksOf(shop).link(bound, { order: 'B-0' });
    expect(await renew(shop, 'A-0', { clickId: named, subscription: 's-a' })).toMatchObject({
      attributedBy: 'explicit',
    });
    expect(await renew(shop, 'B-0', { subscription: 's-b' })).toMatchObject({ attributedBy: 'order' });
    pass(shop, 31);
    expect(await renew(shop, 'A-1', { subscription: 's-a' })).toMatchObject({
      clickId: named,
      attributedBy: 'subscription',
    });
    expect(await renew(shop, 'B-1', { subscription: 's-b' })).toMatchObject({
      clickId: bound,
      attributedBy: 'subscription',
    });
    // Whoever knows better names it, and the subscription keeps its own.
    const other = await follow(shop.sandbox);
    expect(await renew(shop, 'A-2', { subscription: 's-a', clickId: other })).toMatchObject({
      clickId: other,
    });
    expect(await renew(shop, 'A-3', { subscription: 's-a' })).toMatchObject({ clickId: named });
  });

  it('of an organic subscription get no click for good from a later landing', async () => {
    const shop = await start();
    expect(await renew(shop, 'M-0')).toMatchObject({ clickId: null });
    pass(shop, 30);
    const later = await land(shop);
    // By policy, like any sale of the customer inside the window.
    expect(await renew(shop, 'M-1')).toMatchObject({ clickId: later, attributedBy: 'customer' });
    pass(shop, 60);
    expect(await renew(shop, 'M-2')).toMatchObject({ clickId: null });
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toBeNull();
  });

  it('are tied in the sale’s own transaction, once, and only for a subscription', async () => {
    const shop = await start();
    const clickId = await land(shop);
    const rolledBack = shop.dataSource.transaction(async (manager) => {
      await shop.conversions.record(sale('M-0', { subscription: 's-1' }), { manager });
      throw new RangeError('the shop changed its mind');
    });
    await expect(rolledBack).rejects.toThrow(RangeError);
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toBeNull();
    await shop.dataSource.transaction(async (manager) => {
      await shop.conversions.record(sale('M-0', { subscription: 's-1' }), { manager });
    });
    // The same order again, from a job that knows nothing of a click.
    await renew(shop, 'M-0', { eventDate: new Date() });
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toMatchObject({ clickId });
    const ties = await shop.query(`SELECT subject FROM impact_click_links WHERE kind = 'subscription'`);
    expect(ties).toEqual([{ subject: 's-1' }]);

    const count = statementsOf(shop.app);
    await shop.conversions.record(sale('P-0', { customer: { id: 'c-9' } }));
    const plain = count();
    expect(plain.filter((sql) => sql.includes('subscription = ?'))).toEqual([]);
    // One that has its click already costs what a bound order costs.
    await renew(shop, 'M-1', { customer: { id: 'c-9' } });
    expect(count()).toHaveLength(plain.length + 1);
  });

  it('are not tied by a repetition that has another click', async () => {
    const shop = await start();
    await renew(shop, 'M-0');
    await land(shop);
    await renew(shop, 'M-0', { eventDate: shop.clock.now() });
    expect(await shop.conversions.find('M-0')).toMatchObject({ clickId: null });
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toBeNull();
  });
});

// SQLite has one connection: nobody else writes while a transaction is open.
describe.each(DATABASES.filter(({ dialect }) => dialect !== 'sqlite'))('renewals, on $name', (database) => {
  it('carry a click that the first sale’s transaction could not see', async () => {
    const shop = await startOn(database);
    const clickId = await follow(shop.sandbox);
    await shop.dataSource.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('SELECT count(*) FROM impact_clicks');
      await clicksOf(shop).remember({ clickId });
      const first = await shop.conversions.record(sale('M-0', { subscription: 's-1', clickId }), { manager });
      expect(first).toMatchObject({ state: 'RECORDED', clickId });
    });
    pass(shop, 60);
    expect(await renew(shop, 'M-1')).toMatchObject({ clickId, attributedBy: 'subscription' });
    expect(await clicksOf(shop).findFor({ subscription: 's-1' })).toMatchObject({ clickId });
  });
});
