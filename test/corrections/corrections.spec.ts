import { afterEach, describe, expect, it } from '@jest/globals';
import { ClaimService, CorrectionConflictError, InvalidConversionError } from 'nestjs-impact';
import { databasesFor } from '../support/databases.js';
import { follow } from '../delivery/support/shop.js';
import { CART, type CorrectedShop, openCorrectedShop } from './support/corrected.shop.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(databasesFor('corrections/corrections'))('corrections, on $name', (database) => {
  const open: CorrectedShop[] = [];
  const start = async (
    options: Parameters<typeof openCorrectedShop>[1] = {},
    sandbox: Parameters<typeof openCorrectedShop>[2] = {},
  ): Promise<CorrectedShop> => {
    const shop = await openCorrectedShop(database, options, sandbox);
    open.push(shop);
    return shop;
  };
  afterEach(async () => {
    for (const shop of open.splice(0)) await shop.close();
  });

  it('are confirmed when the action shows them, whatever they are', async () => {
    const shop = await start();
    for (const order of ['total', 'lines', 'status', 'units', 'money', 'part', 'all']) {
      await shop.credited(order, CART);
    }
    await shop.conversions.modify('total', { key: 'k', amount: '100.00', reason: 'ORDER_ERROR' });
    await shop.conversions.modify('lines', {
      key: 'k',
      items: [
        { sku: 'SHOE', quantity: 2, amount: '50.00' },
        { sku: 'BELT', quantity: 0 },
      ],
    });
    await shop.conversions.modify('status', { key: 'k', customerStatus: 'EXISTING' });
    await shop.conversions.refund('units', { key: 'k', items: [{ sku: 'SHOE', quantity: 1 }] });
    await shop.conversions.refund('money', {
      key: 'k',
      items: [{ sku: 'BELT', quantity: 0, amount: '5.00' }],
    });
    await shop.conversions.refund('part', { key: 'k', amount: '30.00' });
    await shop.conversions.reverse('all', { key: 'k', reason: 'CONS_FRAUD' });
    await shop.settled();
    const shown: Record<string, unknown> = {};
    for (const { orderId, amount, state, customerStatus } of await shop.sandbox.actions()) {
      shown[orderId] = [state, amount, customerStatus];
      expect([orderId, await shop.state(orderId, 'k')]).toEqual([orderId, 'confirmed']);
    }
    expect(shown).toEqual({
      total: ['PENDING', '100.00', ''],
      lines: ['PENDING', '50.00', ''],
      status: ['PENDING', '130.00', 'EXISTING'],
      units: ['PENDING', '100.00', ''],
      money: ['PENDING', '125.00', ''],
      part: ['PENDING', '100.00', ''],
      all: ['REVERSED', '0.00', ''],
    });
    const sent = (await shop.calls()).map(({ method, parameters }) => {
      const { ActionId: _, ...rest } = parameters;
      return `${method} ${new URLSearchParams(rest).toString()}`;
    });
    expect(sent.toSorted()).toEqual(
      [
        'PUT Reason=ORDER_ERROR&Amount=100.00',
        'PUT Reason=ORDER_UPDATE&Sku=SHOE&Quantity=2&Amount=50.00&Sku2=BELT&Quantity2=0',
        'PUT Reason=ORDER_UPDATE&CustomerStatus=EXISTING',
        'PUT Reason=ORDER_UPDATE&Sku=SHOE&Quantity=2&Amount=60.00',
        'PUT Reason=ORDER_UPDATE&Sku=BELT&Quantity=1&Amount=35.00',
        'PUT Reason=ITEM_RETURNED&Amount=100.00',
        'DELETE DispositionCode=CONS_FRAUD',
      ].toSorted(),
    );
    expect(await shop.conversions.find('all')).toMatchObject({ state: 'REVERSED' });
    expect((await shop.words('units')).slice(-4)).toEqual([
      'A correction (refund) was recorded under the key k.',
      expect.stringMatching(/^Correction k is on its way: action .* is to stand for 100\.00 USD\.$/),
      expect.stringMatching(/^impact\.com has queued correction k on attempt 1 as submission /),
      expect.stringMatching(/^Correction k is done: action .* shows 100\.00 USD\.$/),
    ]);
  });

  it('keep their order, each from what the one before it left', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    await shop.conversions.refund('A', { key: 'r1', items: [{ sku: 'SHOE', quantity: 1 }] });
    await shop.conversions.refund('A', { key: 'r2', items: [{ sku: 'SHOE', quantity: 1 }] });
    await shop.conversions.refund('A', { key: 'r3', amount: '10.00' });
    await shop.conversions.modify('A', { key: 'm4', amount: '55.00' });
    await shop.settled(6);
    expect((await shop.calls()).map(({ parameters: { Amount } }) => Amount)).toEqual([
      '60.00',
      '30.00',
      '60.00',
      '55.00',
    ]);
    expect((await shop.action('A')).amount).toBe('55.00');
    expect((await shop.conversions.explain('A')).corrections.map(({ state }) => state)).toEqual(
      Array.from({ length: 4 }, () => 'confirmed'),
    );
  });

  it('are the same under the same key, and a conflict under it with other content', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    const first = await shop.conversions.refund('A', { key: 'r', amount: '10.00' });
    const again = await shop.conversions.refund('A', { key: 'r', amount: 10 });
    expect(again.id).toBe(first.id);
    await expect(shop.conversions.refund('A', { key: 'r', amount: '11.00' })).rejects.toThrow(
      CorrectionConflictError,
    );
    await shop.settled();
    expect(await shop.conversions.refund('A', { key: 'r', amount: '10.00' })).toMatchObject({
      id: first.id,
      state: 'confirmed',
    });
    await shop.settled(1);
    expect(await shop.calls()).toHaveLength(1);
  });

  it('leave keys of the module’s own to the module', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    for (const key of ['impact:test-action', ' impact:mine']) {
      await expect(shop.conversions.reverse('A', { key, reason: 'OTHER' })).rejects.toThrow(
        /keys that begin with "impact:" are the module's own\. Begin it with anything but "impact:"/,
      );
    }
    await expect(shop.conversions.modify('A', undefined as never)).rejects.toThrow(InvalidConversionError);
    expect(await shop.query('SELECT id FROM impact_corrections')).toEqual([]);
  });

  it('are no change by impact.com in the story, whatever else is', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    await shop.conversions.refund('A', { key: 'r', amount: '10.00' });
    await shop.settled();
    expect(await shop.state('A', 'r')).toBe('confirmed');
    const changes = async (): Promise<string[]> =>
      (await shop.words('A')).filter((words) => words.startsWith('Changed by impact.com'));
    expect(await changes()).toEqual([]);
    shop.sandbox.office('A', { amount: '77.00' });
    await shop.settled(1);
    expect(await changes()).toEqual([expect.stringContaining('77.00')]);
  });

  it('wait for a sale that comes later, and for its action', async () => {
    const shop = await start({}, { actionDelay: '2h' });
    expect(
      await shop.conversions.refund('A', { key: 'r', items: [{ sku: 'SHOE', quantity: 1 }] }),
    ).toMatchObject({
      state: 'held',
    });
    await shop.settled(2);
    await shop.sold('A', { ...CART, clickId: await follow(shop.sandbox) });
    await shop.settled(2);
    expect(await shop.calls()).toEqual([]);
    expect(await shop.state('A', 'r')).toBe('held');
    shop.pass(2 * HOUR);
    await shop.settled(2);
    expect(await shop.state('A', 'r')).toBe('confirmed');
    expect((await shop.action('A')).amount).toBe('100.00');
  });

  it('say at once which sku the sale has not, and later when the sale came later', async () => {
    const shop = await start();
    await shop.conversions.refund('A', { key: 'early', items: [{ sku: 'HAT', quantity: 1 }] });
    await shop.credited('A', CART);
    await expect(
      shop.conversions.refund('A', { key: 'now', items: [{ sku: 'HAT', quantity: 1 }] }),
    ).rejects.toThrow(InvalidConversionError);
    await shop.conversions.refund('A', { key: 'good', amount: '30.00' });
    await shop.settled();
    const { corrections } = await shop.conversions.explain('A');
    expect(corrections.map(({ key, state, problems }) => [key, state, ...problems])).toEqual([
      ['good', 'confirmed'],
      ['early', 'refused', 'The sale has no line with the sku "HAT".'],
    ]);
    expect((await shop.action('A')).amount).toBe('100.00');
  });

  it('take an unsent sale back without a call, in the transaction that they are made in', async () => {
    const shop = await start();
    const clickId = await follow(shop.sandbox);
    await shop.sold('kept', { clickId });
    await shop.sold('gone', { clickId });
    await shop.sold('refunded', { ...CART, clickId });
    await expect(
      shop.dataSource.transaction(async (manager) => {
        await shop.conversions.reverse('kept', { key: 'v', reason: 'OTHER' }, { manager });
        throw new RangeError('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await shop.conversions.reverse('gone', { key: 'v', reason: 'OTHER' })).toMatchObject({
      state: 'nothing-to-correct',
    });
    await shop.conversions.refund('refunded', { key: 'r', amount: '200.00' });
    await shop.settled(2);
    expect(await shop.conversions.find('kept')).toMatchObject({ state: 'CREDITED' });
    expect(await shop.conversions.find('gone')).toMatchObject({ state: 'CANCELLED' });
    expect(await shop.conversions.find('refunded')).toMatchObject({ state: 'CANCELLED' });
    expect([...(await shop.posts()).keys()]).toEqual(['kept']);
    expect(await shop.calls()).toEqual([]);
    expect((await shop.words('gone')).slice(-2)).toEqual([
      'Taken back before any attempt to send it: it is not sent.',
      'Correction v has nothing to correct: the sale was taken back before it was sent.',
    ]);
  });

  it('send a cancelled sale after all when something is left of it again', async () => {
    const shop = await start();
    await shop.sold('A', { ...CART, clickId: await follow(shop.sandbox) });
    await shop.conversions.reverse('A', { key: 'v', reason: 'OTHER' });
    await shop.conversions.modify('A', { key: 'won', restore: true });
    await shop.settled(4);
    expect(await shop.conversions.find('A')).toMatchObject({ state: 'CREDITED' });
    expect((await shop.action('A')).amount).toBe('130.00');
    expect(await shop.state('A', 'won')).toBe('confirmed');
  });

  it('undo a reversal before the action locks, and go on from there', async () => {
    const shop = await start();
    await shop.credited('won', CART);
    await shop.credited('partly', CART);
    for (const order of ['won', 'partly']) {
      await shop.conversions.reverse(order, { key: 'dispute', reason: 'CONS_FRAUD' });
    }
    await shop.settled();
    expect((await shop.action('won')).state).toBe('REVERSED');
    await shop.conversions.modify('won', { key: 'won', restore: true });
    await shop.conversions.modify('partly', { key: 'partly', amount: '65.00' });
    await shop.settled(4);
    expect(await shop.action('won')).toMatchObject({ state: 'PENDING', amount: '130.00' });
    expect(await shop.action('partly')).toMatchObject({ state: 'PENDING', amount: '65.00' });
    expect(await shop.state('won', 'won')).toBe('confirmed');
    expect(await shop.state('partly', 'partly')).toBe('confirmed');
    expect((await shop.calls()).map(({ parameters }) => parameters['Reason'] ?? 'DELETE').toSorted()).toEqual(
      ['DELETE', 'DELETE', 'ORDER_UPDATE', 'RESET', 'RESET'],
    );
    expect(await shop.conversions.find('won')).toMatchObject({ state: 'CREDITED' });
  });

  it('have nothing to correct where nobody is credited, until somebody is', async () => {
    const shop = await start({ recording: { send: 'attributable' } });
    await shop.sold('skipped');
    await shop.conversions.refund('skipped', { key: 'r', amount: '1.00' });
    await shop.credited('reversed', CART);
    shop.sandbox.decide((await shop.action('reversed')).id, 'reverse');
    await shop.settled(1);
    await shop.conversions.refund('reversed', { key: 'r', amount: '30.00' });
    await shop.settled(2);
    expect(await shop.state('skipped', 'r')).toBe('nothing-to-correct');
    expect(await shop.state('reversed', 'r')).toBe('nothing-to-correct');
    expect((await shop.words('reversed')).at(-1)).toBe(
      'Correction r has nothing to correct: somebody else has reversed the action.',
    );
    expect(await shop.calls()).toEqual([]);
    // Restored by hand: the refund still stands.
    shop.sandbox.decide((await shop.action('reversed')).id, 'restore');
    await shop.settled(3);
    expect(await shop.state('reversed', 'r')).toBe('confirmed');
    expect((await shop.action('reversed')).amount).toBe('100.00');
  });

  it('follow the sale to the action that counts', async () => {
    const shop = await start();
    await shop.credited('between', CART);
    await shop.credited('after', CART);
    await shop.conversions.refund('after', { key: 'r', amount: '30.00' });
    await shop.settled();
    await shop.conversions.refund('between', { key: 'r', amount: '30.00' });
    await shop.verdicts.hurry();
    await shop.dispatcher.drain();
    expect(await shop.state('between', 'r')).toBe('sent');
    for (const order of ['between', 'after']) {
      shop.sandbox.decide((await shop.action(order)).id, 'reattribute');
    }
    await shop.settled(5);
    for (const order of ['between', 'after']) {
      expect(await shop.action(order)).toMatchObject({ state: 'PENDING', amount: '100.00' });
      expect([order, await shop.state(order, 'r')]).toEqual([order, 'confirmed']);
    }
  });

  it('become claims once the action is locked, and are settled by a person', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    const { lockingDate, payout } = await shop.action('A');
    shop.pass(lockingDate.getTime() - shop.sandbox.now().getTime() + DAY);
    await shop.settled(1);
    await shop.conversions.refund('A', { key: 'chargeback', amount: '65.00' });
    await shop.settled(1);
    shop.pass(90 * DAY);
    await shop.settled(2);
    expect(await shop.conversions.find('A')).toMatchObject({ state: 'CLEARED' });
    await shop.conversions.reverse('A', { key: 'late', reason: 'CONS_FRAUD' });
    await shop.settled(2);
    expect(await shop.calls()).toEqual([]);
    const claims = shop.app.get(ClaimService);
    const [first, second] = await claims.list({ open: true });
    expect(first).toMatchObject({
      orderId: 'A',
      key: 'chargeback',
      reason: 'locked',
      currency: 'USD',
      shown: '130.00',
      wanted: '65.00',
      amount: '65.00',
      payout: (Number(payout) / 2).toFixed(2),
    });
    expect(first!.partnerId).not.toBeNull();
    expect(second).toMatchObject({ key: 'late', wanted: '0.00', amount: '130.00', payout });
    expect((await shop.conversions.explain('A')).advice).toMatch(/chargeback, late/);
    await claims.settle(first!.id, { by: 'Ada', why: 'Taken off the next invoice.' });
    await expect(claims.settle(first!.id, { by: 'Ada', why: 'again' })).rejects.toThrow(/no open claim/i);
    expect((await claims.list({ open: true })).map(({ key }) => key)).toEqual(['late']);
    expect((await claims.list({ open: false })).map(({ settledBy }) => settledBy)).toEqual([
      { by: 'Ada', why: 'Taken off the next invoice.' },
    ]);
    expect(await claims.list()).toHaveLength(2);
    expect((await shop.words('A')).at(-1)).toMatch(/settled by Ada/);
  });

  it('become claims when the lock comes between the call and its work, or the work is lost', async () => {
    const shop = await start();
    await shop.credited('locked', CART);
    await shop.credited('lost', CART);
    await shop.conversions.refund('locked', { key: 'r', amount: '30.00' });
    await shop.conversions.refund('lost', { key: 'r', amount: '30.00' });
    await shop.verdicts.hurry();
    shop.sandbox.fault({ kind: 'lost', on: 'corrections' } as never);
    await shop.dispatcher.drain();
    shop.sandbox.clearFaults();
    await shop.settled(3);
    expect(await shop.state('lost', 'r')).toBe('sent');
    shop.pass(8 * DAY);
    await shop.settled(2);
    expect(await shop.state('lost', 'r')).toBe('refused');
    expect((await shop.app.get(ClaimService).list()).map(({ reason }) => reason)).toEqual([
      'not-shown',
      'not-shown',
    ]);

    await shop.credited('raced', CART);
    await shop.conversions.refund('raced', { key: 'r', amount: '30.00' });
    await shop.verdicts.hurry();
    shop.sandbox.decide((await shop.action('raced')).id, 'approve');
    await shop.dispatcher.drain();
    await shop.settled(3);
    const { corrections } = await shop.conversions.explain('raced');
    expect(corrections[0]).toMatchObject({
      state: 'refused',
      reasonCodes: ['ACTION_LOCKED'],
      openClaim: true,
    });
    expect((await shop.action('raced')).amount).toBe('130.00');
  });

  it('are repeated after a crash, and change nothing the second time', async () => {
    const shop = await start({
      delivery: { lease: '60s', timeout: '5s', backoff: { base: '1s', cap: '1s' } },
    });
    await shop.credited('A', CART);
    await shop.conversions.refund('A', { key: 'r', items: [{ sku: 'SHOE', quantity: 1 }] });
    await shop.verdicts.hurry();
    await shop.dispatcher.drain();
    // As if the process had ended before it could write what the vendor had answered.
    await shop.query(
      `UPDATE impact_deliveries SET due_at = 1, outcome = NULL, finished_at = NULL, unknown_since = 1, lease_token = 'dead' WHERE kind = 'modification'`,
    );
    await shop.query(
      `UPDATE impact_corrections SET state = 'queued', due_at = NULL, sent_at = NULL, submission_id = NULL`,
    );
    await shop.settled(3);
    expect(await shop.calls()).toHaveLength(2);
    expect((await shop.calls()).map(({ parameters }) => new URLSearchParams(parameters).toString())).toEqual(
      Array.from({ length: 2 }, () => expect.stringMatching(/Quantity=2&Amount=60\.00$/)),
    );
    expect((await shop.calls()).flatMap(({ parameters }) => Object.keys(parameters))).not.toContain(
      'ItemSubTotalDelta',
    );
    expect((await shop.action('A')).amount).toBe('100.00');
    expect(await shop.state('A', 'r')).toBe('confirmed');
  });

  it('are refused one by one with a 400, and paused together with a 403 that stops no sale', async () => {
    const shop = await start();
    await shop.credited('bad', CART);
    await shop.credited('good', CART);
    await shop.conversions.reverse('bad', { key: 'v', reason: { customCode: 'NOT_CONFIGURED' } });
    await shop.conversions.refund('bad', { key: 'r', amount: '30.00' });
    await shop.settled(4);
    const { corrections } = await shop.conversions.explain('bad');
    expect(corrections.map(({ key, state }) => [key, state])).toEqual([
      ['v', 'refused'],
      ['r', 'confirmed'],
    ]);
    expect(corrections[0]!.problems.join()).toMatch(/400/);
    expect((await shop.action('bad')).amount).toBe('100.00');

    shop.sandbox.fault({ status: 403, on: 'corrections' });
    await shop.conversions.refund('good', { key: 'r', amount: '30.00' });
    await shop.verdicts.hurry();
    await shop.dispatcher.drain();
    await shop.sold('sale', { clickId: await follow(shop.sandbox) });
    await shop.sold('organic');
    await shop.dispatcher.drain();
    expect(await shop.conversions.find('sale')).toMatchObject({ state: 'SENT' });
    expect(await shop.conversions.find('organic')).toMatchObject({ state: 'SENT' });
    expect(await shop.state('good', 'r')).toBe('queued');
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([
      { scope: 'corrections' },
    ]);
    shop.sandbox.clearFaults();
    shop.pass(20 * MINUTE);
    await shop.settled(2);
    expect(await shop.state('good', 'r')).toBe('confirmed');
  });

  it('stop at a thousand changes of one action', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    await shop.query(`UPDATE impact_actions SET modifications = 999`);
    await shop.conversions.refund('A', { key: 'last', amount: '10.00' });
    await shop.conversions.refund('A', { key: 'one-more', amount: '20.00' });
    await shop.settled(3);
    expect(await shop.state('A', 'last')).toBe('confirmed');
    expect(await shop.state('A', 'one-more')).toBe('refused');
    expect(await shop.app.get(ClaimService).list()).toMatchObject([
      { reason: 'too-many', shown: '120.00', wanted: '100.00', amount: '20.00' },
    ]);
  });

  it('make no call and no look while nothing is due', async () => {
    const shop = await start();
    await shop.credited('A', CART);
    await shop.conversions.refund('A', { key: 'r', amount: '30.00' });
    await shop.settled(3);
    const before = (await shop.sandbox.requests()).length;
    expect(await shop.verdicts.sweep()).toEqual({ looked: 0, settled: 0, waiting: 0 });
    expect((await shop.sandbox.requests()).length).toBe(before);
    expect(await shop.query(`SELECT state FROM impact_corrections WHERE due_at IS NOT NULL`)).toEqual([]);
  });
});
