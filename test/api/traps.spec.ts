import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ImpactApiAnswerUnusableError,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
} from '../../src/api/index.js';
import {
  clientFor,
  failureOf,
  httpServer,
  QUEUED,
  tcpServer,
  type TestServer,
} from './support/scripted.server.js';

const SALE = [
  ['CampaignId', '1000'],
  ['OrderId', 'order-1'],
] as const;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const send = (url: string, timeout?: number): Promise<unknown> =>
  clientFor(url, timeout).submitConversion(SALE);

/** Writes to the socket for as long as it is open. */
function dribble(socket: Socket, text: () => string, every = 10): void {
  const timer = setInterval(() => socket.write(text()), every);
  socket.on('close', () => clearInterval(timer));
}

describe('the deadline is total', () => {
  it('a server that accepts and says nothing', async () => {
    server = await tcpServer(() => {});
    const error = await failureOf(send(server.url, 80), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true, status: null });
  });

  it('headers that drip', async () => {
    server = await tcpServer((socket) => {
      socket.write(HEAD);
      dribble(socket, () => 'X-More: 1\r\n');
    });
    const error = await failureOf(send(server.url, 80), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: true });
  });

  it('a body that drips', async () => {
    server = await tcpServer((socket) => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      dribble(socket, () => '1\r\n \r\n');
    });
    const error = await failureOf(send(server.url, 80), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status: 200, requestMayHaveArrived: true });
    expect(error.message).toContain('did not end in time');
  });

  it('closes the socket that it gave up on', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    server = await tcpServer((socket) => {
      closed = once(socket, 'close');
      dribble(socket, () => '');
    });
    await failureOf(send(server.url, 50), ImpactApiUnreachableError);
    await closed;
  });
});

describe('what is no acceptance', () => {
  it.each([
    ['a redirect', 302, { Location: '/elsewhere' }, QUEUED, 'a redirect'],
    ['a redirect that keeps the method', 307, { Location: '/elsewhere' }, '', 'a redirect'],
    ['not modified', 304, {}, '', 'a redirect'],
    ['an empty 204', 204, {}, '', 'an empty body'],
    ['an empty 200', 200, {}, '', 'an empty body'],
    ['broken JSON', 200, {}, '{"Status":"QUEUED","QueuedUri":', 'broken JSON'],
    ['HTML', 200, { 'Content-Type': 'text/html' }, '<!doctype html><p>QUEUED', 'an HTML page'],
    ['HTML called JSON', 200, { 'Content-Type': 'application/json' }, '<html>QUEUED</html>', 'markup'],
    ['no URI', 200, {}, '{"Status":"QUEUED"}', 'no proof of acceptance'],
    ['another status', 200, {}, '{"Status":"MAYBE","QueuedUri":"/x"}', 'no proof of acceptance'],
    [
      'too much',
      200,
      {},
      `{"Status":"QUEUED","QueuedUri":"/x","pad":"${'x'.repeat(65_536)}"}`,
      'more than 65536 bytes',
    ],
    [
      'a zip bomb',
      200,
      { 'Content-Encoding': 'gzip' },
      gzipSync(Buffer.alloc(50_000_000)),
      'more than 65536 bytes',
    ],
    [
      'a bomb of another kind',
      200,
      { 'Content-Encoding': 'br' },
      brotliCompressSync(Buffer.alloc(50_000_000)),
      'more than 65536 bytes',
    ],
    [
      'compression that is cut off',
      200,
      { 'Content-Encoding': 'gzip' },
      gzipSync(QUEUED.repeat(50)).subarray(0, 40),
      'broke off',
    ],
    ['an encoding that nobody asked for', 200, { 'Content-Encoding': 'zstd' }, QUEUED, 'nobody asked for'],
    ['broken compression', 200, { 'Content-Encoding': 'gzip' }, 'not gzip', 'broke off'],
  ])('%s', async (_name, status, headers, body, why) => {
    server = await httpServer((response) =>
      response.writeHead(status, headers as Record<string, string>).end(body),
    );
    const error = await failureOf(send(server.url), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status, requestMayHaveArrived: true, code: 'API_ANSWER_UNUSABLE' });
    expect(error.message).toContain(why);
    expect(server.seen).toHaveLength(1);
  });

  it('something that is not HTTP', async () => {
    server = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const error = await failureOf(send(server.url), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status: null, requestMayHaveArrived: true });
  });

  it('a body that is cut off', async () => {
    server = await tcpServer((socket) => {
      socket.once('data', () => socket.end(`${HEAD}Content-Length: 5000\r\n\r\n${QUEUED}`));
    });
    const error = await failureOf(send(server.url), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status: 200, requestMayHaveArrived: true });
  });
});

