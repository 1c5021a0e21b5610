import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import type { Browser, Page } from 'playwright-core';
import { type Api, createApi } from '../../examples/cross-site/api/api.js';
import { describeInBrowser, launch, overflowOnPhone, picture } from './chromium.js';
import { serveFolder, type StaticServer } from './static.server.js';

describeInBrowser('a front end on another site', () => {
  let folder: string;
  let sandbox: ImpactSandbox;
  let front: StaticServer;
  let api: Api;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cross-site-'));
    sandbox = await ImpactSandbox.start({ settleAfter: '200ms' });
    front = await serveFolder(new URL('../../examples/cross-site/page/', import.meta.url), (text) =>
      text.replaceAll('https://api.shop.example', api.url),
    );
    api = await createApi(
      {
        pageOrigin: front.url,
        databaseFile: join(folder, 'impact.sqlite'),
        impact: {
          ...sandbox.credentials,
          baseUrl: sandbox.url,
          allowAnyBaseUrl: true,
          mode: 'live',
          delivery: { pollInterval: '100ms' },
          verdicts: { sweepInterval: '200ms', lookupAfter: '300ms', giveUpAfter: '2s' },
        },
      },
      false,
    );
    browser = await launch();
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await front?.close();
    await sandbox?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const land = async (): Promise<{ page: Page; posts: string[] }> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
    });
    await page.goto(sandbox.trackingLink({ landingUrl: `${front.url}/`, partnerId: '1234502' }));
    return { page, posts };
  };

  const stored = (page: Page): Promise<number> => page.evaluate<number>('localStorage.length');

  const buy = async (page: Page): Promise<void> => {
    await page.getByLabel('Name').fill('Greta');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByRole('button', { name: 'Buy one' }).click();
  };

  const state = (page: Page, wanted: string): Promise<void> =>
    page.locator('#state', { hasText: wanted }).waitFor({ timeout: 20_000 });

  it('gets its sale credited although consent came after three seconds and the address was cleaned', async () => {
    const { page, posts } = await land();
    expect(new URL(page.url()).search).toBe('');
    await picture(page, 'cross-site-banner');
    // Real seconds: the visitor reads the banner, and the page must keep still meanwhile.
    await page.waitForTimeout(3_000);
    expect(posts).toEqual([]);
    expect(await stored(page)).toBe(0);
    expect(await page.context().cookies(api.url)).toEqual([]);

    await page.getByRole('button', { name: 'Yes' }).click();
    await buy(page);
    await state(page, 'CREDITED');

    const [click] = await sandbox.clicks();
    const [action] = await sandbox.actions();
    expect(action).toMatchObject({
      clickId: click?.id,
      partnerId: '1234502',
      amount: '18.50',
      attributedBy: 'click',
    });
    expect(posts).toEqual(['/impact/click', '/customers', '/orders']);
    await picture(page, 'cross-site-credited');
    expect(await overflowOnPhone(page)).toBe(0);
  }, 120_000);

  it('remembers nothing of a visitor who says no', async () => {
    const { page, posts } = await land();
    await page.getByRole('button', { name: 'No' }).click();
    await buy(page);
    await state(page, 'UNATTRIBUTED');
    expect(posts).toEqual(['/customers', '/orders']);
    expect(await stored(page)).toBe(0);
  }, 120_000);
});
