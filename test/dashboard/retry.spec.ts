import { afterEach, describe, expect, it } from '@jest/globals';
import { type HttpAnswer } from '../support/http.client.js';
import { SQLITE } from '../support/databases.js';
import { PLATFORMS, type Platform, type Shop, simpleSale, startShop } from '../support/shop.app.js';

const PATH = '/impact';
const ORDER = 'A-1/?"';

const open: Shop[] = [];
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close();
});

/** A sale that impact.com has refused. */
async function start(platform: Platform = 'express'): Promise<Shop> {
  const shop = await startShop({
    on: SQLITE,
    platform,
    impact: {
      accountSid: 'IRaccount1',
      authToken: 'a-secret-token',
      campaignId: '1000',
      eventTypeId: '2000',
      mode: 'live',
      environment: 'test',
      delivery: { autoStart: false },
      dashboard: { path: PATH, guards: [() => true] },
    },
  });
  open.push(shop);
  for (const order of [ORDER, 'A-2']) {
    await shop.conversions.record(simpleSale(order));
    await shop.dataSource.query(
      `UPDATE impact_conversions SET state = 'UNDELIVERABLE', problems = '["refused (400)"]'`,
    );
    await shop.dataSource.query(
      `UPDATE impact_deliveries SET due_at = NULL, finished_at = 1, outcome = 'parked'`,
    );
  }
  return shop;
}

interface Form {
  readonly cookie: string;
  readonly token: string;
}

const addressOf = (shop: Shop, order: string): string =>
  `${shop.url}${PATH}/order?id=${encodeURIComponent(order)}`;

/** What a browser has once it has been shown the page. */
async function formOf(shop: Shop, order = ORDER): Promise<Form> {
  const answer = await fetch(addressOf(shop, order));
  const [line = ''] = answer.headers.getSetCookie();
  expect(line).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  const token = /name="token" value="([^"]+)"/.exec(await answer.text())?.[1] ?? '';
  return { cookie: line.split(';', 1)[0]!, token };
}

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

async function send(
  shop: Shop,
  fields: Record<string, string>,
  headers: Record<string, string>,
): Promise<Pick<HttpAnswer, 'status' | 'text'> & { location: string | null }> {
  const answer = await fetch(`${shop.url}${PATH}/retry`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams({ id: ORDER, by: 'Kim', why: 'the program was mended', ...fields }),
  });
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') };
}

const stateOf = async (shop: Shop): Promise<string> => (await shop.found(ORDER)).state;

describe.each(PLATFORMS)('trying again on %s', (platform) => {
  it('makes the sale due, and keeps who asked for it and why', async () => {
    const shop = await start(platform);
    const { cookie, token } = await formOf(shop);
    const { status, location } = await send(shop, { token }, { cookie, ...SAME_ORIGIN });
    expect([status, location]).toEqual([303, `order?id=${encodeURIComponent(ORDER)}&done=retry`]);
    expect(await stateOf(shop)).toBe('RECORDED');
    const page = await (await fetch(new URL(location!, `${shop.url}${PATH}/retry`))).text();
    expect(page).toContain('It is due again');
    expect(page).toContain('Kim');
    expect(page).toContain('the program was mended');
    expect(page).not.toContain('<form method="post"');
  });

  it('is refused without the cookie, without the token, and with one for another order', async () => {
    const shop = await start(platform);
    const { cookie, token } = await formOf(shop);
    const other = await formOf(shop, 'A-2');
    const attempts: [string, Record<string, string>, Record<string, string>][] = [
      ['no cookie', { token }, SAME_ORIGIN],
      ['no token', {}, { cookie, ...SAME_ORIGIN }],
      ['an empty token', { token: '' }, { cookie, ...SAME_ORIGIN }],
      ['a changed token', { token: `${token.slice(0, -2)}zz` }, { cookie, ...SAME_ORIGIN }],
      ['a token of another order', { token: other.token }, { cookie: other.cookie, ...SAME_ORIGIN }],
      ['a token of another browser', { token }, { cookie: other.cookie, ...SAME_ORIGIN }],
      [
        'a planted cookie',
        { token: 'x'.repeat(43) },
        { cookie: `impact_dashboard=${'x'.repeat(43)}`, ...SAME_ORIGIN },
      ],
    ];
    for (const [name, fields, headers] of attempts) {
      expect([name, (await send(shop, fields, headers)).status]).toEqual([name, 403]);
    }
    expect(await stateOf(shop)).toBe('UNDELIVERABLE');
  });

  it.each<[string, Record<string, string>, number]>([
    ['same-origin', { 'sec-fetch-site': 'same-origin' }, 303],
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['same-site', { 'sec-fetch-site': 'same-site' }, 403],
    ['no page at all', { 'sec-fetch-site': 'none' }, 403],
    ['an older browser, same origin', { origin: 'SELF' }, 303],
    ['an older browser, another origin', { origin: 'https://evil.test' }, 403],
    ['an older browser, a hidden origin', { origin: 'null' }, 403],
    ['nobody who says', {}, 403],
  ])('from %s: %j is answered with %d', async (_, headers, status) => {
    const shop = await start(platform);
    const { cookie, token } = await formOf(shop);
    const from = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('SELF', new URL(shop.url).origin)]),
    );
    // fetch says `sec-fetch-mode` by itself, and neither origin nor site.
    expect((await send(shop, { token }, { cookie, ...from })).status).toBe(status);
  });

  it('asks for who and why, and does nothing to a sale that needs nobody', async () => {
    const shop = await start(platform);
    const { cookie, token } = await formOf(shop);
    const headers = { cookie, ...SAME_ORIGIN };
    const wrong: Record<string, string>[] = [
      { by: ' ' },
      { why: '' },
      { by: 'x'.repeat(201) },
      { why: 'x'.repeat(1001) },
    ];
    for (const fields of wrong) {
      const { status, text } = await send(shop, { token, ...fields }, headers);
      expect([fields, status]).toEqual([fields, 400]);
      expect(text).toContain('role="alert"');
    }
    expect(await stateOf(shop)).toBe('UNDELIVERABLE');
    expect((await send(shop, { token }, headers)).status).toBe(303);
    expect((await send(shop, { token }, headers)).status).toBe(409);
    expect((await send(shop, { token, id: 'A-3' }, headers)).status).toBe(403);
  });
});
