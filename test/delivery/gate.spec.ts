import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VerdictLedger } from '../../src/ledger/index.js';
import { databasesFor } from '../support/databases.js';
import { follow, openShop, sale, type Shop } from './support/shop.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(databasesFor('delivery/gate'))('the account’s gate, on $name', (database) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({ delivery: { concurrency: 2 } }, { database });
  });
  afterEach(() => shop.close());

  const paused = () => shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0 ORDER BY scope`);
  const state = async (orderId: string) => (await shop.conversions.find(orderId))?.state;

  it('stays shut when a call that began before the pause is taken after it', async () => {
    shop.sandbox.fault({ status: 429, on: 'conversions', times: 1, retryAfter: 600 });
    shop.sandbox.fault({ kind: 'slow', delayMs: 100, on: 'conversions', times: 1 });
    for (const id of ['A-1', 'A-2', 'A-3', 'A-4']) await shop.conversions.record(sale(id));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, retried: 1, waiting: 3 });
    expect(await paused()).toEqual([{ scope: 'all' }]);
  });

  it('counts calls that fail together as one failure, and a failed probe as the next', async () => {
    await shop.close();
    shop = await openShop({ delivery: { concurrency: 8 } }, { database });
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    for (let i = 0; i < 10; i += 1) await shop.conversions.record(sale(`A-${i}`));
    await shop.dispatcher.drain();
    const pause = async () => {
      const [row] = await shop.query<{ failures: number; until: number }>(
        `SELECT failures, paused_until AS until FROM impact_accounts WHERE failures > 0`,
      );
      return { failures: row!.failures, minutes: (row!.until - shop.clock.now().getTime()) / 60_000 };
    };
    const first = await pause();
    expect(first.failures).toBe(1);
    expect(first.minutes).toBeLessThanOrEqual(1);
    shop.clock.advance(90_000);
    await shop.dispatcher.drain();
    expect(await pause()).toMatchObject({ failures: 2 });
  });

  it('is not opened by a row that is given up without a call', async () => {
    await shop.close();
    shop = await openShop({ delivery: { maxAge: '2d' } }, { database });
    shop.sandbox.fault({ status: 403, on: 'conversions' });
    await shop.conversions.record(sale('old'));
    shop.clock.advance(2 * DAY + HOUR);
    await shop.conversions.record(sale('new'));
    await shop.query(`UPDATE impact_deliveries SET priority = 1`);
    await shop.query(
      `UPDATE impact_deliveries SET priority = 0 WHERE conversion = (SELECT id FROM impact_conversions WHERE order_id = 'new')`,
    );
    shop.sandbox.clearFaults();
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    await shop.dispatcher.drain();
    expect(await state('old')).toBe('UNDELIVERABLE');
    expect(await paused()).toEqual([{ scope: 'all' }]);
  });

  it('gives a mended sale its whole time again', async () => {
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    shop.clock.advance(31 * DAY);
    await shop.conversions.record(sale('A-1', { shipping: '1.00' }));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, parked: 0 });
  });

  it('does not give a sale up because the search for its action failed', async () => {
    await shop.close();
    shop = await openShop({ delivery: { maxAge: '2d' } }, { database });
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    shop.clock.advance(3 * DAY);
    shop.sandbox.fault({ status: 503, on: 'actions', times: 1 });
    shop.sandbox.fault({ status: 400, on: 'actions', times: 1 });
    for (let i = 0; i < 3; i += 1) {
      await shop.dispatcher.drain();
      shop.clock.advance(HOUR);
    }
    await shop.verdicts.hurry();
    expect(await state('A-1')).toBe('CREDITED');
    expect(await shop.posts()).toEqual(new Map([['A-1', 1]]));
  });

  it('takes a duplicate for its own only after an attempt that may have arrived', async () => {
    const claim = async () => {
      await shop.verdicts.sweep();
      shop.clock.advance(HOUR);
      const stamp = { account: shop.sandbox.credentials.accountSid, environment: 'test' };
      return (await shop.app.get(VerdictLedger).claim(stamp, 10, HOUR)).map(({ repeated }) => repeated);
    };
    shop.sandbox.fault({ status: 401, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    expect(await claim()).toEqual([false]);
    shop.sandbox.fault({ status: 504, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-2'));
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    shop.clock.advance(HOUR);
    expect(new Set(await claim())).toEqual(new Set([false, true]));
  });

  it('finishes the calls of a drain at shutdown, and claims no more', async () => {
    shop.sandbox.fault({ kind: 'slow', delayMs: 150, on: 'conversions' });
    for (let i = 0; i < 8; i += 1) await shop.conversions.record(sale(`A-${i}`));
    const drain = shop.dispatcher.drain();
    while ((await shop.posts()).size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await shop.dispatcher.stop();
    expect(await shop.query(`SELECT state, count(*) AS n FROM impact_conversions GROUP BY state`)).toEqual([
      { state: 'RECORDED', n: 6 },
      { state: 'SENT', n: 2 },
    ]);
    expect(await drain).toMatchObject({ sent: 2, waiting: 6 });
  });
});
