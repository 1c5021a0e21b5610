import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import {
  ImpactApiClient,
  type ImpactModuleOptions,
  IMPACT_OPTIONS,
  PrivacyService,
  RetentionService,
} from 'nestjs-impact';
import { type FaultPlan, ImpactSandbox } from 'nestjs-impact/sandbox';
import { CapturedLog } from '../support/captured.log.js';
import { type EchoServer, startEchoServer } from '../support/echo.server.js';
import { Visitor } from '../support/http.client.js';
import { dump } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import { liveOptions, type Shop, simpleSale, startShop, storeOrder } from '../support/shop.app.js';

const TOKEN = 'canary-Tok3n_Zx9Qw7Er5Ty3Ui1Op+As=';
const EMAIL = 'Canary.Bird@aviary.example';
const ADDRESS = '198.51.100.77';
const CUSTOMER = 'canary-customer-1';
const POSTBACK_SECRET = 'canary-Postback_Secret-0123456789abcdef';
/** Where the buyer is, and what they carry: stored and sent, and nowhere else to be seen. */
const BUYER = {
  customer: {
    id: CUSTOMER,
    email: EMAIL,
    city: 'Canary-Wharf',
    region: 'Canaria',
    country: 'ES',
    postCode: 'CNRY-35001',
  },
  customProfileId: 'canary-profile-1',
  ipAddress: ADDRESS,
  userAgent: `CanaryBird/1.0 (${EMAIL})`,
  device: { androidId: 'canary-android-1', model: 'CanaryPhone' },
  call: { callerId: 'canary-caller-1', phoneNumber: '+34-555-0177-CNRY' },
};

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const bare = (text: string): string => text.replace(/=+$/, '');

/** Every spelling in which a secret could come out. */
const secretsOf = (accountSid: string): [name: string, value: string][] => {
  const credentials = base64(`${accountSid}:${TOKEN}`);
  const spellings: [string, string][] = [
    ['token', TOKEN],
    ['token, URL-encoded', encodeURIComponent(TOKEN)],
    ['token in base64', bare(base64(TOKEN))],
    ['credentials in base64', bare(credentials)],
    ['credentials in base64, URL-encoded', encodeURIComponent(bare(credentials))],
    ['secret of notifications', POSTBACK_SECRET],
  ];
  return spellings;
};
const PERSONAL: [string, string][] = [
  ['e-mail address', EMAIL],
  ['e-mail address, URL-encoded', encodeURIComponent(EMAIL)],
];

/** What the inventory in docs/privacy.md says is stored: in those columns, and until the customer is erased. */
const KEPT: [string, string][] = [
  ['customer', CUSTOMER],
  ['digest of the e-mail address', createHash('sha1').update(EMAIL.toLowerCase()).digest('hex')],
  ['city', BUYER.customer.city],
  ['region', BUYER.customer.region],
  ['post code', BUYER.customer.postCode],
  ['profile', BUYER.customProfileId],
  ['address', ADDRESS],
  ['user agent', 'CanaryBird'],
  ['device', BUYER.device.androidId],
  ['model', BUYER.device.model],
  ['caller', BUYER.call.callerId],
  ['phone number', BUYER.call.phoneNumber],
];
const KEPT_IN: Readonly<Record<string, readonly string[]>> = {
  impact_conversions: ['customer_id', 'request'],
  impact_click_links: ['subject'],
};

const lifetime = useLifetime();
let written: string[];

beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    jest.spyOn(stream, 'write').mockImplementation((...given: Parameters<typeof write>) => {
      written.push(String(given[0]));
      return write(...given);
    });
  }
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A text in which nothing may be found, whatever its letters' case. */
function expectClean(where: string, text: string, forbidden: readonly (readonly [string, string])[]): void {
  const low = text.toLowerCase();
  const found = forbidden.filter(([, value]) => low.includes(value.toLowerCase())).map(([name]) => name);
  expect({ where, found }).toEqual({ where, found: [] });
}

