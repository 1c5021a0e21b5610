import { Agent, get } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ImpactSandbox, type FaultPlan } from '../../src/sandbox/index.js';
import { eventually, SandboxClient } from './sandbox.client.js';

let sandbox: ImpactSandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({ settleAfter: '1h' });
  client = new SandboxClient(sandbox);
});
afterEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const orders = async (): Promise<string[]> => (await sandbox.submissions()).map(({ orderId }) => orderId);

describe('faults', () => {
  test.each([429, 500, 502, 503, 504, 400, 401, 403])(
    '%i is answered and nothing is taken',
    async (status) => {
      sandbox.fault({ status, times: 1 });
      const answer = await client.submit();
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ Status: 'ERROR' });
      expect(await orders()).toEqual([]);
      expect((await client.submit()).status).toBe(200);
      expect(await sandbox.requests()).toMatchObject([
        { status, fault: `${status}` },
        { status: 200, fault: null },
      ]);
    },
  );

  test('a 429 carries the headers that were asked for', async () => {
    sandbox.fault({ status: 429, retryAfter: 7, reset: 1_487_332_519 });
    const { headers } = await client.submit();
    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(headers.get('x-ratelimit-reset')).toBe('1487332519');
  });

  test('a cut after acceptance leaves the sale; the repeat is a duplicate', async () => {
    const ClickId = await client.click();
    sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions', times: 1 });
    await expect(client.submit({ ClickId })).rejects.toThrow('fetch failed');
    expect(await orders()).toEqual(['order-1']);
    await client.submit({ ClickId });
    await sandbox.settle();
    expect((await sandbox.submissions()).map(({ reasonCodes }) => reasonCodes)).toEqual([
      [],
      ['CONV_DUPLICATE'],
    ]);
    expect(await sandbox.actions()).toHaveLength(1);
    const sent = (await sandbox.requests()).filter(({ operation }) => operation === 'conversions');
    expect(sent).toMatchObject([
      { status: null, fault: 'cut-after-acceptance', parameters: { OrderId: 'order-1' } },
      { status: 200, fault: null, parameters: { OrderId: 'order-1' } },
    ]);
  });

  test('a cut before it leaves nothing but the line in the log', async () => {
    sandbox.fault({ kind: 'cut-before' });
    await expect(client.submit()).rejects.toThrow('fetch failed');
    expect(await orders()).toEqual([]);
    expect(await sandbox.requests()).toMatchObject([{ status: null, fault: 'cut-before' }]);
  });

  test('a slow answer is taken at once and arrives late', async () => {
    sandbox.fault({ kind: 'slow', delayMs: 150 });
    let answered = false;
    const pending = client.submit().finally(() => {
      answered = true;
    });
    await eventually(orders, ['order-1']);
    expect(answered).toBe(false);
    expect((await pending).status).toBe(200);
  });

  test('a slow call that is not taken is forgotten when its client leaves', async () => {
    sandbox.fault({ kind: 'slow', delayMs: 40, taken: false });
    const left = fetch(`${client.base}/Conversions`, {
      method: 'POST',
      body: new URLSearchParams(client.sale()),
      headers: { authorization: client.authorization },
      signal: AbortSignal.timeout(15),
    });
    await expect(left).rejects.toThrow('aborted due to timeout');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await orders()).toEqual([]);
  });

  test('a dripping answer arrives whole, byte by byte', async () => {
    sandbox.fault({ kind: 'drip', delayMs: 0 });
    const { body } = await client.submit();
    expect(body).toMatchObject({ Status: 'QUEUED' });
    expect(await orders()).toEqual(['order-1']);
  });

  test.each<[FaultPlan, number, RegExp]>([
    [{ kind: 'garbage' }, 200, /^\{"Status":"QUEUED","Queu$/],
    [{ kind: 'html' }, 200, /^<!doctype html>/],
    [{ kind: 'html', status: 502 }, 502, /^<!doctype html>/],
    [{ kind: 'redirect', location: 'https://elsewhere.test/' }, 302, /^$/],
  ])('%j', async (plan, status, body) => {
    sandbox.fault({ ...plan, times: 1 });
    sandbox.fault({ ...plan, taken: true });
    for (const taken of [[], ['order-1']]) {
      const response = await fetch(`${client.base}/Conversions`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(client.sale()),
        headers: { authorization: client.authorization, accept: 'application/json' },
      });
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(body);
      expect(await orders()).toEqual(taken);
    }
  });

  test('a huge answer has the size that was asked for', async () => {
    sandbox.fault({ kind: 'huge', bytes: 300_000 });
    const { text, body } = await client.submit();
    expect(text.length).toBeGreaterThan(300_000);
    expect(body).toMatchObject({ Status: 'QUEUED' });
    expect(body).not.toHaveProperty('QueuedUri');
  });

  test('churn moves the rows of a listing under its reader', async () => {
    const first = await client.credited();
    sandbox.fault({ kind: 'churn', on: 'actions', times: 1 });
    const { body } = await client.call<{ Actions: { Id: string; State: string }[] }>(
      '/Actions?CampaignId=1000',
    );
    expect(body.Actions).toMatchObject([{ State: 'PENDING' }, { Id: first.id, State: 'REVERSED' }]);
  });

  test('hit only the calls they are meant for, in the order they were switched on', async () => {
    sandbox.fault({ status: 503, on: 'submissions' });
    sandbox.fault({ status: 502, on: /^GET .*\/Actions$/ });
    sandbox.fault({ status: 500, on: ({ parameters }) => parameters['OrderId'] === 'bad', times: 1 });
    expect((await client.call('/APISubmissions')).status).toBe(503);
    expect((await client.call('/Actions?CampaignId=1000')).status).toBe(502);
    expect((await client.submit({ OrderId: 'good' })).status).toBe(200);
    expect((await client.submit({ OrderId: 'bad' })).status).toBe(500);
    expect((await client.submit({ OrderId: 'bad' })).status).toBe(200);
    sandbox.clearFaults();
    expect((await client.call('/APISubmissions')).status).toBe(200);
  });

  test('can be on from the start, and leave pages and links alone', async () => {
    const other = await ImpactSandbox.start({ faults: [{ status: 500 }] });
    expect((await fetch(other.url)).status).toBe(200);
    expect(await new SandboxClient(other).click()).toHaveLength(39);
    expect((await new SandboxClient(other).submit()).status).toBe(500);
    await other.close();
  });

  test.each([[{}], [{ kind: 'nap' }], [{ status: 500, times: 0 }]])('%j is refused', (plan) => {
    expect(() => sandbox.fault(plan as FaultPlan)).toThrow(
      expect.objectContaining({ code: 'SANDBOX_OPTION' }),
    );
  });
});

