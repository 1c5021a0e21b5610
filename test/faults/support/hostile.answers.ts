import type { ServerResponse } from 'node:http';

export interface Answer {
  /** Whether the vendor has the sale in its books after this, whatever it says. */
  readonly takes: boolean;
  /** @param uri of the submission. */
  give(response: ServerResponse, uri: string): void;
}

/** Taken, and said so. */
export const accept = (headers: Readonly<Record<string, string>> = {}): Answer => ({
  takes: true,
  give: (response, uri) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify({ Status: 'QUEUED', QueuedUri: uri }));
  },
});

/** Any status with any body. */
export const status = (
  code: number,
  {
    body = '',
    headers = {},
    takes = false,
  }: { body?: string; headers?: Record<string, string>; takes?: boolean } = {},
): Answer => ({
  takes,
  give: (response) => {
    response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
    response.end(body);
  },
});

/** A refusal that is worded as the vendor words it. */
export const problem = (code: number, message: string, field = 'ItemSku1'): Answer =>
  status(code, {
    body: JSON.stringify({
      Status: 'ERROR',
      Message: 'Validation failed',
      Errors: [{ Field: field, Message: message }],
    }),
  });

/** Nothing, ever. */
export const hang = (takes: boolean): Answer => ({ takes, give: () => {} });

/** The status line and headers, and then nothing. */
export const headersThenSilence = (takes: boolean): Answer => ({
  takes,
  give: (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '200' });
    response.flushHeaders();
  },
});

/** Bytes on the bare socket, at once or one by one. */
export const bytes = (text: string, takes: boolean, everyMs = 0): Answer => ({
  takes,
  give: ({ socket }) => {
    if (socket === null) return;
    if (everyMs === 0) {
      socket.end(text);
      return;
    }
    let next = 0;
    const timer = setInterval(() => {
      if (next >= text.length || socket.destroyed) clearInterval(timer);
      else socket.write(text[next++]!);
    }, everyMs);
    socket.once('close', () => clearInterval(timer));
  },
});

/** The acceptance, whose body does not arrive in time. */
export const drippedBody = (everyMs: number): Answer => ({
  takes: true,
  give: (response, uri) => {
    const body = JSON.stringify({ Status: 'QUEUED', QueuedUri: uri });
    bytes(
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      true,
      everyMs,
    ).give(response, uri);
  },
});

/** The connection is reset instead of an answer. */
export const reset = (takes: boolean): Answer => ({
  takes,
  give: ({ socket }) => socket?.resetAndDestroy(),
});

/** JSON that goes on for so many bytes, and is handed out only as fast as it is read. */
export const huge = (size: number): Answer => ({
  takes: true,
  give: (response) => {
    const chunk = Buffer.alloc(65_536, 'x');
    let left = size;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', more);
          return;
        }
      }
      response.end('"}');
    };
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{"Status":"QUEUED","QueuedUri":"');
    more();
  },
});
