import { afterEach, describe, expect, it } from '@jest/globals';
import { CorrectionOffice } from '../../src/verdicts/index.js';
import { databasesFor, SERVERS } from '../support/databases.js';
import { follow, openShop, type Shop } from '../delivery/support/shop.js';
import { CART, type CorrectedShop, openCorrectedShop } from './support/corrected.shop.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const TURN = { mayCall: async () => false, answered: async () => {}, isStopping: () => false };
const ORDERS = ['A', 'B', 'C', 'D', 'E', 'F'];
/** Each takes a unit or some money; together they leave 55.00 of 130.00. */
const correct = async (shop: Shop, order: string): Promise<void> => {
  await shop.conversions.refund(order, { key: '1', items: [{ sku: 'SHOE', quantity: 1 }] });
  await shop.conversions.refund(order, { key: '2', items: [{ sku: 'SHOE', quantity: 1 }] });
  await shop.conversions.refund(order, { key: '3', amount: '10.00' });
  await shop.conversions.modify(order, { key: '4', amount: '55.00' });
};
const EXPECTED = ['100.00', '70.00', '60.00', '55.00'];

/** What each order's action has been, from its first change on. */
const historyOf = async (shop: CorrectedShop): Promise<Record<string, string[]>> =>
  Object.fromEntries(
    (await shop.sandbox.actions()).map(({ orderId, history }) => [
      orderId,
      history.filter(({ kind }) => kind === 'modified').map(({ amount }) => amount),
    ]),
  );

describe.each(databasesFor('corrections/order'))('the order of corrections, on $name', (database) => {
  it('never lets one overtake its sale, nor another one of the sale', async () => {
    const shop = await openCorrectedShop(database, { delivery: { backoff: { base: '1s', cap: '1s' } } });
    open.push(shop);
    const clickId = await follow(shop.sandbox);
    for (const order of ORDERS) {
      await shop.conversions.refund(order, { key: '1', items: [{ sku: 'SHOE', quantity: 1 }] });
      await shop.sold(order, { ...CART, clickId });
    }
    await shop.settled(1);
    for (const order of ORDERS) await correct(shop, order);
    // Corrections come back again and again while sales of their own go through.
    shop.sandbox.fault({ status: 503, on: 'corrections', times: 9 });
    for (let round = 0; round < 12; round += 1) {
      await shop.settled(1);
      const [under] = await shop.query<{ n: number }>(
        `SELECT max(n) AS n FROM (SELECT count(*) AS n FROM impact_corrections WHERE state IN ('queued', 'sent') GROUP BY order_id) AS counted`,
      );
      expect(under!.n ?? 0).toBeLessThanOrEqual(1);
    }
    expect(await historyOf(shop)).toEqual(Object.fromEntries(ORDERS.map((order) => [order, EXPECTED])));
    const arrivals = (await shop.sandbox.requests()).filter(({ method }) => method !== 'GET');
    for (const order of ORDERS) {
      const { id } = await shop.action(order);
      const ofOrder = arrivals.filter(
        ({ parameters }) => parameters['OrderId'] === order || parameters['ActionId'] === id,
      );
      expect(ofOrder[0]!.method).toBe('POST');
    }
  });

  it('waits behind a sale whose attempt is under way, and is no reason to call it back', async () => {
    const shop = await openCorrectedShop(database, { delivery: { lease: '60s', timeout: '5s' } });
    open.push(shop);
    await shop.sold('A', { ...CART, clickId: await follow(shop.sandbox) });
    // Somebody is sending it right now.
    await shop.query(
      `UPDATE impact_deliveries SET lease_token = 'somebody', first_attempt_at = 1, unknown_since = due_at, due_at = due_at + 30000`,
    );
    expect(await shop.conversions.reverse('A', { key: 'v', reason: 'OTHER' })).toMatchObject({
      state: 'held',
    });
    await shop.verdicts.hurry();
    expect(await shop.state('A', 'v')).toBe('held');
    expect(await shop.conversions.find('A')).toMatchObject({ state: 'RECORDED' });
    shop.pass(60_000);
    await shop.settled(3);
    expect(await shop.conversions.find('A')).toMatchObject({ state: 'REVERSED' });
    expect((await shop.calls()).map(({ method }) => method)).toEqual(['DELETE']);
  });
});

describe.each(SERVERS)('several processes on one $name', (database) => {
  it('look at the same corrections and deliver them at once, one after the other for each sale', async () => {
    const shop = await openCorrectedShop(database, { delivery: { concurrency: 4 } });
    open.push(shop);
    const others: Shop[] = [];
    for (let n = 0; n < 2; n += 1) {
      const other = await openShop(
        { delivery: { concurrency: 4 } },
        { sandbox: shop.sandbox, database, at: shop.at },
      );
      others.push(other);
      open.push(other);
    }
    const clickId = await follow(shop.sandbox);
    for (const order of ORDERS) await shop.sold(order, { ...CART, clickId });
    await shop.settled(1);
    for (const order of ORDERS) await correct(shop, order);
    for (let round = 0; round < 6; round += 1) {
      // Also when the right to walk is lost: nobody but the rows themselves keeps them apart.
      await Promise.all([shop, ...others].map(({ app }) => app.get(CorrectionOffice).work(TURN)));
      for (const other of others) {
        const behind = shop.clock.offset() - other.clock.offset();
        other.clock.advance(behind);
      }
      await Promise.all(
        [shop, ...others].map(async ({ verdicts, dispatcher }) => {
          await verdicts.hurry();
          await dispatcher.drain();
        }),
      );
      await Promise.all([shop, ...others].map(({ dispatcher }) => dispatcher.drain()));
      await shop.sandbox.settle();
      shop.pass(1_800_000);
    }
    await shop.settled(2);
    expect(await historyOf(shop)).toEqual(Object.fromEntries(ORDERS.map((order) => [order, EXPECTED])));
    expect(await shop.calls()).toHaveLength(ORDERS.length * 4);
  });
});
