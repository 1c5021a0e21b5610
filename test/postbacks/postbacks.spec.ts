import { afterEach, describe, expect, it } from '@jest/globals';
import { VersioningType } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ImpactModule, PostbackCounters } from 'nestjs-impact';
import { ImpactSandbox, type SandboxOptions } from 'nestjs-impact/sandbox';
import { map } from 'rxjs';
import { CapturedLog } from '../support/captured.log.js';
import { databasesFor, SQLITE } from '../support/databases.js';
import { http } from '../support/http.client.js';
import {
  liveOptions,
  PLATFORMS,
  type Shop,
  type ShopOptions,
  simpleSale,
  startShop,
} from '../support/shop.app.js';

const SECRET = 'a-secret-of-at-least-thirty-two-characters';
const NEXT = 'another-secret-of-thirty-two-characters-and-more';
const PATH = '/impact/postbacks';

const MACROS = [
  'ActionId',
  'Oid',
  'Status',
  'StatusDetail',
  'CampaignId',
  'ActionTrackerId',
  'MediaPartnerId',
  'Amount',
  'IntendedAmount',
  'Currency',
  'Payout',
  'OriginalAmount',
  'OriginalCurrency',
  'EventDate',
  'CreationDate',
  'LockingDate',
  'ClearedDate',
  'AdId',
];
const QUERY = MACROS.map((name) => `${name}={${name}}`).join('&');
const JSON_BODY = `{${MACROS.map((name) => `"${name}":"{${name}}"`).join(',')}}`;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface Stage {
  readonly shop: Shop;
  readonly sandbox: ImpactSandbox;
  readonly counters: PostbackCounters;
  readonly endpoint: string;
}

async function start(
  given: Omit<ShopOptions, 'impact' | 'on'> & {
    on?: ShopOptions['on'] | undefined;
    postbacks?: object;
    sandbox?: SandboxOptions;
  } = {},
): Promise<Stage> {
  const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false, ...given.sandbox });
  open.push(sandbox);
  const shop = await startShop({
    on: SQLITE,
    ...given,
    impact: liveOptions(sandbox, { postbacks: { path: PATH, secret: SECRET, ...given.postbacks } }),
  });
  open.push(shop);
  return {
    shop,
    sandbox,
    counters: shop.app.get(PostbackCounters, { strict: false }),
    endpoint: `${shop.url}${PATH}?secret=${SECRET}`,
  };
}

/** A sale that has become an action at the sandbox, of which the ledger does not know. */
async function sell({ shop, sandbox }: Stage, orderId = 'A-1'): Promise<void> {
  const link = sandbox.trackingLink({ landingUrl: 'http://shop.test/' });
  const { headers } = await fetch(link, { redirect: 'manual' });
  const clickId = new URL(headers.get('location')!).searchParams.get('im_ref')!;
  await shop.conversions.record(simpleSale(orderId, { clickId, currency: 'EUR' }));
  await shop.dispatcher.drain();
  await sandbox.settle();
  await sandbox.idle();
}

const words = async ({ shop }: Stage, orderId = 'A-1'): Promise<string[]> =>
  (await shop.story(orderId)).lines.map(({ what }) => what);

const reads = async ({ sandbox }: Stage): Promise<number> =>
  (await sandbox.requests()).filter(({ method }) => method === 'GET').length;

