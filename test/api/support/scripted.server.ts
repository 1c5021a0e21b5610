import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createImpactHttp, ImpactApiClient } from '../../../src/api/index.js';
import { resolveOptions, type ImpactOptions, type ResolvedImpactOptions } from '../../../src/config/index.js';

export const SID = 'IRabc123';
export const TOKEN = 'CANARY-token-5f3a9';
export const QUEUED = `{"Status":"QUEUED","QueuedUri":"/Advertisers/${SID}/APISubmissions/A-1"}`;

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly socket: Socket;
}

export interface TestServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** A real HTTP server whose answers the test writes. */
export async function httpServer(
  answer: (response: ServerResponse, request: SeenRequest, count: number) => void,
): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const entry = { method, url, headers, socket, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(entry);
      answer(response, entry, seen.length);
    });
  });
  return listening(server, seen);
}

/** A server below HTTP, for answers that no HTTP server would give. */
export async function tcpServer(onConnection: (socket: Socket, count: number) => void): Promise<TestServer> {
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    socket.on('error', () => {});
    socket.resume();
    onConnection(socket, count);
  });
  return listening(server, []);
}

async function listening(server: Server, seen: SeenRequest[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function optionsFor(baseUrl: string, options: ImpactOptions = {}): ResolvedImpactOptions {
  return resolveOptions(
    {
      accountSid: SID,
      authToken: TOKEN,
      campaignId: '1000',
      eventTypeId: '2000',
      allowAnyBaseUrl: true,
      ...options,
      baseUrl,
    },
    () => undefined,
    'test',
  ).options;
}

/** A client with a deadline that a test can wait for. */
export function clientFor(baseUrl: string, timeout = 2000, options: ImpactOptions = {}): ImpactApiClient {
  const delivery = { ...options.delivery, timeout };
  return new ImpactApiClient(createImpactHttp(), optionsFor(baseUrl, { ...options, delivery }));
}

/** The error of a call that must fail. */
export async function failureOf<E>(
  call: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  try {
    await call;
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new TypeError('The call should have failed.');
}
