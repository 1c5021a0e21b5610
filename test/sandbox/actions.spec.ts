import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ImpactSandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

interface Listing {
  readonly [name: string]: unknown;
  readonly Actions: readonly {
    readonly [name: string]: unknown;
    readonly Id: string;
    readonly Oid: string;
  }[];
}

let sandbox: ImpactSandbox;
let client: SandboxClient;

function use(other: ImpactSandbox): void {
  sandbox = other;
  client = new SandboxClient(sandbox);
}

let shared: ImpactSandbox;
let others: ImpactSandbox[] = [];

beforeAll(async () => {
  shared = await ImpactSandbox.start({ settleAfter: '1h' });
});
beforeEach(() => use(shared));
afterEach(async () => {
  shared.reset();
  await Promise.all(others.map((other) => other.close()));
  others = [];
});
afterAll(() => shared.close());

/** For tests that need other options than the shared sandbox has. */
async function startWith(options: SandboxOptions): Promise<void> {
  const other = await ImpactSandbox.start({ settleAfter: '1h', ...options });
  others.push(other);
  use(other);
}

const list = (query: Record<string, string> = {}): ReturnType<typeof client.call<Listing>> =>
  client.call<Listing>(`/Actions?${new URLSearchParams({ CampaignId: '1000', ...query }).toString()}`);

const days = (count: number): string => new Date(sandbox.now().getTime() + count * 86_400_000).toISOString();

async function correct(
  method: 'PUT' | 'DELETE',
  parameters: Record<string, string>,
): Promise<readonly string[]> {
  const answer = await client.form(method, '/Actions', parameters);
  expect(answer.body).toMatchObject({ Status: 'QUEUED' });
  await sandbox.settle();
  return (await client.lastSubmission()).reasonCodes;
}

async function current(id: string) {
  const action = (await sandbox.actions()).find((entry) => entry.id === id);
  if (!action) throw new Error(`no action ${id}`);
  return action;
}

