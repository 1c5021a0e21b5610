import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { SandboxClient, type Parameters } from './sandbox.client.js';

interface Submission {
  readonly BatchId: string;
  readonly Type: string;
  readonly Status: string;
  readonly ErrorType: string;
  readonly ErrorReason: string;
  readonly OrderId: string;
}

const TWO_LINES = { ItemSku2: 'TEA', ItemCategory2: 'Food', ItemQuantity2: '3', ItemSubTotal2: '50.00' };

let sandbox: ImpactSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({
    settleAfter: '10m',
    rateLimit: false,
    eventTypes: [
      { id: '20001', name: 'Online Sale', code: 'SALE' },
      { id: '20002', name: 'Subscription', code: 'SUB' },
    ],
  });
  client = new SandboxClient(sandbox);
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const read = async (queuedUri: string): Promise<Submission> => {
  const answer = await client.call<Submission>(queuedUri.replace(/^\/Advertisers\/[^/]+/, ''));
  expect(answer.status).toBe(200);
  return answer.body;
};

/** Sends a correction and answers the address of its submission. */
async function queue(method: string, parameters: Parameters): Promise<string> {
  const { status, body } = await client.form<{ Status: string; QueuedUri: string }>(
    method,
    '/Actions',
    parameters,
  );
  expect([status, body.Status]).toEqual([200, 'QUEUED']);
  return body.QueuedUri;
}

async function correct(method: string, parameters: Parameters): Promise<Submission> {
  const uri = await queue(method, parameters);
  await sandbox.settle();
  return read(uri);
}

const change = (ActionId: string, more: Parameters): Promise<Submission> =>
  correct('PUT', { ActionId, Reason: 'ORDER_UPDATE', ...more });

const action = async (id: string) => {
  const { body } = await client.call<{ State: string; Amount: number; CustomerStatus: string }>(
    `/Actions/${id}`,
  );
  return body;
};
const lines = async (id: string) => {
  const { body } = await client.call<{
    ActionItems: { Sku: string; Quantity: string; SaleAmount: string; AdjustmentReason: string }[];
  }>(`/Actions/${id}/Items`);
  return body.ActionItems.map(({ Sku, Quantity, SaleAmount }) => `${Sku} ${Quantity} ${SaleAmount}`);
};

