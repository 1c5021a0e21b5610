import type { IncomingMessage } from 'node:http';

/** Longest body that is read, in bytes: a template with every macro stays far below. */
const LONGEST_BODY = 16_384;
/** Most fields that are looked at. */
const MOST_FIELDS = 200;

/** A request as Express and Fastify hand it out. */
export interface PostbackRequest {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The caller's address, by the app's own rule about proxies. */
  readonly ip?: string;
  /** What the platform made of the body. */
  readonly body?: unknown;
  /** Fastify's: Node's own request. */
  readonly raw?: IncomingMessage;
}

export type BodyReading =
  { readonly fields: ReadonlyMap<string, unknown> } | { readonly refused: 'too-large' | 'unreadable' };

/** Fields of the query string, by the URL itself: platforms and their settings read it in different ways. */
export function queryOf({ originalUrl, url = '' }: PostbackRequest): URLSearchParams {
  const whole = originalUrl ?? url;
  const start = whole.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : whole.slice(start + 1));
}

/** Reads a body, whoever parsed it: apps parse JSON and forms; what they leave alone is read here. Never throws. */
export async function bodyOf(request: PostbackRequest): Promise<BodyReading> {
  if (Number(request.headers['content-length'] ?? 0) > LONGEST_BODY) return { refused: 'too-large' };
  const { body } = request;
  if (typeof body === 'string' || Buffer.isBuffer(body)) return fromText(body.toString('utf8'));
  if (isRecord(body) && Object.keys(body).length > 0) return { fields: fieldsOf(Object.entries(body)) };
  if (Array.isArray(body)) return { refused: 'unreadable' };
  const raw = request.raw ?? (request as unknown as IncomingMessage);
  if (raw.readableEnded || raw.destroyed) return { fields: new Map() };
  const text = await readText(raw);
  return text === null ? { refused: 'too-large' } : fromText(text);
}

/** The first value of each name counts. */
export function fieldsOf(entries: Iterable<readonly [string, unknown]>): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of entries) {
    if (fields.size >= MOST_FIELDS) break;
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}

function fromText(text: string): BodyReading {
  if (Buffer.byteLength(text) > LONGEST_BODY) return { refused: 'too-large' };
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return { fields: fieldsOf(new URLSearchParams(trimmed)) };
  try {
    const parsed: unknown = JSON.parse(trimmed);
    return isRecord(parsed) ? { fields: fieldsOf(Object.entries(parsed)) } : { refused: 'unreadable' };
  } catch {
    return { refused: 'unreadable' };
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
