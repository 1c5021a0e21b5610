import { parseSetCookie } from 'cookie';
import { placeOf } from './chain.rules.js';
import type { Finding, Hop, SeenCookie } from './verification.types.js';

/** What the app's configuration makes of a landing. */
export interface ExpectedCookie {
  readonly name: string;
  readonly domain: string | null;
  readonly secure: boolean;
  readonly sameSite: string;
  /** Milliseconds. */
  readonly referralWindow: number;
}

/** The host that has to receive it; null: the landing page's own. */
export interface CookieContext {
  readonly expected: ExpectedCookie;
  readonly clickId: string;
  readonly landingUrl: string;
  readonly checkoutHost: string | null;
  /** The click id in a value; null when it holds none. */
  readonly clickIdIn: (value: string) => string | null;
}

/** A landing that was passed on by another domain has used up some of its time; clocks differ. */
const LIFE_TOLERANCE = 120;

/** The cookies of one answer. Those that cannot be read are left out. */
export function cookiesOf({ url, setCookies }: Pick<Hop, 'url' | 'setCookies'>): SeenCookie[] {
  const host = new URL(url).hostname;
  return setCookies.flatMap((header): SeenCookie[] => {
    const cookie = parseSetCookie(header);
    if (cookie === undefined || cookie.value === undefined) return [];
    const domain = cookie.domain?.replace(/^\./, '').toLowerCase();
    return [
      {
        name: cookie.name,
        value: cookie.value,
        domain: domain === undefined || domain === '' ? null : domain,
        host,
        path: cookie.path ?? '/',
        secure: cookie.secure === true,
        httpOnly: cookie.httpOnly === true,
        sameSite: typeof cookie.sameSite === 'string' ? cookie.sameSite.toLowerCase() : null,
        maxAge: cookie.maxAge ?? secondsUntil(cookie.expires),
      },
    ];
  });
}

const secondsUntil = (expires: Date | undefined): number | null =>
  expires === undefined ? null : Math.round((expires.getTime() - Date.now()) / 1000);

/** Whether a browser sends a cookie of this domain to a host (RFC 6265 §5.1.3). */
export function covers(domain: string, host: string): boolean {
  const [wide, narrow] = [domain.toLowerCase(), host.toLowerCase()];
  if (wide === narrow) return true;
  const isAddress = /^[\d.]+$/.test(narrow) || narrow.includes(':');
  return !isAddress && narrow.endsWith(`.${wide}`);
}

/** Does the host of the checkout get it? A browser drops a cookie whose domain is not the setting host's own. */
export function reaches(cookie: Pick<SeenCookie, 'domain' | 'host'>, host: string): boolean {
  if (cookie.domain === null) return cookie.host.toLowerCase() === host.toLowerCase();
  return covers(cookie.domain, cookie.host) && covers(cookie.domain, host);
}

const isLocal = (host: string): boolean =>
  host === 'localhost' || host.startsWith('127.') || host === '[::1]';

/** Is the click cookie the one that it should be, in all but its domain? */
export function judgeCookie(cookie: SeenCookie | null, hop: Hop | null, context: CookieContext): Finding {
  const { expected, landingUrl } = context;
  const life = Math.floor(expected.referralWindow / 1000);
  const wanted =
    `${expected.name} with the click id; ${expected.secure ? 'Secure, ' : ''}HttpOnly, SameSite=${expected.sameSite}, ` +
    `Max-Age=${life}; a response that no shared cache stores`;
  if (cookie === null) {
    return {
      step: 'cookie',
      outcome: 'failed',
      expected: wanted,
      seen: `no page of the chain sets ${expected.name}`,
      fix:
        `Make sure that ${placeOf(landingUrl)} is served by the app that imports ImpactModule (capture.via and its routes), that its proxy ` +
        'passes query and Set-Cookie on, and that capture.consent answers granted; for pages that Nest does not serve, use the browser endpoint.',
    };
  }
  const flaws = flawsOf(cookie, hop, context);
  if (flaws.length === 0) {
    return {
      step: 'cookie',
      outcome: 'proved',
      expected: wanted,
      seen: `all of it, from ${cookie.host}`,
      fix: null,
    };
  }
  return {
    step: 'cookie',
    outcome: 'failed',
    expected: wanted,
    seen: flaws.map(({ seen }) => seen).join('; '),
    fix: flaws.map(({ fix }) => fix).join(' '),
  };
}

interface Flaw {
  readonly seen: string;
  readonly fix: string;
}

