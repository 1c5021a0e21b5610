import { parseCookie, stringifySetCookie } from 'cookie';
import type { RequestClick } from '../clicks/index.js';
import type { AttributionPolicy, LandingRequest, ResolvedImpactOptions } from '../config/index.js';
import { decodeToken, encodeToken, type TokenClick } from './click.token.js';

/** Header in which pages on another site and apps send their token back. */
export const TOKEN_HEADER = 'x-impact-click';

type CaptureOptions = ResolvedImpactOptions['capture'];

/** Enough for a host cookie, a domain cookie and their remains of older configurations. */
const MOST_COOKIES = 8;

/** The `Set-Cookie` value of a click. @param life milliseconds. */
export type ClickCookieWriter = (click: TokenClick, life: number) => string;

/** What follows the token is the same for every click whose life is whole, so it is made once. */
export function clickCookieWriter(capture: CaptureOptions): ClickCookieWriter {
  const before = `${capture.cookie.name}=`;
  const after = (life: number): string =>
    setCookie('', Math.floor(life / 1000), capture).slice(before.length);
  const whole = after(capture.referralWindow);
  return (click, life) =>
    before + encodeURIComponent(encodeToken(click)) + (life === capture.referralWindow ? whole : after(life));
}

/** The `Set-Cookie` value that takes the cookie away. */
export function expiredCookie(capture: CaptureOptions): string {
  return setCookie('', 0, capture);
}

function setCookie(value: string, maxAge: number, { cookie }: CaptureOptions): string {
  return stringifySetCookie({
    name: cookie.name,
    value,
    httpOnly: true,
    secure: cookie.secure,
    sameSite: cookie.sameSite,
    path: cookie.path,
    maxAge,
    ...(cookie.domain === null ? {} : { domain: cookie.domain }),
  });
}

/**
 * The click that a request brings with it.
 *
 * A browser may hold the cookie twice, once for the host and once for the domain, and an app may send a
 * token beside it. Anything malformed or expired is ignored; of the rest the policy picks.
 */
export function carriedClick(
  { headers }: LandingRequest,
  { cookie, referralWindow, policy }: CaptureOptions,
  now: number,
): RequestClick | null {
  const candidates: RequestClick[] = [];
  const add = (value: string | undefined, source: RequestClick['source']): void => {
    const click = value === undefined ? null : decodeToken(value, now, referralWindow);
    if (click !== null) {
      candidates.push({ clickId: click.clickId, capturedAt: new Date(click.capturedAt), source });
    }
  };
  for (const value of cookieValues(joined(headers['cookie']), cookie.name)) add(value, 'cookie');
  add(joined(headers[TOKEN_HEADER]), 'header');
  return candidates.reduce<RequestClick | null>(
    (best, next) => (best === null || outranks(next.capturedAt, best.capturedAt, policy) ? next : best),
    null,
  );
}

/**
 * Tells by a scan whether a request may carry a click: nothing is parsed. What it says no to is `null` for
 * {@link carriedClick} as well.
 */
export function carrierOf({ cookie }: CaptureOptions): (request: LandingRequest) => boolean {
  const mark = `${cookie.name}=`;
  return ({ headers }) => {
    const cookies = headers['cookie'];
    return (cookies !== undefined && joined(cookies)!.includes(mark)) || headers[TOKEN_HEADER] !== undefined;
  };
}

/**
 * Whether a click captured at `next` takes the place of one captured at `held`.
 *
 * A tie goes to the next under last-click: a cookie from a server whose clock is ahead reads as "now", and
 * must not keep later clicks out.
 */
export function outranks(next: Date, held: Date, policy: AttributionPolicy): boolean {
  return policy === 'last-click' ? next >= held : next < held;
}

function cookieValues(header: string | undefined, name: string): (string | undefined)[] {
  if (header === undefined || !header.includes(`${name}=`)) return [];
  return header
    .split(';')
    .filter((part) => part.includes(`${name}=`))
    .slice(0, MOST_COOKIES)
    .map((part) => parseCookie(part)[name]);
}

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join('; ') : value;