it('an endless body is read up to the limit and not further', async () => {
  const block = Buffer.alloc(64 * 1024, 'x');
  let sent = 0;
  server = await tcpServer((socket) => {
    socket.once('data', () => {
      socket.write(`${HEAD}\r\n`);
      const pump = (): void => {
        while (!socket.destroyed && sent < 256 * 1024 * 1024) {
          sent += block.length;
          if (!socket.write(block)) return void socket.once('drain', pump);
        }
      };
      pump();
    });
  });
  const before = process.memoryUsage().arrayBuffers;
  const error = await failureOf(send(server.url), ImpactApiAnswerUnusableError);
  expect(error.message).toContain('more than 65536 bytes');
  // What the kernel's buffers took besides.
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
});

it.each([
  ['a byte order mark', {}, `\uFEFF${QUEUED}`],
  ['gzip', { 'Content-Encoding': 'gzip' }, gzipSync(QUEUED)],
  ['deflate', { 'Content-Encoding': 'deflate' }, deflateSync(QUEUED)],
  ['brotli', { 'Content-Encoding': 'br' }, brotliCompressSync(QUEUED)],
  ['no encoding, by name', { 'Content-Encoding': 'identity' }, QUEUED],
])('an answer with %s is understood', async (_name, headers, body) => {
  server = await httpServer((response) =>
    response.writeHead(200, headers as unknown as Record<string, string>).end(body),
  );
  await expect(send(server.url)).resolves.toMatchObject({ submissionId: 'A-1' });
  expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  expect(server.seen[0]?.headers).not.toHaveProperty('expect');
});

describe('a listing may be longer', () => {
  it('than a look-up', async () => {
    const actions = Array.from({ length: 500 }, (_, index) => ({
      Id: `1000.1.${index}`,
      Note: 'n'.repeat(400),
    }));
    server = await httpServer((response) =>
      response.end(JSON.stringify({ '@numpages': '1', Actions: actions })),
    );
    expect((await clientFor(server.url).listActions()).actions).toHaveLength(500);
  });
});

