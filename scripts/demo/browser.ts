/** One answer on the way to a page. */
export interface Hop {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly location: string | null;
  readonly cookies: readonly string[];
}

export interface Page {
  readonly url: string;
  readonly html: string;
  readonly hops: readonly Hop[];
}

const MOST_HOPS = 10;

/** As much of a browser as a shopper without JavaScript needs: redirects, cookies and forms. */
export class Browser {
  /** By name: cookies do not tell ports apart, and everything here is one host. */
  readonly #cookies = new Map<string, string>();

  /** What a person types or follows. */
  open(url: string): Promise<Page> {
    return this.#go('GET', url);
  }

  submit(url: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#go('POST', url, new URLSearchParams(fields));
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  async #go(method: 'GET' | 'POST', url: string, body?: URLSearchParams): Promise<Page> {
    const hops: Hop[] = [];
    let next = { method, url, body };
    while (hops.length < MOST_HOPS) {
      const answer = await fetch(next.url, {
        method: next.method,
        body: next.body,
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          cookie: this.#header(),
          'sec-fetch-dest': 'document',
          'user-agent': 'demo',
        },
      });
      const location = answer.headers.get('location');
      const cookies = answer.headers.getSetCookie();
      for (const cookie of cookies) this.#keep(cookie);
      hops.push({ method: next.method, url: next.url, status: answer.status, location, cookies });
      const html = await answer.text();
      if (location === null) {
        if (!answer.ok) throw new PageError(next.method, next.url, answer.status, html);
        return { url: next.url, html, hops };
      }
      next = { method: 'GET', url: new URL(location, next.url).href, body: undefined };
    }
    throw new PageError(next.method, next.url, 310, 'too many redirects');
  }

  #keep(cookie: string): void {
    const [pair = ''] = cookie.split(';', 1);
    const equals = pair.indexOf('=');
    this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
  }

  #header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(method: string, url: string, status: number, html: string) {
    const said = html
      .replaceAll(/<(style|head)[\s\S]*?<\/\1>|<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    super(`${method} ${url} answered ${status}: ${said.slice(0, 300)}`);
  }
}
