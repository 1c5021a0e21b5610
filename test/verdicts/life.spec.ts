import { afterEach, describe, expect, it } from '@jest/globals';
import { ActionLedger } from '../../src/ledger/index.js';
import { sale } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { DAY, HOUR, startYears, type Years, type YearsOptions } from './support/years.js';

describe.each(databasesFor('verdicts/life'))('the life of an action, on $name', (database) => {
  let years: Years;
  const open: Years['open'] = [];
  const start = async (options: Omit<YearsOptions, 'database'> = {}): Promise<void> => {
    years = await startYears({ database, ...options });
    open.push(...years.open);
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const told = async (orderId: string) => (await years.lines(orderId)).map(({ what }) => what);
  const actionOf = async (orderId: string) =>
    (await years.sandbox.actions()).findLast((action) => action.orderId === orderId)!;

  it('is credited, approved and cleared, each told once', async () => {
    await start();
    await years.sell(['A-1']);
    await years.live(HOUR, HOUR / 2);
    const action = await actionOf('A-1');
    expect(await years.find('A-1')).toMatchObject({
      state: 'CREDITED',
      actionId: action.id,
      partnerId: action.partnerId,
      payout: action.payout,
      actionAmount: '10.00',
      actionCurrency: 'USD',
      lockingDate: action.lockingDate,
      clearedAt: null,
    });
    await years.live(17 * DAY);
    expect(await years.find('A-1')).toMatchObject({ state: 'APPROVED' });
    await years.live(12 * DAY);
    const { clearedDate } = await actionOf('A-1');
    expect(await years.find('A-1')).toMatchObject({ state: 'CLEARED', clearedAt: clearedDate });
    expect(await told('A-1')).toEqual(['credited', 'approved', 'cleared']);

    years.sandbox.clearCalls();
    await years.live(100 * DAY, DAY);
    expect(years.sandbox.calls()).toEqual({});
  });

  it('says what changed: amount, payout and partner', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    years.sandbox.office('A-1', { amount: '7.50' });
    await years.live(2 * HOUR, HOUR);
    expect(await years.find('A-1')).toMatchObject({
      state: 'CREDITED',
      actionAmount: '7.50',
      amount: '10.00',
    });
    years.sandbox.office('A-1', { partnerId: '1234502' });
    await years.live(2 * HOUR, HOUR);
    expect(await years.find('A-1')).toMatchObject({ partnerId: '1234502' });
    const lines = await years.lines('A-1');
    expect(lines.map(({ what }) => what)).toEqual(['credited', 'changed', 'changed']);
    expect(lines[1]!.words).toMatch(/amount 10\.00 → 7\.50/);
    expect(lines[2]!.words).toMatch(/partner 1234501 → 1234502/);
    // The same facts again and again write nothing.
    await years.live(DAY, HOUR);
    expect(await years.lines('A-1')).toEqual(lines);
  });

  it('is reversed and restored', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    years.sandbox.office('A-1', 'reverse');
    await years.live(2 * HOUR, HOUR);
    expect(await years.find('A-1')).toMatchObject({ state: 'REVERSED' });
    years.sandbox.office('A-1', 'restore');
    await years.live(2 * DAY);
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED', actionAmount: '10.00' });
    expect(await told('A-1')).toEqual(['credited', 'reversed', 'credited']);
  });

  it('is looked at after a reversal only until it locks', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    years.sandbox.office('A-1', 'reverse');
    await years.live(20 * DAY);
    years.sandbox.clearCalls();
    await years.live(30 * DAY);
    expect(years.sandbox.calls()).toEqual({});
    expect(await years.find('A-1')).toMatchObject({ state: 'REVERSED' });
  });

  it('gives way to the one that takes its place', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    const before = await years.find('A-1');
    const next = years.sandbox.office('A-1', 'reattribute');
    await years.live(2 * HOUR, HOUR);
    expect(next.id).not.toBe(before.actionId);
    expect(await years.find('A-1')).toMatchObject({
      state: 'CREDITED',
      actionId: next.id,
      partnerId: next.partnerId,
    });
    const lines = await years.lines('A-1');
    expect(lines.map(({ what }) => what)).toEqual(['credited', 'reattributed']);
    expect(lines[1]!.data).toMatchObject({ actionId: next.id, before: { actionId: before.actionId } });
    const kept = await years.shop.query(
      `SELECT state, count(*) AS n FROM impact_actions GROUP BY state ORDER BY state`,
    );
    expect(kept).toEqual([
      { state: 'PENDING', n: 1 },
      { state: 'REVERSED', n: 1 },
    ]);
  });

  it('is told of when there are two of one order', async () => {
    await start();
    await years.sell(['A-1', 'A-2']);
    await years.shop.verdicts.hurry();
    years.pass(HOUR);
    const second = years.sandbox.office('A-1', 'duplicate');
    await years.live(2 * HOUR, HOUR);
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED', actionId: second.id });
    expect(await told('A-1')).toEqual(['credited', 'reattributed', 'second-action']);
    expect((await years.lines('A-1'))[2]!.words).toMatch(/paid more than once/);
    await years.live(DAY, HOUR);
    expect(await told('A-1')).toHaveLength(3);
    expect(await told('A-2')).toEqual(['credited']);
  });

  it('is seen as approved when a person approves it long before it locks', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    years.sandbox.office('A-1', 'approve');
    // No update, and the locking date that is known lies days ahead: seen then, although no listing shows it there.
    await years.live(20 * DAY);
    expect((await years.find('A-1')).state).toMatch(/APPROVED|CLEARED/);
    expect(await told('A-1')).toContain('approved');
  });

  it('is credited in the currency that the vendor says', async () => {
    await start({ sandbox: { accountCurrency: 'EUR' } });
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    const action = await actionOf('A-1');
    expect(action.currency).toBe('EUR');
    expect(await years.find('A-1')).toMatchObject({
      currency: 'USD',
      amount: '10.00',
      actionCurrency: 'EUR',
      actionAmount: action.amount,
      payout: action.payout,
    });
    // Nor is it taken for a change later on.
    await years.live(DAY);
    expect(await told('A-1')).toEqual(['credited']);
  });

  it('is found for a sale that was given up: rejected, or unattributed', async () => {
    await start();
    await years.sell(['rejected'], { clickId: await clickOf('1234504') });
    await years.shop.conversions.record(sale('organic'));
    await years.shop.dispatcher.drain();
    await years.sandbox.settle();
    await years.live(8 * DAY);
    expect(await years.find('rejected')).toMatchObject({
      state: 'REJECTED',
      reasonCodes: ['CONTRACT_NOT_FOUND'],
    });
    expect(await years.find('organic')).toMatchObject({ state: 'UNATTRIBUTED' });
    for (const orderId of ['rejected', 'organic']) years.sandbox.plant({ orderId, amount: '9.00' });
    await years.sell(['fresh']);
    await years.live(HOUR, HOUR / 2);
    for (const orderId of ['rejected', 'organic']) {
      expect(await years.find(orderId)).toMatchObject({
        state: 'CREDITED',
        actionAmount: '9.00',
        reasonCodes: [],
      });
    }
  });

  it('settles a sale whose sending nobody knows the end of, and it is not sent again', async () => {
    await start();
    years.sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions' });
    await years.sell(['lost']);
    years.sandbox.clearFaults();
    expect(await years.find('lost')).toMatchObject({ state: 'RECORDED' });
    const posts = (await years.shop.posts()).get('lost');
    await years.shop.query(`UPDATE impact_deliveries SET due_at = due_at + 86400000`);
    await years.sell(['fresh']);
    await years.live(HOUR, HOUR / 2);
    expect(await years.find('lost')).toMatchObject({ state: 'CREDITED', actionAmount: '10.00' });
    years.pass(3 * DAY);
    expect(await years.shop.dispatcher.drain()).toMatchObject({ sent: 0, waiting: 0 });
    expect((await years.shop.posts()).get('lost')).toBe(posts);
    expect(await told('lost')).toContain('credited');
  });

  it('that another integration made does not keep a sale from being sent, and counts once it is', async () => {
    await start();
    await years.shop.conversions.record(sale('A-1'));
    await years.shop.query(`UPDATE impact_deliveries SET due_at = due_at + ${10 * DAY}`);
    years.sandbox.plant({ orderId: 'A-1', amount: '5.00' });
    await years.sell(['other']);
    await years.live(HOUR, HOUR / 2);
    expect(await years.find('A-1')).toMatchObject({ state: 'RECORDED', actionId: null });
    // By now no walk reads that far back: it is known all the same.
    years.pass(10 * DAY);
    expect(await years.shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    await years.live(HOUR, HOUR / 2);
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED', actionAmount: '5.00' });
  });

  it('settles a sale whose action a search has named, though no walk comes across it', async () => {
    await start();
    await years.sell(['A-1']);
    const { id } = await actionOf('A-1');
    years.pass(20 * DAY);
    await years.shop.query(
      `UPDATE impact_conversions SET submission_id = NULL, action_id = ?, recorded_at = recorded_at + ${20 * DAY}, verdict_due_at = 1`,
      [id],
    );
    expect(await years.shop.verdicts.sweep()).toEqual({ looked: 1, settled: 1, waiting: 0 });
    expect(years.sandbox.calls('GET /Actions/{id}')).toBe(1);
    expect(await years.find('A-1')).toMatchObject({ state: 'APPROVED', actionId: id });
  });

  it('is not taken back by a notification that comes late: the vendor is asked', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    years.sandbox.office('A-1', 'reverse');
    await years.live(2 * HOUR, HOUR);
    const { actionId } = await years.find('A-1');
    const ledger = years.shop.app.get(ActionLedger);
    years.sandbox.clearCalls();
    await ledger.apply([{ actionId: actionId!, orderId: 'A-1', state: 'PENDING' }], 'postback');
    expect(await years.find('A-1')).toMatchObject({ state: 'REVERSED' });
    years.pass(1);
    await years.shop.verdicts.sweep();
    expect(years.sandbox.calls('GET /Actions')).toBe(1);
    expect(await years.find('A-1')).toMatchObject({ state: 'REVERSED' });
    // One that tells something new is believed, and nothing that it leaves out is lost.
    await ledger.apply([{ actionId: actionId!, state: 'REVERSED', payout: '0.25' }], 'postback');
    expect(await years.find('A-1')).toMatchObject({ payout: '0.25', partnerId: '1234501' });
  });

  it('is not taken back by a page that was asked for before a notification came', async () => {
    await start();
    await years.sell(['A-1']);
    await years.shop.verdicts.hurry();
    const { actionId } = await years.find('A-1');
    years.sandbox.fault({ kind: 'slow', on: 'actions', delayMs: 400, times: 1 });
    years.sandbox.clearCalls();
    years.pass(HOUR);
    await years.sell(['A-2']);
    const pass = years.shop.verdicts.hurry();
    while (years.sandbox.calls('GET /Actions') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const ledger = years.shop.app.get(ActionLedger);
    await ledger.apply(
      [{ actionId: actionId!, orderId: 'A-1', state: 'REVERSED', amount: '0.00' }],
      'postback',
    );
    await pass;
    // What the page says of it was true once; only another look can tell what is true now.
    expect(await years.find('A-1')).toMatchObject({ state: 'REVERSED' });
    years.pass(1);
    await years.shop.verdicts.sweep();
    expect(await years.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it('matches an order whose id the vendor would not take by the id that was made for it', async () => {
    await start();
    const orderId = `order-${'x'.repeat(100)}`;
    await years.sell([orderId, 'A-1']);
    await years.live(HOUR, HOUR / 2);
    expect(await years.find(orderId)).toMatchObject({ state: 'CREDITED' });
    expect((await actionOf((await years.sandbox.actions())[0]!.orderId)).orderId).toHaveLength(64);
  });

  async function clickOf(partnerId: string): Promise<string> {
    const link = years.sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId });
    const { headers } = await fetch(link, { redirect: 'manual' });
    return new URL(headers.get('location')!).searchParams.get('im_ref')!;
  }
});
