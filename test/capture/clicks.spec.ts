import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { attribute, InvalidClickIdError, RequestScope, UnknownClickError } from '../../src/clicks/index.js';
import { DatabaseBusyError } from '../../src/database/index.js';
import { databasesFor } from '../support/databases.js';
import { startCaptureApp, type CaptureApp } from './support/capture.app.js';

const DAY = 86_400_000;

describe.each(databasesFor('capture/clicks'))('ClickIdRepository on $name', (database) => {
  let shop: CaptureApp;
  beforeEach(async () => {
    shop = await startCaptureApp({ platform: 'express', database });
  });
  afterEach(() => shop.close());

  /** Work of a visitor who brings a click in her cookie. */
  const visitor = <T>(clickId: string, work: () => T): T => {
    const click = { clickId, capturedAt: shop.clock.now(), source: 'cookie' as const };
    return shop.context.run(new RequestScope(() => click), work);
  };
  const bind = (clickId: string, subject: Parameters<typeof shop.clicks.bind>[0]) =>
    visitor(clickId, () => shop.clicks.bind(subject));

  it('binds nothing outside a request and without a click', async () => {
    expect(await shop.clicks.bind({ order: 'o' })).toBeNull();
    const empty = new RequestScope(() => null);
    expect(await shop.context.run(empty, () => shop.clicks.bind({ order: 'o' }))).toBeNull();
  });

  it('refuses a wrong subject even when there is no click', async () => {
    await expect(shop.clicks.bind({ customer: 'jane@example.com' })).rejects.toMatchObject({
      code: 'INVALID_SUBJECT',
    });
    await expect(shop.clicks.bind({})).rejects.toMatchObject({ code: 'INVALID_SUBJECT' });
  });

  it('writes a click that is still in the buffer with all that its landing told', async () => {
    shop.buffer.add({
      clickId: 'a',
      parameter: 'im_ref',
      firstSeenAt: Date.now(),
      lastSeenAt: Date.now(),
      landingPath: '/shoes',
      partnerParameters: { irpid: '1' },
      consent: 'granted',
    });
    expect(await bind('a', { order: 'o' })).toMatchObject({ parameter: 'im_ref', landingPath: '/shoes' });
    await shop.buffer.flush();
    expect(await shop.rows('impact_clicks')).toHaveLength(1);
  });

  it('lets the order’s last tie and the subscription’s first one count', async () => {
    for (const clickId of ['a', 'b', 'a']) {
      await bind(clickId, { order: 'o', subscription: 's' });
      shop.clock.advance(1_000);
    }
    expect(await shop.clicks.findFor({ order: 'o' })).toMatchObject({ clickId: 'a' });
    await bind('c', { order: 'o', subscription: 's' });
    expect(await shop.clicks.findFor({ order: 'o' })).toMatchObject({ clickId: 'c' });
    expect(await shop.clicks.findFor({ subscription: 's' })).toMatchObject({ clickId: 'a' });
    expect(await shop.rows('impact_click_links')).toHaveLength(6);
  });

  it('finds a customer’s click by policy, inside the window, as of a time', async () => {
    await bind('early', { customer: 'c' });
    const between = new Date(shop.clock.now().getTime() + 5 * DAY);
    shop.clock.advance(10 * DAY);
    await bind('late', { customer: 'c' });
    expect(await shop.clicks.findFor({ customer: 'c' })).toMatchObject({ clickId: 'late' });
    expect(await shop.clicks.findFor({ customer: 'c' }, between)).toMatchObject({ clickId: 'early' });
    shop.clock.advance(31 * DAY);
    expect(await shop.clicks.findFor({ customer: 'c' })).toBeNull();
    expect(await shop.clicks.findFor({ customer: 'nobody' })).toBeNull();
  });

  it('tells click ids apart byte for byte', async () => {
    await bind('aBc', { order: 'o1' });
    await bind('abc', { order: 'o2' });
    expect(await shop.clicks.findFor({ order: 'o1' })).toMatchObject({ clickId: 'aBc' });
    expect(await shop.rows('impact_clicks')).toHaveLength(2);
  });

  it('joins the caller’s transaction and goes with its rollback', async () => {
    const bindInside = (order: string) =>
      shop.dataSource.transaction(async (manager) => {
        await visitor(order, () => shop.clicks.bind({ order }, { manager }));
        if (order === 'undone') throw new RangeError('payment failed');
      });
    await bindInside('done');
    await expect(bindInside('undone')).rejects.toThrow('payment failed');
    expect(await shop.clicks.findFor({ order: 'done' })).toMatchObject({ clickId: 'done' });
    expect(await shop.clicks.findFor({ order: 'undone' })).toBeNull();
  });

  it('does not wait for ever when the caller forgot the manager on SQLite', async () => {
    const write = jest.spyOn(shop.database, 'write').mockRejectedValue(new DatabaseBusyError(5_000));
    await expect(bind('a', { order: 'o' })).rejects.toThrow(/\{ manager \}/);
    expect(write.mock.calls[0]?.[1]).toEqual({ patience: 5_000 });
    write.mockRestore();
  });

  it('links known clicks only', async () => {
    await expect(shop.clicks.link('a b', { order: 'o' })).rejects.toBeInstanceOf(InvalidClickIdError);
    await expect(shop.clicks.link('a', { order: 'o' })).rejects.toBeInstanceOf(UnknownClickError);
    await shop.clicks.remember({ clickId: 'a' });
    await shop.clicks.link('a', { order: 'o' });
    expect(await shop.clicks.findFor({ order: 'o' })).toMatchObject({ clickId: 'a' });
  });

  it('remembers what the shop captured itself, and renews it', async () => {
    const capturedAt = new Date(Date.now() - DAY);
    const first = await shop.clicks.remember({ clickId: 'a', capturedAt, landingPath: '/app', partnerParameters: { sharedid: 'x' } }); // prettier-ignore
    expect(first).toMatchObject({
      parameter: 'im_ref',
      landingPath: '/app',
      partnerParameters: { sharedid: 'x' },
    });
    expect(Math.abs(first.firstSeenAt.getTime() - capturedAt.getTime())).toBeLessThan(1_000);
    const again = await shop.clicks.remember({ clickId: 'a' });
    expect(again.firstSeenAt).toEqual(first.firstSeenAt);
    expect(again.lastSeenAt.getTime()).toBeGreaterThan(first.lastSeenAt.getTime());
    await expect(shop.clicks.remember({ clickId: '' })).rejects.toMatchObject({ code: 'INVALID_CLICK_ID' });
  });

  it.each(['denied', 'unknown'] as const)(
    'remembers nothing of a visitor whose answer is %s',
    async (consent) => {
      await expect(shop.clicks.remember({ clickId: 'a', consent })).rejects.toMatchObject({
        code: 'CONSENT_MISSING',
      });
      expect(await shop.rows('impact_clicks')).toEqual([]);
    },
  );

  it('purges what has expired, except for orders and subscriptions', async () => {
    await bind('of-order', { order: 'o' });
    await bind('of-subscription', { subscription: 's' });
    await bind('of-customer', { customer: 'c' });
    await shop.clicks.remember({ clickId: 'of-nobody' });
    expect(await shop.clicks.purgeExpired()).toBe(0);
    shop.clock.advance(31 * DAY);
    await bind('fresh', { customer: 'c' });
    expect(await shop.clicks.purgeExpired()).toBe(2);
    expect((await shop.rows('impact_clicks')).map((row) => row['click_id'])).toEqual([
      'of-order',
      'of-subscription',
      'fresh',
    ]);
    expect(await shop.rows('impact_click_links')).toHaveLength(3);
  });

  it('purges more than one batch, and as of a time', async () => {
    for (let index = 0; index < 1_201; index += 1) {
      shop.buffer.add({ ...unwritten(`c${index}`), lastSeenAt: Date.now() });
    }
    await shop.buffer.flush();
    expect(await shop.clicks.purgeExpired(new Date(Date.now() + 31 * DAY))).toBe(1_201);
  });

  it('gives the ledger every candidate inside its own transaction', async () => {
    await shop.clicks.remember({ clickId: 'named' });
    await bind('ordered', { order: 'o' });
    await bind('subscribed', { subscription: 's' });
    await bind('customers', { customer: 'c' });
    const { candidates } = await shop.dataSource.transaction((manager) =>
      shop.database.within(manager, () =>
        shop.clicks.readFor({ clickId: 'named', order: 'o', subscription: 's', customer: 'c' }),
      ),
    );
    expect(candidates).toMatchObject({
      explicit: { clickId: 'named' },
      order: { clickId: 'ordered' },
      subscription: { clickId: 'subscribed' },
      customer: [{ clickId: 'customers' }],
    });
    const { candidates: empty } = await shop.database.read(() => shop.clicks.readFor({ clickId: 'unknown' }));
    expect(empty).toEqual({ explicit: null, order: null, subscription: null, customer: [] });
    const request = { click: null, notTheBuyer: false, ended: false };
    const rest = { request, policy: 'last-click', window: DAY, at: Date.now() } as const;
    expect(attribute({ candidates, ...rest }).attributedBy).toBe('order');
  });
});

