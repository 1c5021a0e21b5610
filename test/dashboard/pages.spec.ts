import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Inject, Injectable, Module } from '@nestjs/common';
import { ImpactModule, type DashboardOptions } from 'nestjs-impact';
import { databasesFor, SQLITE } from '../support/databases.js';
import { http, type HttpAnswer } from '../support/http.client.js';
import { PLATFORMS, type Shop, type ShopOptions, simpleSale, startShop } from '../support/shop.app.js';

const PATH = '/impact';
const STAFF = { 'x-staff': 'yes' };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** Lets in whoever says to be of the staff. */
@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (
      context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-staff'] === 'yes'
    );
  }
}

const isStaff = (context: ExecutionContext): boolean => new StaffGuard().canActivate(context);

const OPTIONS = {
  accountSid: 'IRaccount1',
  authToken: 'a-secret-token',
  campaignId: '1000',
  eventTypeId: '2000',
  mode: 'live',
  environment: 'test',
  baseUrl: 'http://127.0.0.1:9',
  allowAnyBaseUrl: true,
  delivery: { autoStart: false },
} as const;

async function start(
  dashboard: Partial<DashboardOptions> = {},
  more: ShopOptions & { prefix?: string } = {},
): Promise<Shop> {
  const shop = await startShop({
    on: SQLITE,
    ...more,
    impact: more.impact ?? { ...OPTIONS, dashboard: { path: PATH, guards: [StaffGuard], ...dashboard } },
  });
  open.push(shop);
  return shop;
}

const visit = (shop: Shop, page: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  http(`${shop.url}${PATH}${page}`, { headers: { ...STAFF, ...headers } });

const PAGES = [
  '',
  '?days=7',
  '/sales',
  '/sales?state=REJECTED',
  '/sales?q=nothing',
  '/owed',
  '/owed?months=24',
  '/differences',
];

describe.each(PLATFORMS)('the dashboard on %s', (platform) => {
  it('shows each page to whom its guard lets in, and nothing to anybody else', async () => {
    const shop = await start({}, { platform });
    await shop.conversions.record(simpleSale('A-1'));
    for (const page of [...PAGES, '/order?id=A-1']) {
      const answer = await visit(shop, page);
      expect([page, answer.status, answer.headers['content-type']]).toEqual([
        page,
        200,
        'text/html; charset=utf-8',
      ]);
      expect(answer.text).toMatch(/^\s*<!doctype html>[^]*<\/html>\s*$/);
      expect((await http(`${shop.url}${PATH}${page}`)).status).toBe(403);
    }
    expect((await http(`${shop.url}${PATH}/assets/pages.css`)).status).toBe(403);
    expect((await http(`${shop.url}${PATH}/retry`, { method: 'POST', body: {} })).status).toBe(403);
  });

  it('is not there unless it is turned on', async () => {
    const shop = await start({}, { platform, impact: OPTIONS });
    expect((await visit(shop, '')).status).toBe(404);
  });

  it('loads everything from the app itself, and lets the browser keep it', async () => {
    const shop = await start({}, { platform });
    const { text, headers } = await visit(shop, '');
    const links = [...text.matchAll(/(?:href|src)="([^"]*assets[^"]*)"/g)].map(([, link = '']) => link);
    expect(links.map((link) => link.replace(/\?.*/, ''))).toEqual([
      'impact/assets/pages.css',
      'impact/assets/uplot.css',
      'impact/assets/uplot.js',
      'impact/assets/charts.js',
    ]);
    for (const link of links) {
      const asset = await http(new URL(link, `${shop.url}${PATH}`).href, { headers: STAFF });
      expect([link, asset.status]).toEqual([link, 200]);
      expect(asset.headers['content-type']).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(asset.headers['cache-control']).toContain('private');
    }
    expect(text).not.toMatch(/(href|src|action)="(https?:)?\/\//);
    const nonce = /script-src 'nonce-([\w-]{22})'/.exec(String(headers['content-security-policy']))?.[1];
    const nonces = [...text.matchAll(/<script [^>]*nonce="([^"]*)"/g)].map(([, each]) => each);
    expect(nonces).toEqual([nonce, nonce]);
    expect(text).not.toMatch(/ style=| on[a-z]+=/);
    expect((await visit(shop, '')).headers['content-security-policy']).not.toContain(nonce);
    expect(headers['cache-control']).toBe('no-store');
    expect((await visit(shop, '/assets/package.json')).status).toBe(404);
    expect((await visit(shop, '/assets/constructor')).status).toBe(404);
  });

  it('shows names that were made to do harm as what they are', async () => {
    const evil = `<script>alert("1")</script>'"&amp; ../%2e/?q=#`;
    const shop = await start({}, { platform });
    await shop.conversions.record(simpleSale(evil));
    const id = encodeURIComponent(evil);
    for (const page of ['/sales', `/order?id=${id}`, `/order?id=${id}x`, `/sales?q=${id}x`]) {
      const { text, status } = await visit(shop, page);
      expect([page, status]).toEqual([page, page.endsWith('x') && page.startsWith('/order') ? 404 : 200]);
      expect(text).toContain('&lt;script&gt;alert(');
      expect(text).not.toContain('<script>alert');
    }
    // The link in the list leads to the sale.
    const [, link = ''] = /href="(order\?id=[^"]*)"/.exec((await visit(shop, '/sales')).text) ?? [];
    expect((await visit(shop, `/${link.replaceAll('&#39;', "'")}`)).text).toContain('What happened');
    const found = await visit(shop, `/sales?q=${id}`);
    expect([found.status, found.headers.location]).toEqual([303, `order?id=${id}`]);
  });

  it('says no to what makes no sense, and does not break', async () => {
    const shop = await start({}, { platform });
    for (const page of ['/sales?state=nothing', '/sales?after=nothing', '/sales?state=constructor']) {
      expect([page, (await visit(shop, page)).status]).toEqual([page, 400]);
    }
    for (const page of [
      '?days=constructor',
      '/owed?months=-1&month=x',
      '/differences?kind=x',
      '/sales?q=%00',
      '/sales?q=%F0%28',
    ]) {
      expect([page, (await visit(shop, page)).status]).toEqual([page, 200]);
    }
    for (const page of ['/order', '/order?id=', '/order?id=%00', `/order?id=${'x'.repeat(300)}`]) {
      expect([page, (await visit(shop, page)).status]).toEqual([page, 404]);
    }
  });
});