const render = (value: unknown): string =>
  [
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }),
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)),
    String(value),
  ].join('\n');

interface Catch {
  readonly errors: unknown[];
  readonly trying: (work: () => unknown) => Promise<void>;
}

const catching = (): Catch => {
  const errors: unknown[] = [];
  return {
    errors,
    trying: async (work) => {
      try {
        await work();
      } catch (error) {
        errors.push(error);
      }
    },
  };
};

/** Everything a shop does, with the canaries wherever a shop could put them. */
async function live(shop: Shop): Promise<{ errors: unknown[]; told: unknown[] }> {
  const { errors, trying } = catching();
  const visitor = new Visitor();
  const { customer } = BUYER;

  await visitor.get(`${shop.url}/shoes?im_ref=click-1&email=${encodeURIComponent(EMAIL)}&token=${TOKEN}`);
  await visitor.post(`${shop.url}/checkout`, { orderId: 'order-1' });
  await visitor.post(`${shop.url}/sign-in`, { customer: CUSTOMER });
  await trying(() => shop.clicks.bind({ customer: EMAIL }));
  await trying(() => shop.clicks.link(EMAIL, { order: 'order-1' }));
  await trying(() => shop.clicks.link('click-1', { customer: EMAIL }));

  const sale = simpleSale('order-1', { ...BUYER, note: `ask ${EMAIL}`, text: { 1: EMAIL } });
  await trying(() =>
    shop.dataSource.transaction(async (manager) => {
      await storeOrder(manager, 'order-1');
      await shop.conversions.record(sale, { manager });
    }),
  );
  await trying(() => shop.conversions.record({ ...sale, discount: '1.00' } as never));
  await trying(() => shop.conversions.refund('order-1', { key: 'refund-0', amount: '1.00' }));
  await trying(() => shop.conversions.refund('order-1', { key: 'refund-1', amount: `${EMAIL} ${TOKEN}` }));
  await trying(() => shop.conversions.reverse('order-1', { key: 'refund-2', reason: EMAIL as never }));
  // Wherever an address can stand by mistake.
  const broken = [
    { customer: { ...customer, id: EMAIL } },
    { currency: EMAIL },
    { items: [{ sku: EMAIL, category: EMAIL, quantity: EMAIL, subtotal: EMAIL }] },
    { promoCodes: EMAIL, subscription: EMAIL },
    { customer: EMAIL, call: EMAIL },
    { customer: { email: `${EMAIL}, or mine` }, ipAddress: ADDRESS, currency: null },
    { orderId: EMAIL },
    { clickId: EMAIL },
  ];
  for (const [index, slip] of broken.entries()) {
    await trying(() => shop.conversions.record({ ...sale, orderId: `broken-${index}`, ...slip } as never));
  }

  await trying(() => shop.dispatcher.drain());
  shop.clock.advance(3_600_000);
  await trying(() => shop.dispatcher.drain());
  await trying(() => shop.verdicts.hurry());
  shop.clock.advance(8 * 86_400_000);
  await trying(() => shop.verdicts.hurry());

  const said = `Oid=order-1&ActionId=1.2.3&Status=PENDING&CustomerEmail=${encodeURIComponent(EMAIL)}&IpAddress=${ADDRESS}&Note=${CUSTOMER}`;
  for (const secret of [POSTBACK_SECRET, 'wrong', TOKEN]) {
    await visitor.get(`${shop.url}/impact/postbacks?secret=${encodeURIComponent(secret)}&${said}`);
  }

  const api = shop.app.get(ImpactApiClient);
  await trying(() =>
    api.submitConversion([
      ['CustomerEmail', EMAIL],
      ['IpAddress', ADDRESS],
      ['Note', EMAIL],
    ]),
  );
  await trying(() => api.getSubmission('A-1'));
  await trying(async () => {
    for await (const page of api.walkActions({
      updated: { from: new Date(0), to: new Date() },
      pageSize: 20_000,
    }))
      void page;
  });
  const told = [
    await shop.conversions.find('order-1'),
    (await shop.story('order-1')).lines,
    (await shop.story('order-1')).advice,
  ];
  return { errors, told };
}