const unwritten = (clickId: string) => ({
  clickId,
  parameter: 'im_ref',
  firstSeenAt: Date.now(),
  lastSeenAt: Date.now(),
  landingPath: null,
  partnerParameters: null,
  consent: 'granted' as const,
});

describe.each(databasesFor('capture/clicks'))('ClickBuffer on $name', (database) => {
  let shop: CaptureApp;
  let warnings: ReturnType<typeof jest.spyOn>;
  const start = async (bufferLimit = 10_000) => {
    shop = await startCaptureApp({
      platform: 'express',
      database,
      capture: { bufferLimit, flushInterval: '50ms' },
    });
    warnings = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] });
  };
  afterEach(async () => {
    jest.useRealTimers();
    jest.restoreAllMocks();
    await shop.close();
  });
  const away = () =>
    jest.spyOn(shop.database, 'write').mockRejectedValue(new TypeError('connection refused: secret'));

  it('gathers a burst into one write', async () => {
    await start();
    const write = jest.spyOn(shop.database, 'write');
    for (let index = 0; index < 100; index += 1) shop.buffer.add(unwritten(`c${index % 40}`));
    expect(write).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(50);
    while (shop.buffer.waiting > 0) await nextTurn();
    expect(write).toHaveBeenCalledTimes(1);
    expect(await shop.rows('impact_clicks')).toHaveLength(40);
  });

  it('waits longer and longer while the database is away, complains once a minute, and loses nothing', async () => {
    await start();
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const write = away();
    shop.buffer.add(unwritten('a'));
    await jest.advanceTimersByTimeAsync(50);
    expect(write).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(50);
    expect(write).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(write).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(55_000);
    expect(write.mock.calls.length).toBeLessThan(12);
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(String(warnings.mock.calls[0])).not.toMatch(/secret|"a"/);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warnings).toHaveBeenCalledTimes(2);
    write.mockRestore();
    await jest.advanceTimersByTimeAsync(31_000);
    expect(await shop.rows('impact_clicks')).toHaveLength(1);
  });

  it('drops the oldest beyond its limit, counts them, and counts a renewed click as young', async () => {
    await start(2);
    const write = away();
    for (const clickId of ['a', 'b', 'a', 'c']) shop.buffer.add(unwritten(clickId));
    expect([shop.buffer.waiting, shop.buffer.dropped]).toEqual([2, 1]);
    expect(shop.buffer.peek('b')).toBeNull();
    expect(shop.buffer.peek('a')).not.toBeNull();
    write.mockRestore();
  });

  it('writes a click again that was renewed while its batch was under way', async () => {
    await start();
    const write = shop.database.write.bind(shop.database);
    jest.spyOn(shop.database, 'write').mockImplementationOnce(async (script, options) => {
      shop.buffer.add(unwritten('a'));
      return write(script, options);
    });
    const before = Date.now() - 10_000;
    shop.buffer.add({ ...unwritten('a'), firstSeenAt: before, lastSeenAt: before });
    await shop.buffer.flush();
    expect(shop.buffer.waiting).toBe(0);
    const rows = await shop.rows('impact_clicks');
    expect(rows).toHaveLength(1);
    expect(Number(rows[0]!['last_seen_at']) - Number(rows[0]!['first_seen_at'])).toBeGreaterThan(9_000);
  });

  it('leaves the request that starts its timer', async () => {
    await start();
    // Fake timers run in the context of whoever moves them.
    jest.useRealTimers();
    const click = { clickId: 'a', capturedAt: new Date(), source: 'cookie' as const };
    const seen = new Promise<unknown>((resolve) => {
      jest.spyOn(shop.database, 'write').mockImplementationOnce(async () => {
        resolve(shop.context.hold().click);
        throw new TypeError('away');
      });
      shop.context.run(new RequestScope(() => click), () => shop.buffer.add(unwritten('a')));
    });
    expect(await seen).toBeNull();
  });

  it('writes what is left at shutdown and starts no timer afterwards', async () => {
    await start();
    shop.buffer.add(unwritten('a'));
    await shop.buffer.onApplicationShutdown();
    expect(shop.buffer.waiting).toBe(0);
    // A pool of connections may have timers of its own.
    const timers = jest.getTimerCount();
    shop.buffer.add(unwritten('b'));
    expect(jest.getTimerCount()).toBe(timers);
    await shop.buffer.flush();
  });

  it('says at shutdown that clicks were left', async () => {
    await start();
    const errors = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const write = away();
    shop.buffer.add(unwritten('a'));
    await shop.buffer.onApplicationShutdown();
    expect(errors).toHaveBeenCalledWith(expect.stringMatching(/^1 clicks could not be written/));
    write.mockRestore();
    await shop.buffer.flush();
  });
});
