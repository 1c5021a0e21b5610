import { describe, expect, it } from '@jest/globals';
import type { LandingRequest, ResolvedImpactOptions } from '../config/index.js';
import { privateCacheControl, sharedCacheOverride } from './cache.rules.js';
import { carryClick } from './carry.rules.js';
import { carriedClick, carrierOf, clickCookieWriter } from './click.cookie.js';
import { decodeToken, encodeToken } from './click.token.js';
import { judgeOrigin } from './endpoint.origin.js';
import { landingParser } from './landing.rules.js';
import { notAVisit } from './navigation.rules.js';

const NOW = Date.UTC(2026, 4, 20);
const DAY = 86_400_000;
const options: ResolvedImpactOptions['capture'] = {
  parameters: ['im_ref', 'irclickid', 'clickid'],
  cookie: { name: 'impact_click', domain: null, path: '/', secure: true, sameSite: 'lax' },
  referralWindow: 30 * DAY,
  policy: 'last-click',
  consent: () => 'granted',
  bufferLimit: 10,
  flushInterval: 50,
  pageLoad: false,
};
const request = (headers: LandingRequest['headers'], method = 'GET'): LandingRequest => ({ method, headers });

describe('notAVisit', () => {
  it.each([
    ['a browser that says nothing', request({}), null],
    ['a navigation', request({ 'sec-fetch-dest': 'document' }), null],
    ['an image', request({ 'sec-fetch-dest': 'image' }), 'not-a-page'],
    ['a frame', request({ 'sec-fetch-dest': 'iframe' }), 'not-a-page'],
    ['fetch', request({ 'sec-fetch-dest': 'empty' }), 'not-a-page'],
    [
      'a prefetch',
      request({ 'sec-purpose': 'prefetch;prerender', 'sec-fetch-dest': 'document' }),
      'prefetch',
    ],
    ['an older prefetch', request({ purpose: 'prefetch' }), 'prefetch'],
    ['Firefox’s prefetch', request({ 'x-moz': 'prefetch' }), 'prefetch'],
    ['HEAD', request({}, 'HEAD'), 'not-a-page'],
    ['POST', request({}, 'POST'), 'not-a-page'],
  ])('%s', (_, given, verdict) => {
    expect(notAVisit(given)).toBe(verdict);
  });
});

describe('token', () => {
  const click = { clickId: 'a:b.c_~-', capturedAt: NOW - DAY };

  it('comes back as it went', () => {
    expect(decodeToken(encodeToken(click), NOW, 30 * DAY)).toEqual(click);
  });

  it.each([
    ['nothing', ''],
    ['another version', encodeToken(click).replace(/^1/, '2')],
    ['no time', '1..abc'],
    ['a malformed id', '1.abc.a b'],
    ['an id that is too long', `1.abc.${'x'.repeat(65)}`],
    ['a line break', `${encodeToken(click)}\r\nx: y`],
    ['a click past the window', encodeToken({ clickId: 'a', capturedAt: NOW - 31 * DAY })],
  ])('refuses %s', (_, token) => {
    expect(decodeToken(token, NOW, 30 * DAY)).toBeNull();
  });

  it('takes a time in the future for now: nobody is the last click for ever', () => {
    expect(decodeToken('1.zzzzzzzzz.a', NOW, DAY)).toEqual({ clickId: 'a', capturedAt: NOW });
  });
});

