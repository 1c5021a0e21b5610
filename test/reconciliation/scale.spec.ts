import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { IMPACT_OPTIONS, ReconciliationService, type ResolvedImpactOptions } from 'nestjs-impact';
import { IMPACT_DATABASE, type ImpactDatabase, newId, run } from '../../src/database/index.js';
import { openShop, type Shop } from '../delivery/support/shop.js';
import { SQLITE } from '../support/databases.js';

const SALES = 100_000;
/** One in seven has a click and an action. */
const EVERY = 7;
const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 8, 1);
const at = (index: number): number => FIRST + Math.floor((index * 30 * DAY) / SALES);

/** A vendor with many actions, newest first, in pages of 20,000. */
async function vendor(): Promise<{ server: Server; url: string }> {
  const all = Array.from({ length: Math.ceil(SALES / EVERY) }, (_, index) => index * EVERY).toReversed();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://vendor.test');
    const [from, to] = ['ActionDateStart', 'ActionDateEnd'].map((name) =>
      Date.parse(url.searchParams.get(name) ?? ''),
    ) as [number, number];
    const rows = all
      .filter((index) => at(index) >= from && at(index) < to)
      .map((index) => ({
        Id: `1000.1.${index}`,
        CampaignId: 1000,
        ActionTrackerId: 20001,
        MediaPartnerId: 7,
        State: 'PENDING',
        Oid: `A-${index}`,
        Amount: 10,
        Payout: 0.5,
        Currency: 'USD',
        EventDate: new Date(at(index)).toISOString(),
        CreationDate: new Date(at(index)).toISOString(),
        LockingDate: new Date(at(index) + 60 * DAY).toISOString(),
      }));
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ '@page': '1', '@numpages': '1', '@total': String(rows.length), Actions: rows }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function fill(shop: Shop): Promise<void> {
  const database = shop.app.get<ImpactDatabase>(IMPACT_DATABASE);
  const { accountSid } = shop.app.get<ResolvedImpactOptions>(IMPACT_OPTIONS);
  const columns =
    'id, account, environment, program, event_type, order_id, wire_order_id, state, recorded_at, event_at, sent_at, ' +
    'click_id, attribution, currency, amount_minor, fingerprint, fingerprint_fields, request, problems, is_test, ' +
    'partner_id, submission_id, reason_codes, verdict_looks';
  await database.write(function* () {
    for (let index = 0; index < SALES; index += 1) {
      const clicked = index % EVERY === 0;
      yield* run(
        `INSERT INTO impact_conversions (${columns}) VALUES (?, ?, 'test', 'default', 'default', ?, ?, ?, ?, ?, ?, ?, ` +
          `'{}', 'USD', 1000, 'f', '{}', '[]', '[]', 0, ?, 'S', '[]', 0)`,
        [
          newId(),
          accountSid,
          `A-${index}`,
          `A-${index}`,
          clicked ? 'CREDITED' : 'UNATTRIBUTED',
          at(index),
          at(index),
          at(index),
          clicked ? 'click' : null,
          clicked ? '7' : null,
        ],
      );
    }
  });
}

describe('comparing a large month', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });

  it('reads 100,000 sales past 14,286 actions, in one call and in flat memory', async () => {
    const { server, url } = await vendor();
    open.push(() => new Promise((resolve) => server.close(resolve)));
    const shop = await openShop(
      { baseUrl: url, verdicts: { accountTimeZone: 'UTC' }, campaignId: '1000', eventTypeId: '20001' },
      { database: SQLITE },
    );
    open.push(() => shop.close());
    await fill(shop);
    const service = shop.app.get(ReconciliationService);
    const before = process.memoryUsage().heapUsed;
    const result = await service.compare({ from: '2026-09-01', to: '2026-10-01' });
    const grown = process.memoryUsage().heapUsed - before;
    expect(result.differences).toEqual([]);
    expect(result.counts).toMatchObject({ sales: SALES, actions: 14_286, matched: 14_286, calls: 1 });
    expect(result.totals.byCurrency).toMatchObject([{ amount: '142860.00', expected: '142860.00' }]);
    // All sales at once would be some hundred megabytes; what counts is that it is far from that.
    expect(grown).toBeLessThan(120e6);
  }, 120_000);
});
