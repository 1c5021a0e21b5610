import { isIP } from 'node:net';
import type { CapturedLanding } from '../../capture/index.js';
import type { ResolvedPageLoadOptions } from '../../config/index.js';
import { isEmailAddress, type Parameters } from '../../wire/index.js';

/** Lengths: docs/vendor-contract.md §2 and §3.2. */
const LONGEST_PROFILE_ID = 70;
const LONGEST_TEXT = 255;

/** What a page view is made of, besides the landing itself. */
export interface PageViewContext {
  readonly campaignId: string;
  readonly now: Date;
  readonly options: Pick<ResolvedPageLoadOptions, 'customProfileId' | 'ipAddress'>;
}

/**
 * The parameters of `POST /PageLoad` (docs/vendor-contract.md §8.5); `null` when nobody can tell which host
 * was visited.
 *
 * The page's address is put together from what capture understood, its path and the partner's own
 * parameters: what else a link carries (a reader's address, a sign-in token) is nobody's business.
 */
export function pageViewOf(
  { request, landing }: CapturedLanding,
  { campaignId, now, options }: PageViewContext,
): Parameters | null {
  const origin = originOf(request.headers, request.method);
  if (origin === null) return null;
  const page = new URL(landing.landingPath, origin);
  page.searchParams.set(landing.parameter, landing.clickId);
  for (const [name, value] of Object.entries(landing.partnerParameters)) page.searchParams.set(name, value);
  const candidates: (readonly [string, string | null])[] = [
    ['CampaignId', campaignId],
    ['EventDate', `${now.toISOString().slice(0, 19)}Z`],
    ['PageUrl', page.href],
    ['ReferringUrl', request.method === 'POST' ? null : referrerOf(header(request.headers, 'referer'))],
    ['ClickId', landing.clickId],
    ['CustomProfileId', profileIdOf(options.customProfileId?.(request))],
    ['TrackingConsent', 'true'],
    ['UserAgent', header(request.headers, 'user-agent')?.slice(0, LONGEST_TEXT) ?? null],
    ['IpAddress', addressOf(options.ipAddress?.(request))],
  ];
  return candidates.filter(
    (candidate): candidate is readonly [string, string] => candidate[1] !== null && candidate[1] !== '',
  );
}

type Headers = CapturedLanding['request']['headers'];

function header(headers: Headers, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** Of the page: a landing asks for it by its host, a page that posts its own address says where it is. */
function originOf(headers: Headers, method: string | undefined): string | null {
  if (method === 'POST') {
    const origin = header(headers, 'origin') ?? '';
    return /^https?:\/\//.test(origin) && URL.canParse(origin) ? new URL(origin).origin : null;
  }
  const host = header(headers, 'host') ?? '';
  if (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(host)) return null;
  // Shops are served over TLS, whatever the last step behind a proxy speaks.
  const told = header(headers, 'x-forwarded-proto')?.split(',', 1)[0]?.trim();
  const url = `${told === 'http' ? 'http' : 'https'}://${host}`;
  return URL.canParse(url) ? url : null;
}

/** Where the visitor came from, without the query and whatever is in it. */
function referrerOf(referer: string | null): string | null {
  if (referer === null || !/^https?:\/\//.test(referer) || !URL.canParse(referer)) return null;
  const { origin, pathname } = new URL(referer);
  const address = origin + (/@|%40/i.test(pathname) ? '/' : pathname);
  return address.slice(0, LONGEST_TEXT);
}

/** An id that says who the person is does not leave the shop; nor does one that would be cut to another's. */
function profileIdOf(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  const id = given.trim();
  return id.length > LONGEST_PROFILE_ID || isEmailAddress(id) || /[^\x20-\x7e]/.test(id) ? null : id;
}

const addressOf = (given: unknown): string | null =>
  typeof given === 'string' && isIP(given.trim()) !== 0 ? given.trim() : null;
