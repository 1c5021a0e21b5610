import type { IncomingMessage } from 'node:http';

/** Longest body that the endpoint reads, in bytes: browsers and servers cut URLs well before. */
const LONGEST_BODY = 8_192;

/** A request whose body the platform may have parsed, or left alone. */
export type BodyRequest = { readonly body?: unknown; readonly raw?: IncomingMessage } & (
  IncomingMessage | { readonly raw: IncomingMessage }
);

/** What was posted: a URL, or an object that may have the fields of a click. `null` for everything else. */
export type PostedClick = string | Readonly<Record<string, unknown>>;

/**
 * Reads what was posted, whoever parsed it: apps parse JSON and forms, Fastify also plain text, and
 * Express leaves `sendBeacon`'s text/plain to us. Never throws.
 */
export async function postedClick(request: BodyRequest): Promise<PostedClick | null> {
  const { body } = request;
  if (typeof body === 'string') return body.length > LONGEST_BODY ? null : fromText(body, '');
  if (Buffer.isBuffer(body)) return body.length > LONGEST_BODY ? null : fromText(body.toString('utf8'), '');
  if (isRecord(body) && Object.keys(body).length > 0) return body;
  const raw = request.raw ?? (request as IncomingMessage);
  if (raw.readableEnded || raw.destroyed) return null;
  const text = await readText(raw);
  return text === null ? null : fromText(text, raw.headers['content-type'] ?? '');
}

function fromText(text: string, contentType: string): PostedClick | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (/urlencoded/i.test(contentType)) return Object.fromEntries(new URLSearchParams(trimmed));
  if (!trimmed.startsWith('{')) return trimmed;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Not `for await`: leaving that early would destroy the socket, and with it our answer. */
function readText(stream: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LONGEST_BODY) chunks.push(chunk);
      else resolve(null);
    });
    stream.once('end', () => resolve(size > LONGEST_BODY ? null : Buffer.concat(chunks).toString('utf8')));
    stream.once('error', () => resolve(null));
    stream.once('close', () => resolve(null));
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
