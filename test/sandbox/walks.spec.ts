import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

let sandbox: ImpactSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({
    settleAfter: '1h',
    rateLimit: false,
    pageSize: { minimum: 2, default: 100 },
  });
  client = new SandboxClient(sandbox);
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

type Row = Record<string, string | number>;
interface Listing {
  readonly '@total': string;
  readonly Actions: Row[];
}

async function page(number: number, query: Record<string, string> = {}): Promise<Listing> {
  const search = { CampaignId: '1000', PageSize: '2', Page: `${number}`, ...query };
  const answer = await client.call<Listing>(`/Actions?${new URLSearchParams(search).toString()}`);
  expect(answer.status).toBe(200);
  return answer.body;
}
const orders = ({ Actions }: Listing): string[] => Actions.map(({ Oid, State }) => `${Oid} ${State}`);

function plant(...orderIds: string[]): void {
  for (const orderId of orderIds) sandbox.plant({ orderId, amount: '10.00' });
}

describe('rows that change under a walk', () => {
  test('a re-attribution between two pages shifts every row by one', async () => {
    plant('a', 'b', 'c');
    expect(orders(await page(1))).toEqual(['c PENDING', 'b PENDING']);
    sandbox.fault({ kind: 'churn', on: 'actions', times: 1 });
    const second = await page(2);
    expect([second['@total'], orders(second)]).toEqual(['4', ['b PENDING', 'a PENDING']]);
    expect(orders(await page(1))).toEqual(['c PENDING', 'c REVERSED']);
  });

  test('a change moves its row into another window, and another row is on neither page', async () => {
    plant('a', 'b', 'c');
    const yesterday = sandbox.now();
    sandbox.travel('+1d');
    const window = {
      StartDate: new Date(yesterday.getTime() - 60_000).toISOString(),
      EndDate: new Date(yesterday.getTime() + 60_000).toISOString(),
    };
    expect(orders(await page(1, window))).toEqual(['c PENDING', 'b PENDING']);
    sandbox.fault({ kind: 'churn', change: 'modify', orderId: 'c', on: 'actions', times: 1 });
    // The row that was third is second now: page 2 is empty, and "a" was on neither page.
    expect(await page(2, window)).toMatchObject({ '@total': '2', Actions: [] });
    expect((await sandbox.actions()).find(({ orderId }) => orderId === 'c')).toMatchObject({
      amount: '9.00',
      state: 'PENDING',
    });
  });

  test('a reversal of one order', async () => {
    plant('a', 'b');
    sandbox.fault({ kind: 'churn', change: 'reverse', orderId: 'a', on: 'actions', times: 1 });
    expect(orders(await page(1))).toEqual(['b PENDING', 'a REVERSED']);
    expect(orders(await page(1))).toEqual(['b PENDING', 'a REVERSED']);
  });

  test('a late action is missing from one answer and then inside the window that was read', async () => {
    plant('a', 'b', 'c');
    const window = {
      StartDate: new Date(sandbox.now().getTime() - 60_000).toISOString(),
      EndDate: new Date(sandbox.now().getTime() + 1_000).toISOString(),
    };
    sandbox.fault({ kind: 'late', orderId: 'b', on: 'actions', times: 1 });
    expect(await page(1, window)).toMatchObject({ '@total': '2' });
    expect(orders(await page(1, window))).toEqual(['c PENDING', 'b PENDING']);
  });

  test('or stays away as long as it is told to', async () => {
    plant('a', 'b');
    sandbox.fault({ kind: 'late', delayMs: 20 * 60_000, on: 'actions', times: 1 });
    expect(orders(await page(1))).toEqual(['a PENDING']);
    expect(orders(await page(1))).toEqual(['a PENDING']);
    sandbox.travel('+20m');
    expect(orders(await page(1))).toEqual(['b PENDING', 'a PENDING']);
  });

  test('an empty sandbox has nothing to move', async () => {
    sandbox.fault({ kind: 'churn', times: 1 });
    sandbox.fault({ kind: 'late', times: 1 });
    expect(await page(1)).toMatchObject({ '@total': '0' });
    expect(await page(1)).toMatchObject({ '@total': '0' });
  });
});