describe('GET /Actions', () => {
  test('prints an action with the documented fields', async () => {
    const action = await client.credited({ ClickId: await client.click(), Note: 'hello' });
    const { body } = await list();
    expect(Object.keys(body.Actions[0] ?? {})).toEqual(
      [
        'Id CampaignId CampaignName ActionTrackerId ActionTrackerName EventCode MediaPartnerId',
        'MediaPartnerName State AdId ClientCost Payout DeltaPayout IntendedPayout Amount',
        'DeltaAmount IntendedAmount Currency ReferringDate EventDate CreationDate LockingDate',
        'ClearedDate ReferringType ReferringDomain PromoCode Oid CustomerId CustomerStatus',
        'CustomerPostCode CustomerArea CustomerCity CustomerRegion CustomerCountry IpAddress',
        'SharedId CallerId Note Uri',
      ]
        .join(' ')
        .split(' '),
    );
    expect(body.Actions[0]).toMatchObject({
      Id: action.id,
      State: 'PENDING',
      Amount: 100,
      Payout: 5,
      ClearedDate: '',
      Note: 'hello',
      ReferringType: 'CLICK_COOKIE',
    });
    expect(action.id).toMatch(/^1000\.\d+\.\d+$/);
    expect(body.Actions[0]?.['LockingDate']).toMatch(/^\d{4}-\d\d-\d\dT00:00:00-07:00$/);
  });

  test('answers numbers as strings like older versions when told so', async () => {
    await startWith({ numbers: 'string' });
    await client.credited();
    expect((await list()).body.Actions[0]).toMatchObject({
      Amount: '100.00',
      Payout: '5.00',
      CampaignId: '1000',
    });
  });

  test('pages newest first, with string-valued links', async () => {
    await startWith({ pageSize: { minimum: 2, default: 10 } });
    for (let number = 1; number <= 5; number += 1) await client.credited({ OrderId: `order-${number}` });
    const { body } = await list({ PageSize: '2', Page: '2' });
    expect(body.Actions.map(({ Oid }) => Oid)).toEqual(['order-3', 'order-2']);
    expect(body).toMatchObject({
      '@page': '2',
      '@numpages': '3',
      '@pagesize': '2',
      '@total': '5',
      '@start': '2',
      '@end': '3',
    });
    const next = String(body['@nextpageuri']).replace(/^\/Advertisers\/[^/]+/, '');
    expect((await client.call<Listing>(next)).body).toMatchObject({ '@page': '3', '@nextpageuri': '' });
  });

  test('refuses a total above ten pages', async () => {
    await startWith({ pageSize: { minimum: 1, default: 10 } });
    for (let number = 1; number <= 11; number += 1)
      await client.submit({ MediaId: '1234501', OrderId: `o${number}` });
    await sandbox.settle();
    expect((await list({ PageSize: '1' })).status).toBe(400);
    expect((await list({ PageSize: '2' })).status).toBe(200);
  });

  test('is empty beyond the last page and for another program', async () => {
    await client.credited();
    expect((await list({ Page: '9' })).body.Actions).toEqual([]);
    expect((await list({ CampaignId: '2000' })).body).toMatchObject({ '@total': '0', Actions: [] });
  });

  test.each<[string, () => Record<string, string>, string]>([
    ['no program', () => ({ CampaignId: '' }), 'Required'],
    [
      'a start without an end',
      () => ({ StartDate: days(-1) }),
      'StartDate and EndDate go together: both or none',
    ],
    [
      'an end without a start',
      () => ({ ActionDateEnd: days(0) }),
      'ActionDateStart and ActionDateEnd go together: both or none',
    ],
    [
      'days without time',
      () => ({ StartDate: '2026-01-01', EndDate: '2026-01-02' }),
      'Not an ISO 8601 date with time and zone',
    ],
    [
      'American dates',
      () => ({ StartDate: '01/01/2026', EndDate: '01/02/2026' }),
      'Not an ISO 8601 date with time and zone',
    ],
    ['46 days', () => ({ StartDate: days(-46), EndDate: days(0) }), 'Range longer than 45 days'],
    [
      '46 days of event dates',
      () => ({ ActionDateStart: days(-46), ActionDateEnd: days(0) }),
      'Range longer than 45 days',
    ],
    ['four years ago', () => ({ StartDate: days(-1_461), EndDate: days(-1_460) }), 'More than 3 years ago'],
    ['a range that runs back', () => ({ StartDate: days(0), EndDate: days(-1) }), 'Lies before StartDate'],
    ['a small page', () => ({ PageSize: '1999' }), 'Less than 2000'],
    ['page 0', () => ({ Page: '0' }), 'Less than 1'],
    ['an unknown state', () => ({ State: 'PAID' }), 'Invalid value PAID'],
  ])('refuses %s', async (_, query, message) => {
    const { status, body } = await list(query());
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ message }] });
  });

  test('takes 45 days, and a plus sign only when it is encoded', async () => {
    expect((await list({ StartDate: days(-45), EndDate: days(0) })).status).toBe(200);
    const raw = 'StartDate=2026-01-01T00:00:00+02:00&EndDate=2026-01-02T00:00:00%2B02:00';
    expect((await client.call(`/Actions?CampaignId=1000&${raw}`)).status).toBe(400);
  });

  test('shows the last seven days when no date is given', async () => {
    await client.credited();
    sandbox.travel('+8d');
    expect((await list()).body.Actions).toEqual([]);
    expect((await list({ StartDate: days(-9), EndDate: days(0) })).body.Actions).toHaveLength(1);
  });

  test('filters by last update, which approval is not', async () => {
    const action = await client.credited();
    sandbox.travel('+10d');
    const lately = { StartDate: days(-1), EndDate: days(1) };
    expect((await list(lately)).body.Actions).toEqual([]);
    await correct('PUT', { ActionId: action.id, Reason: 'ORDER_UPDATE', CustomerStatus: 'NEW' });
    expect((await list(lately)).body.Actions).toHaveLength(1);
    sandbox.travel('+10d');
    expect((await list({ StartDate: days(-1), EndDate: days(1) })).body.Actions).toEqual([]);
    const locking = { LockingDateStart: days(-20), LockingDateEnd: days(0) };
    expect((await list(locking)).body.Actions[0]).toMatchObject({ State: 'APPROVED' });
    expect((await list({ ...locking, State: 'PENDING' })).body.Actions).toEqual([]);
  });

  test('filters by event date', async () => {
    const EventDate = new Date(sandbox.now().getTime() - 5 * 86_400_000).toISOString();
    await client.credited({ ClickId: undefined, MediaId: '1234501', EventDate });
    const range = (from: number, to: number): Record<string, string> => ({
      ActionDateStart: days(from),
      ActionDateEnd: days(to),
    });
    expect((await list(range(-6, -4))).body.Actions).toHaveLength(1);
    expect((await list(range(-4, 0))).body.Actions).toEqual([]);
  });

  test('shows an action late, under dates that have passed by then', async () => {
    await startWith({ settleAfter: '1h', actionDelay: '20m' });
    const action = await client.credited();
    expect((await list()).body.Actions).toEqual([]);
    expect((await client.call(`/Actions/${action.id}`)).status).toBe(404);
    expect(await correct('DELETE', { ActionId: action.id, DispositionCode: 'OTHER' })).toEqual([
      'ACTION_NOT_FOUND',
    ]);
    sandbox.travel('+20m');
    const [row] = (await list()).body.Actions;
    expect(new Date(String(row?.['CreationDate'])).getTime()).toBeLessThan(
      sandbox.now().getTime() - 19 * 60_000,
    );
  });

  test('keeps test actions apart on an account that does so', async () => {
    await startWith({ testActions: 'apart' });
    const { location } = await client.follow(
      sandbox.trackingLink({ landingUrl: 'https://shop.test/', test: true }),
    );
    await client.credited({ ClickId: location.searchParams.get('im_ref') ?? '' });
    expect((await list()).body.Actions).toEqual([]);
    expect(await sandbox.actions()).toHaveLength(1);
  });

  test('answers one action, its items and its updates', async () => {
    const { id } = await client.credited({ ItemSku1: 'A B' });
    expect((await client.call(`/Actions/${id}`)).body).toMatchObject({ Id: id });
    const items = await client.call<{ ActionItems: object[] }>(`/Actions/${id}/Items`);
    expect(items.body.ActionItems).toEqual([
      expect.objectContaining({
        Sku: 'A B',
        Quantity: '2',
        SaleAmount: '100.00',
        SaleAmountCurrency: 'USD',
        Payout: 5,
      }),
    ]);
    expect((await client.call(`/Actions/${id}/Items/A%20B`)).body).toMatchObject({ Sku: 'A B' });
    await correct('DELETE', { ActionId: id, DispositionCode: 'ITEM_RETURNED' });
    const updates = await client.call<{ ActionUpdates: { Id: string }[] }>('/ActionUpdates?CampaignId=1000');
    expect(updates.body.ActionUpdates).toMatchObject([
      { Disposition: 'ITEM_RETURNED', DeltaAmount: -100, State: 'REVERSED' },
      { Disposition: 'IR_BLANK', DeltaAmount: 100 },
    ]);
    const [newest] = updates.body.ActionUpdates;
    expect((await client.call(`/ActionUpdates/${newest?.Id}`)).body).toEqual(newest);
  });

  test('answers a click, whose colons arrive encoded', async () => {
    const click = await client.click();
    const { body } = await client.call(`/Campaigns/1000/Clicks/${encodeURIComponent(click)}`);
    expect(body).toMatchObject({ Id: click, MediaId: 1234501 });
  });
});

