import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ImpactApiError } from '../../src/api/index.js';
import {
  clientFor,
  failureOf,
  httpServer,
  QUEUED,
  SID,
  tcpServer,
  TOKEN,
  type TestServer,
} from './support/scripted.server.js';

const EMAIL = 'canary.jane@example.com';
const CUSTOMER = 'canary-customer-42';
const BASE64 = Buffer.from(`${SID}:${TOKEN}`).toString('base64');
const SALE = [
  ['OrderId', 'order-1'],
  ['CustomerId', CUSTOMER],
  ['CustomerEmail', EMAIL],
  ['CustomerCity', 'Canaryville'],
] as const;
/** What must appear nowhere, in any letter case or escaping. */
const CANARIES = [
  TOKEN,
  BASE64,
  BASE64.replaceAll('=', ''),
  EMAIL,
  EMAIL.replace('@', '%40'),
  CUSTOMER,
  'Canaryville',
];

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const texts = (value: unknown): string[] => [
  inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
  JSON.stringify(value),
  String(value),
  value instanceof Error ? (value.stack ?? '') : '',
];

function expectNoCanary(value: unknown): void {
  for (const text of texts(value)) {
    for (const canary of CANARIES) expect(text.toLowerCase()).not.toContain(canary.toLowerCase());
    expect(text).not.toMatch(/authorization|ClientRequest|AxiosError|IncomingMessage/i);
  }
}

/** Everything that the vendor could say back to us about what we sent. */
const ECHO = `Invalid value ${EMAIL} for ${CUSTOMER} of ${TOKEN} with Basic ${BASE64} in CANARYVILLE at ${encodeURIComponent(EMAIL)}`;

describe('no error shows a credential or customer data', () => {
  it.each([
    [400, JSON.stringify({ errors: [{ field: ECHO, message: ECHO, level: ECHO }], Message: ECHO })],
    [401, `<ImpactRadiusResponse><Message>${ECHO}</Message></ImpactRadiusResponse>`],
    [403, JSON.stringify({ Message: ECHO })],
    [429, JSON.stringify({ Errors: [ECHO] })],
    [500, JSON.stringify({ Message: ECHO })],
    [502, `<html>${ECHO}</html>`],
    [302, ECHO],
    [200, ECHO],
    [200, `{"Status":"QUEUED","QueuedUri":"${ECHO}`],
    [200, JSON.stringify({ Status: 'ERROR', Message: ECHO })],
    [200, JSON.stringify({ Status: 'MAYBE', QueuedUri: ECHO })],
  ])('%i, case %#', async (status, body) => {
    server = await httpServer((response) =>
      response.writeHead(status, { Location: `https://evil.example/?${encodeURIComponent(ECHO)}` }).end(body),
    );
    expectNoCanary(await failureOf(clientFor(server.url).submitConversion(SALE), ImpactApiError));
  });

  it.each(['a silent server', 'a reset', 'garbage'])('%s', async (trouble) => {
    server = await tcpServer((socket) => {
      if (trouble === 'a reset') socket.once('data', () => socket.resetAndDestroy());
      if (trouble === 'garbage') socket.end(`${ECHO}\r\n\r\n`);
    });
    expectNoCanary(await failureOf(clientFor(server.url, 60).submitConversion(SALE), ImpactApiError));
  });

  it('nobody there', async () => {
    const gone = await tcpServer(() => {});
    await gone.close();
    const error = await failureOf(clientFor(gone.url).submitConversion(SALE), ImpactApiError);
    expectNoCanary(error);
    expect(error.cause).toBeUndefined();
  });

  it('a link that is not followed', async () => {
    server = await httpServer((response) => response.end(QUEUED));
    const call = clientFor(server.url).getSubmission(`https://evil.example/${TOKEN}/${EMAIL}`);
    expectNoCanary(await failureOf(call, ImpactApiError));
  });
});

it('the masks leave the vendor’s words readable', async () => {
  server = await httpServer((response) =>
    response
      .writeHead(400)
      .end(JSON.stringify({ errors: [{ field: 'CustomerEmail', message: `Invalid value ${EMAIL}` }] })),
  );
  const error = await failureOf(clientFor(server.url).submitConversion(SALE), ImpactApiError);
  expect(error.problems).toEqual([
    { field: 'CustomerEmail', message: 'Invalid value [CustomerEmail]', level: null },
  ]);
});

it('the client prints nothing of its own either', () => {
  expectNoCanary(clientFor('http://127.0.0.1:9'));
});