it('shows nothing of who bought', async () => {
  const shop = await start();
  const customer = {
    id: 'customer-4711',
    email: 'jo@example.com',
    city: 'Springfield',
    postCode: '12345-XY',
  };
  await shop.conversions.record(
    simpleSale('A-1', { customer, note: 'ring twice at Jo', ipAddress: '203.0.113.77' }),
  );
  const stored = JSON.stringify((await shop.story('A-1')).request);
  expect(stored).toContain('customer-4711');
  for (const page of [...PAGES, '/order?id=A-1', '/sales?q=A-']) {
    const { text } = await visit(shop, page);
    for (const secret of [
      '4711',
      'jo@',
      'Springfield',
      '12345-XY',
      'ring twice',
      '203.0.113.77',
      'a-secret-token',
    ]) {
      expect([page, secret, text.includes(secret)]).toEqual([page, secret, false]);
    }
  }
  expect((await visit(shop, '/order?id=A-1')).text).toContain('not shown');
});

describe('guards', () => {
  const asked = async (guards: NonNullable<DashboardOptions['guards']>): Promise<[number, number]> => {
    const shop = await start({ guards });
    return [(await visit(shop, '')).status, (await http(`${shop.url}${PATH}`)).status];
  };

  it.each<[string, NonNullable<DashboardOptions['guards']>]>([
    ['a class', [StaffGuard]],
    ['an instance', [new StaffGuard()]],
    ['a function', [isStaff]],
    ['a function that takes its time', [(context) => Promise.resolve(isStaff(context))]],
    ['several, which must all agree', [() => true, isStaff]],
  ])('may be %s', async (_, guards) => {
    expect(await asked(guards)).toEqual([200, 403]);
  });

  it('may inject what the modules beside them export', async () => {
    @Injectable()
    class Staff {
      readonly header = 'x-staff';
    }
    @Module({ providers: [Staff], exports: [Staff] })
    class StaffModule {}
    @Injectable()
    class InjectedGuard implements CanActivate {
      constructor(@Inject(Staff) private readonly staff: Staff) {}

      canActivate(context: ExecutionContext): boolean {
        const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
        return headers[this.staff.header] === 'yes';
      }
    }
    const shop = await start({ guards: [InjectedGuard], imports: [StaffModule] });
    expect((await visit(shop, '')).status).toBe(200);
    expect((await http(`${shop.url}${PATH}`)).status).toBe(403);
  });

  it('stand beside a factory, too', async () => {
    const impact = ImpactModule.forRootAsync({
      dashboard: { path: PATH, guards: [StaffGuard] },
      useFactory: () => OPTIONS,
    });
    const shop = await start({}, { impact, platform: 'fastify' });
    expect((await visit(shop, '/owed')).status).toBe(200);
    expect((await http(`${shop.url}${PATH}/owed`)).status).toBe(403);
  });

  it('are refused from a factory, which comes too late', async () => {
    const useFactory = () => ({ ...OPTIONS, dashboard: { path: PATH } });
    const boot = startShop({ on: SQLITE, impact: ImpactModule.forRootAsync({ useFactory }) });
    await expect(boot).rejects.toThrow(/dashboard.*beside/s);
  });
});

