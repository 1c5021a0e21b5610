import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { requestDirectly } from '../../src/api/direct.request.js';
import { Deadline } from '../../src/api/exchange.types.js';
import {
  createImpactHttp,
  ImpactApiAnswerUnusableError,
  ImpactApiClient,
  ImpactApiUnreachableError,
} from '../../src/api/index.js';
import {
  clientFor,
  failureOf,
  optionsFor,
  QUEUED,
  tcpServer,
  type TestServer,
} from './support/scripted.server.js';

const SALE = [['OrderId', 'order-1']] as const;
const BIG_SALE = [['Note', 'x'.repeat(8_000_000)]] as const;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const ANSWER = `${HEAD}Content-Length: ${QUEUED.length}\r\n\r\n${QUEUED}`;

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const tick = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that sees each request on a socket by its head. */
async function serving(
  onRequest: (socket: Socket, at: { readonly connection: number; readonly request: number }) => void,
): Promise<TestServer & { readonly connections: () => number }> {
  let connections = 0;
  const tcp = await tcpServer((socket, connection) => {
    connections = connection;
    let request = 0;
    socket.on('data', (data) => {
      if (!/^(POST|GET) /.test(data.toString('latin1'))) return;
      request += 1;
      onRequest(socket, { connection, request });
    });
  });
  server = tcp;
  return { ...tcp, connections: () => connections };
}

describe('a pooled socket', () => {
  it('that dies while the body is written is replaced once', async () => {
    const { url, connections } = await serving((socket, { connection, request }) => {
      if (connection === 1 && request === 2) socket.resetAndDestroy();
      else socket.write(ANSWER);
    });
    const client = clientFor(url);
    await client.submitConversion(SALE);
    await expect(client.submitConversion(BIG_SALE)).resolves.toMatchObject({ submissionId: 'A-1' });
    expect(connections()).toBe(2);
  });

  it('is not replaced by another one that may be dead as well', async () => {
    const { url, connections } = await serving((socket, { connection, request }) => {
      if (connection <= 2 && request > 1) socket.resetAndDestroy();
      else setTimeout(() => socket.write(ANSWER), 20);
    });
    const client = clientFor(url);
    await Promise.all([client.submitConversion(SALE), client.submitConversion(SALE)]);
    expect(connections()).toBe(2);
    await expect(client.submitConversion(SALE)).resolves.toMatchObject({ submissionId: 'A-1' });
    expect(connections()).toBe(3);
  });

  it('that the server has closed properly is not used again', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const { url, connections } = await serving((socket) => {
      closed = once(socket, 'close');
      socket.end(ANSWER);
    });
    const client = clientFor(url);
    await client.submitConversion(SALE);
    await closed;
    await client.submitConversion(SALE);
    expect(connections()).toBe(2);
  });

  it('is not used past the time that the server names', async () => {
    const { url, connections } = await serving((socket) => {
      socket.write(ANSWER.replace(HEAD, `${HEAD}Keep-Alive: timeout=2\r\n`));
    });
    const client = clientFor(url);
    await client.submitConversion(SALE);
    await client.submitConversion(SALE);
    expect(connections()).toBe(1);
    // Node gives it up a second before.
    await tick(1300);
    await client.submitConversion(SALE);
    expect(connections()).toBe(2);
  });

  it.each([
    ['a whole answer', ANSWER],
    ['some bytes', 'garbage'],
  ])('that brought %s too much never answers the next sale with it', async (_name, more) => {
    const { url } = await serving((socket, { request, connection }) => {
      if (request === 1 && connection === 1) socket.write(ANSWER + more);
    });
    const client = clientFor(url, 300);
    await client.submitConversion(SALE);
    await tick(20);
    const error = await failureOf(client.submitConversion(SALE), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'DEADLINE' });
  });

  it('keeps no process alive', async () => {
    const { url } = await serving((socket) => socket.write(ANSWER));
    const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const child = fork(here('../support/run-ts.mjs'), [here('./support/one-call.ts'), url], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [answered] = await once(child, 'message');
    expect(answered).toBe('A-1');
    // The child lets go of us, and has nothing left but its idle socket.
    const ended = once(child, 'exit');
    child.send('go');
    const [code] = await ended;
    expect(code).toBe(0);
  }, 20_000);
});

