import { describe, expect, it } from '@jest/globals';
import {
  clickCookie,
  type CookieContext,
  cookiesOf,
  covers,
  judgeCheckout,
  judgeCookie,
  reaches,
  sharedDomain,
} from './cookie.rules.js';
import type { Hop } from './verification.types.js';

const ID = 'q2OTQo1QUxyLpNmqcx3g';
const DAYS_30 = 30 * 86_400;

const hopWith = (
  setCookie: string,
  caching: Record<string, string> = { 'cache-control': 'private' },
): Hop => ({
  url: 'https://www.example.com/',
  status: 200,
  next: null,
  setCookies: [setCookie],
  caching,
});

const context = (more: Partial<CookieContext> = {}): CookieContext => ({
  expected: {
    name: 'impact_click',
    domain: null,
    secure: true,
    sameSite: 'lax',
    referralWindow: DAYS_30 * 1000,
  },
  clickId: ID,
  landingUrl: 'https://www.example.com/',
  checkoutHost: null,
  clickIdIn: (value) => /^1\.\w+\.(.+)$/.exec(value)?.[1] ?? null,
  ...more,
});

const GOOD = `impact_click=1.abc.${ID}; Max-Age=${DAYS_30}; Path=/; HttpOnly; Secure; SameSite=Lax`;

describe('the click cookie', () => {
  it.each([
    ['as the module sets it', GOOD, {}, 'proved', 'all of it'],
    ['in lower case', GOOD.replace(ID, ID.toLowerCase()), {}, 'failed', 'the click id in lower case'],
    ['of another click', GOOD.replace(ID, 'other'), {}, 'failed', 'another click id'],
    ['of another value', GOOD.replace('1.abc.', ''), {}, 'failed', 'holds no click id'],
    ['without Secure', GOOD.replace(' Secure;', ''), {}, 'failed', 'it is not Secure'],
    ['without HttpOnly', GOOD.replace(' HttpOnly;', ''), {}, 'failed', 'it is not HttpOnly'],
    ['SameSite=None', GOOD.replace('Lax', 'None'), {}, 'failed', 'SameSite is none'],
    ['without SameSite', GOOD.replace('; SameSite=Lax', ''), {}, 'failed', 'SameSite is not said'],
    ['for a week', GOOD.replace(`${DAYS_30}`, '604800'), {}, 'failed', 'Max-Age is 604800'],
    [
      'for a session',
      GOOD.replace(` Max-Age=${DAYS_30};`, ''),
      {},
      'failed',
      'ends with the browser session',
    ],
    ['a minute shorter', GOOD.replace(`${DAYS_30}`, `${DAYS_30 - 60}`), {}, 'proved', 'all of it'],
    ['Secure on http', GOOD, { landingUrl: 'http://www.example.com/' }, 'failed', 'browsers drop it'],
    ['Secure on localhost', GOOD, { landingUrl: 'http://localhost:3000/' }, 'proved', 'all of it'],
  ] as const)('%s', (_, header, more, outcome, seen) => {
    const hop = hopWith(header);
    const finding = judgeCookie(clickCookie([hop], 'impact_click')!.cookie, hop, context(more));
    expect(finding).toMatchObject({ step: 'cookie', outcome });
    expect(finding.seen).toContain(seen);
  });

  it.each([
    [{ 'cache-control': 'no-store' }, 'proved'],
    [{}, 'failed'],
    [{ 'cache-control': 'public, max-age=60' }, 'failed'],
    [{ 'cache-control': 'private, s-maxage=60' }, 'failed'],
    [{ 'cache-control': 'private', 'cdn-cache-control': 'max-age=60' }, 'failed'],
    [{ 'cache-control': 'private', 'cdn-cache-control': 'no-store' }, 'proved'],
  ] as const)('beside %j', (caching, outcome) => {
    const hop = hopWith(GOOD, caching);
    expect(judgeCookie(cookiesOf(hop)[0]!, hop, context()).outcome).toBe(outcome);
  });

  it('is missing', () => {
    expect(clickCookie([hopWith('cart=1')], 'impact_click')).toBeNull();
    expect(judgeCookie(null, null, context())).toMatchObject({
      outcome: 'failed',
      seen: 'no page of the chain sets impact_click',
    });
  });
});

describe('the host that gets it', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'pay.example.com', true],
    ['example.com', 'notexample.com', false],
    ['pay.example.com', 'example.com', false],
    ['0.0.1', '127.0.0.1', false],
  ])('%s covers %s: %s', (domain, host, is) => {
    expect(covers(domain, host)).toBe(is);
  });

  it.each([
    [null, 'www.example.com', true],
    [null, 'pay.example.com', false],
    ['example.com', 'pay.example.com', true],
    ['example.org', 'example.org', false],
  ])('set by www.example.com for %s, to %s: %s', (domain, host, is) => {
    expect(reaches({ domain, host: 'www.example.com' }, host)).toBe(is);
  });

  it.each([
    ['www.example.com', 'pay.example.com', 'example.com'],
    ['www.example.com', 'shop.example.org', null],
    ['127.0.0.1', '127.0.0.2', null],
    ['a.co', 'b.co', null],
  ])('%s and %s share %s', (a, b, domain) => {
    expect(sharedDomain(a, b)).toBe(domain);
  });

  it.each([
    ['its own host', '', null, 'proved', null],
    ['a host beside it', '', 'pay.example.com', 'failed', 'Set capture.cookie.domain to .example.com'],
    ['another site', '', 'pay.example.org', 'failed', 'carryClick'],
    ['a shared domain', '; Domain=.example.com', 'pay.example.com', 'proved', null],
    [
      'a foreign domain',
      '; Domain=.example.org',
      'pay.example.org',
      'failed',
      'Set capture.cookie.domain to a domain that',
    ],
  ])('%s', (_, domain, checkoutHost, outcome, fix) => {
    const [cookie] = cookiesOf(hopWith(GOOD + domain));
    const finding = judgeCheckout(cookie!, context({ checkoutHost }));
    expect(finding.outcome).toBe(outcome);
    expect(finding.fix ?? '').toContain(fix ?? '');
    expect(finding.fix === null).toBe(fix === null);
  });
});
