import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { plantReconciliation, plantSales } from '../../bench/lib/many-sales.js';
import { queryRows, SQLITE } from '../support/databases.js';
import { type Shop, simpleSale, startShop } from '../support/shop.app.js';
import { DESKTOP, describeInBrowser, launch, overflowOnPhone, PHONE, picture } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SETTINGS = { account: 'IRaccount1', environment: 'test' };
const EVIL = `<img src=x onerror="document.title='broken'">`;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

describeInBrowser('the dashboard in a browser', () => {
  const shops: Shop[] = [];
  const urls: Record<'empty' | 'full', string> = { empty: '', full: '' };
  let browser: Browser;
  let page: Page;
  let refused: string;
  const problems: string[] = [];

  async function start(sales: number): Promise<Shop> {
    const shop = await startShop({
      on: SQLITE,
      impact: {
        accountSid: SETTINGS.account,
        authToken: 'a-secret-token',
        campaignId: '1000',
        eventTypeId: '2000',
        mode: 'live',
        environment: SETTINGS.environment,
        delivery: { autoStart: false },
        capture: { cookie: { secure: false } },
        dashboard: { path: '/staff/impact', guards: [() => true] },
      },
    });
    shops.push(shop);
    const insert = async (table: string, rows: Record<string, unknown>[]): Promise<void> => {
      const columns = Object.keys(rows[0]!);
      const marks = rows.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
      const values = rows.flatMap((row) => columns.map((column) => row[column] ?? null));
      await queryRows(
        shop.dataSource,
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${marks}`,
        values,
      );
    };
    const settings = { ...SETTINGS, sales, now: Date.now(), chunk: 100 };
    if (sales > 0) {
      await plantSales(insert, settings);
      await plantReconciliation(insert, settings);
    }
    return shop;
  }

  beforeAll(async () => {
    const [empty, full] = [await start(0), await start(2000)];
    await full.conversions.record(simpleSale(EVIL));
    const [row] = await queryRows<{ id: string }>(
      full.dataSource,
      `SELECT order_id AS id FROM impact_conversions WHERE state = 'UNDELIVERABLE' AND order_id LIKE 'ORDER-%' LIMIT 1`,
    );
    refused = row!.id;
    urls.empty = `${empty.url}/staff/impact`;
    urls.full = `${full.url}/staff/impact`;
    browser = await launch();
    page = await browser.newPage({ viewport: DESKTOP });
    // A policy that forbids something says so here.
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    for (const shop of shops) await shop.close();
  });

  const pages = (): string[] => [
    ...['', '/sales', '/owed', '/differences'].map((path) => urls.empty + path),
    ...['', '?days=365', '/sales?state=CLEARED', '/sales?q=ORDER-', '/owed', '/differences'].map(
      (path) => urls.full + path,
    ),
    `${urls.full}/order?id=${refused}`,
    `${urls.full}/order?id=${encodeURIComponent(EVIL)}`,
  ];

  it('has no serious accessibility fault, in light and dark, on a phone and a desk', async () => {
    const found: string[] = [];
    for (const url of pages()) {
      for (const [colorScheme, viewport] of [
        ['light', DESKTOP],
        ['dark', PHONE],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        await page.goto(url);
        for (const details of await page.locator('details').all())
          await details.evaluate('(each) => (each.open = true)');
        // Not by a script of the page, which its policy would refuse.
        await page.evaluate(AXE);
        const violations = await page.evaluate<Violation[]>(`axe.run().then(({ violations }) => violations)`);
        found.push(
          ...violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${url} ${colorScheme}: ${id} ${nodes[0]?.html}`),
        );
      }
    }
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize(DESKTOP);
  }, 180_000);

  it('would be told of one', async () => {
    await page.goto(urls.empty);
    await page.evaluate(`document.querySelector('h1').innerHTML = '<img src="data:,">'`);
    await page.evaluate(AXE);
    const found = await page.evaluate<Violation[]>(`axe.run().then(({ violations }) => violations)`);
    expect(found.map(({ id, impact }) => [id, impact])).toContainEqual(['image-alt', 'critical']);
    problems.length = 0;
  }, 90_000);

  it('fits a phone and breaks no rule of its policy', async () => {
    for (const url of pages()) {
      await page.goto(url);
      expect([url, await overflowOnPhone(page)]).toEqual([url, 0]);
    }
    expect(problems).toEqual([]);
    expect(await page.title()).toContain('<img');
  }, 90_000);

  it('draws its charts from the tables beside them, and again when the scheme changes', async () => {
    await page.goto(urls.full);
    const drawn = page.locator('.plot canvas');
    expect(await drawn.count()).toBe(2);
    expect(await page.locator('.u-legend').first().textContent()).toContain('Credited');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await drawn.count()).toBe(2);
    await picture(page, 'dashboard-overview');
    await page.emulateMedia({ colorScheme: null });
    await page.goto(`${urls.full}/owed`);
    expect(await drawn.count()).toBe(1);
    await page.goto(`${urls.empty}/owed`);
    expect(await drawn.count()).toBe(0);
    expect(problems).toEqual([]);
  }, 90_000);

  it('says the same without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(urls.full);
    expect(await plain.locator('#funnel tbody tr').count()).toBe(30);
    await context.close();
  }, 90_000);

  it('lets a person find a sale and try it again', async () => {
    await page.goto(`${urls.full}/owed`);
    await page.getByRole('searchbox').fill(refused);
    await page.getByRole('button', { name: 'Find' }).click();
    expect(await page.locator('h1').textContent()).toContain(refused);
    await picture(page, 'dashboard-order');
    await page.getByLabel('Who are you?').fill('Kim');
    await page.getByLabel('Why?').fill('The program was mended');
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await page.getByRole('status').textContent()).toContain('due again');
    expect(await page.locator('.timeline').textContent()).toContain('Kim');
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    expect(await page.locator('h1').textContent()).toBe('Overview');
    expect(problems).toEqual([]);
  }, 90_000);
});