describe.each(databasesFor('postbacks/postbacks'))('notifications of the sandbox, on $name', (database) => {
  it('settle a sale without a single call', async () => {
    const stage = await start({ on: database });
    const { shop, sandbox, counters, endpoint } = stage;
    sandbox.postbackTo({ url: `${endpoint}&${QUERY}` });
    await sell(stage);
    const [action] = await sandbox.actions();
    const credited = await shop.found('A-1');
    expect(credited).toMatchObject({ state: 'CREDITED', actionId: action!.id, partnerId: action!.partnerId });
    expect(credited.lockingDate).not.toBeNull();

    sandbox.office('A-1', { amount: '15.00' });
    sandbox.office('A-1', 'reverse');
    await sandbox.idle();
    expect((await shop.found('A-1')).state).toBe('REVERSED');
    expect(await words(stage)).toEqual(
      expect.arrayContaining(['recorded', 'sent', 'credited', 'notified', 'reversed']),
    );
    expect(await reads(stage)).toBe(0);
    expect(counters.read()).toMatchObject({ failed: 0, ignored: {} });
    expect(counters.read().applied).toBeGreaterThanOrEqual(2);
    const [row] = await shop.dataSource.query(
      'SELECT original_amount, original_currency FROM impact_actions',
    );
    expect(row).toEqual({ original_amount: '20.00', original_currency: 'EUR' });
  });

  it('tell when an action is cleared', async () => {
    const stage = await start({ on: database });
    const { shop, sandbox, endpoint } = stage;
    await sell(stage);
    sandbox.postbackTo({ url: endpoint, method: 'POST', body: JSON_BODY });
    sandbox.travel('+60d');
    await sandbox.idle();
    const cleared = await shop.found('A-1');
    expect(cleared).toMatchObject({ state: 'CLEARED' });
    expect(cleared.clearedAt).not.toBeNull();
  });

  it('change nothing the second time', async () => {
    const stage = await start({ on: database });
    const { shop, sandbox, endpoint } = stage;
    sandbox.postbackTo({ url: `${endpoint}&${QUERY}` });
    await sell(stage);
    const [told] = await sandbox.postbacks();
    const before = JSON.stringify(await shop.story('A-1'));
    for (let times = 0; times < 3; times += 1) expect((await http(told!.url)).status).toBe(200);
    expect(JSON.stringify(await shop.story('A-1'))).toBe(before);
  });

  it('that come at once and twice are stored once', async () => {
    const stage = await start({ on: database });
    await sell(stage);
    const [action] = await stage.sandbox.actions();
    const url = `${stage.endpoint}&ActionId=${action!.id}&Oid=A-1&Status=PENDING&Amount=20&Currency=USD&AdId=9`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => http(url)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect((await words(stage)).filter((what) => what === 'credited')).toEqual(['credited']);
  });

  it('that were overtaken revive nothing, and a walk finds the truth', async () => {
    const stage = await start({ on: database });
    const { shop, sandbox, counters, endpoint } = stage;
    await sell(stage);
    const [action] = await sandbox.actions();
    const tell = async (more: string) =>
      (await http(`${endpoint}&ActionId=${action!.id}&Oid=A-1&Currency=USD&Payout=1&${more}`)).status;
    sandbox.office('A-1', 'reverse');
    expect(await tell('Status=REVERSED&Amount=0&IntendedAmount=20')).toBe(200);
    expect((await shop.found('A-1')).state).toBe('REVERSED');
    // The first one arrives last.
    expect(await tell('Status=PENDING&Amount=20&IntendedAmount=20')).toBe(200);
    expect((await shop.found('A-1')).state).toBe('REVERSED');
    expect(counters.read().ignored).toEqual({ overtaken: 1 });

    // It was restored in truth: the sale is due, so the next pass looks.
    sandbox.office('A-1', 'restore');
    expect(await tell('Status=PENDING&Amount=20&IntendedAmount=20')).toBe(200);
    expect((await shop.found('A-1')).state).toBe('REVERSED');
    await shop.verdicts.sweep();
    expect((await shop.found('A-1')).state).toBe('CREDITED');
  });

  it('leave the amount to a walk when it may be an old one', async () => {
    const stage = await start({ on: database });
    const { shop, sandbox, endpoint } = stage;
    await sell(stage);
    const [action] = await sandbox.actions();
    const amountOf = async (): Promise<string> => {
      const [row] = await shop.dataSource.query('SELECT action_amount FROM impact_conversions');
      return String((row as { action_amount: unknown }).action_amount);
    };
    const tell = (amount: string) =>
      http(
        `${endpoint}&ActionId=${action!.id}&Oid=A-1&Status=PENDING&Currency=USD&Amount=${amount}&IntendedAmount=21.60`,
      );
    await tell('15.00');
    expect(await amountOf()).toBe('15.00');
    await tell('21.60');
    expect(await amountOf()).toBe('15.00');
    await tell('10.00');
    expect(await amountOf()).toBe('10.00');
  });
});

