// `node scripts/pictures.js`: takes the pictures of docs/images/ from the dashboard of a made-up shop.
// `node scripts/pictures.js --look [sales …]`: every page, at phone and desktop width, light and dark, for each number
// of sales (default 0, 100 and 100000), to look at in .tmp/screenshots/dashboard/. Needs `npm run build` and a Chromium.
import 'reflect-metadata';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { chromium } from 'playwright-core';
import { typeormOptions, withDatabase, withRaw } from '../bench/lib/databases.js';
import { inserter, plantReconciliation, plantSales } from '../bench/lib/many-sales.js';
import { impact } from '../bench/lib/package.js';

const ACCOUNT = 'IRDemoAccount1';
const ENVIRONMENT = 'production';
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const WIDTHS = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const PAGES = {
  overview: '',
  'overview-90': '?days=90',
  sales: '/sales',
  'sales-rejected': '/sales?state=REJECTED',
  search: '/sales?q=ORDER-0000',
  owed: '/owed',
  differences: '/differences',
};

/** What goes into the docs. */
const PICTURES = [
  { name: 'dashboard-overview', page: '', width: 'desktop', scheme: 'light', fold: true },
  { name: 'dashboard-overview-phone', page: '', width: 'phone', scheme: 'dark', fold: true },
  { name: 'dashboard-order', page: 'story', width: 'desktop', scheme: 'light' },
  { name: 'dashboard-owed', page: '/owed', width: 'desktop', scheme: 'dark', fold: true },
  { name: 'dashboard-differences', page: '/differences', width: 'desktop', scheme: 'light', fold: true },
];

async function withShop(sales, work) {
  await withDatabase('sqlite', async (database) => {
    class Shop {}
    Module({
      imports: [
        TypeOrmModule.forRoot(typeormOptions(database)),
        impact.ImpactModule.forRoot({
          accountSid: ACCOUNT,
          authToken: 'a-made-up-token',
          campaignId: '1000',
          eventTypeId: '2000',
          mode: 'live',
          environment: ENVIRONMENT,
          baseUrl: 'http://127.0.0.1:9',
          allowAnyBaseUrl: true,
          delivery: { autoStart: false },
          dashboard: { path: '/impact', guards: [() => true] },
        }),
      ],
    })(Shop);
    const app = await NestFactory.create(Shop, { logger: ['error', 'fatal'], abortOnError: false });
    try {
      const settings = { sales, now: Date.now(), account: ACCOUNT, environment: ENVIRONMENT };
      await withRaw(database, async (raw) => {
        await plantSales(inserter(raw, 'sqlite'), settings);
        if (sales > 0) await plantReconciliation(inserter(raw, 'sqlite'), settings);
        await raw.query('ANALYZE');
      });
      await app.listen(0, '127.0.0.1');
      const url = `${await app.getUrl()}/impact`;
      const find = async (state) => {
        const { sales: found } = await app.get(impact.OverviewService).list({ state, limit: 1 });
        return found[0] === undefined ? null : `/order?id=${encodeURIComponent(found[0].orderId)}`;
      };
      await work({ url, undeliverable: await find('UNDELIVERABLE'), cleared: await find('CLEARED') });
    } finally {
      await app.close();
    }
  });
}

async function shoot(browser, url, { file, width, scheme, fold = false }) {
  const page = await browser.newPage({ viewport: WIDTHS[width], colorScheme: scheme });
  const problems = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(url, { waitUntil: 'load' });
  await page.screenshot({ path: file, fullPage: !fold });
  await page.close();
  for (const problem of problems) console.error(`${url}: ${problem}`);
}

async function look(browser, sizes) {
  const folder = at('.tmp/screenshots/dashboard');
  mkdirSync(folder, { recursive: true });
  for (const sales of sizes) {
    await withShop(sales, async ({ url, undeliverable, cleared }) => {
      const pages = { ...PAGES, undeliverable, cleared, 'no-order': '/order?id=nothing' };
      for (const [name, path] of Object.entries(pages)) {
        if (path === null) continue;
        for (const width of Object.keys(WIDTHS)) {
          for (const scheme of ['light', 'dark']) {
            await shoot(browser, url + path, {
              file: `${folder}/${sales}-${name}-${width}-${scheme}.png`,
              width,
              scheme,
            });
          }
        }
      }
    });
  }
  console.log(folder);
}

async function takePictures(browser) {
  const folder = at('docs/images');
  mkdirSync(folder, { recursive: true });
  await withShop(20_000, async ({ url, undeliverable }) => {
    for (const { name, page, ...how } of PICTURES) {
      const path = page === 'story' ? undeliverable : page;
      await shoot(browser, url + path, { file: `${folder}/${name}.png`, ...how });
    }
  });
  console.log(folder);
}

const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const [flag, ...sizes] = process.argv.slice(2);
  if (flag === '--look') await look(browser, sizes.length === 0 ? [0, 100, 100_000] : sizes.map(Number));
  else await takePictures(browser);
} finally {
  await browser.close();
}
