import { afterEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { ImpactApiClient, VerdictService } from 'nestjs-impact';
import { follow, openShop, sale } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import {
  DAY,
  forgetVerdicts,
  HOUR,
  listings,
  MINUTE,
  readInPagesOf,
  startYears,
  type Years,
  type YearsOptions,
} from './support/years.js';

describe.each(databasesFor('verdicts/walks'))('walks over the actions, on $name', (database) => {
  let years: Years;
  const open: Years['open'] = [];
  const start = async (options: Omit<YearsOptions, 'database'> = {}): Promise<void> => {
    years = await startYears({ database, ...options });
    open.push(...years.open);
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const count = async (state: string): Promise<number> => {
    const rows = await years.shop.query<{ n: number }>(
      `SELECT count(*) AS n FROM impact_conversions WHERE state = '${state}'`,
    );
    return rows[0]!.n;
  };
  const ids = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `A-${from + i}`);
  /** Sales over months, during which nobody looks. */
  const sellOver = async (parts: number, each: number, apart: number): Promise<number> => {
    for (let part = 0; part < parts; part += 1) {
      await years.sell(ids(part * each, (part + 1) * each));
      years.pass(apart);
    }
    return parts * each;
  };

  it('miss nothing over months, however small the pages are', async () => {
    await start();
    const sold = await sellOver(5, 4, 22 * DAY);
    // Changes around the border of two windows, to the half second.
    const [{ begun }] = (await years.shop.query(
      `SELECT min(recorded_at) AS begun FROM impact_conversions`,
    )) as [{ begun: number }];
    const present = years.sandbox.now();
    for (let step = -3; step <= 3; step += 1) {
      years.sandbox.travel(new Date(begun - 2 * DAY + 44 * DAY + step * 500));
      years.sandbox.office(`A-${step + 3}`, { amount: `${step + 9}.00` });
    }
    years.sandbox.travel(present);
    for (const size of [1, 2, 3, 7, 100]) {
      await forgetVerdicts(years.shop);
      readInPagesOf(years.shop, size);
      await years.shop.verdicts.sweep();
      expect([size, await count('SENT')]).toEqual([size, 0]);
      expect([size, (await years.shop.query(`SELECT 1 FROM impact_actions`)).length]).toEqual([size, sold]);
      for (let step = 0; step < 7; step += 1) {
        expect((await years.find(`A-${step}`)).actionAmount).toBe(`${step + 6}.00`);
      }
    }
  });

  it('ask for windows of at most 44 days that leave no gap, with both dates', async () => {
    await start();
    await sellOver(4, 1, 40 * DAY);
    await years.shop.verdicts.sweep();
    const windows = (await listings(years.sandbox)).filter(({ by }) => by === 'updated');
    expect(windows.length).toBeGreaterThanOrEqual(4);
    for (const { from, to } of windows) {
      expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(44 * DAY + 2000);
    }
    for (const [index, next] of windows.slice(1).entries()) {
      expect(next.from.getTime()).toBeLessThanOrEqual(windows[index]!.to.getTime());
    }
  });

  it.each(['modify', 'reverse', 'reattribute'] as const)(
    'miss nothing while others %s actions between two pages',
    async (change) => {
      await start();
      await years.sell(ids(0, 12));
      readInPagesOf(years.shop, 5);
      years.sandbox.fault({ kind: 'churn', on: 'actions', times: 3, change });
      years.pass(HOUR);
      await years.shop.verdicts.sweep();
      // What moved out of the window is there in the next one.
      await years.live(2 * HOUR, HOUR);
      const truth = new Map<string, string>();
      for (const action of await years.sandbox.actions()) {
        if (action.state !== 'REVERSED' || !truth.has(action.orderId)) truth.set(action.orderId, action.id);
      }
      expect(truth.size).toBe(12);
      for (const [orderId, actionId] of truth) {
        expect([orderId, (await years.find(orderId)).actionId]).toEqual([orderId, actionId]);
      }
    },
  );

  it('halve a window whose total the vendor refuses', async () => {
    await start();
    const sold = await sellOver(6, 8, 3 * DAY);
    // Ten pages of two are twenty actions at most.
    readInPagesOf(years.shop, 2);
    await years.shop.verdicts.sweep();
    expect(await count('SENT')).toBe(0);
    expect(await years.shop.query(`SELECT 1 FROM impact_actions`)).toHaveLength(sold);
    const refused = (await years.sandbox.requests()).filter(({ status }) => status === 400);
    expect(refused.length).toBeGreaterThan(0);
  });

  it('see what appears late, inside what was read already', async () => {
    await start();
    years.sandbox.fault({ kind: 'late', on: 'actions', orderId: 'A-1', times: 2, delayMs: DAY });
    await years.sell(['A-1', 'A-2']);
    years.pass(HOUR);
    await years.shop.verdicts.sweep();
    expect(await years.find('A-1')).toMatchObject({ state: 'SENT' });
    expect(await years.find('A-2')).toMatchObject({ state: 'CREDITED' });
    await years.live(3 * DAY);
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it.each([
    ['-07:00', 'number'],
    ['+05:30', 'string'],
    ['+00:00', 'string'],
  ] as const)('read dates at %s and amounts as a %s', async (utcOffset, numbers) => {
    await start({ sandbox: { utcOffset, numbers } });
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    const [action] = await years.sandbox.actions();
    expect(await years.find('A-1')).toMatchObject({
      state: 'CREDITED',
      actionAmount: '10.00',
      payout: action!.payout,
      lockingDate: action!.lockingDate,
    });
  });

  it('go on behind the last finished part after a crash in the middle', async () => {
    await start({ sandbox: { lockingAfter: '400d' } });
    await sellOver(4, 2, 40 * DAY);
    const api = years.shop.app.get(ImpactApiClient);
    const walk = ImpactApiClient.prototype.walkActions.bind(api);
    let windows = 0;
    // eslint-disable-next-line require-yield
    api.walkActions = async function* (query, mayCall) {
      windows += 1;
      if (windows === 3) throw new TypeError('the process ends here');
      yield* walk(query, mayCall);
    };
    await expect(years.shop.verdicts.sweep()).rejects.toThrow('the process ends here');
    const read = await listings(years.sandbox);
    expect(read).toHaveLength(2);
    expect(await count('SENT')).toBe(2);
    api.walkActions = walk;
    years.pass(6 * MINUTE);
    await years.shop.verdicts.sweep();
    const [next] = (await listings(years.sandbox)).slice(2);
    expect(next!.from.getTime()).toBeGreaterThanOrEqual(read[1]!.to.getTime() - 2 * DAY - 2000);
    expect(next!.from.getTime()).toBeLessThanOrEqual(read[1]!.to.getTime());
    expect(await count('SENT')).toBe(0);
  });

  it('are made by one process at a time, and by another once that one has died', async () => {
    await start();
    await years.sell(['A-1']);
    years.pass(HOUR);
    const other = await openShop({}, { sandbox: years.sandbox, database, at: years.shop.at });
    open.push(other);
    other.clock.advance(years.shop.clock.offset());
    years.sandbox.fault({ kind: 'slow', on: 'actions', delayMs: 300, times: 1 });
    const results = await Promise.all([years.shop.verdicts.sweep(), other.verdicts.sweep()]);
    expect(results.map(({ settled }) => settled).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(await listings(years.sandbox)).toHaveLength(1);

    await years.sell(['A-2']);
    years.pass(HOUR);
    other.clock.advance(HOUR);
    // A process that held the lease when it was killed.
    await years.shop.query(
      `UPDATE impact_accounts SET lease_token = 'dead', lease_until = ? WHERE scope = 'walk'`,
      [years.shop.clock.now().getTime() + 4 * MINUTE],
    );
    expect(await other.verdicts.sweep()).toMatchObject({ looked: 0 });
    other.clock.advance(5 * MINUTE);
    expect(await other.verdicts.sweep()).toMatchObject({ settled: 1 });
  });

  it('of one process wait for each other', async () => {
    await start();
    await years.sell(['A-1']);
    years.pass(HOUR);
    const verdicts = years.shop.app.get(VerdictService);
    years.sandbox.fault({ kind: 'slow', on: 'actions', delayMs: 200, times: 1 });
    const [one, two] = await Promise.all([verdicts.sweep(), verdicts.hurry()]);
    expect(one.settled + two.settled).toBe(1);
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it('make no call while nothing is unsettled, and begin with the sale when nobody has looked for months', async () => {
    await start();
    await years.sell(['A-1']);
    await years.live(40 * DAY);
    expect(await years.find('A-1')).toMatchObject({ state: 'CLEARED' });
    years.sandbox.clearCalls();
    await years.live(200 * DAY, 10 * DAY);
    expect(years.sandbox.calls()).toEqual({});
    await years.sell(['A-2']);
    const before = (await listings(years.sandbox)).length;
    await years.live(HOUR, HOUR);
    const asked = (await listings(years.sandbox)).slice(before);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.to.getTime() - asked[0]!.from.getTime()).toBeLessThan(3 * DAY);
    expect(await years.find('A-2')).toMatchObject({ state: 'CREDITED' });
  });

  it('stop where the budget ends, and go on from there', async () => {
    await start({
      shop: { delivery: { maxRequestsPerHour: 20 } },
      sandbox: { lockingAfter: '400d' },
    });
    await sellOver(4, 2, 40 * DAY);
    // Look-ups may use 18 of 20: two are left.
    await years.shop.query(
      `UPDATE impact_accounts SET window_calls = 16, window_started_at = ? WHERE scope = 'all'`,
      [years.shop.clock.now().getTime()],
    );
    await years.shop.verdicts.sweep();
    const read = await listings(years.sandbox);
    expect(read).toHaveLength(2);
    expect(await count('SENT')).toBeGreaterThan(0);
    years.pass(10 * MINUTE);
    expect(await years.shop.verdicts.sweep()).toEqual({ looked: 0, settled: 0, waiting: 0 });
    years.pass(HOUR);
    await years.shop.verdicts.sweep();
    expect(await count('SENT')).toBe(0);
    const after = (await listings(years.sandbox)).slice(2);
    expect(after[0]!.from.getTime()).toBeGreaterThanOrEqual(read[1]!.to.getTime() - 2 * DAY - 2000);
    expect(after[0]!.from.getTime()).toBeLessThanOrEqual(read[1]!.to.getTime());
  });

  it('leave look-ups undone for which the budget is too small, and decide on the others', async () => {
    await start({ shop: { delivery: { maxRequestsPerHour: 20 } } });
    const clickId = await follow(years.sandbox);
    years.sandbox.fault({ kind: 'lost', on: 'conversions' });
    for (const orderId of ids(0, 6)) await years.shop.conversions.record(sale(orderId, { clickId }));
    await years.shop.conversions.record(sale('organic'));
    await years.shop.dispatcher.drain();
    await years.sandbox.settle();
    years.pass(7 * DAY + HOUR);
    await years.shop.query(
      `UPDATE impact_accounts SET window_calls = 14, window_started_at = ? WHERE scope = 'all'`,
      [years.shop.clock.now().getTime()],
    );
    await years.shop.verdicts.sweep();
    expect(years.sandbox.calls('GET /APISubmissions/{id}')).toBe(3);
    expect(await years.find('organic')).toMatchObject({ state: 'UNATTRIBUTED' });
    years.pass(HOUR);
    await years.shop.verdicts.sweep();
    expect(years.sandbox.calls('GET /APISubmissions/{id}')).toBe(6);
  });

  it('take nothing from an account whose order ids are others', async () => {
    await start();
    years.sandbox.plant({ orderId: 'nobody', amount: '5.00' });
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    expect(await years.shop.query(`SELECT 1 FROM impact_actions`)).toHaveLength(1);
  });
});

describe('an idle ledger', () => {
  it('makes no call, whatever it has seen before', async () => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
    const shop = await openShop({}, { sandbox });
    for (let look = 0; look < 5; look += 1) {
      await shop.verdicts.sweep();
      await shop.verdicts.hurry();
      shop.clock.advance(DAY);
    }
    expect(sandbox.calls()).toEqual({});
    await shop.close();
    await sandbox.close();
  });
});
