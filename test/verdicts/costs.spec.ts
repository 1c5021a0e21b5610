import { afterEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { DAY, HOUR } from './support/years.js';

const SALES = 1000;
const ORGANIC = 850;
const REJECTED = 20;

/** The figures of docs/verdicts.md: 1,000 sales of which 850 are organic, 130 credited and 20 rejected. */
describe.each(databasesFor('verdicts/costs'))('what verdicts cost, on $name', (database) => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const sellAll = async (): Promise<Shop> => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
    const shop = await openShop({}, { database, sandbox });
    open.push(sandbox, shop);
    const credited = await follow(sandbox);
    const { headers } = await fetch(
      sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId: '1234504' }),
      { redirect: 'manual' },
    );
    const rejected = new URL(headers.get('location')!).searchParams.get('im_ref')!;
    for (let i = 0; i < SALES; i += 1) {
      const clickId = i < ORGANIC ? undefined : i < ORGANIC + REJECTED ? rejected : credited;
      await shop.conversions.record(
        sale(`A-${i}`, { customer: { id: `c-${i}` }, ...(clickId === undefined ? {} : { clickId }) }),
      );
    }
    await shop.dispatcher.drain();
    await sandbox.settle();
    sandbox.clearCalls();
    return shop;
  };

  it('is five calls per 1,000 sales and one per rejected sale at most, until all are decided', async () => {
    const shop = await sellAll();
    const { sandbox } = shop;
    const pass = (milliseconds: number): void => {
      shop.clock.advance(milliseconds);
      sandbox.travel(new Date(sandbox.now().getTime() + milliseconds));
    };
    pass(HOUR);
    const begun = performance.now();
    expect(await shop.verdicts.sweep()).toEqual({
      looked: SALES,
      settled: SALES - ORGANIC,
      waiting: ORGANIC,
    });
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(sandbox.calls()).toEqual({ 'GET /Actions': 1, 'GET /APISubmissions/{id}': REJECTED });

    sandbox.clearCalls();
    pass(7 * DAY);
    expect(await shop.verdicts.sweep()).toMatchObject({ looked: ORGANIC, settled: ORGANIC });
    expect(sandbox.calls()).toEqual({ 'GET /Actions': 1 });
    const states = await shop.query(
      `SELECT state, count(*) AS n FROM impact_conversions GROUP BY state ORDER BY state`,
    );
    expect(states).toEqual([
      { state: 'CREDITED', n: SALES - ORGANIC - REJECTED },
      { state: 'REJECTED', n: REJECTED },
      { state: 'UNATTRIBUTED', n: ORGANIC },
    ]);

    sandbox.clearCalls();
    pass(10 * DAY);
    await shop.verdicts.sweep();
    pass(8 * DAY);
    await shop.verdicts.sweep();
    // Two listings each, by update and by locking date.
    expect(sandbox.calls()).toEqual({ 'GET /Actions': 4 });
    expect(await shop.query(`SELECT count(*) AS n FROM impact_conversions WHERE state = 'CLEARED'`)).toEqual([
      { n: SALES - ORGANIC - REJECTED },
    ]);
  });
});
