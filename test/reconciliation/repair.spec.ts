import { afterEach, describe, expect, it } from '@jest/globals';
import type { ShopOrder } from 'nestjs-impact';
import { follow, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { books, compare, credited, DAY, settled, told, travel } from './support/books.js';

describe.each(databasesFor('reconciliation/repair'))('repairing what differs, on $name', (database) => {
  const { start, closeAll } = books(database);
  afterEach(closeAll);

  const stories = async (shop: Shop, orderId: string): Promise<string[]> =>
    (await shop.conversions.explain(orderId)).lines
      .filter(({ what }) => what === 'reconciled')
      .map(({ words }) => words);
  const parked = (shop: Shop, orderId: string): Promise<unknown> =>
    shop.query(
      `UPDATE impact_conversions SET state = 'UNDELIVERABLE', submission_id = NULL WHERE order_id = ?`,
      [orderId],
    );

  it('reads states and partners again, and tells so in the story', async () => {
    const shop = await start();
    await credited(shop, ['A-1', 'A-2', 'A-3']);
    const { sandbox } = shop;
    const other = (await sandbox.actions())[0]!.partnerId === '1234501' ? '1234502' : '1234501';
    sandbox.office('A-1', 'approve');
    sandbox.office('A-2', { partnerId: other });
    sandbox.office('A-3', 'reverse');
    const dry = await compare(shop);
    expect(told(dry.differences)).toEqual(['A-1 state', 'A-2 partner', 'A-3 state']);
    expect(dry.counts.repaired).toBe(0);
    const { differences, counts } = await compare(shop, { repair: 'apply' });
    expect(differences.map(({ repaired, repairProblem }) => [repaired, repairProblem])).toEqual([
      [true, null],
      [true, null],
      [true, null],
    ]);
    expect(counts.repaired).toBe(3);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'APPROVED' });
    expect(await shop.conversions.find('A-2')).toMatchObject({ partnerId: other });
    expect(await shop.conversions.find('A-3')).toMatchObject({ state: 'REVERSED' });
    expect(await stories(shop, 'A-1')).toEqual([
      expect.stringMatching(/reconciliation \(read-again\).*APPROVED/),
    ]);
    expect((await compare(shop)).differences).toEqual([]);
  });

  it("corrects an amount once, in the sale's own currency", async () => {
    const shop = await start();
    await credited(shop, ['A-1']);
    shop.sandbox.office('A-1', { amount: '12.34' });
    const { differences } = await compare(shop, { repair: 'apply' });
    expect(differences).toMatchObject([{ kind: 'amount', repair: 'correct-amount', repaired: true }]);
    const corrections = await shop.query<{ kind: string; target: string; correction_key: string }>(
      'SELECT kind, target, correction_key FROM impact_corrections',
    );
    expect(corrections).toHaveLength(1);
    expect(corrections[0]).toMatchObject({ kind: 'modify' });
    expect(corrections[0]!.correction_key).toMatch(/^reconciliation:\d{4}-\d\d-\d\d:.*:12\.34:10\.00$/);
    expect(JSON.parse(corrections[0]!.target)).toMatchObject({ amount: '10.00' });
    expect(await stories(shop, 'A-1')).toEqual([expect.stringMatching(/12\.34 USD.*expects 10\.00 USD/)]);
    // While it is under way nothing differs, and nothing is corrected twice.
    expect((await compare(shop, { repair: 'apply' })).differences).toEqual([]);
    expect(await shop.query('SELECT id FROM impact_corrections')).toHaveLength(1);
  });

  it('leaves a locked amount to people', async () => {
    const shop = await start();
    await credited(shop, ['A-1']);
    shop.sandbox.office('A-1', { amount: '12.34' });
    shop.sandbox.office('A-1', 'approve');
    const { differences } = await compare(shop, { repair: 'apply' });
    expect(differences).toMatchObject([
      { kind: 'amount', repair: 'none', repaired: false },
      { kind: 'state', repaired: true },
    ]);
    expect(await shop.query('SELECT id FROM impact_corrections')).toEqual([]);
  });

  it('keeps the doubt about an earlier attempt: its action is looked for once more before it goes out', async () => {
    const shop = await start();
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await parked(shop, 'A-1');
    await shop.query(`UPDATE impact_deliveries SET unknown_since = first_attempt_at, outcome = 'parked'`);
    shop.clock.advance(4 * DAY);
    const { differences } = await compare(shop, { repair: 'apply' });
    expect(differences).toMatchObject([{ kind: 'missing-at-vendor', repaired: true }]);
    // It had arrived, and its action appears only now.
    await shop.sandbox.settle();
    await shop.dispatcher.drain();
    expect((await shop.posts()).get('A-1')).toBe(1);
    await settled(shop);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it('sends again what was never taken, after having searched for it', async () => {
    const shop = await start();
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ on: 'conversions', status: 400 });
    await shop.conversions.record(sale('A-1', { clickId }));
    await settled(shop);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'UNDELIVERABLE' });
    shop.sandbox.clearFaults();
    shop.sandbox.clearCalls();
    const { differences } = await compare(shop, { repair: 'apply' });
    expect(differences).toMatchObject([{ kind: 'missing-at-vendor', repair: 'send-again', repaired: true }]);
    // By event date, and by update from then until now.
    expect(shop.sandbox.calls('GET /Actions')).toBe(2);
    await settled(shop);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED' });
    expect(await stories(shop, 'A-1')).toHaveLength(1);
    expect((await compare(shop)).differences).toEqual([]);
  });

  it('never sends again what has an action, wherever that is dated', async () => {
    const shop = await start();
    await credited(shop, ['A-1']);
    shop.sandbox.office('A-1', { eventDate: new Date(Date.now() + 30 * DAY) });
    travel(shop, 31);
    await parked(shop, 'A-1');
    const now = Date.now();
    const { differences } = await compare(shop, {
      from: new Date(now - DAY),
      to: new Date(now + DAY),
      repair: 'apply',
    });
    expect(told(differences)).toEqual(['A-1 date', 'A-1 state']);
    await shop.dispatcher.drain();
    expect((await shop.posts()).get('A-1')).toBe(1);
  });

  it('never sends again what the vendor took, or what may still appear', async () => {
    const shop = await start();
    await credited(shop, ['TAKEN', 'CREDITED', 'UNKNOWN']);
    for (const id of ['TAKEN', 'CREDITED', 'UNKNOWN']) shop.sandbox.office(id, 'hide');
    await shop.query(`UPDATE impact_conversions SET state = 'SENT' WHERE order_id = 'TAKEN'`);
    await parked(shop, 'UNKNOWN');
    await shop.query(
      `UPDATE impact_deliveries SET unknown_since = finished_at WHERE conversion = (SELECT id FROM impact_conversions WHERE order_id = 'UNKNOWN')`,
    );
    const { differences } = await compare(shop, { repair: 'apply', grace: 0 });
    expect(
      differences.map(({ orderId, repair, repaired }) => [orderId, repair, repaired].join(' ')).toSorted(),
    ).toEqual(['CREDITED none false', 'TAKEN none false', 'UNKNOWN none false']);
    // Two days later it would have appeared.
    travel(shop, 3);
    const later = await compare(shop, { repair: 'apply' });
    expect(later.differences.find(({ orderId }) => orderId === 'UNKNOWN')).toMatchObject({ repaired: true });
    await shop.dispatcher.drain();
    expect(Object.fromEntries(await shop.posts())).toEqual({ TAKEN: 1, CREDITED: 1, UNKNOWN: 2 });
  });

  it('sends rejected sales again only for a reason that is said to be mended', async () => {
    const shop = await start();
    const { headers } = await fetch(
      shop.sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId: '1234504' }),
      { redirect: 'manual' },
    );
    const clickId = new URL(headers.get('location')!).searchParams.get('im_ref')!;
    await shop.conversions.record(sale('A-1', { clickId }));
    await settled(shop);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'REJECTED' });
    const rejected = await compare(shop, { repair: 'apply', mended: ['MALFORMED'] });
    expect(rejected.differences).toEqual([]);
    expect(rejected.counts.withoutAction.rejected).toBe(1);
    const { differences } = await compare(shop, { repair: 'apply', mended: ['CONTRACT_NOT_FOUND'] });
    expect(differences).toMatchObject([{ kind: 'missing-at-vendor', repair: 'send-again', repaired: true }]);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED', reasonCodes: [] });
    await shop.dispatcher.drain();
    expect((await shop.posts()).get('A-1')).toBe(2);
  });

  describe("with the shop's own list", () => {
    it('finds orders that were never recorded, other amounts, and unfulfilled ones that lock', async () => {
      const shop = await start();
      await credited(shop, ['A-1', 'A-2', 'A-3', 'A-4']);
      shop.sandbox.plant({ orderId: 'TAG', amount: '3.00' });
      for (const id of ['A-3', 'A-4'])
        shop.sandbox.office(id, { lockingDate: new Date(Date.now() + 2 * DAY) });
      async function* orders(): AsyncGenerator<ShopOrder> {
        yield { orderId: 'A-1', amount: '10.00', currency: 'USD', fulfilled: true };
        yield { orderId: 'A-2', amount: 9.5, currency: 'USD' };
        yield { orderId: 'A-3', amount: '10', currency: 'USD', fulfilled: false };
        yield { orderId: ' A-4 ', fulfilled: true };
        yield { orderId: 'LOST', amount: '10.00', currency: 'USD' };
        yield { orderId: 'TAG' };
      }
      const { differences, counts } = await compare(shop, { orders: orders() });
      expect(told(differences)).toEqual([
        'A-2 amount-differs-from-shop',
        'A-3 locks-soon',
        'LOST never-recorded',
        'TAG never-recorded',
      ]);
      expect(counts.orders).toBe(6);
      expect(differences.find(({ orderId }) => orderId === 'TAG')).toMatchObject({
        vendor: { amount: '3' },
        repair: 'none',
      });
      expect(differences.find(({ orderId }) => orderId === 'A-3')).toMatchObject({ because: 'unfulfilled' });
    });

    it('records what the list has in whole, unless impact.com has it, or could have it outside the window', async () => {
      const shop = await start();
      const clickId = await follow(shop.sandbox);
      shop.sandbox.plant({ orderId: 'TAG', amount: '10.00' });
      const old = new Date(Date.now() - 40 * DAY);
      const orders: ShopOrder[] = [
        { orderId: 'LOST', sale: sale('LOST', { clickId }) },
        { orderId: 'TAG', sale: sale('TAG', { clickId }) },
        { orderId: 'OLD', sale: sale('OLD', { clickId, eventDate: old }) },
        { orderId: 'WRONG', sale: sale('WRONG', { clickId, currency: 'XXX' }) },
        { orderId: 'TRY', sale: sale('TRY', { test: true }) },
      ];
      const dry = await compare(shop, { orders });
      expect(dry.differences.map(({ orderId, repair }) => [orderId, repair].join(' ')).toSorted()).toEqual([
        'LOST record',
        'OLD none',
        'TAG none',
        'WRONG record',
      ]);
      expect(await shop.conversions.find('LOST')).toBeNull();
      const { differences } = await compare(shop, { orders, repair: 'apply' });
      expect(differences.find(({ orderId }) => orderId === 'LOST')).toMatchObject({ repaired: true });
      expect(differences.find(({ orderId }) => orderId === 'WRONG')).toMatchObject({
        repaired: false,
        repairProblem: expect.stringMatching(/currency/),
      });
      await settled(shop);
      expect(await shop.conversions.find('LOST')).toMatchObject({ state: 'CREDITED' });
      expect(await stories(shop, 'LOST')).toHaveLength(1);
      expect(Object.fromEntries(await shop.posts())).toEqual({ LOST: 1 });
    });

    it('mends a sale that could not be recorded with the content of the list', async () => {
      const shop = await start({ recording: { onInvalid: 'park' } });
      const clickId = await follow(shop.sandbox);
      await shop.conversions.record(sale('A-1', { clickId, currency: 'XXX' }));
      const without = await compare(shop, { repair: 'apply' });
      expect(without.differences).toMatchObject([{ kind: 'missing-at-vendor', repair: 'none' }]);
      const orders = [{ orderId: 'A-1', sale: sale('A-1', { clickId }) }];
      const { differences } = await compare(shop, { orders, repair: 'apply' });
      expect(differences).toMatchObject([{ kind: 'missing-at-vendor', repair: 'record', repaired: true }]);
      await settled(shop);
      expect((await compare(shop, { orders })).differences).toEqual([]);
    });
  });
});