describe('cookie', () => {
  it('is set by the server, for the whole window, out of reach of scripts', () => {
    expect(clickCookieWriter(options)({ clickId: 'a:b', capturedAt: NOW }, options.referralWindow)).toBe(
      `impact_click=1.${NOW.toString(36)}.a%3Ab; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  it('may be shared between hosts', () => {
    const shared = { ...options, cookie: { ...options.cookie, domain: '.example.com' } };
    expect(clickCookieWriter(shared)({ clickId: 'a', capturedAt: NOW }, DAY)).toContain(
      '; Domain=.example.com',
    );
  });

  const token = (clickId: string, days: number) => encodeToken({ clickId, capturedAt: NOW - days * DAY });
  const read = (headers: LandingRequest['headers'], policy: 'last-click' | 'first-click' = 'last-click') =>
    carriedClick(request(headers), { ...options, policy }, NOW)?.clickId ?? null;

  it.each<[string, LandingRequest['headers'], string | null]>([
    ['no cookie', {}, null],
    ['another cookie', { cookie: 'sid=1' }, null],
    ['ours among others', { cookie: `sid=1; impact_click=${token('a', 1)}; x=y` }, 'a'],
    ['an encoded colon', { cookie: `impact_click=${token('a%3Ab', 1)}` }, 'a:b'],
    ['a malformed value', { cookie: 'impact_click=%ff' }, null],
    ['one whose name only ends like ours', { cookie: `ximpact_click=${token('a', 1)}` }, null],
    ['the malformed one of two', { cookie: `impact_click=junk; impact_click=${token('a', 1)}` }, 'a'],
    [
      'the newer of a host’s and a domain’s',
      { cookie: `impact_click=${token('old', 9)}; impact_click=${token('new', 1)}` },
      'new',
    ],
    ['a token in the header', { 'x-impact-click': token('h', 1) }, 'h'],
    ['a malformed header', { 'x-impact-click': 'h' }, null],
    ['a newer header', { 'x-impact-click': token('h', 1), cookie: `impact_click=${token('c', 2)}` }, 'h'],
    ['an older header', { 'x-impact-click': token('h', 3), cookie: `impact_click=${token('c', 2)}` }, 'c'],
  ])('reads %s', (_, headers, clickId) => {
    expect(read(headers)).toBe(clickId);
    // What a scan lets pass unseen holds nothing.
    expect(clickId === null || carrierOf(options)(request(headers))).toBe(true);
  });

  it.each<[string, LandingRequest['headers'], boolean]>([
    ['nothing', {}, false],
    ['other cookies', { cookie: 'sid=1; impact_clicks=2' }, false],
    ['ours', { cookie: 'sid=1; impact_click=x' }, true],
    ['ours in a second header', { cookie: ['sid=1', 'impact_click=x'] }, true],
    ['the token’s header', { 'x-impact-click': '' }, true],
  ])('is told by a scan from %s', (_, headers, carries) => {
    expect(carrierOf(options)(request(headers))).toBe(carries);
  });

  it('reads the older one under first-click', () => {
    const cookie = `impact_click=${token('old', 9)}; impact_click=${token('new', 1)}`;
    expect(read({ cookie }, 'first-click')).toBe('old');
  });
});

describe('privateCacheControl', () => {
  it.each([
    [undefined, 'private'],
    ['public, max-age=600', 'private, max-age=600'],
    [
      'max-age=600, s-maxage=3600, stale-while-revalidate=60',
      'private, max-age=600, stale-while-revalidate=60',
    ],
    ['PUBLIC', 'private'],
    ['private="set-cookie, x", max-age=1', 'private, max-age=1'],
    ['no-cache="a, b"', 'private, no-cache="a, b"'],
    ['no-store', 'no-store'],
    ['public, no-store', 'no-store'],
    ['private', 'private'],
    ['', 'private'],
  ])('%p becomes %p', (before, after) => {
    expect(privateCacheControl(before)).toBe(after);
  });
});

describe('sharedCacheOverride', () => {
  it.each([
    ['CDN-Cache-Control', 'no-store'],
    ['Cloudflare-CDN-Cache-Control', 'no-store'],
    ['surrogate-control', 'no-store'],
    ['X-Accel-Expires', '0'],
    ['cache-control', null],
    ['etag', null],
  ])('%s: %p', (header, override) => {
    expect(sharedCacheOverride(header)).toBe(override);
  });
});

describe('judgeOrigin', () => {
  const allowed = ['https://www.example.com'];
  it.each<[string, LandingRequest['headers'], boolean, string | null]>([
    ['an app without origin', {}, true, null],
    ['the same origin', { 'sec-fetch-site': 'same-origin', origin: 'https://api.example.com' }, true, null],
    [
      'the same host, older browser',
      { origin: 'https://api.example.com', host: 'api.example.com' },
      true,
      null,
    ],
    ['a configured origin', { 'sec-fetch-site': 'cross-site', origin: allowed[0] }, true, allowed[0]!],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false, null],
    ['another site, older browser', { origin: 'https://evil.example', host: 'api.example.com' }, false, null],
    ['a sandboxed frame', { origin: 'null', host: 'api.example.com' }, false, null],
    ['a request without origin from another site', { 'sec-fetch-site': 'cross-site' }, false, null],
  ])('%s', (_, headers, ok, cors) => {
    expect(judgeOrigin(request(headers), allowed)).toEqual({ allowed: ok, cors });
  });
});

describe('carryClick', () => {
  const click = { clickId: 'a:b', capturedAt: new Date(NOW) };
  const at = NOW.toString(36);

  it.each([
    ['https://b.example', `https://b.example?im_ref=a%3Ab&im_ref_at=${at}`],
    ['https://b.example/x?y=%20z#top', `https://b.example/x?y=%20z&im_ref=a%3Ab&im_ref_at=${at}#top`],
    ['/x?im_ref=old&im_ref_at=1&y=1', `/x?y=1&im_ref=a%3Ab&im_ref_at=${at}`],
  ])('%s', (url, carried) => {
    expect(carryClick(url, click)).toBe(carried);
  });

  it('leaves the link alone without a click', () => {
    expect(carryClick('https://b.example/?a', null)).toBe('https://b.example/?a');
  });

  it.each(['im_ref', 'irclickid', 'clickid'])('is accepted as %s by the other domain', (parameter) => {
    const url = carryClick('https://b.example/', click, { parameter });
    expect(landingParser(options.parameters)(url)?.landing).toMatchObject({
      clickId: 'a:b',
      parameter,
      carriedAt: NOW,
    });
  });

  it('sees to it that a bare clickid is accepted beside a parameter of a similar name', () => {
    const url = carryClick('https://b.example/?irgwcx=1', click, { parameter: 'clickid' });
    expect(landingParser(options.parameters)(url)?.landing?.clickId).toBe('a:b');
  });
});
