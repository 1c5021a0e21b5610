import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { MetricsService } from 'nestjs-impact';
import { METRICS } from '../../src/operations/index.js';
import { openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor, SQLITE } from '../support/databases.js';
import { readsOf } from './support/reads.js';
import { startTelemetry, type Telemetry } from './support/telemetry.js';

/** A click id that a partner's link really gave. */
async function follow(sandbox: Shop['sandbox'], partnerId?: string): Promise<string> {
  const to = { landingUrl: 'http://shop.test/', ...(partnerId === undefined ? {} : { partnerId }) };
  const { headers } = await fetch(sandbox.trackingLink(to), { redirect: 'manual' });
  return new URL(headers.get('location')!).searchParams.get('im_ref')!;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

describe.each(databasesFor('operations/metrics'))('metrics, on $name', (database) => {
  let telemetry: Telemetry;
  beforeEach(() => {
    telemetry = startTelemetry();
    open.push(telemetry);
  });
  const start = async (options: Parameters<typeof openShop>[0] = {}): Promise<Shop> => {
    const shop = await openShop(options, { database });
    open.push(shop);
    return shop;
  };

  it('count what became of sales, once over all processes', async () => {
    const shop = await start();
    const other = await openShop({}, { at: shop.at, sandbox: shop.sandbox });
    open.push(other);
    const clickId = await follow(shop.sandbox);
    for (const orderId of ['A-1', 'A-2']) await other.conversions.record(sale(orderId, { clickId }));
    // Of a partner without a contract at that time.
    const refused = await follow(shop.sandbox, '1234504');
    await shop.conversions.record(sale('A-3', { clickId: refused, customer: { id: 'c-3' } }));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    for (const one of [shop, other, shop]) await one.app.get(MetricsService).collect();
    expect(await telemetry.series('impact_sales_recorded_total')).toEqual({ 'state=RECORDED': 3 });
    expect(await telemetry.series('impact_sales_verdicts_total')).toEqual({
      'state=SENT': 3,
      'state=CREDITED': 2,
      'state=REJECTED,reason=CONTRACT_NOT_FOUND': 1,
    });
    expect(await telemetry.series('impact_delivery_attempts_total')).toEqual({ 'call=sale,outcome=sent': 3 });
    expect(await telemetry.series('impact_delivery_duration_count')).toEqual({
      'call=sale,outcome=sent': 3,
    });
    expect(await telemetry.series('impact_api_duration_count')).toMatchObject({
      'endpoint=POST Conversions,outcome=ok': 3,
      'endpoint=GET Actions,outcome=ok': 1,
    });
    expect(await telemetry.series('impact_walk_duration_count')).toEqual({ 'outcome=ok': 1 });
    expect(await telemetry.series('impact_walk_calls_total')).toMatchObject({ 'endpoint=GET Actions': 1 });
  });

  it('show what waits, what is paused and what is left of the hour', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-1'));
    shop.clock.advance(90_000);
    expect(await telemetry.series('impact_delivery_backlog')).toEqual({
      'call=sale': 1,
      'call=modification': 0,
      'call=reversal': 0,
    });
    const [age] = Object.values(await telemetry.series('impact_delivery_oldest_age'));
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(200);
    expect(await telemetry.series('impact_account_paused')).toEqual({
      'scope=all': 0,
      'scope=sales': 0,
      'scope=corrections': 0,
      'scope=reads': 0,
    });
    expect(await telemetry.series('impact_budget_left')).toEqual({ '': 100_000 });
  });

  it('tell failures by their class and pauses by their scope', async () => {
    const shop = await start();
    await shop.conversions.record(sale('A-1'));
    await shop.conversions.record(sale('A-2'));
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    shop.sandbox.fault({ status: 401, on: 'conversions' });
    await shop.dispatcher.drain();
    await shop.app.get(MetricsService).collect();
    const attempts = await telemetry.series('impact_delivery_attempts_total');
    expect(attempts).toEqual({ 'call=sale,outcome=refused': 1, 'call=sale,outcome=paused': 1 });
    expect(await telemetry.series('impact_account_pauses_total')).toEqual({ 'scope=all': 1 });
    expect(await telemetry.series('impact_account_paused')).toMatchObject({
      'scope=all': 1,
      'scope=sales': 0,
    });
    expect(await telemetry.series('impact_api_duration_count')).toEqual({
      'endpoint=POST Conversions,outcome=refused': 1,
      'endpoint=POST Conversions,outcome=not-allowed': 1,
    });
    expect(await telemetry.series('impact_sales_parked')).toEqual({ '': 1 });
  });

  it('read the database once for collections that follow each other', async () => {
    const shop = await start();
    const reads = readsOf(shop.app);
    await Promise.all([telemetry.scrape(), telemetry.scrape()]);
    await telemetry.scrape();
    expect(reads()).toHaveLength(3);
  });

  it('make a span of each delivery, linked to the one in which the sale was recorded', async () => {
    const shop = await start();
    const recorded = await trace.getTracer('shop').startActiveSpan('POST /pay', async (span) => {
      await shop.conversions.record(sale('A-1', { clickId: await follow(shop.sandbox) }));
      span.end();
      return span.spanContext();
    });
    await shop.conversions.record(sale('A-2'));
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    const spans = telemetry.spans();
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [first, second] = named('impact.delivery');
    expect(first!.links.map(({ context }) => context.spanId)).toEqual([recorded.spanId]);
    expect(second!.links).toEqual([]);
    expect(first!.attributes).toEqual({
      'impact.call': 'sale',
      'impact.attempt': 1,
      'impact.outcome': 'sent',
    });
    const call = named('POST Conversions')[0]!;
    expect(call.parentSpanContext?.spanId).toBe(first!.spanContext().spanId);
    expect(named('impact.walk')).toHaveLength(1);
    expect(named('GET Actions')[0]!.parentSpanContext?.spanId).toBe(
      named('impact.walk')[0]!.spanContext().spanId,
    );
  });

  it('hold no order, no address, no customer and no secret', async () => {
    const shop = await start({ recording: { onInvalid: 'park' } });
    const customer = { id: 'canary-customer', email: 'canary@shop.test' };
    const clickId = await follow(shop.sandbox);
    for (const orderId of ['CANARY-1', 'CANARY-2', 'CANARY-3', 'CANARY-4']) {
      await shop.conversions.record(sale(orderId, { customer, clickId }));
    }
    await shop.conversions.record(sale('CANARY-5', { customer, clickId: 'canaryclick' }));
    await shop.conversions.record(sale('CANARY-6', { customer, expectedTotal: '99.00' }));
    shop.sandbox.fault({ status: 400, on: 'conversions', times: 1 });
    shop.sandbox.fault({ status: 503, on: 'conversions', times: 1 });
    await shop.dispatcher.drain();
    await shop.sandbox.settle();
    await shop.verdicts.hurry();
    await shop.conversions.refund('CANARY-4', { key: 'canary-key', amount: '1.00' });
    await shop.verdicts.hurry();
    shop.sandbox.fault({ status: 401 });
    await shop.dispatcher.drain();
    await shop.app.get(MetricsService).collect();
    const spans = telemetry.spans().map(({ name, attributes, events, status, links }) => ({
      name,
      attributes,
      events,
      status,
      links: links.map((link) => link.attributes),
    }));
    expect(spans.length).toBeGreaterThan(5);
    const all = `${await telemetry.scrape()}\n${JSON.stringify(spans)}`;
    expect(all).toContain('impact_delivery_attempts_total');
    const { accountSid, authToken } = shop.sandbox.credentials;
    const secrets = ['canary', accountSid, authToken, clickId, new URL(shop.sandbox.url).host];
    expect(secrets.filter((secret) => all.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
  });
});

it('every metric of the catalog is there in a scrape, under labels that it names', async () => {
  const telemetry = startTelemetry();
  open.push(telemetry);
  const shop = await openShop();
  open.push(shop);
  const text = await telemetry.scrape();
  for (const { name, kind } of Object.values(METRICS)) {
    if (kind !== 'observable-gauge' || name === 'impact.walk.age') continue;
    expect(text).toContain(`# TYPE ${name.replaceAll('.', '_')}`);
  }
  const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
  expect(new Set([...labels].filter((label) => label!.startsWith('impact_')))).toEqual(
    new Set(['impact_call', 'impact_scope']),
  );
});

describe('without an SDK', () => {
  it('nothing is read, written or counted', async () => {
    const at = await SQLITE.lend();
    open.push({ close: () => at.drop() });
    const shop = await openShop({}, { at });
    open.push(shop);
    const reads = readsOf(shop.app);
    await shop.app.get(MetricsService).collect();
    expect(reads()).toEqual([]);
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE scope = 'metrics'`)).toEqual([]);
  });
});