function flawsOf(cookie: SeenCookie, at: Hop | null, context: CookieContext): Flaw[] {
  const { expected, clickId, landingUrl, clickIdIn } = context;
  const held = clickIdIn(cookie.value);
  const life = Math.floor(expected.referralWindow / 1000);
  const { maxAge } = cookie;
  return [
    held !== clickId && {
      seen: held === null ? 'its value holds no click id' : `it holds ${valueFlaw(held, clickId)}`,
      fix: 'Find what changes the query between visitor and app (a proxy, a CDN, a middleware before the module’s): the app was given another id.',
    },
    expected.secure &&
      !cookie.secure && {
        seen: 'it is not Secure',
        fix: 'Leave cookie.secure at true; no proxy may rewrite the cookie.',
      },
    cookie.secure &&
      landingUrl.startsWith('http:') &&
      !isLocal(new URL(landingUrl).hostname) && {
        seen: 'it is Secure and the page is not https, so browsers drop it',
        fix: 'Serve the landing page over https.',
      },
    !cookie.httpOnly && {
      seen: 'it is not HttpOnly',
      fix: 'Let the module set the cookie: one that a script writes lives a week, or a day.',
    },
    cookie.sameSite !== expected.sameSite && {
      seen: `SameSite is ${cookie.sameSite ?? 'not said'}`,
      fix: `Keep SameSite=${expected.sameSite}; no proxy may rewrite the cookie.`,
    },
    (maxAge === null || Math.abs(maxAge - life) > LIFE_TOLERANCE) && {
      seen: maxAge === null ? 'it ends with the browser session' : `Max-Age is ${maxAge}`,
      fix: 'Give the running app and this command the same capture.referralWindow, the longest of any contract.',
    },
    ...(at === null ? [] : cacheFlaws(at)),
  ].filter((flaw) => flaw !== false);
}

const valueFlaw = (held: string, clickId: string): string =>
  held === clickId.toLowerCase() ? 'the click id in lower case' : 'another click id';

/** One visitor's cookie in a shared cache would be everybody's. */
function cacheFlaws({ caching, url }: Hop): Flaw[] {
  const control = caching['cache-control'] ?? '';
  const overrides = Object.entries(caching).filter(
    ([name, value]) =>
      /cdn-cache-control$|^surrogate-control$/.test(name) && !/no-store|private/i.test(value),
  );
  const isPrivate = /\b(private|no-store)\b/i.test(control) && !/\b(public|s-maxage)\b/i.test(control);
  if (isPrivate && overrides.length === 0) return [];
  const shown = isPrivate
    ? overrides.map(([name]) => name).join(', ')
    : `Cache-Control is ${control === '' ? 'missing' : control}`;
  return [
    {
      seen: `a shared cache may store the response (${shown})`,
      fix: `Let ${placeOf(url)} keep the Cache-Control: private that the module sets when it sets the cookie; no proxy may replace it.`,
    },
  ];
}

/** Will the host where people pay get the cookie? */
export function judgeCheckout(
  cookie: SeenCookie | null,
  { landingUrl, checkoutHost, expected }: CookieContext,
): Finding {
  const landing = new URL(landingUrl).hostname;
  const host = checkoutHost ?? landing;
  const wanted = `browsers send the cookie to ${host}`;
  if (cookie === null) {
    return {
      step: 'checkout',
      outcome: 'not-proved',
      expected: wanted,
      seen: 'there is no cookie',
      fix: 'First mend the cookie, see above.',
    };
  }
  if (reaches(cookie, host)) {
    const own = checkoutHost === null ? ' (give --checkout-host when people pay on another host)' : '';
    const said =
      cookie.domain === null ? `for ${cookie.host} alone` : `for ${cookie.domain} and its subdomains`;
    return {
      step: 'checkout',
      outcome: 'proved',
      expected: wanted,
      seen: `it is set ${said}${own}`,
      fix: null,
    };
  }
  if (cookie.domain !== null && !covers(cookie.domain, cookie.host)) {
    return {
      step: 'checkout',
      outcome: 'failed',
      expected: wanted,
      seen: `Domain=${cookie.domain} is not a domain of ${cookie.host}, so browsers drop the cookie`,
      fix: `Set capture.cookie.domain to a domain that ${cookie.host} and ${host} share, or leave it out.`,
    };
  }
  const shared = sharedDomain(landing, host);
  return {
    step: 'checkout',
    outcome: 'failed',
    expected: wanted,
    seen: cookie.domain === null ? `it is set for ${cookie.host} alone` : `it is set for ${cookie.domain}`,
    fix:
      shared === null
        ? `${landing} and ${host} share no domain: pass the click on with carryClick(), see docs/capture.md.`
        : `Set capture.cookie.domain to .${shared} (now: ${expected.domain ?? 'none'}), in every app that sets it.`,
  };
}

/** The longest domain of two hosts, as far as that can be told without a list of public suffixes. */
export function sharedDomain(a: string, b: string): string | null {
  const [one, other] = [a, b].map((host) => host.toLowerCase().split('.').toReversed());
  if (/^[\d.]+$/.test(a) || /^[\d.]+$/.test(b)) return null;
  let count = 0;
  while (count < one!.length && one![count] === other![count]) count += 1;
  return count < 2 ? null : one!.slice(0, count).toReversed().join('.');
}

/** The answer that set the click cookie last, and the cookie. */
export function clickCookie(hops: readonly Hop[], name: string): { cookie: SeenCookie; hop: Hop } | null {
  for (const hop of hops.toReversed()) {
    const cookie = cookiesOf(hop).findLast((each) => each.name === name && each.value !== '');
    if (cookie !== undefined) return { cookie, hop };
  }
  return null;
}
