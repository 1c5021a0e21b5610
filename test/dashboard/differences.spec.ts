import { afterEach, describe, expect, it } from '@jest/globals';
import { ReconciliationService } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { databasesFor } from '../support/databases.js';
import { http } from '../support/http.client.js';
import { liveOptions, simpleSale, startShop } from '../support/shop.app.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

describe.each(databasesFor('dashboard/differences'))('the page of differences on $name', (database) => {
  it('shows what the last reconciliation found that came to its end', async () => {
    const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
    open.push(sandbox);
    const dashboard = { path: '/impact', guards: [() => true] };
    const shop = await startShop({ on: database, impact: liveOptions(sandbox, { dashboard }) });
    open.push(shop);
    const page = async (query = ''): Promise<string> =>
      (await http(`${shop.url}/impact/differences${query}`)).text;
    expect(await page()).toContain('None was made yet');

    const service = shop.app.get(ReconciliationService, { strict: false });
    const window = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) };
    await service.compare(window);
    expect(await page()).toContain('No differences');

    sandbox.plant({ orderId: '<b>X-1</b>', amount: '120.00' });
    await shop.conversions.record(simpleSale('A-1'));
    const result = await service.compare(window);
    expect(result.differences.map(({ kind }) => kind)).toEqual(['unknown-to-ledger']);
    const calls = (await sandbox.requests()).length;
    const found = await page();
    expect(found).toContain('&lt;b&gt;X-1&lt;/b&gt;');
    expect(found).toContain('unknown-to-ledger 1');
    expect(found).toContain(result.summary().split('\n')[1]);
    expect(await page('?kind=amount')).not.toContain('X-1');
    expect((await sandbox.requests()).length).toBe(calls);

    // One that was given up changes nothing.
    const stream = service.stream(window);
    await stream.next();
    await stream.return({} as never);
    expect(await page()).toBe(found);
  });
});
