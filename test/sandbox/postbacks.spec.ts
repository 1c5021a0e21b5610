import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

let sandbox: ImpactSandbox;
let client: SandboxClient;
let brand: Server;
let heard: string[];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  sandbox = await ImpactSandbox.start({ settleAfter: '1h' });
  client = new SandboxClient(sandbox);
  brand = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''} ${body}`.trim());
      answer(response);
    });
  });
  await new Promise<void>((resolve) => brand.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  heard = [];
  answer = (response) => response.end();
});
afterEach(() => sandbox.reset());
afterAll(async () => {
  await sandbox.close();
  brand.closeAllConnections();
  brand.close();
});

const hook = (path: string): string => `http://127.0.0.1:${(brand.address() as AddressInfo).port}${path}`;

test('tell the whole life of an action, with its original amount and a secret in the address', async () => {
  const query =
    's={Status}&d={StatusDetail}&a={Amount}&c={Currency}&oa={OriginalAmount}&oc={OriginalCurrency}';
  sandbox.postbackTo({ url: hook(`/hook?key=s3cret&${query}&r={ReferringType}`) });
  const { id } = await client.credited({ CurrencyCode: 'EUR' });
  await client.form('PUT', '/Actions', { ActionId: id, Reason: 'ORDER_UPDATE', Amount: '54' });
  await sandbox.settle();
  sandbox.travel('+40d');
  await sandbox.idle();
  const line = (rest: string): string => `GET /hook?key=s3cret&${rest}&c=USD&oa=100.00&oc=EUR&r=CLICK_COOKIE`;
  expect(heard).toEqual([
    line('s=PENDING&d=OPEN&a=108.00'),
    line('s=PENDING&d=OPEN&a=54.00'),
    line('s=APPROVED&d=PAID&a=54.00'),
  ]);
  expect(await sandbox.postbacks()).toMatchObject([
    { event: 'tracked', actionId: id, method: 'GET', status: 200, body: null },
    { event: 'modified', status: 200 },
    { event: 'cleared', status: 200 },
  ]);
});

test('post a form whose values cannot break out of it', async () => {
  sandbox.postbackTo({
    url: hook('/hook'),
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    body: 'ActionId={ActionId}&Oid={Oid}',
    on: ['reversed'],
  });
  const { id } = await client.credited({ OrderId: 'a&Status=APPROVED' });
  sandbox.office(id, 'reverse');
  await sandbox.idle();
  expect(heard).toEqual([
    `POST /hook application/x-www-form-urlencoded ActionId=${id}&Oid=a%26Status%3DAPPROVED`,
  ]);
});

test('a re-attribution tells of both actions; what is done by hand and planted is told too', async () => {
  sandbox.postbackTo({ url: hook('/hook?e={ActionId}') });
  const { id } = sandbox.plant({ orderId: 'ghost', amount: '10.00' });
  const fresh = sandbox.office('ghost', 'reattribute');
  sandbox.office('ghost', { amount: '5.00' });
  await sandbox.idle();
  const told = (await sandbox.postbacks()).map(({ event, actionId }) => [event, actionId]);
  expect(told).toEqual([
    ['tracked', id],
    ['reversed', id],
    ['tracked', fresh.id],
    ['modified', fresh.id],
  ]);
});

test('each clearing is told once, whatever locked early, was restored or is still to come', async () => {
  sandbox.postbackTo({ url: hook('/hook?o={Oid}'), on: ['cleared'] });
  for (const orderId of ['early', 'restored', 'reversed', 'usual']) sandbox.plant({ orderId, amount: '1' });
  sandbox.office('early', 'approve');
  sandbox.office('reversed', 'reverse');
  sandbox.office('restored', 'reverse');
  const told = async (travel: string): Promise<string[]> => {
    sandbox.travel(travel);
    await sandbox.idle();
    return heard.splice(0).map((line) => line.replace('GET /hook?o=', ''));
  };
  expect(await told('+6d')).toEqual([]);
  expect(await told('+1d')).toEqual(['early']);
  sandbox.office('restored', 'restore');
  expect(await told('+10d')).toEqual([]);
  sandbox.plant({ orderId: 'later', amount: '1' });
  expect((await told('+6d')).toSorted()).toEqual(['restored', 'usual']);
  expect(await told('+60d')).toEqual(['later']);
  expect(await told('+60d')).toEqual([]);
});

test('approval alone is told by nobody', async () => {
  sandbox.postbackTo({ url: hook('/hook') });
  sandbox.plant({ orderId: 'order', amount: '10.00' });
  sandbox.office('order', 'approve');
  await sandbox.idle();
  expect(heard).toHaveLength(1);
});

test('many are sent a few at a time, and none is left behind', async () => {
  let open = 0;
  let most = 0;
  answer = (response) => {
    open += 1;
    most = Math.max(most, open);
    setImmediate(() => {
      open -= 1;
      response.end();
    });
  };
  sandbox.postbackTo({ url: hook('/hook?o={Oid}') });
  for (let number = 0; number < 200; number += 1) sandbox.plant({ orderId: `${number}`, amount: '1' });
  await sandbox.idle();
  expect([heard.length, new Set(heard).size]).toEqual([200, 200]);
  expect(most).toBeLessThanOrEqual(8);
});

test('keep what a brand answered, and go nowhere when told so', async () => {
  answer = (response) => {
    response.statusCode = 500;
    response.end();
  };
  sandbox.postbackTo({ url: hook('/hook') });
  sandbox.plant({ orderId: 'one', amount: '1' });
  await sandbox.idle();
  sandbox.postbackTo({ url: 'http://127.0.0.1:1/' });
  sandbox.plant({ orderId: 'two', amount: '1' });
  await sandbox.idle();
  sandbox.postbackTo(null);
  sandbox.plant({ orderId: 'three', amount: '1' });
  await sandbox.idle();
  expect((await sandbox.postbacks()).map(({ status }) => status)).toEqual([500, null]);
  sandbox.reset();
  expect(await sandbox.postbacks()).toEqual([]);
});