const run = async (name: string, impact: ImpactModuleOptions, accountSid: string): Promise<void> => {
  for (const onInvalid of ['park', 'throw'] as const) {
    const log = new CapturedLog();
    const postbacks = { path: '/impact/postbacks', secret: POSTBACK_SECRET };
    const shop = await startShop({ impact: { ...impact, postbacks, recording: { onInvalid } }, log });
    lifetime.keep(shop, () => shop.close());
    const { errors, told } = await live(shop);
    const tables = await dump(shop.dataSource);
    const erased = await shop.app
      .get(PrivacyService)
      .eraseCustomer({ customer: CUSTOMER, email: EMAIL }, { by: 'canary', why: `${EMAIL} asked` });
    const afterwards = await dump(shop.dataSource);
    shop.clock.advance(500 * 86_400_000);
    await shop.app.get(RetentionService).purge();
    await shop.close();

    const secrets = secretsOf(accountSid);
    const everything = [...secrets, ...PERSONAL];
    const andAddress = [...everything, ...KEPT];
    // A test that captured nothing would find nothing.
    expect(errors.length).toBeGreaterThan(onInvalid === 'throw' ? 10 : 3);
    expect(tables.impact_conversions.length).toBeGreaterThan(onInvalid === 'park' ? 5 : 0);
    expectClean(`${name}: log`, log.lines.map(({ text }) => text).join('\n'), andAddress);
    expectClean(`${name}: output`, written.join('\n'), andAddress);
    errors.forEach((error, index) =>
      expectClean(`${name}: error ${index} ${String(error)}`, render(error), andAddress),
    );
    expectClean(`${name}: told`, render(told), andAddress);
    expectClean(
      `${name}: options`,
      inspect(shop.app.get(IMPACT_OPTIONS)) + JSON.stringify(shop.app.get(IMPACT_OPTIONS)),
      secrets,
    );
    for (const [table, rows] of Object.entries(tables))
      expectClean(`${name}: ${table}`, JSON.stringify(rows), everything);
    for (const [table, rows] of Object.entries(tables)) {
      const plain = rows.map((row) =>
        Object.entries(row).filter(([column]) => KEPT_IN[table]?.includes(column) !== true),
      );
      expectClean(`${name}: columns of ${table}`, JSON.stringify(plain), KEPT);
    }
    // A scan that could not find it would find it nowhere.
    expect(JSON.stringify(tables)).toContain(CUSTOMER);
    expect(erased.conversions).toBeGreaterThan(0);
    for (const [table, rows] of Object.entries(afterwards))
      expectClean(`${name}: ${table} after the erasure`, JSON.stringify(rows), andAddress);
    // What has to be sent is kept until it is; of what cannot be sent, and of every story, nothing is.
    const parked = tables.impact_conversions.filter(
      (row) => row['state'] === 'UNDELIVERABLE' && String(row['request']).includes('understood'),
    );
    expectClean(
      `${name}: parked and told`,
      JSON.stringify([parked, tables.impact_story, tables.impact_accounts]),
      [['address', ADDRESS]],
    );
  }
};

