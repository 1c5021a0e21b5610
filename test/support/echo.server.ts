import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoServer {
  readonly url: string;
  /** How the next calls are answered; `{received}` in the body becomes everything that was received. */
  answer: { status: number; type: string; body: string };
  close(): Promise<void>;
}

/** The worst vendor there can be: it repeats every secret and every value that it was told. */
export async function startEchoServer(): Promise<EchoServer> {
  const echo: { answer: EchoServer['answer'] } = {
    answer: { status: 500, type: 'text/plain', body: '{received}' },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const authorization = request.headers.authorization ?? '';
      const credentials = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
      const received = [
        request.url,
        authorization,
        credentials,
        body,
        decodeURIComponent(body.replaceAll('+', ' ')),
      ].join(' | ');
      const { status, type, body: template } = echo.answer;
      response.writeHead(status, { 'content-type': type, 'x-echo': authorization });
      response.end(template.replaceAll('{received}', () => JSON.stringify(received).slice(1, -1)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(echo, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  });
}