describe('the deadline', () => {
  it('also covers the wait for a socket, and such a request never left', async () => {
    const { url, connections } = await serving(() => {});
    const http = createImpactHttp();
    (http.axiosRef.defaults.httpAgent as Agent).maxSockets = 1;
    const client = new ImpactApiClient(http, optionsFor(url, { delivery: { timeout: 150 } }));
    const [first, second] = await Promise.all(
      [1, 2].map(() => failureOf(client.submitConversion(SALE), ImpactApiUnreachableError)),
    );
    expect(first).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true });
    expect(second).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: false });
    expect(connections()).toBe(1);
  });

  it('also covers a server that does not read the request', async () => {
    server = await tcpServer((socket) => socket.pause());
    const error = await failureOf(
      clientFor(server.url, 150).submitConversion(BIG_SALE),
      ImpactApiUnreachableError,
    );
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true });
  });

  it('also covers the retry on a fresh socket', async () => {
    const { url } = await serving((socket, { connection, request }) => {
      if (connection > 1) return;
      if (request === 1) socket.write(ANSWER);
      else setTimeout(() => socket.resetAndDestroy(), 200);
    });
    const client = clientFor(url, 250);
    await client.submitConversion(SALE);
    const call = failureOf(client.submitConversion(SALE), ImpactApiUnreachableError);
    // The second try gets what the first has left; a time of its own would end at 450.
    const error = await Promise.race([call, tick(400)]);
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true });
  });
});

describe('answers that are out of the ordinary', () => {
  it.each([
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['103 Early Hints, twice', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(2)],
  ])('%s is not yet the answer', async (_name, before) => {
    const { url } = await serving((socket) => socket.write(before + ANSWER));
    await expect(clientFor(url).submitConversion(SALE)).resolves.toMatchObject({ submissionId: 'A-1' });
  });

  it('only 1xx is no answer', async () => {
    const { url } = await serving((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
    const error = await failureOf(clientFor(url, 100).submitConversion(SALE), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true });
  });

  it('101 is no acceptance', async () => {
    const { url } = await serving((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
    );
    const error = await failureOf(clientFor(url, 500).submitConversion(SALE), ImpactApiUnreachableError);
    expect(error.requestMayHaveArrived).toBe(true);
  });

  it('an answer that does not wait for the whole request counts', async () => {
    const { url } = await serving((socket) => {
      socket.write(`HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
    const error = await failureOf(clientFor(url).submitConversion(BIG_SALE), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status: 413, requestMayHaveArrived: true });
  });

  it('one without a length, as of HTTP/1.0, ends with its connection', async () => {
    const { url, connections } = await serving((socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${QUEUED}`));
    const client = clientFor(url);
    await expect(client.submitConversion(SALE)).resolves.toMatchObject({ submissionId: 'A-1' });
    await client.submitConversion(SALE);
    expect(connections()).toBe(2);
  });

  it.each([
    ['chunks that are none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`],
    ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345`],
    ['endless headers', `${HEAD}${'X-Pad: y\r\n'.repeat(5000)}\r\n`],
  ])('%s are unusable, and the sale may have arrived', async (_name, answer) => {
    const { url } = await serving((socket) => socket.write(answer));
    const error = await failureOf(clientFor(url).submitConversion(SALE), ImpactApiAnswerUnusableError);
    expect(error.requestMayHaveArrived).toBe(true);
  });
});

it('a request that Node refuses to send never left', async () => {
  const { url, connections } = await serving((socket) => socket.write(ANSWER));
  const deadline = new Deadline(500);
  const request = { method: 'POST', url: new URL(url), body: 'x', longestAnswer: 100 } as const;
  const { exchange } = await requestDirectly(request, { 'X-Bad': 'a\r\nX-Evil: 1' }, false, deadline);
  deadline.clear();
  expect(exchange).toEqual({ kind: 'failed', networkCode: 'ERR_INVALID_CHAR', requestMayHaveArrived: false });
  expect(connections()).toBe(0);
});