describe('a pooled socket that the other side has closed', () => {
  const answer = `${HEAD}Content-Length: ${QUEUED.length}\r\n\r\n${QUEUED}`;

  /** Answers the first request on each socket and resets it at the second. */
  const resetting = (onSecond: (socket: Socket, connection: number) => void): Promise<TestServer> =>
    tcpServer((socket, connection) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write(answer);
        else onSecond(socket, connection);
      });
    });

  it('is replaced by a fresh one, once, at once', async () => {
    let resets = 0;
    server = await resetting((socket) => {
      resets += 1;
      socket.resetAndDestroy();
    });
    const client = clientFor(server.url);
    await client.submitConversion(SALE);
    await expect(client.submitConversion(SALE)).resolves.toMatchObject({ submissionId: 'A-1' });
    expect(resets).toBe(1);
  });

  it('is not replaced when it broke in the middle of an answer', async () => {
    let connections = 0;
    server = await resetting((socket, connection) => {
      connections = connection;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{', () => socket.resetAndDestroy());
    });
    const client = clientFor(server.url);
    await client.submitConversion(SALE);
    await failureOf(client.submitConversion(SALE), ImpactApiAnswerUnusableError);
    expect(connections).toBe(1);
  });

  it('is the only reason for a second request: a reset on a fresh socket is not', async () => {
    let connections = 0;
    server = await tcpServer((socket, count) => {
      connections = count;
      socket.once('data', () => socket.resetAndDestroy());
    });
    const error = await failureOf(send(server.url), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'ECONNRESET', requestMayHaveArrived: true });
    expect(connections).toBe(1);
  });

  it('a second reset ends it, and the outcome is unknown', async () => {
    let connections = 0;
    server = await tcpServer((socket, count) => {
      connections = count;
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (requests === 1 && count === 1) socket.write(answer);
        else socket.resetAndDestroy();
      });
    });
    const client = clientFor(server.url);
    await client.submitConversion(SALE);
    const error = await failureOf(client.submitConversion(SALE), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'ECONNRESET', requestMayHaveArrived: true });
    expect(connections).toBe(2);
  });
});

describe('a request that never left', () => {
  it('because nobody listens', async () => {
    const closed = await tcpServer(() => {});
    await closed.close();
    const error = await failureOf(send(closed.url), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'ECONNREFUSED', requestMayHaveArrived: false });
  });

  it('because the name does not exist', async () => {
    const error = await failureOf(send('http://impact.invalid'), ImpactApiUnreachableError);
    expect(error.requestMayHaveArrived).toBe(false);
  });

  it('because TLS failed', async () => {
    const plain = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server = plain;
    const error = await failureOf(send(plain.url.replace('http:', 'https:')), ImpactApiUnreachableError);
    expect(error.requestMayHaveArrived).toBe(false);
  });

  it('because the TLS handshake hangs', async () => {
    server = await tcpServer(() => {});
    const error = await failureOf(send(server.url.replace('http:', 'https:'), 80), ImpactApiUnreachableError);
    expect(error).toMatchObject({ networkCode: 'DEADLINE', requestMayHaveArrived: false });
  });

  it('because no cipher is shared', async () => {
    const tls = createTlsServer({});
    tls.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    server = { url: '', seen: [], close: () => new Promise((resolve) => tls.close(() => resolve())) };
    const { port } = tls.address() as AddressInfo;
    const error = await failureOf(send(`https://127.0.0.1:${port}`), ImpactApiUnreachableError);
    expect(error.requestMayHaveArrived).toBe(false);
  });
});

describe('an error status counts whatever its body is', () => {
  it.each([
    ['too long', 'x'.repeat(100_000)],
    ['HTML', '<html>Bad gateway</html>'],
    ['empty', ''],
  ])('503 with a body that is %s', async (_name, body) => {
    server = await httpServer((response) => response.writeHead(503, { 'Retry-After': '7' }).end(body));
    const error = await failureOf(send(server.url), ImpactApiUnreachableError);
    expect(error).toMatchObject({ status: 503, networkCode: null, problems: [], rate: { retryAfter: 7000 } });
  });

  it.each([
    ['HTML', 400, '<html>Blocked by the firewall</html>'],
    ['HTML', 404, '<!doctype html><title>Not found</title>'],
    ['nothing', 405, ''],
  ])('but not a refusal that impact.com did not word: %s with a %i', async (_name, status, body) => {
    server = await httpServer((response) => response.writeHead(status).end(body));
    const error = await failureOf(send(server.url), ImpactApiAnswerUnusableError);
    expect(error).toMatchObject({ status, requestMayHaveArrived: true });
  });

  it('401 with a body that never ends', async () => {
    server = await tcpServer((socket) => {
      socket.write('HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n');
      dribble(socket, () => '1\r\n \r\n');
    });
    await expect(failureOf(send(server.url, 80), ImpactApiRefusedError)).resolves.toMatchObject({
      status: 401,
    });
  });
});
