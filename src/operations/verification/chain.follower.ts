import { stringifyCookie } from 'cookie';
import { cookiesOf, reaches } from './cookie.rules.js';
import type { Hop, SeenCookie } from './verification.types.js';

export interface Followed {
  readonly hops: readonly Hop[];
  /** Why it ended early, in words; null when it did not. */
  readonly failure: string | null;
  /** The last page. */
  readonly html: string;
}

const MOST_HOPS = 15;
const TIMEOUT = 20_000;
const LONGEST_PAGE = 512 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What a browser says when somebody has clicked a link. */
const HEADERS = {
  accept: 'text/html,application/xhtml+xml',
  'accept-language': 'en',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
  'upgrade-insecure-requests': '1',
  'user-agent': 'Mozilla/5.0 (compatible; nestjs-impact verify)',
};

/** Follows a link answer by answer, keeping cookies as a browser does, and notes what each one says. */
export async function followLink(link: string, signal: AbortSignal): Promise<Followed> {
  const hops: Hop[] = [];
  const jar: SeenCookie[] = [];
  const ended = (failure: string | null, html = ''): Followed => ({ hops, failure, html });
  let url = link;
  while (hops.length < MOST_HOPS) {
    let answer: Response;
    try {
      answer = await fetch(url, {
        redirect: 'manual',
        headers: { ...HEADERS, ...cookieHeader(jar, new URL(url).hostname) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      });
    } catch (error) {
      return ended(whyOf(error));
    }
    const location = answer.headers.get('location');
    const leads = REDIRECTS.has(answer.status) && location !== null;
    const next = leads ? absolute(location, url) : null;
    const hop: Hop = {
      url,
      status: answer.status,
      next,
      setCookies: answer.headers.getSetCookie(),
      caching: cachingOf(answer.headers),
    };
    hops.push(hop);
    keep(jar, cookiesOf(hop));
    if (!leads) return ended(null, await pageOf(answer));
    await answer.body?.cancel();
    if (next === null) return ended('it redirects to an address that is none');
    url = next;
  }
  return ended(`it redirects more than ${MOST_HOPS} times`);
}

function absolute(location: string, base: string): string | null {
  if (!URL.canParse(location, base)) return null;
  const url = new URL(location, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}

const cachingOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => /cache-control|surrogate-control/.test(name)));

function keep(jar: SeenCookie[], cookies: readonly SeenCookie[]): void {
  for (const cookie of cookies) {
    const known = jar.findIndex(
      ({ name, domain, host }) => name === cookie.name && domain === cookie.domain && host === cookie.host,
    );
    if (known >= 0) jar.splice(known, 1);
    jar.push(cookie);
  }
}

function cookieHeader(jar: readonly SeenCookie[], host: string): { cookie?: string } {
  const sent = jar.filter((cookie) => reaches(cookie, host));
  return sent.length === 0
    ? {}
    : { cookie: stringifyCookie(Object.fromEntries(sent.map(({ name, value }) => [name, value]))) };
}

async function pageOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > LONGEST_PAGE) break;
    }
  } catch {
    // What came until then is enough to look for a script.
  }
  return text;
}

/** The message of a failed fetch may quote the address: its code is told. */
function whyOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `no answer within ${TIMEOUT / 1000} s`;
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return `no answer (${typeof cause?.code === 'string' ? cause.code : 'the connection failed'})`;
}
