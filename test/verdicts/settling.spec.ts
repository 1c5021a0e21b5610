import { afterEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { databasesFor } from '../support/databases.js';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';

const DAY = 86_400_000;

describe.each(databasesFor('verdicts/settling'))('finding out what became of sales, on $name', (database) => {
  const open: { close(): Promise<void> }[] = [];
  const start = async (
    options: Parameters<typeof openShop>[0] = {},
    sandboxOptions: Parameters<typeof ImpactSandbox.start>[0] = {},
  ): Promise<Shop> => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false, ...sandboxOptions });
    const shop = await openShop(options, { sandbox, database });
    open.push(sandbox, shop);
    return shop;
  };
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  const reads = async (shop: Shop): Promise<string[]> =>
    (await shop.sandbox.requests())
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path.split('/')[3]!);

  it('asks nothing while no sale is unsettled, and nothing before its time', async () => {
    const shop = await start();
    expect(await shop.verdicts.sweep()).toEqual({ looked: 0, settled: 0, waiting: 0 });
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.verdicts.sweep();
    expect(await reads(shop)).toEqual([]);
  });

  it('settles any number of sales with one listing', async () => {
    const shop = await start();
    const clickId = await follow(shop.sandbox);
    for (let i = 0; i < 60; i += 1) await shop.conversions.record(sale(`A-${i}`, { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    expect(await shop.verdicts.hurry()).toEqual({ looked: 60, settled: 60, waiting: 0 });
    expect(await reads(shop)).toEqual(['Actions']);
  });

  it('calls a sale unattributed only after giveUpAfter, and never asks for its submission', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    shop.clock.advance(DAY);
    expect(await shop.verdicts.sweep()).toMatchObject({ waiting: 1 });
    shop.clock.advance(7 * DAY);
    expect(await shop.verdicts.sweep()).toMatchObject({ settled: 1 });
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'UNATTRIBUTED', actionId: null });
    expect(new Set(await reads(shop))).toEqual(new Set(['Actions']));
  });

  it('tells in words why a sale was rejected, and what to do', async () => {
    const shop = await start();
    const { headers } = await fetch(
      shop.sandbox.trackingLink({ landingUrl: 'http://shop.test/', partnerId: '1234504' }),
      { redirect: 'manual' },
    );
    const clickId = new URL(headers.get('location')!).searchParams.get('im_ref')!;
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    expect(await shop.conversions.find('A-1')).toMatchObject({
      state: 'REJECTED',
      reasonCodes: ['CONTRACT_NOT_FOUND'],
    });
    const story = await shop.conversions.explain('A-1');
    expect(story.lines.at(-1)!.words).toMatch(/the partner had no contract at that time/);
    expect(story.advice).toMatch(/contract dates/);
    // Decided once: nothing is asked again.
    shop.clock.advance(30 * DAY);
    expect(await shop.verdicts.sweep()).toMatchObject({ looked: 0 });
  });

  it('reports a finished sale with a click and without an action as missing, and credits it when it appears late', async () => {
    const shop = await start({}, { actionDelay: '12d' });
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    shop.clock.advance(8 * DAY);
    shop.sandbox.travel('+8d');
    await shop.verdicts.sweep();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'SENT' });
    expect((await shop.conversions.explain('A-1')).lines.at(-1)!.words).toMatch(
      /without an error 8 days ago, but there is no action/,
    );
    for (let day = 0; day < 3; day += 1) {
      shop.clock.advance(DAY + 1000);
      await shop.verdicts.sweep();
    }
    const told = (await shop.conversions.explain('A-1')).lines.filter(({ what }) => what === 'missing');
    expect(told).toHaveLength(1);
    shop.clock.advance(3 * DAY);
    shop.sandbox.travel('+6d');
    await shop.verdicts.sweep();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it('leaves the last tenth of the hourly budget to sales', async () => {
    const shop = await start({ delivery: { maxRequestsPerHour: 10 } });
    const clickId = await follow(shop.sandbox);
    for (let i = 0; i < 9; i += 1) await shop.conversions.record(sale(`A-${i}`, { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    expect(await shop.verdicts.hurry()).toEqual({ looked: 0, settled: 0, waiting: 0 });
    expect(await reads(shop)).toEqual([]);
    await shop.conversions.record(sale('A-9', { clickId }));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    shop.clock.advance(3_601_000);
    await shop.sandbox.settle();
    expect(await shop.verdicts.hurry()).toMatchObject({ settled: 10 });
  });

  it('takes the action of its own event type only', async () => {
    const shop = await start(
      {},
      {
        eventTypes: [
          { id: '20001', code: 'SALE' },
          { id: '20002', code: 'LEAD' },
        ] as never,
      },
    );
    const clickId = await follow(shop.sandbox);
    const { accountSid, authToken, campaignId } = shop.sandbox.credentials;
    await fetch(`${shop.sandbox.url}/Advertisers/${accountSid}/Conversions`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        CampaignId: campaignId,
        EventTypeId: '20002',
        EventDate: new Date().toISOString(),
        OrderId: 'A-1',
        ClickId: clickId,
        CurrencyCode: 'USD',
        OrderSubTotalPostDiscount: '99.00',
      }),
    });
    await shop.sandbox.settle();
    expect(await shop.sandbox.actions()).toHaveLength(1);
    await shop.conversions.record(sale('A-1'));
    await shop.dispatcher.drain();
    await shop.verdicts.hurry();
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'SENT', actionId: null });
  });

  it('looks on after a failed look-up', async () => {
    const shop = await start();
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    shop.sandbox.fault({ status: 503, on: 'actions', times: 1 });
    expect(await shop.verdicts.hurry()).toMatchObject({ settled: 0, waiting: 1 });
    shop.clock.advance(300_001);
    expect(await shop.verdicts.sweep()).toMatchObject({ settled: 1 });
  });
});
