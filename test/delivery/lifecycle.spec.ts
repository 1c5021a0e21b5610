import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DeliveryDispatcher } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { databasesFor } from '../support/databases.js';
import { openShop, sale, type Shop, type ShopPlace } from './support/shop.js';

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > 20_000) throw new RangeError('it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe.each(databasesFor('delivery/lifecycle'))('the dispatcher’s life, on $name', (database) => {
  const open: Shop[] = [];
  const openOne = async (
    options: Parameters<typeof openShop>[0] = {},
    place: ShopPlace = {},
  ): Promise<Shop> => {
    const shop = await openShop(options, { database, ...place });
    open.push(shop);
    return shop;
  };
  afterEach(async () => {
    for (const shop of open.splice(0).toReversed()) await shop.close();
  });

  it('starts with the app and is woken by a commit long before its next poll', async () => {
    const shop = await openOne({ delivery: { autoStart: true, pollInterval: '1h' } });
    await shop.dataSource.transaction(async (manager) => {
      await shop.conversions.record(sale('A-1'), { manager });
    });
    await until(async () => (await shop.conversions.find('A-1'))?.state === 'SENT');
  });

  it('is woken by a sale that is recorded without a transaction', async () => {
    const shop = await openOne({ delivery: { autoStart: true, pollInterval: '1h' } });
    await shop.conversions.record(sale('A-1'));
    await until(async () => (await shop.conversions.find('A-1'))?.state === 'SENT');
  });

  it('finds what another process recorded by polling', async () => {
    const shop = await openOne({ delivery: { autoStart: true, pollInterval: '20ms' } });
    const other = await openOne({}, { sandbox: shop.sandbox, at: shop.at });
    await other.conversions.record(sale('A-1'));
    await until(async () => (await shop.conversions.find('A-1'))?.state === 'SENT');
    expect(await shop.posts()).toEqual(new Map([['A-1', 1]]));
  });

  it('waits for the call under way at shutdown and writes its outcome', async () => {
    const shop = await openOne({ delivery: { autoStart: true } });
    shop.sandbox.fault({ kind: 'slow', delayMs: 150, on: 'conversions' });
    await shop.conversions.record(sale('A-1'));
    await until(async () => (await shop.posts()).size === 1);
    await shop.app.get(DeliveryDispatcher).stop();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'SENT' });
  });

  it('gives up waiting at shutdown after the limit; the row keeps its lease', async () => {
    const shop = await openOne({ delivery: { autoStart: true, shutdownTimeout: '30ms' } });
    shop.sandbox.fault({ kind: 'slow', delayMs: 400, on: 'conversions' });
    await shop.conversions.record(sale('A-1'));
    await until(async () => (await shop.posts()).size === 1);
    const started = performance.now();
    await shop.dispatcher.stop();
    expect(performance.now() - started).toBeLessThan(300);
    expect(await shop.query(`SELECT lease_token IS NOT NULL AS leased FROM impact_deliveries`)).toEqual([
      { leased: 1 },
    ]);
    await until(async () => (await shop.conversions.find('A-1'))?.state === 'SENT');
  });

  it('claims nothing after the time limit of a drain', async () => {
    const shop = await openOne({ delivery: { concurrency: 1 } });
    shop.sandbox.fault({ kind: 'slow', delayMs: 20, on: 'conversions' });
    for (let i = 0; i < 50; i += 1) await shop.conversions.record(sale(`A-${i}`));
    const { sent, waiting } = await shop.dispatcher.drain({ timeLimit: 100 });
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(50);
    expect(sent + waiting).toBe(50);
  });

  it('sends a sale once though two processes drain at the same time', async () => {
    const one = await openOne();
    const two = await openOne({}, { sandbox: one.sandbox, at: one.at });
    for (let i = 0; i < 100; i += 1) await one.conversions.record(sale(`A-${i}`));
    const sums = await Promise.all([one.dispatcher.drain(), two.dispatcher.drain()]);
    expect(sums[0].sent + sums[1].sent).toBe(100);
    const posts = await one.posts();
    expect(posts.size).toBe(100);
    expect(Math.max(...posts.values())).toBe(1);
  });

  it('takes over a row whose process stalled, and the late answer changes nothing but the story', async () => {
    const one = await openOne({ delivery: { lease: '60s' } });
    const two = await openOne({}, { sandbox: one.sandbox, at: one.at });
    one.sandbox.fault({ kind: 'slow', delayMs: 200, on: 'conversions', times: 1 });
    await one.conversions.record(sale('A-1'));
    const stalled = one.dispatcher.drain();
    await until(async () => (await one.posts()).size === 1);
    two.clock.advance(61_000);
    expect(await two.dispatcher.drain()).toMatchObject({ sent: 1 });
    const before = await one.conversions.find('A-1');
    await stalled;
    expect(await one.conversions.find('A-1')).toEqual(before);
    const lines = (await one.conversions.explain('A-1')).lines;
    expect(lines.map(({ what }) => what)).toEqual(['recorded', 'sent', 'late-answer']);
    expect(lines[2]!.data['submissionId']).toMatch(/^A-/);
  });

  it('never sends rows of another account or environment, nor in dry-run mode', async () => {
    const production = await openOne({ environment: 'production' });
    await production.conversions.record(sale('A-1'));
    const given = { sandbox: production.sandbox, at: production.at };
    const staging = await openOne({ environment: 'staging' }, given);
    const dry = await openOne({ environment: 'production', mode: 'dry-run' }, given);
    expect(await staging.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
    expect(await dry.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 1 });
    await dry.conversions.record(sale('A-2'));
    expect(await dry.conversions.find('A-2')).toMatchObject({ state: 'DRY_RUN' });
    expect(await production.posts()).toEqual(new Map());
    expect(await production.dispatcher.drain()).toMatchObject({ sent: 1 });
    expect(await production.posts()).toEqual(new Map([['A-1', 1]]));
  });

  it('works outside the async context of the request that rings', async () => {
    const seen: unknown[] = [];
    const storage = new AsyncLocalStorage<string>();
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s' });
    const shop = await openOne({ delivery: { autoStart: false } }, { sandbox });
    const dispatcher = shop.dispatcher;
    const sender = (dispatcher as unknown as { sender: { send: (...args: unknown[]) => Promise<unknown> } })
      .sender;
    const send = sender.send.bind(sender);
    sender.send = (...args) => {
      seen.push(storage.getStore());
      return send(...args);
    };
    await storage.run('a request', async () => {
      dispatcher.start();
      await shop.conversions.record(sale('A-1'));
    });
    await until(async () => (await shop.conversions.find('A-1'))?.state === 'SENT');
    expect(seen).toEqual([undefined]);
    await shop.close();
    open.splice(0);
    await sandbox.close();
  });
});