const FAULTS: readonly [string, FaultPlan | null][] = [
  ['no fault', null],
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['400', { status: 400 }],
  ['404', { status: 404 }],
  ['429', { status: 429, retryAfter: 1 }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['a page instead of JSON', { kind: 'html' }],
  ['JSON that breaks off', { kind: 'garbage' }],
  ['a redirect', { kind: 'redirect' }],
  ['a connection that is cut', { kind: 'cut-before' }],
  ['a connection that is cut after the call was taken', { kind: 'cut-after-acceptance' }],
  ['an answer of 300 kB', { kind: 'huge', bytes: 300_000 }],
];

describe('no secret and no address comes out', () => {
  it.each(FAULTS)('with a vendor that answers: %s', async (name, fault) => {
    const sandbox = await ImpactSandbox.start({
      authToken: TOKEN,
      settleAfter: 0,
      rateLimit: false,
      ...(fault && { faults: [fault] }),
    });
    lifetime.keep(sandbox, () => sandbox.close());
    await run(name, liveOptions(sandbox), sandbox.credentials.accountSid);
    expect((await sandbox.requests()).length).toBeGreaterThan(0);
  });

  const ECHOES: readonly [string, EchoServer['answer']][] = [
    [
      '400 that repeats everything',
      {
        status: 400,
        type: 'application/json',
        body: `{"errors":[{"field":"CustomerEmail","level":"error","message":"Invalid value ${EMAIL}: {received}"},{"field":"{received}","message":"x"}]}`,
      },
    ],
    [
      '400 in the other envelope',
      {
        status: 400,
        type: 'application/json',
        body: `{"Status":"ERROR","Message":"{received} ${EMAIL}","Errors":[{"Field":"{received}","Message":"{received}"}]}`,
      },
    ],
    [
      '401 that repeats everything',
      { status: 401, type: 'application/json', body: '{"Status":"ERROR","Message":"{received}"}' },
    ],
    [
      '403 that repeats everything',
      { status: 403, type: 'application/json', body: '{"Status":"ERROR","Message":"{received}"}' },
    ],
    ['500 that repeats everything', { status: 500, type: 'text/html', body: '<pre>{received}</pre>' }],
    [
      '200 that says ERROR',
      { status: 200, type: 'application/json', body: '{"Status":"ERROR","Message":"{received}"}' },
    ],
    ['200 that is no JSON', { status: 200, type: 'application/json', body: '{"Status":"QUEUED {received}' }],
    [
      '200 with a URI of secrets',
      { status: 200, type: 'application/json', body: '{"Status":"QUEUED","QueuedUri":"/{received}"}' },
    ],
  ];

  it.each(ECHOES)('with a vendor that answers: %s', async (name, answer) => {
    const echo = await startEchoServer();
    lifetime.keep(echo, () => echo.close());
    echo.answer = answer;
    const accountSid = `IR${'c'.repeat(32)}`;
    const impact: ImpactModuleOptions = {
      accountSid,
      authToken: TOKEN,
      campaignId: 1000,
      eventTypeId: 20001,
      mode: 'live',
      environment: 'test',
      baseUrl: echo.url,
      allowAnyBaseUrl: true,
      delivery: { autoStart: false },
    };
    await run(name, impact, accountSid);
  });

  it.each<[string, ImpactModuleOptions]>([
    ['a token in the wrong place', { accountSid: TOKEN, authToken: 'x', mode: 'live' }],
    [
      'a token with a line break',
      { accountSid: `IR${'c'.repeat(32)}`, authToken: `${TOKEN}\n`, mode: TOKEN as never },
    ],
    ['a token as an option of its own', { token: TOKEN, auth_token: TOKEN } as never],
    [
      'a token in the base URL',
      { authToken: TOKEN, baseUrl: `https://user:${TOKEN}@api.impact.com/?token=${TOKEN}` },
    ],
    [
      'numbers that are none',
      { campaignId: EMAIL, eventTypeId: TOKEN, environment: EMAIL, capture: { cookie: { name: EMAIL } } },
    ],
  ])('at boot with wrong options: %s', async (name, impact) => {
    const log = new CapturedLog();
    const error: unknown = await startShop({ impact, log }).then(
      (shop) => shop.close(),
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    const secrets = secretsOf(`IR${'c'.repeat(32)}`);
    expectClean(`${name}: error`, render(error), secrets);
    expectClean(`${name}: log`, JSON.stringify(log.lines) + written.join('\n'), secrets);
  });
});
