import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { ImpactEvents, type ImpactEventName, type SaleStateEvent } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor, openDataSource, queryRows, SERVERS, SQLITE } from '../support/databases.js';
import { CapturedLog } from '../support/captured.log.js';
import { liveOptions, simpleSale, startShop } from '../support/shop.app.js';

const NAMES = [
  'impact.sale.recorded',
  'impact.sale.sent',
  'impact.sale.credited',
  'impact.sale.rejected',
  'impact.sale.undeliverable',
  'impact.account.paused',
  'impact.account.resumed',
] as const satisfies readonly ImpactEventName[];

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** Keeps what is told, as `name order`. */
async function listen(
  shop: Pick<Shop, 'app'>,
  told: string[] = [],
): Promise<{ events: ImpactEvents; told: string[] }> {
  const events = shop.app.get(ImpactEvents);
  for (const name of NAMES) {
    events.on(name, (payload) => {
      told.push(`${name.slice('impact.'.length)} ${'orderId' in payload ? payload.orderId : payload.scope}`);
    });
  }
  // From here on: what was before is nobody's news.
  await events.deliver();
  return { events, told };
}

describe.each(databasesFor('operations/events'))('lifecycle events, on $name', (database) => {
  const start = async (options: Parameters<typeof openShop>[0] = {}): Promise<Shop> => {
    const shop = await openShop(options, { database });
    open.push(shop);
    return shop;
  };

  it('tells each change once, in order, also those of another process', async () => {
    const shop = await start();
    const other = await openShop({}, { at: shop.at, sandbox: shop.sandbox });
    open.push(other);
    const { events, told } = await listen(shop);
    await listen(other, told);
    const clickId = await follow(shop.sandbox);
    await shop.conversions.record(sale('A-1', { clickId }));
    await other.conversions.record(sale('A-2', { clickId }));
    expect(await events.deliver()).toBe(2);
    expect(await other.app.get(ImpactEvents).deliver()).toBe(0);
    await other.dispatcher.drain();
    await shop.sandbox.settle();
    await other.verdicts.hurry();
    await other.app.get(ImpactEvents).deliver();
    await events.deliver();
    expect(told.slice(0, 2)).toEqual(['sale.recorded A-1', 'sale.recorded A-2']);
    expect(told.toSorted()).toEqual([
      'sale.credited A-1',
      'sale.credited A-2',
      'sale.recorded A-1',
      'sale.recorded A-2',
      'sale.sent A-1',
      'sale.sent A-2',
    ]);
  });

  it('two processes that tell at the same time tell nothing twice', async () => {
    const shop = await start();
    const other = await openShop({}, { at: shop.at, sandbox: shop.sandbox });
    open.push(other);
    const { events, told } = await listen(shop);
    const others = (await listen(other, told)).events;
    for (let i = 0; i < 50; i += 1) {
      await shop.conversions.record(sale(`A-${i}`));
      if (i % 10 === 0) await Promise.all([events.deliver(), others.deliver()]);
    }
    await Promise.all([events.deliver(), others.deliver()]);
    await events.deliver();
    expect(told.toSorted()).toEqual(Array.from({ length: 50 }, (_, i) => `sale.recorded A-${i}`).toSorted());
  });

  it('tells why an account is paused, and that it goes on', async () => {
    const shop = await start();
    const { events, told } = await listen(shop);
    const reasons: string[] = [];
    events.on('impact.account.paused', ({ reason }) => reasons.push(reason));
    await shop.conversions.record(sale('A-1'));
    shop.sandbox.fault({ status: 401, on: 'conversions', times: 1 });
    await shop.dispatcher.drain();
    await events.deliver();
    await events.deliver();
    shop.clock.advance(3_600_000);
    await shop.dispatcher.drain();
    await events.deliver();
    expect(told.filter((line) => line.startsWith('account'))).toEqual([
      'account.paused all',
      'account.resumed all',
    ]);
    expect(reasons).toEqual([expect.stringContaining('does not accept the credentials')]);
  });

  it('a handler that throws harms nothing and is named', async () => {
    const log = new CapturedLog();
    const sandbox = await ImpactSandbox.start();
    open.push(sandbox);
    const shop = await startShop({ on: database, impact: liveOptions(sandbox), log });
    open.push(shop);
    const { events, told } = await listen(shop);
    events.on('impact.sale.recorded', () => {
      throw new TypeError('the secret of mail@shop.test');
    });
    await shop.conversions.record(simpleSale('A-1'));
    await shop.conversions.record(simpleSale('A-2'));
    await events.deliver();
    expect(told).toEqual(['sale.recorded A-1', 'sale.recorded A-2']);
    const complaints = log.texts('error', 'ImpactEvents');
    expect(complaints).toHaveLength(2);
    expect(complaints[0]).toContain('A handler of "impact.sale.recorded" failed: TypeError');
    expect(complaints.join()).not.toContain('mail@shop.test');
  });

  it('goes on where it was after a restart, and forgets what is older than a day', async () => {
    const shop = await start();
    const first = await listen(shop);
    await shop.conversions.record(sale('A-1'));
    await first.events.deliver();
    await shop.conversions.record(sale('A-2'));
    const restarted = await openShop({}, { at: shop.at, sandbox: shop.sandbox });
    open.push(restarted);
    const { events, told } = await listen(restarted);
    await events.deliver();
    expect(told).toEqual(['sale.recorded A-2']);

    await shop.conversions.record(sale('A-3'));
    restarted.clock.advance(2 * 86_400_000);
    await events.deliver();
    expect(told).toEqual(['sale.recorded A-2']);
    expect(first.told).toEqual(['sale.recorded A-1']);
  });

  it('waits for the lease of a process that died while it told, and then tells what that one may have told', async () => {
    const shop = await start();
    const { events, told } = await listen(shop);
    await shop.conversions.record(sale('A-1'));
    const until = shop.clock.now().getTime() + 60_000;
    await shop.query(
      `UPDATE impact_accounts SET lease_token = 'dead', lease_until = ${until} WHERE scope = 'events'`,
    );
    expect(await events.deliver()).toBe(0);
    shop.clock.advance(61_000);
    expect(await events.deliver()).toBe(1);
    expect(told).toEqual(['sale.recorded A-1']);
  });

  it('nothing of the customer is in an event', async () => {
    const shop = await start({ recording: { onInvalid: 'park' } });
    const payloads: unknown[] = [];
    const events = shop.app.get(ImpactEvents);
    for (const name of NAMES) events.on(name, (payload) => payloads.push(payload));
    await events.deliver();
    const customer = { id: 'canary-customer', email: 'canary@shop.test' };
    await shop.conversions.record(sale('A-1', { customer }));
    await shop.conversions.record(sale('A-2', { customer, expectedTotal: '999.00' }));
    await shop.dispatcher.drain();
    await events.deliver();
    expect(payloads.length).toBeGreaterThan(2);
    expect(JSON.stringify(payloads)).not.toMatch(/canary/);
  });
});

