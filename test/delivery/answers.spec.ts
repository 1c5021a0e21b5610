import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClickIdRepository } from 'nestjs-impact';
import { databasesFor } from '../support/databases.js';
import { follow, openShop, sale, type Shop } from './support/shop.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(databasesFor('delivery/answers'))('what answers do to a sale, on $name', (database) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({}, { database });
  });
  afterEach(() => shop.close());

  const state = async (orderId: string) => (await shop.conversions.find(orderId))?.state;

  it('sends a due sale once, and nothing more afterwards', async () => {
    await shop.conversions.record(sale('A-1'));
    expect(await shop.dispatcher.drain()).toEqual({ sent: 1, retried: 0, parked: 0, waiting: 0 });
    expect(await shop.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
    expect(await state('A-1')).toBe('SENT');
    expect(await shop.posts()).toEqual(new Map([['A-1', 1]]));
  });

  it.each([500, 502, 503, 504, 408])('retries after a %i, when the time has come', async (status) => {
    shop.sandbox.fault({ status, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, retried: 1, waiting: 1 });
    expect(await state('A-1')).toBe('RECORDED');
    shop.clock.advance(HOUR);
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
    const story = await shop.conversions.explain('A-1');
    expect(story.lines.map(({ what }) => what)).toEqual(['recorded', 'attempt-failed', 'sent']);
    expect(story.lines[1]!.words).toMatch(new RegExp(`${status}.*Next try in`));
  });

  it('parks one row with the vendor’s words on a 400, and lets the others pass', async () => {
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.conversions.record(sale('A-2'));
    await shop.dispatcher.drain();
    const parked = await shop.conversions.find('A-1');
    expect(parked).toMatchObject({ state: 'UNDELIVERABLE' });
    expect(parked!.problems[0]).toMatch(/refused it with 400/);
    expect(await state('A-2')).toBe('SENT');
    const story = await shop.conversions.explain('A-1');
    expect(story.advice).toMatch(/Mend what is wrong/);
  });

  it('pauses the account on a 401 instead of failing every row, and goes on after a probe', async () => {
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    for (let i = 0; i < 30; i += 1) await shop.conversions.record(sale(`A-${i}`));
    await shop.dispatcher.drain();
    const tried = [...(await shop.posts()).values()].reduce((sum, count) => sum + count, 0);
    expect(tried).toBeLessThanOrEqual(8);
    // The pause is over, the gate is ajar: one probe, not thirty calls.
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    expect([...(await shop.posts()).values()].reduce((sum, count) => sum + count, 0)).toBe(tried + 1);
    shop.sandbox.clearFaults();
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    expect((await shop.dispatcher.drain()).waiting).toBe(0);
    const rows = await shop.query(`SELECT state, count(*) AS n FROM impact_conversions GROUP BY state`);
    expect(rows).toEqual([{ state: 'SENT', n: 30 }]);
  });

  it('does not count the time behind a pause towards maxAge', async () => {
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    await shop.conversions.record(sale('A-1'));
    for (let day = 0; day < 40; day += 1) {
      await shop.dispatcher.drain();
      shop.clock.advance(DAY);
    }
    shop.sandbox.clearFaults();
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    expect(await state('A-1')).toBe('SENT');
  });

  it('pauses only sales on a 403 of the conversions, and names the scope', async () => {
    shop.sandbox.fault({ status: 403, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([
      { scope: 'sales' },
    ]);
    const story = await shop.conversions.explain('A-1');
    expect(story.lines.at(-1)!.words).toMatch(/Conversions: write/);
  });

  it('keeps sending sales while reads are refused', async () => {
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ status: 403, on: /GET/ });
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.verdicts.hurry();
    await shop.conversions.record(sale('A-2', { clickId }));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([
      { scope: 'reads' },
    ]);
    expect(await state('A-1')).toBe('SENT');
  });

  it('waits as long as a 429 says, for the whole account', async () => {
    shop.sandbox.fault({ status: 429, on: 'conversions', times: 1, retryAfter: 600 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.conversions.record(sale('A-2'));
    shop.clock.advance(500_000);
    expect((await shop.dispatcher.drain()).sent).toBe(0);
    shop.clock.advance(200_000);
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    expect(await state('A-1')).toBe('SENT');
    expect(await state('A-2')).toBe('SENT');
  });

  it('stops at the hourly budget and goes on in the next hour', async () => {
    await shop.close();
    shop = await openShop({ delivery: { maxRequestsPerHour: 3 } }, { database });
    for (let i = 0; i < 5; i += 1) await shop.conversions.record(sale(`A-${i}`));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 3, waiting: 2 });
    shop.clock.advance(HOUR + 1000);
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 2, waiting: 0 });
  });

  it('spends a scarce budget on sales with a click first', async () => {
    await shop.close();
    shop = await openShop({ delivery: { maxRequestsPerHour: 1 } }, { database });
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('organic'));
    await shop.conversions.record(sale('partner', { clickId }));
    await shop.dispatcher.drain();
    expect([...(await shop.posts()).keys()]).toEqual(['partner']);
  });

  it('repeats an unknown outcome inside the window, and the duplicate is understood', async () => {
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1', { clickId }));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, retried: 1 });
    const failed = (await shop.conversions.explain('A-1')).lines.at(-1)!;
    expect(failed.words).toMatch(/may have arrived/);
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    expect(await shop.posts()).toEqual(new Map([['A-1', 2]]));
    await shop.sandbox.settle();
    const submissions = await shop.sandbox.submissions();
    expect(submissions.flatMap(({ reasonCodes }) => reasonCodes)).toEqual(['CONV_DUPLICATE']);
    await shop.verdicts.hurry();
    expect(await state('A-1')).toBe('CREDITED');
    expect(await shop.sandbox.actions()).toHaveLength(1);
  });

  it('looks for the action first once the window is over, and sends nothing when it is there', async () => {
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    shop.clock.advance(2 * DAY);
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    expect(await shop.posts()).toEqual(new Map([['A-1', 1]]));
    expect((await shop.conversions.explain('A-1')).lines.at(-1)!.words).toMatch(/so it had arrived/);
    await shop.verdicts.hurry();
    expect(await state('A-1')).toBe('CREDITED');
  });

  it('sends again once the window is over and no action is there', async () => {
    shop.sandbox.fault({ status: 504, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    shop.clock.advance(2 * DAY);
    await shop.dispatcher.drain();
    expect(await shop.posts()).toEqual(new Map([['A-1', 2]]));
    const lines = (await shop.conversions.explain('A-1')).lines.map(({ what }) => what);
    expect(lines).toEqual(['recorded', 'attempt-failed', 'search-first', 'sent']);
    expect(await state('A-1')).toBe('SENT');
  });

  it.each(['html', 'garbage', 'redirect', 'huge', 'cut-before'] as const)(
    'never takes a %s answer for success',
    async (kind) => {
      shop.sandbox.fault({ kind, on: 'conversions', times: 1 });
      await shop.conversions.record(sale('A-1'));
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, retried: 1 });
      shop.clock.advance(HOUR);
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    },
  );

  it('costs an outage a few calls and not one per row', async () => {
    shop.sandbox.fault({ status: 503, on: 'conversions' });
    for (let i = 0; i < 200; i += 1) await shop.conversions.record(sale(`A-${i}`));
    for (let second = 0; second < 60; second += 1) {
      await shop.dispatcher.drain();
      shop.clock.advance(1000);
    }
    const wasted = [...(await shop.posts()).values()].reduce((sum, count) => sum + count, 0);
    expect(wasted).toBeLessThan(50);
    shop.sandbox.clearFaults();
    shop.clock.advance(HOUR);
    await shop.dispatcher.drain();
    shop.clock.advance(HOUR);
    expect((await shop.dispatcher.drain()).waiting).toBe(0);
    expect((await shop.posts()).size).toBe(200);
  });
});