test('the request log keeps parameters and leaves credentials out', async () => {
  await client.form('POST', '/Conversions?IrVersion=14', client.sale());
  const [entry] = await sandbox.requests();
  expect(entry).toMatchObject({
    method: 'POST',
    path: `/Advertisers/${sandbox.credentials.accountSid}/Conversions`,
    contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
    parameters: { IrVersion: '14', OrderId: 'order-1' },
  });
  expect(JSON.stringify(entry)).not.toContain(sandbox.credentials.authToken);
  expect(JSON.stringify(entry)).not.toContain(client.authorization.slice(6));
});

test('reset forgets what happened and keeps what was configured', async () => {
  const own = await ImpactSandbox.start({
    settleAfter: '1h',
    rateLimit: 3,
    faults: [{ status: 503, times: 1 }],
  });
  const caller = new SandboxClient(own);
  for (const round of [1, 2]) {
    expect((await caller.submit()).status).toBe(503);
    await caller.credited({ OrderId: `round-${round}` });
    expect((await caller.submit()).status).toBe(200);
    expect((await caller.submit()).status).toBe(429);
    own.fault({ status: 500 });
    own.travel('+40d');
    own.reset();
    expect(Math.abs(own.now().getTime() - Date.now())).toBeLessThan(1_000);
    const left = [own.clicks(), own.submissions(), own.actions(), own.requests()];
    expect(await Promise.all(left)).toEqual([[], [], [], []]);
  }
  await own.close();
});

describe('close', () => {
  test('ends idle keep-alive connections, slow answers and waiting submissions', async () => {
    const own = await ImpactSandbox.start({ settleAfter: '1h', faults: [{ kind: 'slow', delayMs: 60_000 }] });
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve) => {
      get(own.url, { agent }, (response) => response.resume().on('end', resolve));
    });
    const hanging = new SandboxClient(own).submit().catch((error: Error) => error.message);
    await eventually(async () => (await own.submissions()).length, 1);
    const started = performance.now();
    await own.close();
    expect(await hanging).toBe('fetch failed');
    expect(performance.now() - started).toBeLessThan(1_000);
    agent.destroy();
  });
});