describe('what is lost without an error', () => {
  test('a sale: complete, no reason code, no action', async () => {
    sandbox.fault({ kind: 'lost', on: 'conversions', times: 1 });
    expect((await client.submit({ ClickId: await client.click() })).body).toMatchObject({ Status: 'QUEUED' });
    await sandbox.settle();
    const { id } = await client.lastSubmission();
    expect((await client.call(`/APISubmissions/${id}`)).body).toMatchObject({
      Status: 'Complete',
      ErrorType: '',
      ErrorReason: '',
    });
    expect(await sandbox.actions()).toEqual([]);
    // It never was: the same order id is no duplicate.
    expect(await client.credited()).toMatchObject({ orderId: 'order-1' });
  });

  test('a correction: complete, and the action stands as it was', async () => {
    plant('a');
    const [before] = await sandbox.actions();
    sandbox.fault({ kind: 'lost', on: 'corrections', times: 1 });
    await client.form('DELETE', '/Actions', { ActionId: before?.id ?? '', DispositionCode: 'OTHER' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ status: 'Complete', reasonCodes: [] });
    expect(await sandbox.actions()).toEqual([before]);
  });
});

test('a journey into the past keeps newest first', async () => {
  plant('a');
  sandbox.travel('-2d');
  plant('b');
  sandbox.travel('+2d');
  plant('c');
  expect((await page(1, { PageSize: '10' })).Actions.map(({ Oid }) => Oid)).toEqual(['c', 'a', 'b']);
});

test('calls are counted by kind, also those that were refused or cut', async () => {
  const { id } = await client.credited();
  await page(1);
  await page(2);
  await client.call(`/Actions/${id}`);
  await client.call(`/Actions/${id}/Items/MUG`);
  await client.call('/APISubmissions/A-0');
  await client.call('/CompanyInformation.json');
  sandbox.fault({ status: 503, times: 1 });
  await client.form('PUT', '/Actions', { ActionId: id, Reason: 'RESET' });
  sandbox.fault({ kind: 'cut-before', times: 1 });
  await expect(client.form('PUT', '/Actions', { ActionId: id, Reason: 'RESET' })).rejects.toThrow(
    'fetch failed',
  );
  await fetch(`${sandbox.url}/PageLoad`, { method: 'POST' });
  await fetch(`${sandbox.url}/actions`);
  expect(sandbox.calls()).toEqual({
    'POST /Conversions': 1,
    'GET /Actions': 2,
    'GET /Actions/{id}': 1,
    'GET /Actions/{id}/Items/{id}': 1,
    'GET /APISubmissions/{id}': 1,
    'GET /CompanyInformation': 1,
    'PUT /Actions': 2,
    'POST /PageLoad': 1,
  });
  expect([sandbox.calls('GET /Actions'), sandbox.calls('DELETE /Actions')]).toEqual([2, 0]);
  sandbox.clearCalls();
  expect(sandbox.calls()).toEqual({});
});

test('walks ten thousand actions page by page, each of them once', async () => {
  for (let number = 0; number < 10_000; number += 1) plant(`order-${number}`);
  const seen = new Set<string | number | undefined>();
  let next = `/Actions?CampaignId=1000&PageSize=2000`;
  while (next !== '') {
    const { body } = await client.call<Listing & { '@nextpageuri': string }>(next);
    for (const { Oid } of body.Actions) seen.add(Oid);
    next = body['@nextpageuri'].replace(/^\/Advertisers\/[^/]+/, '');
  }
  expect(seen.size).toBe(10_000);
  expect(sandbox.calls('GET /Actions')).toBe(5);
  const { body } = await client.call('/ActionUpdates?CampaignId=1000&PageSize=2000&Page=5');
  expect(body).toMatchObject({ '@total': '10000', '@numpages': '5' });
});