describe.each(databasesFor('delivery/answers'))('a sale that could not be sent, on $name', (database) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({ recording: { onInvalid: 'park' } }, { database });
  });
  afterEach(() => shop.close());

  const broken = { items: [{ sku: 'S-1', category: 'shoes', quantity: 1.5, price: '10.00' }] } as never;

  it('is mended by recording the order again, also when it was never valid', async () => {
    await shop.conversions.record(sale('A-1', broken));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'UNDELIVERABLE' });
    await shop.conversions.record(sale('A-1'));
    expect(await shop.conversions.find('A-1')).toMatchObject({
      state: 'RECORDED',
      problems: [],
      amount: '10.00',
    });
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    const { lines } = await shop.conversions.explain('A-1');
    expect(lines.map(({ what }) => what)).toEqual(['parked', 'mended', 'recorded', 'sent']);
  });

  it('stays one row for the same mistake, and shows the newest mistake', async () => {
    await shop.conversions.record(sale('A-1', broken));
    await shop.conversions.record(sale('A-1', broken));
    expect((await shop.conversions.explain('A-1')).lines).toHaveLength(1);
    await shop.conversions.record(sale('A-1', { currency: 'XYZ' }));
    expect((await shop.conversions.find('A-1'))!.problems.join()).toMatch(/currency/);
    expect(await shop.query(`SELECT count(*) AS n FROM impact_conversions`)).toEqual([{ n: 1 }]);
  });

  it('is mended after the vendor refused it, with the click that was frozen first', async () => {
    const [first, second] = [await follow(shop.sandbox), await follow(shop.sandbox)];
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1', { clickId: first }));
    await shop.dispatcher.drain();
    await shop.conversions.record(sale('A-1', { clickId: second, shipping: '1.00' }));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED', clickId: first });
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
    const [submission] = await shop.sandbox.submissions();
    expect(submission!.parameters).toMatchObject({ OrderId: 'A-1', ClickId: first, OrderShipping: '1.00' });
  });

  it('keeps its click while it is parked, whatever comes later', async () => {
    const clicks = shop.app.get(ClickIdRepository);
    const click = async (): Promise<string> => {
      const id = await follow(shop.sandbox);
      await clicks.remember({ clickId: id });
      await clicks.link(id, { customer: 'c-1' });
      return id;
    };
    const first = await click();
    await shop.conversions.record(sale('A-1', broken));
    await click();
    await shop.conversions.record(sale('A-1', { eventDate: new Date(Date.now() + 1000) }));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED', clickId: first });
  });

  it('keeps its click when it is recorded wrongly after the vendor refused it', async () => {
    const clickId = await follow(shop.sandbox);
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.conversions.record(sale('A-1', broken));
    await shop.conversions.record(sale('A-1', { shipping: '1.00' }));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED', clickId });
  });

  it('does not take the place of a good one, and does not fail the shop’s transaction', async () => {
    await shop.conversions.record(sale('A-1'));
    await shop.dataSource.transaction((manager) => shop.conversions.record(sale('A-1', broken), { manager }));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'RECORDED', amount: '10.00' });
    expect((await shop.conversions.explain('A-1')).lines.at(-1)!.words).toMatch(
      /first recording stands.*quantity/,
    );
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
  });

  it('is not sent again by the same content', async () => {
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.conversions.record(sale('A-1'));
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'UNDELIVERABLE' });
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, waiting: 0 });
  });
});
