import type { IncomingMessage } from 'node:http';

/** Largest body that is read; the vendor's own limit is unknown (docs/vendor-contract.md §13.5). */
const LARGEST_BODY = 1024 * 1024;

export interface Body {
  readonly parameters: Readonly<Record<string, string>>;
  readonly problem: string | null;
}

export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    // Read on, but keep nothing: the answer must reach a client that is still sending.
    if (size <= LARGEST_BODY) chunks.push(bytes);
  }
  if (size > LARGEST_BODY) return { parameters: {}, problem: 'Body too large' };
  return parseBody(Buffer.concat(chunks).toString('utf8'), request.headers['content-type'] ?? '');
}

/** Form or flat JSON, named by the content type (docs/vendor-contract.md §2). */
function parseBody(text: string, contentType: string): Body {
  if (text.trim() === '') return { parameters: {}, problem: null };
  if (/^application\/json\b/i.test(contentType)) return parseJson(text);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    return { parameters: formParameters(text), problem: null };
  }
  return {
    parameters: {},
    problem: 'Content-Type must be application/x-www-form-urlencoded or application/json',
  };
}

export const formParameters = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text));

function parseJson(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { parameters: {}, problem: 'Body is not valid JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { parameters: {}, problem: 'Body must be a JSON object' };
  }
  const parameters: Record<string, string> = {};
  for (const [name, entry] of Object.entries(value as Record<string, unknown>)) {
    if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') {
      parameters[name] = String(entry);
    } else if (entry !== null) {
      return {
        parameters: {},
        problem: `Body must be a flat JSON object: ${name.slice(0, 40)} is not a plain value`,
      };
    }
  }
  return { parameters, problem: null };
}
