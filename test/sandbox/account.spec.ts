import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ImpactSandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

const MARCH = new Date('2026-03-01T00:00:00Z');
const OPTIONS: SandboxOptions = {
  settleAfter: '1h',
  programs: [
    { id: '1000', name: 'Shop' },
    { id: '2000', name: 'Club' },
  ],
  eventTypes: [
    { id: '20001', name: 'Sale', code: 'SALE' },
    { id: '20002', name: 'Lead', promoCodes: false },
    { id: '20003', name: 'Renewal', duplicateWindow: '1h' },
  ],
  partners: [
    {
      id: '1',
      name: 'One',
      promoCodes: ['TEN', { code: 'ANNA-\\d+', type: 'RE', startDate: MARCH }, 'BOTH'],
    },
    { id: '2', name: 'Two', promoCodes: [{ code: 'CLUB', programId: '2000', endDate: MARCH }, 'BOTH'] },
  ],
};

let shared: ImpactSandbox;
let sandbox: ImpactSandbox;
let client: SandboxClient;
let others: ImpactSandbox[] = [];

const use = (other: ImpactSandbox): void => {
  sandbox = other;
  client = new SandboxClient(other);
};
async function startWith(options: SandboxOptions): Promise<void> {
  use(await ImpactSandbox.start({ ...OPTIONS, ...options }));
  others.push(sandbox);
}

beforeAll(async () => {
  shared = await ImpactSandbox.start(OPTIONS);
});
beforeEach(() => use(shared));
afterEach(async () => {
  shared.reset();
  await Promise.all(others.map((other) => other.close()));
  others = [];
});
afterAll(() => shared.close());

async function credit(over: Record<string, string | undefined>) {
  await client.submit(over);
  await sandbox.settle();
  const { attributedBy, partnerId, reasonCodes } = await client.lastSubmission();
  return [attributedBy, partnerId, ...reasonCodes];
}

describe('GET /PromoCodes', () => {
  interface Codes {
    readonly PromoCodes: Record<string, string | number>[];
  }

  test('lists who owns which code, with its kind, program and dates', async () => {
    const { body } = await client.call<Codes>('/PromoCodes');
    expect(body.PromoCodes).toMatchObject([
      { Code: 'TEN', AssignedPartnerId: 1, CampaignId: 1000, Type: 'LI', StartDate: '', EndDate: '' },
      { Code: 'ANNA-\\d+', AssignedPartnerId: 1, Type: 'RE', StartDate: '2026-02-28T17:00:00-07:00' },
      { Code: 'BOTH', AssignedPartnerId: 1 },
      { Code: 'CLUB', AssignedPartnerId: 2, CampaignId: 2000, EndDate: '2026-02-28T17:00:00-07:00' },
      { Code: 'BOTH', AssignedPartnerId: 2 },
    ]);
    const [first] = body.PromoCodes;
    expect((await client.call(`/PromoCodes/${first?.['Id']}`)).body).toEqual(first);
    expect((await client.call('/PromoCodes/none')).status).toBe(404);
    expect((await client.call('/PromoCodes', { method: 'PUT' })).status).toBe(405);
  });

  test('of one program, page by page', async () => {
    const { body } = await client.call<Codes>('/PromoCodes?CampaignId=1000&PageSize=2&Page=2');
    expect(body).toMatchObject({ '@page': '2', '@numpages': '2', '@pagesize': '2', '@total': '4' });
    expect(body.PromoCodes.map(({ Code }) => Code)).toEqual(['BOTH', 'BOTH']);
    expect((await client.call('/PromoCodes?PageSize=0')).status).toBe(400);
  });
});

describe('promo codes', () => {
  test.each<[string, Record<string, string>, (string | null)[]]>([
    ['one partner’s', { OrderPromoCode: 'TEN' }, ['promo-code', '1']],
    ['one that fits a pattern', { PromoCode: 'ANNA-7' }, ['promo-code', '1']],
    ['one of two partners', { OrderPromoCode: 'BOTH' }, [null, '']],
    ['another program’s', { OrderPromoCode: 'CLUB' }, [null, '']],
    ['on an event type without codes', { OrderPromoCode: 'TEN', EventTypeId: '20002' }, [null, '']],
  ])('without a click: %s', async (_, over, expected) => {
    expect(await credit({ CustomerId: 'nobody', ...over })).toEqual(expected);
  });

  test.each<[SandboxOptions['promoCodeConflict'], (string | null)[]]>([
    ['click', ['click', '2']],
    ['code', ['promo-code', '1']],
    ['refuse', [null, '', 'RESTRICTED_PROMOCODE']],
  ])('with a click of somebody else, account setting "%s"', async (promoCodeConflict, expected) => {
    await startWith({ promoCodeConflict });
    expect(await credit({ ClickId: await client.click('2'), OrderPromoCode: 'TEN' })).toEqual(expected);
    // Click and code of the same partner are no conflict.
    const own = { ClickId: await client.click('1'), OrderPromoCode: 'TEN', OrderId: 'order-2' };
    expect(await credit(own)).toEqual(['click', '1']);
  });
});