describe.each(PLATFORMS)('the endpoint on %s', (platform) => {
  const told = 'ActionId=1000.1.1&Oid=unheard-of&Status=PENDING';

  it('answers 403 without the right secret, with nothing in it, and takes nothing', async () => {
    const { shop, counters } = await start({ platform });
    const url = `${shop.url}${PATH}?${told}`;
    const wrong = 'x'.repeat(40);
    const calls = [
      http(url),
      http(`${url}&secret=`),
      http(`${url}&secret=${wrong}`),
      http(`${url}&secret=${SECRET}&secret=${wrong}`),
      http(url, { headers: { 'x-impact-postback-secret': wrong } }),
      http(url, { method: 'POST', body: { secret: SECRET, ActionId: '1' } }),
    ];
    for (const { status, text, headers } of await Promise.all(calls)) {
      expect([status, text, headers['content-length'], headers['cache-control']]).toEqual([
        403,
        '',
        '0',
        'no-store',
      ]);
    }
    expect(counters.read()).toEqual({ received: 6, applied: 0, failed: 0, ignored: { 'wrong-secret': 6 } });
    expect(shop.log.texts('warn', 'ImpactPostbacks')).toHaveLength(1);
  });

  it('takes the secret from the query or a header, and both secrets while one takes over', async () => {
    const { shop, counters } = await start({ platform, postbacks: { secret: [NEXT, SECRET] } });
    const url = `${shop.url}${PATH}?${told}`;
    const answers = await Promise.all([
      http(`${url}&secret=${SECRET}`),
      http(`${url}&secret=${NEXT}`),
      http(url, { headers: { 'X-Impact-Postback-Secret': NEXT } }),
    ]);
    expect(answers.map(({ status, text }) => [status, text])).toEqual([[200, ''], [200, ''], [200, '']]); // prettier-ignore
    expect(counters.read()).toMatchObject({ ignored: { 'unknown-order': 3 } });
  });

  it('never logs the secret, whatever goes wrong', async () => {
    const { shop, endpoint } = await start({ platform });
    const almost = `${SECRET}x`;
    await http(`${endpoint}&${told}`);
    await http(`${endpoint}&Status=PENDING`);
    await http(`${shop.url}${PATH}?secret=${almost}`);
    await http(endpoint, { method: 'POST', body: [1] });
    await raw(endpoint, 'application/json', '{"broken":');
    await shop.dataSource.query('DROP TABLE impact_actions');
    expect((await http(`${endpoint}&${told}`)).status).toBe(503);
    const log = shop.log.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('{ActionId}');
    expect(log).not.toContain(SECRET);
  });

  it('answers 503 while it cannot store, and 200 again afterwards', async () => {
    const { shop, counters, endpoint } = await start({ platform });
    await shop.dataSource.query('ALTER TABLE impact_actions RENAME TO away');
    const refused = await http(`${endpoint}&${told}`);
    expect([refused.status, refused.text]).toEqual([503, '']);
    await shop.dataSource.query('ALTER TABLE away RENAME TO impact_actions');
    expect((await http(`${endpoint}&${told}`)).status).toBe(200);
    expect(counters.read()).toMatchObject({ failed: 1, ignored: { 'unknown-order': 1 } });
  });

  it.each([
    ['JSON', 'application/json', JSON.stringify({ ActionId: '1000.1.1', Status: 'PENDING', Amount: 20 })],
    ['JSON under another name', 'text/plain', JSON.stringify({ ActionId: '1000.1.1', Status: 'PENDING' })],
    ['a form', 'application/x-www-form-urlencoded', 'ActionId=1000.1.1&Status=PENDING'],
    ['a form under another name', 'text/plain', 'ActionId=1000.1.1&Status=PENDING'],
  ])('takes %s', async (_, type, body) => {
    const { counters, endpoint } = await start({ platform });
    expect(await raw(endpoint, type, body)).toEqual([200, '']);
    expect(counters.read()).toMatchObject({ ignored: { 'unknown-order': 1 } });
  });

  it('takes a POST whose macros stand in the query', async () => {
    const { counters, endpoint } = await start({ platform });
    expect(await raw(`${endpoint}&${told}`, 'application/json', '{}')).toEqual([200, '']);
    expect(counters.read()).toMatchObject({ ignored: { 'unknown-order': 1 } });
  });

  it.each([
    ['without an action', 'text/plain', 'Status=PENDING', 400, 'unusable'],
    ['a list', 'application/json', '[1]', 400, 'unreadable'],
    ['broken JSON', 'text/plain', '{"ActionId":', 400, 'unreadable'],
    [
      'more than a notification has',
      'application/json',
      JSON.stringify({ ActionId: 'x'.repeat(20_000) }),
      413,
      'too-large',
    ],
    ['more than that as text', 'text/plain', 'x'.repeat(20_000), 413, 'too-large'],
  ])('refuses %s', async (_, type, body, status, reason) => {
    const { counters, endpoint } = await start({ platform });
    expect(await raw(endpoint, type, body)).toEqual([status, '']);
    expect(counters.read().ignored).toEqual({ [reason]: 1 });
  });

  it('sets aside what is of another program or event type', async () => {
    const { counters, endpoint } = await start({ platform });
    expect((await http(`${endpoint}&${told}&CampaignId=1`)).status).toBe(200);
    expect((await http(`${endpoint}&${told}&ActionTrackerId=1`)).status).toBe(200);
    expect(counters.read().ignored).toEqual({ 'foreign-program': 1, 'foreign-event-type': 1 });
  });

  it('obeys the ranges of addresses, by the address that the platform sees', async () => {
    const { shop, counters, endpoint } = await start({
      platform,
      postbacks: { sources: ['203.0.113.0/24'] },
    });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect((await http(`${endpoint}&${told}`, { headers })).status).toBe(403);
    expect(counters.read().ignored).toEqual({ 'foreign-source': 1 });
    expect(shop.log.texts('warn', 'ImpactPostbacks')).toEqual([expect.stringContaining('docs/postbacks.md')]);
  });

  it('lets the loopback range in', async () => {
    const { counters, endpoint } = await start({ platform, postbacks: { sources: ['127.0.0.0/8', '::1'] } });
    expect((await http(`${endpoint}&${told}`)).status).toBe(200);
    expect(counters.read().ignored).toEqual({ 'unknown-order': 1 });
  });
});