describe('PUT and DELETE /Actions', () => {
  const TWO_ITEMS = {
    ItemSku2: 'TEA',
    ItemCategory2: 'Food',
    ItemQuantity2: '1',
    ItemSubTotal2: '50.00',
  };

  test('a new total is spread over the items', async () => {
    const { id } = await client.credited(TWO_ITEMS);
    expect(await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '75.01' })).toEqual([]);
    const action = await current(id);
    expect(action).toMatchObject({ amount: '75.01', payout: '3.75', intendedAmount: '150.00' });
    expect(action.items.map(({ amount }) => amount)).toEqual(['50.01', '25.00']);
    expect((await list()).body.Actions[0]).toMatchObject({ DeltaAmount: -74.99, IntendedAmount: 150 });
  });

  test('the same total twice is the same total', async () => {
    const { id } = await client.credited();
    for (const _ of [1, 2]) await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '60' });
    expect(await current(id)).toMatchObject({ amount: '60.00' });
  });

  test('a relative change counts as often as it is sent', async () => {
    const { id } = await client.credited();
    const change = { ActionId: id, Reason: 'ORDER_UPDATE', Sku: 'MUG', ItemSubTotalDelta: '-10' };
    for (const _ of [1, 2]) await correct('PUT', change);
    expect(await current(id)).toMatchObject({ amount: '80.00' });
  });

  test('several items in one call; a quantity of 0 is a return', async () => {
    const { id } = await client.credited(TWO_ITEMS);
    const reasons = await correct('PUT', {
      ActionId: id,
      Reason: 'ORDER_UPDATE',
      Sku: 'MUG',
      Quantity: '1',
      Sku2: 'TEA',
      Quantity2: '0',
    });
    expect(reasons).toEqual([]);
    expect((await current(id)).items).toMatchObject([
      { sku: 'MUG', quantity: 1, amount: '50.00' },
      { sku: 'TEA', quantity: 0, amount: '0.00' },
    ]);
    expect(await current(id)).toMatchObject({ amount: '50.00', state: 'PENDING' });
  });

  test('an amount of 0 reverses, unless it was 0 all along', async () => {
    const first = await client.credited();
    await correct('PUT', { ActionId: first.id, Reason: 'ORDER_UPDATE', Amount: '0' });
    expect(await current(first.id)).toMatchObject({ state: 'REVERSED', amount: '0.00', payout: '0.00' });
    const free = await client.credited({ OrderId: 'free', ItemSubTotal1: '0' });
    await correct('PUT', { ActionId: free.id, Reason: 'ORDER_UPDATE', Amount: '0' });
    expect(await current(free.id)).toMatchObject({ state: 'PENDING' });
  });

  test('RESET restores what was tracked', async () => {
    const { id } = await client.credited();
    await correct('DELETE', { ActionId: id, DispositionCode: 'REJECTED' });
    expect(await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '1' })).toEqual([
      'ACTION_REVERSED',
    ]);
    expect(await correct('PUT', { ActionId: id, Reason: 'RESET' })).toEqual([]);
    expect(await current(id)).toMatchObject({ state: 'PENDING', amount: '100.00', payout: '5.00' });
  });

  test('event type and order id reach the newest action of the pair', async () => {
    const old = await client.credited();
    sandbox.travel('+31d');
    const fresh = await client.credited();
    await correct('DELETE', { ActionTrackerId: '20001', OrderId: 'order-1', DispositionCode: 'TEST_ACTION' });
    expect(await current(old.id)).toMatchObject({ state: 'APPROVED' });
    expect(await current(fresh.id)).toMatchObject({ state: 'REVERSED' });
  });

  test('nothing changes from the locking date on', async () => {
    const { id, lockingDate } = await client.credited();
    sandbox.travel(new Date(lockingDate.getTime() - 60_000));
    expect(await current(id)).toMatchObject({ state: 'PENDING' });
    expect(await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '60' })).toEqual([]);
    sandbox.travel(lockingDate);
    expect(await current(id)).toMatchObject({ state: 'APPROVED', clearedDate: null });
    expect(await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '50' })).toEqual([
      'ACTION_LOCKED',
    ]);
    expect(await correct('DELETE', { ActionId: id, DispositionCode: 'OTHER' })).toEqual(['ACTION_LOCKED']);
    sandbox.travel('+7d');
    const action = await current(id);
    expect(action).toMatchObject({ state: 'APPROVED', amount: '60.00' });
    expect(action.clearedDate).toEqual(new Date(lockingDate.getTime() + 7 * 86_400_000));
  });

  test.each<['PUT' | 'DELETE', Record<string, string>, string]>([
    ['PUT', { ActionId: '1.2.3' }, 'Reason'],
    ['PUT', { ActionId: '1.2.3', Reason: 'WHY_NOT' }, 'Reason'],
    ['PUT', { Reason: 'OTHER' }, 'ActionId'],
    ['PUT', { Reason: 'OTHER', OrderId: 'order-1' }, 'ActionId'],
    ['PUT', { ActionId: '1.2.3', Reason: 'OTHER', Amount: '1,5' }, 'Amount'],
    ['PUT', { ActionId: '1.2.3', Reason: 'OTHER', Sku: 'A', Quantity: '-1' }, 'Quantity'],
    ['DELETE', { ActionId: '1.2.3' }, 'DispositionCode'],
    ['DELETE', { ActionId: '1.2.3', DispositionCode: 'ORDER_UPDATE' }, 'DispositionCode'],
    ['DELETE', { DispositionCode: 'OTHER', ActionTrackerId: 'x', OrderId: 'o' }, 'ActionTrackerId'],
  ])('%s %j is refused at the door', async (method, parameters, field) => {
    const { status, body } = await client.form(method, '/Actions', parameters);
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field }] });
  });

  test('takes the codes that the account made itself', async () => {
    await startWith({ dispositionCodes: ['SHOP_CLOSED'] });
    const { id } = await client.credited();
    expect(await correct('DELETE', { ActionId: id, DispositionCode: 'SHOP_CLOSED' })).toEqual([]);
  });

  test('says on the submission what it cannot find', async () => {
    const { id } = await client.credited();
    expect(await correct('DELETE', { ActionId: '1000.1.1', DispositionCode: 'OTHER' })).toEqual([
      'ACTION_NOT_FOUND',
    ]);
    expect(await correct('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Sku: 'NO', Quantity: '1' })).toEqual([
      'ITEM_NOT_FOUND',
    ]);
    expect(await client.lastSubmission()).toMatchObject({ type: 'Modification', errorType: 'Validation' });
  });
});

