import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpCall {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** One request on a connection of its own, so that no pool outlives a test. Redirects are answers. */
export function http(
  url: string,
  { method = 'GET', headers = {}, body }: HttpCall = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? null : JSON.stringify(body);
    const request = httpRequest(
      url,
      {
        method,
        agent: false,
        headers: {
          ...(payload === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(payload ?? undefined);
  });
}

/** A browser as far as a shop can tell: follows one redirect at a time and sends its cookies back. */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  /** `Set-Cookie` headers as they came, newest last. */
  readonly received: string[] = [];

  async get(url: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.#call(url, { headers });
  }

  async post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.#call(url, { method: 'POST', body, headers });
  }

  /** Clicks a partner's link and lands on the shop's page. */
  async follow(link: string): Promise<{ redirect: HttpAnswer; location: string; landing: HttpAnswer }> {
    const redirect = await http(link);
    const location = redirect.headers.location ?? '';
    return { redirect, location, landing: await this.get(location) };
  }

  async #call(url: string, call: HttpCall): Promise<HttpAnswer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await http(url, {
      ...call,
      headers: { ...(cookie === '' ? {} : { cookie }), ...call.headers },
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      this.received.push(line);
      const [pair = ''] = line.split(';', 1);
      const equals = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return answer;
  }
}
