import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

const TYPES: Record<string, string> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

export interface StaticServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a folder on `localhost`, which for a browser is another site than `127.0.0.1`. */
export async function serveFolder(folder: URL, edit: (text: string) => string): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/, '/index.html');
    readFile(new URL(`.${path}`, folder), 'utf8').then(
      (text) => response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain').end(edit(text)),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