describe('decisions by hand', () => {
  test('approving locks at once', async () => {
    const { id } = await client.credited();
    sandbox.decide(id, 'approve');
    expect(await current(id)).toMatchObject({ state: 'APPROVED' });
    expect(() => sandbox.decide(id, 'reverse')).toThrow(expect.objectContaining({ code: 'SANDBOX_OPTION' }));
  });

  test('re-attribution leaves two actions of one order, and only the new one pays', async () => {
    const { id } = await client.credited();
    sandbox.decide(id, 'reattribute');
    expect(await sandbox.actions()).toMatchObject([
      { id, state: 'REVERSED', payout: '0.00', orderId: 'order-1' },
      { state: 'PENDING', payout: '8.00', orderId: 'order-1', partnerId: '1234502' },
    ]);
  });
});

describe('postbacks', () => {
  let brand: Server;
  let heard: string[];

  beforeEach(async () => {
    heard = [];
    brand = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push(`${request.method} ${request.url} ${body}`.trim());
        response.end();
      });
    });
    await new Promise<void>((resolve) => brand.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    brand.closeAllConnections();
    brand.close();
  });
  const address = (): string => `http://127.0.0.1:${(brand.address() as AddressInfo).port}`;

  test('tell of tracking, modification, reversal and clearing', async () => {
    await startWith({
      postbacks: { url: `${address()}/hook?a={ActionId}&s={Status}&m={Amount}&o={Oid}&x={Unknown}` },
    });
    const first = await client.credited({ OrderId: 'a&b' });
    await correct('PUT', { ActionId: first.id, Reason: 'ORDER_UPDATE', Amount: '10' });
    const second = await client.credited({ OrderId: 'two' });
    await correct('DELETE', { ActionId: second.id, DispositionCode: 'OTHER' });
    sandbox.travel('+30d');
    await sandbox.settle();
    await sandbox.settle();
    const line = (id: string, rest: string): string => `GET /hook?a=${id}&s=${rest}&x={Unknown}`;
    expect(heard).toEqual([
      line(first.id, 'PENDING&m=100.00&o=a%26b'),
      line(first.id, 'PENDING&m=10.00&o=a%26b'),
      line(second.id, 'PENDING&m=100.00&o=two'),
      line(second.id, 'REVERSED&m=0.00&o=two'),
      line(first.id, 'APPROVED&m=10.00&o=a%26b'),
    ]);
  });

  test('post a body from a template, for chosen events only', async () => {
    await startWith({
      postbacks: { url: `${address()}/hook`, method: 'POST', body: '{"oid":"{Oid}"}', on: ['reversed'] },
    });
    const { id } = await client.credited({ OrderId: 'say "hi"' });
    await correct('DELETE', { ActionId: id, DispositionCode: 'OTHER' });
    expect(heard).toEqual(['POST /hook {"oid":"say \\"hi\\""}']);
  });

  test('a brand that is away disturbs nothing', async () => {
    await startWith({ postbacks: { url: 'http://127.0.0.1:1/' } });
    expect(await client.credited()).toMatchObject({ state: 'PENDING' });
  });
});