describe.each(SERVERS)('events of transactions, on $name', (database) => {
  it('are told after the commit, also of one that was overtaken, and never of one that was rolled back', async () => {
    const shop = await openShop({}, { database });
    open.push(shop);
    const { events, told } = await listen(shop);
    const [late, never] = [shop.dataSource.createQueryRunner(), shop.dataSource.createQueryRunner()];
    await late.startTransaction();
    await never.startTransaction();
    await shop.conversions.record(sale('LATE'), { manager: late.manager });
    await shop.conversions.record(sale('NEVER'), { manager: never.manager });
    await shop.conversions.record(sale('SOON'));
    await events.deliver();
    expect(told).toEqual(['sale.recorded SOON']);
    await late.commitTransaction();
    await never.rollbackTransaction();
    await events.deliver();
    await events.deliver();
    expect(told).toEqual(['sale.recorded SOON', 'sale.recorded LATE']);
    await Promise.all([late.release(), never.release()]);

    shop.clock.advance(61_000);
    await events.deliver();
    const [row] = await shop.query<{ positions: string }>(
      `SELECT positions FROM impact_accounts WHERE scope = 'events'`,
    );
    expect(JSON.parse(row!.positions)).toMatchObject({ gaps: [] });
  });
});

describe('while nobody listens', () => {
  it('nothing is read and nothing is written', async () => {
    const at = await SQLITE.lend();
    open.push({ close: () => at.drop() });
    const shop = await openShop({}, { at });
    open.push(shop);
    await shop.conversions.record(sale('A-1'));
    expect(await shop.app.get(ImpactEvents).deliver()).toBe(0);
    const dataSource = await openDataSource(at.options);
    open.push({ close: () => dataSource.destroy() });
    expect(await queryRows(dataSource, `SELECT scope FROM impact_accounts WHERE scope = 'events'`)).toEqual(
      [],
    );
  });
});

@Injectable()
class Alarm {
  readonly heard: string[] = [];

  @OnEvent('impact.sale.recorded')
  recorded({ orderId, amount, state }: SaleStateEvent): void {
    this.heard.push(`${orderId} ${amount} ${state}`);
  }

  @OnEvent('impact.sale.*')
  any({ orderId }: SaleStateEvent): void {
    this.heard.push(`any ${orderId}`);
  }
}

describe.each([true, false])('through the app’s event emitter, wildcards: %s', (wildcard) => {
  it('an @OnEvent() handler hears of it', async () => {
    const sandbox = await ImpactSandbox.start();
    open.push(sandbox);
    const shop = await startShop({
      impact: liveOptions(sandbox),
      imports: [EventEmitterModule.forRoot({ wildcard })],
      providers: [Alarm],
    });
    open.push(shop);
    await shop.conversions.record(simpleSale('A-1'));
    await shop.app.get(ImpactEvents).deliver();
    expect(shop.app.get(Alarm).heard.toSorted()).toEqual(
      wildcard ? ['A-1 20.00 RECORDED', 'any A-1'] : ['A-1 20.00 RECORDED'],
    );
  });
});
