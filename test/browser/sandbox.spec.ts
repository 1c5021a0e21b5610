import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, launch, overflowOnPhone, PHONE, picture } from './chromium.js';

describeInBrowser('the sandbox’s pages in a browser', () => {
  let sandbox: ImpactSandbox;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    // Far away: the page's own button settles.
    sandbox = await ImpactSandbox.start({ settleAfter: '1h' });
    browser = await launch();
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await sandbox?.close();
  });

  const visit = async (tab: string): Promise<void> => {
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: tab, exact: true })
      .click();
  };

  /** As a shop would report a sale. */
  const report = async (clickId: string, orderId: string): Promise<number> => {
    const { accountSid, authToken, campaignId, eventTypeId } = sandbox.credentials;
    const answer = await fetch(`${sandbox.url}/Advertisers/${accountSid}/Conversions`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        CampaignId: campaignId,
        EventTypeId: eventTypeId,
        EventDate: new Date().toISOString(),
        OrderId: orderId,
        ClickId: clickId,
        CurrencyCode: 'USD',
        OrderSubTotalPostDiscount: '40.00',
      }),
    });
    await answer.text();
    return answer.status;
  };

  const correct = async (ActionId: string, method: string, more: Record<string, string>): Promise<void> => {
    const { accountSid, authToken } = sandbox.credentials;
    const answer = await fetch(`${sandbox.url}/Advertisers/${accountSid}/Actions`, {
      method,
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
      body: new URLSearchParams({ ActionId, ...more }),
    });
    await answer.text();
    await sandbox.settle();
  };

  it('lets a person make a link, follow it and watch the sale become an action', async () => {
    await page.goto(sandbox.url);
    await picture(page, 'sandbox-start');
    await page.getByLabel('Landing page of your shop').fill(`${sandbox.url}/landing`);
    await page.getByLabel('Partner').selectOption({ label: 'Slow Coffee Journal (8 %)' });
    await page.getByRole('button', { name: 'Make the link' }).click();
    await picture(page, 'sandbox-link');

    const tab = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Follow it' }).click();
    const landing = await tab;
    await landing.waitForLoadState();
    const clickId = new URL(landing.url()).searchParams.get('im_ref') ?? '';
    expect(await landing.locator('main').textContent()).toContain(clickId);
    await picture(landing, 'sandbox-landing');
    await landing.close();

    await visit('Clicks');
    expect(await page.locator('main').textContent()).toContain(clickId);
    await picture(page, 'sandbox-clicks');

    expect(await report(clickId, 'ORDER-1')).toBe(200);
    await visit('Submissions');
    expect(await page.locator('main').textContent()).toContain('Queued');
    await picture(page, 'sandbox-submissions');
    await visit('Clock');
    await picture(page, 'sandbox-clock');
    await page.getByRole('button', { name: 'Decide them all now' }).click();

    await visit('Actions');
    const row = page.getByRole('row').filter({ hasText: 'ORDER-1' });
    expect(await row.textContent()).toContain('Slow Coffee Journal');
    await picture(page, 'sandbox-actions');
    const [action] = await sandbox.actions();
    await page.goto(`${sandbox.url}/actions/${action?.id}`);
    expect(await page.locator('main').textContent()).toContain('40.00');
    await picture(page, 'sandbox-action');
    expect(await page.locator('.timeline').textContent()).toContain('+40.00');
    const [submission] = await sandbox.submissions();
    await page.goto(`${sandbox.url}/submissions/${submission?.id}`);
    expect(await page.locator('main').textContent()).toContain('OrderSubTotalPostDiscount');
    await picture(page, 'sandbox-submission');
  }, 120_000);

  it('lets a person switch a fault on and off', async () => {
    await page.goto(`${sandbox.url}/faults`);
    await page.locator('select[name=fault]').selectOption('503');
    await page.locator('select[name=on]').selectOption('conversions');
    await page.getByRole('button', { name: 'Switch on' }).click();
    await picture(page, 'sandbox-faults');
    expect(await report('none', 'ORDER-2')).toBe(503);
    await page.getByRole('button', { name: 'Switch all off' }).click();
    expect(await report('none', 'ORDER-2')).toBe(200);
  }, 120_000);

  it('tells the story of an action from tracking to clearing, with links to its submissions', async () => {
    const { id } = sandbox.plant({ orderId: 'STORY', amount: '120.00' });
    await correct(id, 'PUT', { Reason: 'ORDER_UPDATE', Amount: '80.00' });
    await correct(id, 'DELETE', { DispositionCode: 'ITEM_RETURNED' });
    sandbox.office('STORY', 'restore');
    sandbox.office('STORY', 'duplicate');
    sandbox.travel('+30d');
    await correct(id, 'PUT', { Reason: 'ORDER_UPDATE', Amount: '1.00' });
    await page.goto(`${sandbox.url}/actions?order=STORY`);
    await page.getByRole('link', { name: id }).click();
    const kinds = await page.locator('.timeline .badge').allTextContents();
    expect(kinds).toEqual(['tracked', 'modified', 'reversed', 'restored', 'approved', 'cleared']);
    await picture(page, 'sandbox-history');
    expect(await overflowOnPhone(page)).toBe(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, 'sandbox-history-dark');
    await page.emulateMedia({ colorScheme: null });
    await page.locator('.timeline a').first().click();
    expect(await page.locator('h1').textContent()).toContain('Modification of order STORY');
  }, 120_000);

  it('shows the calls without their credentials', async () => {
    await page.goto(`${sandbox.url}/requests`);
    const text = (await page.locator('main').textContent()) ?? '';
    expect(text).toContain('503');
    expect(text).not.toContain(sandbox.credentials.authToken);
    expect(await page.content()).not.toContain('Basic ');
    await picture(page, 'sandbox-requests');
  }, 90_000);

  it('fits a phone, loads nothing that its policy forbids, and logs no error', async () => {
    for (const path of ['/', '/clicks', '/submissions', '/actions', '/faults', '/clock', '/requests']) {
      await page.goto(`${sandbox.url}${path}`);
      expect([path, await overflowOnPhone(page)]).toEqual([path, 0]);
      await page.setViewportSize(PHONE);
      const tab = await page.locator('.tabs [aria-current=page]').boundingBox();
      expect([path, tab !== null && tab.x + tab.width <= PHONE.width]).toEqual([path, true]);
    }
    expect(problems).toEqual([]);
  }, 90_000);
});
