import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MeddlingProxy {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** A host in front of the shop that changes addresses: it redirects to what it has made of them, or passes them on. */
export async function meddlingProxy(
  shop: string,
  how: 'redirect' | 'pass-on',
  change: (pathAndQuery: string) => string,
  /** What it answers with itself at `/`. */
  page?: string,
): Promise<MeddlingProxy> {
  const server: Server = createServer((incoming, answer) => {
    if (page !== undefined && /^\/(\?|$)/.test(incoming.url ?? '')) {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
      return;
    }
    const target = `${shop}${change(incoming.url ?? '/')}`;
    if (how === 'redirect') {
      answer.writeHead(301, { location: target }).end();
      return;
    }
    const outgoing = request(target, { method: incoming.method, headers: incoming.headers }, (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
      theirs.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
