import { afterEach, describe, expect, it } from '@jest/globals';
import { ClickIdRepository } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';

const TEST_PARTNER = '1234599';
const HOUR = 3_600_000;

describe.each(databasesFor('test-orders/test-orders'))('test orders, on $name', (database: TestDatabase) => {
  const open: { close(): Promise<void> }[] = [];
  const start = async (options: Parameters<typeof openShop>[0] = {}): Promise<Shop> => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
    const shop = await openShop(
      { recording: { test: { partners: [TEST_PARTNER] } }, ...options },
      { sandbox, database },
    );
    open.push(sandbox, shop);
    return shop;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  /** A visitor comes over a partner's link, and capture has read what it says. */
  const visit = async (shop: Shop, partnerId: string): Promise<string> => {
    const link = shop.sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId });
    const { headers } = await fetch(link, { redirect: 'manual' });
    const { searchParams } = new URL(headers.get('location')!);
    const clickId = searchParams.get('im_ref')!;
    await shop.app.get(ClickIdRepository).remember({ clickId, partnerParameters: { irpid: partnerId } });
    return clickId;
  };
  /** Delivers and looks until nothing moves any more. */
  const goOn = async (shop: Shop): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      await shop.dispatcher.drain();
      await shop.sandbox.settle();
      await shop.verdicts.hurry();
      shop.clock.advance(HOUR);
    }
  };
  const corrections = async (shop: Shop, orderId: string) =>
    (await shop.conversions.explain(orderId)).corrections;

  it.each([
    ['without a click', async () => undefined],
    ['with a real partner’s click', (shop: Shop) => visit(shop, '1234501')],
  ])('are not sent %s, and say how to make one that is', async (_, click) => {
    const shop = await start();
    const clickId = await click(shop);
    const recorded = await shop.conversions.record(sale('T-1', { test: true, clickId }));
    expect(recorded).toMatchObject({ state: 'SKIPPED' });
    const { lines } = await shop.conversions.explain('T-1');
    expect(lines[0]!.words).toMatch(
      /test order.*follow a tracking link of a test partner.*clickId: "impacttest"/,
    );
    expect(await corrections(shop, 'T-1')).toEqual([]);
    await shop.dispatcher.drain();
    expect(await shop.sandbox.submissions()).toEqual([]);
  });

  it.each([
    ['a test partner’s click', (shop: Shop) => visit(shop, TEST_PARTNER)],
    ['the vendor’s test value', async () => 'impacttest'],
  ])('with %s go there and take themselves back', async (_, click) => {
    const shop = await start();
    const clickId = await click(shop);
    const order = sale('T-1', { test: true, clickId });
    expect(await shop.conversions.record(order)).toMatchObject({ state: 'RECORDED' });
    expect(await corrections(shop, 'T-1')).toMatchObject([{ key: 'impact:test-action', state: 'held' }]);
    // The same order again adds nothing.
    await shop.conversions.record(order);
    expect(await corrections(shop, 'T-1')).toHaveLength(1);
    await goOn(shop);
    const [action] = await shop.sandbox.actions();
    expect(action).toMatchObject({ orderId: 'T-1', state: 'REVERSED' });
    expect(await shop.conversions.find('T-1')).toMatchObject({ state: 'REVERSED' });
    expect(await corrections(shop, 'T-1')).toMatchObject([{ state: 'confirmed' }]);
    const reversal = (await shop.sandbox.requests()).find(({ method }) => method === 'DELETE');
    expect(reversal?.parameters).toMatchObject({ DispositionCode: 'TEST_ACTION' });
    expect(await shop.query('SELECT is_test FROM impact_conversions')).toEqual([{ is_test: 1 }]);
  });

  it.each<[string, (shop: Shop) => Promise<unknown>]>([
    ['before it was sent', async () => null],
    ['once it was sent', async ({ dispatcher }) => dispatcher.drain()],
    [
      'while its reversal was on its way',
      async ({ dispatcher, sandbox, verdicts }) => {
        await dispatcher.drain();
        await sandbox.settle();
        await verdicts.hurry();
      },
    ],
  ])('are taken back by whichever process comes after a crash %s', async (_, before) => {
    const shop = await start();
    await shop.conversions.record(sale('T-1', { test: true, clickId: 'impacttest' }));
    await before(shop);
    await shop.app.close();
    const next = await openShop({}, { sandbox: shop.sandbox, at: shop.at });
    open.push(next);
    await goOn(next);
    expect(await next.sandbox.actions()).toMatchObject([{ orderId: 'T-1', state: 'REVERSED' }]);
  });

  it('come and go with the order’s own transaction', async () => {
    const shop = await start();
    const order = sale('T-1', { test: true, clickId: 'impacttest' });
    const failed = shop.dataSource.transaction(async (manager) => {
      await shop.conversions.record(order, { manager });
      throw new RangeError('the shop changed its mind');
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(await shop.query('SELECT id FROM impact_corrections')).toEqual([]);
    await shop.dataSource.transaction((manager) => shop.conversions.record(order, { manager }));
    expect(await shop.query('SELECT correction_key, kind FROM impact_corrections')).toEqual([
      { correction_key: 'impact:test-action', kind: 'reverse' },
    ]);
  });

  it('send nothing and take nothing back in a dry run', async () => {
    const shop = await start({ mode: 'dry-run' });
    expect(await shop.conversions.record(sale('T-1', { test: true, clickId: 'impacttest' }))).toMatchObject({
      state: 'DRY_RUN',
    });
    expect(await corrections(shop, 'T-1')).toEqual([]);
  });

  it('that are not marked as such are real ones, with a remark', async () => {
    const shop = await start();
    await shop.conversions.record(sale('T-1', { clickId: 'impacttest' }));
    expect((await shop.conversions.explain('T-1')).lines[0]!.words).toMatch(
      /record test orders with test: true/,
    );
    expect(await corrections(shop, 'T-1')).toEqual([]);
  });
});