describe('without a guard', () => {
  const LIVE = { ...OPTIONS, baseUrl: 'https://api.impact.com', allowAnyBaseUrl: false };
  const unguarded = { ...OPTIONS, dashboard: { path: PATH } };
  const before = process.env['NODE_ENV'];
  afterEach(() => {
    process.env['NODE_ENV'] = before;
  });

  it.each<[string, NonNullable<ShopOptions['impact']>]>([
    ['forRoot', { ...LIVE, dashboard: { path: PATH, guards: [] } }],
    ['forRootAsync', ImpactModule.forRootAsync({ dashboard: { path: PATH }, useFactory: () => LIVE })],
  ])('the app does not start in production: %s', async (_, impact) => {
    process.env['NODE_ENV'] = 'production';
    const boot = startShop({ on: SQLITE, impact });
    await expect(boot).rejects.toThrow(/dashboard\.guards[^]*at least one guard[^]*guards: \[StaffGuard\]/);
  });

  it('with one it does', async () => {
    process.env['NODE_ENV'] = 'production';
    const shop = await start({}, { impact: { ...LIVE, dashboard: { path: PATH, guards: [isStaff] } } });
    expect((await visit(shop, '')).status).toBe(200);
  });

  it('the app starts elsewhere, and says so loudly', async () => {
    const shop = await start({}, { impact: unguarded });
    expect(shop.log.texts('warn').join()).toContain('The dashboard has NO GUARD');
    expect((await http(`${shop.url}${PATH}`)).status).toBe(200);
  });
});

describe.each(databasesFor('dashboard/pages'))('what the pages show, on $name', (database) => {
  it('is what was recorded', async () => {
    const shop = await start({}, { on: database });
    for (const number of [1, 2, 3]) await shop.conversions.record(simpleSale(`A-${number}`));
    await shop.conversions.record(
      simpleSale('B-1', {
        currency: 'JPY',
        items: [{ sku: 'X', category: 'c', quantity: 1, subtotal: '1500' }],
      }),
    );
    expect((await visit(shop, '')).text).toContain('<strong>4</strong> calls waiting');
    const list = await visit(shop, '/sales');
    for (const order of ['A-1', 'A-2', 'A-3', 'B-1']) expect(list.text).toContain(`>${order}</a>`);
    expect(list.text).toContain('1,500 JPY');
  });
});