describe('a correction’s submission', () => {
  test('is its own, first Queued, and fetched by its address', async () => {
    const { id } = await client.credited();
    const uri = await queue('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '60' });
    expect(await read(uri)).toMatchObject({ Type: 'Modification', Status: 'Queued', ErrorReason: '' });
    expect(await action(id)).toMatchObject({ Amount: 100 });
    sandbox.travel('+6m');
    expect(await read(uri)).toMatchObject({ Status: 'In Progress' });
    sandbox.travel('+4m');
    expect(await read(uri)).toMatchObject({ Status: 'Complete', ErrorType: '', ErrorReason: '' });
    expect(await action(id)).toMatchObject({ Amount: 60 });
  });

  test('is in the list, with its type and the payload as it was sent', async () => {
    const { id } = await client.credited();
    await change(id, { Amount: '60' });
    await correct('DELETE', { ActionId: id, DispositionCode: 'ITEM_RETURNED' });
    const { body } = await client.call<{ APISubmission: Record<string, unknown>[] }>('/APISubmissions');
    expect(body.APISubmission).toMatchObject([
      { Type: 'Reversal', Payload: `ActionId=${id}&DispositionCode=ITEM_RETURNED`, OrderId: 'order-1' },
      { Type: 'Modification', Payload: `ActionId=${id}&Reason=ORDER_UPDATE&Amount=60` },
      { Type: 'Conversion' },
    ]);
    expect(body.APISubmission.map((row) => 'ActionId' in row)).toEqual([false, false, false]);
  });

  test.each([
    ['PUT', { Reason: 'ORDER_UPDATE', Amount: '7' }, 'Modification', { State: 'PENDING', Amount: 7 }],
    ['DELETE', { DispositionCode: 'REJECTED' }, 'Reversal', { State: 'REVERSED', Amount: 0 }],
  ])('comes of a POST with _method=%s, in the body or in the query', async (method, more, Type, after) => {
    const { id } = await client.credited();
    expect(await correct('POST', { _method: method, ActionId: id, ...more })).toMatchObject({
      Type,
      ErrorReason: '',
    });
    expect(await action(id)).toMatchObject(after);
    const other = await client.credited({ OrderId: 'order-2' });
    const answer = await client.form('POST', `/Actions?_method=${method}`, { ActionId: other.id, ...more });
    expect(answer.body).toMatchObject({ Status: 'QUEUED' });
    expect(sandbox.calls(`${method} /Actions`)).toBe(2);
  });

  test('says that there is no such action, or none yet', async () => {
    expect(await change('1000.4636.1', { Amount: '1' })).toMatchObject({
      Status: 'Complete',
      ErrorType: 'Validation',
      ErrorReason: 'ACTION_NOT_FOUND',
    });
    // Sent right behind its sale, and decided after it: the sale was credited, and nothing shows it yet.
    await client.submit({ ClickId: await client.click() });
    sandbox.fault({ kind: 'late', on: 'corrections', delayMs: 3_600_000 });
    await sandbox.settle();
    const pair = { ActionTrackerId: '20001', OrderId: 'order-1', Reason: 'ORDER_UPDATE', Amount: '1' };
    expect((await correct('PUT', pair)).ErrorReason).toBe('ACTION_NOT_FOUND');
    sandbox.clearFaults();
    sandbox.travel('+1h');
    expect((await correct('PUT', pair)).ErrorReason).toBe('');
  });

  test('is decided after the sale that came before it', async () => {
    await client.submit({ ClickId: await client.click() });
    const pair = { ActionTrackerId: '20001', OrderId: 'order-1' };
    expect((await correct('DELETE', { ...pair, DispositionCode: 'OTHER' })).ErrorReason).toBe('');
    expect((await sandbox.actions())[0]).toMatchObject({ state: 'REVERSED' });
  });

  test('names what a correction cannot carry', async () => {
    const { id } = await client.credited();
    await change(id, { Amount: '60', CurrencyCode: 'EUR', Note: 'no new data points' });
    expect(await client.lastSubmission()).toMatchObject({ ignoredParameters: ['CurrencyCode', 'Note'] });
  });
});

describe('which action', () => {
  test('event type and order id: the newest of the pair, and of that event type alone', async () => {
    const old = await client.credited();
    const other = await client.credited({ EventTypeId: '20002' });
    const fresh = sandbox.office('order-1', 'duplicate');
    expect(fresh.eventTypeId).toBe('20002');
    const second = sandbox.office(old.id, 'duplicate');
    const pair = { ActionTrackerId: '20001', OrderId: 'order-1' };
    await correct('PUT', { ...pair, Reason: 'ORDER_UPDATE', Amount: '1' });
    const amounts = await Promise.all([old, other, fresh, second].map(({ id }) => action(id)));
    expect(amounts.map(({ Amount }) => Amount)).toEqual([100, 100, 100, 1]);
  });

  test('after a re-attribution, the successor', async () => {
    const old = await client.credited();
    const fresh = sandbox.office(old.id, 'reattribute');
    await correct('DELETE', { ActionTrackerId: '20001', OrderId: 'order-1', DispositionCode: 'OTHER' });
    expect(await action(fresh.id)).toMatchObject({ State: 'REVERSED' });
    expect((await sandbox.actions()).find(({ id }) => id === old.id)?.history).toHaveLength(2);
  });
});

describe('amounts', () => {
  test('are in the currency of the account, whatever the sale was in', async () => {
    const { id, originalAmount, originalCurrency, amount } = await client.credited({ CurrencyCode: 'EUR' });
    expect([originalAmount, originalCurrency, amount]).toEqual(['100.00', 'EUR', '108.00']);
    await change(id, { Amount: '54' });
    expect((await sandbox.actions())[0]).toMatchObject({
      amount: '54.00',
      currency: 'USD',
      originalAmount: '100.00',
      originalCurrency: 'EUR',
    });
  });

  test('a total is absolute, a delta is not: sent twice, it applies twice', async () => {
    const { id } = await client.credited(TWO_LINES);
    for (const _ of [1, 2]) await change(id, { Amount: '120.00' });
    expect(await action(id)).toMatchObject({ Amount: 120 });
    for (const _ of [1, 2]) await change(id, { Sku: 'TEA', ItemSubTotalDelta: '-5.50' });
    expect(await action(id)).toMatchObject({ Amount: 109 });
    expect(await lines(id)).toEqual(['MUG 2 80.00', 'TEA 3 29.00']);
  });

  test('quantities are absolute: there and back is where it was', async () => {
    const { id } = await client.credited(TWO_LINES);
    const seen: string[][] = [];
    for (const Quantity of ['1', '1', '0', '3']) {
      await change(id, { Sku: 'TEA', Quantity });
      seen.push(await lines(id));
    }
    expect(seen.map(([, tea]) => tea)).toEqual(['TEA 1 16.67', 'TEA 1 16.67', 'TEA 0 0.00', 'TEA 3 50.00']);
    expect(await action(id)).toMatchObject({ Amount: 150, State: 'PENDING' });
  });

  test('several lines in one call, each with its own number', async () => {
    const { id } = await client.credited(TWO_LINES);
    const edit = { Sku: 'MUG', Quantity: '1', Sku2: 'TEA', Amount2: '40.00', Category2: 'Drinks' };
    expect((await change(id, edit)).ErrorReason).toBe('');
    expect(await lines(id)).toEqual(['MUG 1 50.00', 'TEA 3 40.00']);
    const { body } = await client.call(`/Actions/${id}/Items/TEA`);
    expect(body).toMatchObject({ Category: 'Drinks', AdjustmentReason: 'ORDER_UPDATE' });
  });

  test('an unknown line refuses the whole call', async () => {
    const { id } = await client.credited(TWO_LINES);
    const edit = { Sku: 'MUG', Quantity: '1', Sku2: 'NONE', Quantity2: '1' };
    expect((await change(id, edit)).ErrorReason).toBe('ITEM_NOT_FOUND');
    expect(await action(id)).toMatchObject({ Amount: 150 });
  });

  test('0 reverses, also line by line', async () => {
    const { id } = await client.credited(TWO_LINES);
    await change(id, { Sku: 'MUG', Quantity: '0', Sku2: 'TEA', Quantity2: '0' });
    expect(await action(id)).toMatchObject({ State: 'REVERSED', Amount: 0 });
    expect((await change(id, { Amount: '10' })).ErrorReason).toBe('ACTION_REVERSED');
  });
});

describe('taking back and locking', () => {
  test('RESET restores amount, lines, status and credit; before locking', async () => {
    const { id, lockingDate } = await client.credited({ ...TWO_LINES, CustomerStatus: 'NEW' });
    await change(id, { Sku: 'TEA', Quantity: '1', CustomerStatus: 'EXISTING' });
    await change(id, { Amount: '0' });
    expect(await action(id)).toMatchObject({ State: 'REVERSED', CustomerStatus: 'EXISTING' });
    expect((await correct('PUT', { ActionId: id, Reason: 'RESET' })).ErrorReason).toBe('');
    expect(await action(id)).toMatchObject({ State: 'PENDING', Amount: 150, CustomerStatus: 'NEW' });
    expect(await lines(id)).toEqual(['MUG 2 100.00', 'TEA 3 50.00']);
    await correct('DELETE', { ActionId: id, DispositionCode: 'CONS_FRAUD' });
    sandbox.travel(lockingDate);
    expect((await correct('PUT', { ActionId: id, Reason: 'RESET' })).ErrorReason).toBe('ACTION_LOCKED');
    expect(await action(id)).toMatchObject({ State: 'REVERSED' });
  });

  test('a change that was queued before the locking date and is decided after it is refused', async () => {
    const { id, lockingDate } = await client.credited();
    sandbox.travel(new Date(lockingDate.getTime() - 60_000));
    const uri = await queue('DELETE', { ActionId: id, DispositionCode: 'OTHER' });
    sandbox.travel('+10m');
    expect(await read(uri)).toMatchObject({
      Type: 'Reversal',
      Status: 'Complete',
      ErrorReason: 'ACTION_LOCKED',
    });
    expect(await action(id)).toMatchObject({ State: 'APPROVED', Amount: 100 });
  });

  test('the thousand-and-first modification is refused', async () => {
    const { id } = await client.credited();
    for (let round = 0; round < 1_000; round += 1) {
      await queue('PUT', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: `${(round % 90) + 1}` });
    }
    expect(await change(id, { Amount: '99' })).toMatchObject({
      ErrorType: 'Validation',
      ErrorReason: 'MAX_MODIFICATIONS_REACHED',
    });
    expect(await action(id)).toMatchObject({ Amount: 10 });
    const { body } = await client.call('/ActionUpdates?CampaignId=1000');
    expect(body).toMatchObject({ '@total': '1001' });
  });
});

test('each line of the history names the submission behind it', async () => {
  const { id, submissionId } = await client.credited();
  const modification = await change(id, { Amount: '60' });
  const reversal = await correct('DELETE', { ActionId: id, DispositionCode: 'OTHER' });
  sandbox.office(id, 'restore');
  const [entry] = await sandbox.actions();
  expect(entry?.history.map(({ kind, deltaAmount, submissionId: by }) => [kind, deltaAmount, by])).toEqual([
    ['tracked', '100.00', submissionId],
    ['modified', '-40.00', modification.BatchId],
    ['reversed', '-60.00', reversal.BatchId],
    ['restored', '100.00', null],
  ]);
  const { body } = await client.call<{ ActionUpdates: object[] }>('/ActionUpdates?CampaignId=1000');
  expect(body.ActionUpdates).toMatchObject([
    { Disposition: 'RESET', DeltaAmount: 100 },
    { Disposition: 'OTHER', DeltaAmount: -60, DeltaPayout: -3 },
    { Disposition: 'ORDER_UPDATE', DeltaAmount: -40, DeltaPayout: -2 },
    { Disposition: 'IR_BLANK', DeltaAmount: 100, DeltaPayout: 5 },
  ]);
});
