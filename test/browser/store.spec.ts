import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createStore, type Store } from '../../examples/store/src/store.js';
import { describeInBrowser, launch, overflowOnPhone, picture } from './chromium.js';

describeInBrowser('the example store in a browser', () => {
  let folder: string;
  let sandbox: ImpactSandbox;
  let store: Store;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let requested: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-browser-'));
    sandbox = await ImpactSandbox.start({ settleAfter: '200ms' });
    store = await createStore(
      {
        databaseFile: join(folder, 'store.sqlite'),
        paymentNoticeAfter: 300,
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
    await store?.close();
    await sandbox?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext();
    page = await context.newPage();
    requested = [];
    page.on('request', (request) => requested.push(new URL(request.url()).origin));
  });

  const addToCart = async (slug: string, quantity = 1): Promise<void> => {
    await page.goto(`${store.url}/products/${slug}`);
    await page.getByLabel('Quantity').fill(String(quantity));
    await page.getByRole('button', { name: 'Add to cart' }).click();
  };

  const applyCode = async (code: string): Promise<void> => {
    await page.getByLabel('Coupon or partner code').fill(code);
    await page.getByRole('button', { name: 'Apply' }).click();
  };

  const checkOut = async (name: string): Promise<void> => {
    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('E-mail').fill('buyer@example.com');
    await page.getByLabel('Address').fill('12 Harbour Road, Portland');
  };

  const state = (wanted: string): Promise<void> =>
    page.locator(`[data-state="${wanted}"]`).waitFor({ timeout: 20_000 });

  it('credits the partner whose link the buyer followed, and says so on the order page', async () => {
    await page.goto(
      sandbox.trackingLink({ landingUrl: `${store.url}/products/hand-grinder`, partnerId: '1234502' }),
    );
    expect(new URL(page.url()).searchParams.get('irgwc')).toBe('1');
    const [cookie] = (await context.cookies()).filter(({ name }) => name === 'impact_click');
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' });
    expect(await page.evaluate('document.cookie')).not.toContain('impact_click');

    await page.getByRole('button', { name: 'Add to cart' }).click();
    await addToCart('konga-beans', 2);
    await addToCart('paper-filters');
    await applyCode('GRIND15');
    await applyCode('coffee5');
    await picture(page, 'store-cart');
    await checkOut('Grace Guest');
    await picture(page, 'store-checkout');
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await picture(page, 'store-payment');
    await page.getByRole('button', { name: 'Pay now' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Waiting for your payment');

    await state('CREDITED');
    const number = (await page.locator('#order-number').textContent()) ?? '';
    const [action] = (await sandbox.actions()).filter(({ orderId }) => orderId === number);
    expect(action).toMatchObject({
      partnerId: '1234502',
      amount: '101.15',
      currency: 'USD',
      promoCode: 'COFFEE5',
    });
    const story = await page.locator('.story').textContent();
    expect(story).toContain(action?.id);
    expect(story).toContain(action?.clickId);
    await page.getByText('The request, parameter by parameter').click();
    await picture(page, 'store-order-credited');
    expect(await overflowOnPhone(page)).toBe(0);
    expect(requested.filter((origin) => ![store.url, sandbox.url].includes(origin))).toEqual([]);
  }, 120_000);

  it('says of a sale without a partner that nobody is owed anything', async () => {
    await page.goto(`${store.url}/sign-in`);
    await page.getByLabel('Name').fill('Otto');
    await picture(page, 'store-sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await addToCart('mino-dripper');
    await checkOut('Otto');
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('button', { name: 'Pay now' }).click();
    await state('UNATTRIBUTED');
    await picture(page, 'store-order-organic');
  }, 120_000);

  it('fits a phone on every page', async () => {
    for (const [path, name] of [
      ['/', 'store-home'],
      ['/products/mino-dripper', 'store-product'],
      ['/cart', 'store-cart-empty'],
      ['/nowhere', 'store-not-found'],
    ] as const) {
      await page.goto(`${store.url}${path}`);
      await picture(page, name);
      expect([path, await overflowOnPhone(page)]).toEqual([path, 0]);
    }
  }, 90_000);
});