describe('several event types', () => {
  test('keep order ids, windows and corrections apart', async () => {
    const codes: unknown[] = [];
    for (const EventTypeId of ['20001', '20003', '20001', '20003']) {
      codes.push((await credit({ EventTypeId, MediaId: '1' })).slice(2));
    }
    expect(codes).toEqual([[], [], ['CONV_DUPLICATE'], ['CONV_DUPLICATE']]);
    sandbox.travel('+2h');
    expect(await credit({ EventTypeId: '20003', MediaId: '1' })).toEqual(['media', '1']);
    await client.form('DELETE', '/Actions', {
      ActionTrackerId: '20003',
      OrderId: 'order-1',
      DispositionCode: 'OTHER',
    });
    await sandbox.settle();
    const states = (await sandbox.actions()).map(({ eventTypeId, state }) => `${eventTypeId} ${state}`);
    expect(states).toEqual(['20001 PENDING', '20003 PENDING', '20003 REVERSED']);
  });
});

describe('test actions', () => {
  test('come of the vendor’s test value and of a test link, and pay nothing', async () => {
    await startWith({ testActions: 'apart' });
    expect(await credit({ ClickId: 'impacttest' })).toEqual(['click', '1234599']);
    const link = sandbox.trackingLink({ landingUrl: 'https://shop.test/', test: true });
    const { location } = await client.follow(link);
    await credit({ ClickId: location.searchParams.get('im_ref') ?? '', OrderId: 'order-2' });
    const actions = await sandbox.actions();
    expect(actions).toMatchObject([
      { test: true, payout: '0.00', amount: '100.00' },
      { test: true, payout: '0.00' },
    ]);
    const { body } = await client.call('/Actions?CampaignId=1000');
    expect(body).toMatchObject({ '@total': '0', Actions: [] });
    // Kept apart, but still to be reversed.
    await client.form('DELETE', '/Actions', {
      ActionTrackerId: '20001',
      OrderId: 'order-2',
      DispositionCode: 'TEST_ACTION',
    });
    await sandbox.settle();
    expect((await sandbox.actions())[1]).toMatchObject({ state: 'REVERSED' });
  });

  test('are in the listing of an account that does not keep them apart', async () => {
    await credit({ ClickId: 'impacttest' });
    const { body } = await client.call('/Actions?CampaignId=1000');
    expect(body).toMatchObject({ Actions: [{ MediaPartnerId: 1234599, Payout: 0, Amount: 100 }] });
  });
});

test('the original amount is in listings of accounts that have it there', async () => {
  const sale = { MediaId: '1', CurrencyCode: 'EUR' };
  await credit(sale);
  const listed = async () =>
    (await client.call<{ Actions: object[] }>('/Actions?CampaignId=1000')).body.Actions[0];
  expect(await listed()).not.toHaveProperty('OriginalAmount');
  await startWith({ originalAmounts: 'listed' });
  await credit(sale);
  expect(await listed()).toMatchObject({
    Amount: 108,
    Currency: 'USD',
    OriginalAmount: 100,
    OriginalCurrency: 'EUR',
  });
});

test('the company tells its currency and time zone', async () => {
  await startWith({ accountCurrency: 'EUR', utcOffset: '+01:00' });
  expect((await client.call('/CompanyInformation')).body).toMatchObject({
    Currency: 'EUR',
    Timezone: 'GMT+01:00',
  });
});

test('a click tells whose it was', async () => {
  const click = await client.click('2');
  const path = `/Clicks/${encodeURIComponent(click)}`;
  expect((await client.call(`/Campaigns/1000${path}`)).body).toMatchObject({ Id: click, MediaId: 2 });
  expect((await client.call(`/Campaigns/2000${path}`)).status).toBe(404);
});

describe('PageLoad', () => {
  const load = async (parameters: Record<string, string>): Promise<Record<string, string>> => {
    const page = { CampaignId: '1000', EventDate: 'NOW', CustomProfileId: 'visitor', ...parameters };
    const response = await fetch(`${sandbox.url}/PageLoad`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(page),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, string>;
  };

  test('follows a tracking link and says where it lands', async () => {
    const PageUrl = sandbox.trackingLink({ landingUrl: 'https://shop.test/shoes', partnerId: '2' });
    const { landingPage = '', clickId } = await load({ PageUrl });
    const landing = new URL(landingPage);
    expect([landing.host, landing.searchParams.get('im_ref')]).toEqual(['shop.test', clickId]);
    expect(await credit({ CustomProfileId: 'visitor' })).toEqual(['customer', '2']);
  });

  test('takes a page with impacttest=1 for a click of the test partner', async () => {
    const answer = await load({ PageUrl: 'https://shop.test/?impacttest=1' });
    expect(answer).not.toHaveProperty('landingPage');
    expect(await credit({ ClickId: answer['clickId'] })).toEqual(['click', '1234599']);
  });

  test('answers a click id of its own to a page that nobody sent the visitor to', async () => {
    const { clickId } = await load({ PageUrl: 'https://shop.test/' });
    expect(clickId).toHaveLength(39);
    expect(await credit({ ClickId: clickId, CustomerId: undefined })).toEqual([
      null,
      '',
      'ACTION_REF_NOT_FOUND',
    ]);
  });
});