describe('the endpoint', () => {
  it('believes a proxy that the app trusts, and nobody else', async () => {
    const { shop, endpoint } = await start({ postbacks: { sources: ['203.0.113.0/24'] } });
    const call = async (from: string) =>
      (await http(`${endpoint}&ActionId=1&Status=PENDING`, { headers: { 'x-forwarded-for': from } })).status;
    expect(await call('203.0.113.9')).toBe(403);
    (shop.app.getHttpAdapter().getInstance() as { set(name: string, value: string): void }).set(
      'trust proxy',
      'loopback',
    );
    expect(await call('203.0.113.9')).toBe(200);
    expect(await call('198.51.100.9')).toBe(403);
    // What the caller itself wrote stands before what the proxy has added.
    expect(await call('203.0.113.9, 198.51.100.9')).toBe(403);
  });

  it('is off unless it has a path', async () => {
    const { shop } = await start({ postbacks: { path: undefined } });
    expect((await http(`${shop.url}${PATH}?secret=${SECRET}`)).status).toBe(404);
  });

  it('stops the app at boot when it has a path and no secret', async () => {
    await expect(start({ on: undefined, postbacks: { secret: undefined } })).rejects.toThrow(
      /postbacks\.secret[\s\S]*not set[\s\S]*IMPACT_POSTBACK_SECRET/,
    );
  });

  it.each([
    ['a short secret', { secret: 'too-short' }, 'postbacks.secret', 'too-short'],
    ['one short secret of two', { secret: [SECRET, 'too-short'] }, 'postbacks.secret', 'too-short'],
    ['the same secret twice', { secret: [SECRET, SECRET] }, 'postbacks.secret', SECRET],
    ['a secret that a URL would change', { secret: `${SECRET}&` }, 'postbacks.secret', SECRET],
    ['a range that is none', { sources: ['203.0.113.0/33'] }, 'postbacks.sources', SECRET],
    ['a path without a slash', { path: 'impact' }, 'postbacks.path', SECRET],
    ['a misspelt option', { secert: SECRET }, 'postbacks.secert', SECRET],
  ])('stops the app at boot for %s, without showing it', async (_, postbacks, option, hidden) => {
    const error: unknown = await start({ on: undefined, postbacks }).catch((reason: unknown) => reason);
    expect(String(error)).toContain(option);
    expect(String(error)).not.toContain(hidden);
  });

  it('stands behind a global prefix, without a version, and past interceptors that wrap answers', async () => {
    const module = await Test.createTestingModule({
      imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:' }),
        ImpactModule.forRoot({ postbacks: { path: PATH, secret: SECRET } }),
      ],
    })
      .setLogger(new CapturedLog())
      .compile();
    const app = module.createNestApplication();
    open.push(app);
    app.setGlobalPrefix('api');
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    app.useGlobalInterceptors({ intercept: (_, next) => next.handle().pipe(map((data) => ({ data }))) });
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/api${PATH}?secret=${SECRET}&ActionId=1&Status=PENDING`;
    expect(await http(url)).toMatchObject({ status: 200, text: '' });
  });
});

async function raw(url: string, type: string, body: string): Promise<[number, string]> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type, connection: 'close' },
    body,
  });
  return [answer.status, await answer.text()];
}
