import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { map } from 'rxjs';
import { browserScript } from '../../src/capture/browser.script.js';
import { decodeToken } from '../../src/capture/index.js';
import { cookieOf, PLATFORMS, setCookies, startCaptureApp, type CaptureApp } from './support/capture.app.js';

const SHOP = 'https://www.example.com';
const URL_WITH_CLICK = `${SHOP}/shoes?im_ref=a%3Ab&utm_source=Impact#top`;

describe.each(PLATFORMS)('browser endpoint on %s', (platform) => {
  let shop: CaptureApp;
  const start = (given: Partial<Parameters<typeof startCaptureApp>[0]> = {}) =>
    startCaptureApp({ platform, endpoint: { path: '/impact/click', origins: [SHOP] }, ...given }).then(
      (app) => (shop = app),
    );
  afterEach(() => shop.close());
  const clickOf = (body: { token: string | null }) =>
    body.token === null ? null : decodeToken(body.token, Date.now(), 86_400_000)?.clickId;

  it.each([
    ['a URL as plain text', 'text/plain;charset=UTF-8', URL_WITH_CLICK],
    ['JSON sent as plain text', 'text/plain', JSON.stringify({ url: URL_WITH_CLICK })],
    ['JSON with a URL', 'application/json', JSON.stringify({ url: URL_WITH_CLICK })],
    ['JSON with an id', 'application/json', JSON.stringify({ clickId: 'a:b', parameter: 'irclickid' })],
    ['a form', 'application/x-www-form-urlencoded', `url=${encodeURIComponent(URL_WITH_CLICK)}`],
  ])('takes %s', async (_, type, body) => {
    await start();
    const answer = await shop.http.post('/impact/click').set('Content-Type', type).send(body).expect(200);
    expect(clickOf(answer.body as { token: string })).toBe('a:b');
    expect(setCookies(answer)).toEqual([
      expect.stringMatching(/^impact_click=1\.\w+\.a%3Ab; .*HttpOnly; Secure/),
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await shop.rows('impact_clicks')).toMatchObject([
      type === 'application/json' && body.includes('irclickid')
        ? { click_id: 'a:b', parameter: 'irclickid', landing_path: '/' }
        : { click_id: 'a:b', parameter: 'im_ref', landing_path: '/shoes' },
    ]);
  });

  it.each([
    ['nothing', 'text/plain', ''],
    ['a URL without a click', 'text/plain', SHOP],
    ['a malformed id', 'application/json', JSON.stringify({ clickId: 'a b\r\n' })],
    ['an id that is no text', 'application/json', JSON.stringify({ clickId: { $gt: '' } })],
    ['a list', 'application/json', JSON.stringify([URL_WITH_CLICK])],
    ['broken JSON as text', 'text/plain', '{"url":'],
    ['a body that never ends', 'text/plain', `${URL_WITH_CLICK}&x=${'x'.repeat(200_000)}`],
  ])('answers %s kindly', async (_, type, body) => {
    await start();
    const answer = await shop.http.post('/impact/click').set('Content-Type', type).send(body).expect(200);
    expect(answer.body).toEqual({ token: null });
    expect(setCookies(answer)).toEqual([]);
    expect(await shop.rows('impact_clicks')).toEqual([]);
  });

  it('hands out a token that another request may bring back', async () => {
    await start();
    const { body } = await shop.http.post('/impact/click').send({ url: URL_WITH_CLICK });
    const { token } = body as { token: string };
    const again = await shop.http
      .post('/impact/click')
      .set('x-impact-click', token)
      .send({ url: URL_WITH_CLICK.replace('a%3Ab', 'later') });
    expect(clickOf(again.body as { token: string })).toBe('later');
  });

  it('keeps the first click under first-click and answers with it', async () => {
    await start({ capture: { policy: 'first-click' } });
    const first = await shop.http.post('/impact/click').send({ clickId: 'first' });
    const second = await shop.http
      .post('/impact/click')
      .set('Cookie', cookieOf(first))
      .send({ clickId: 'second' });
    expect(clickOf(second.body as { token: string })).toBe('first');
  });

  it('lets configured origins call with credentials, and no other site', async () => {
    await start();
    const ours = await shop.http.post('/impact/click').set('Origin', SHOP).send({ clickId: 'a' }).expect(200);
    expect(ours.headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const theirs = await shop.http
      .post('/impact/click')
      .set({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })
      .send({ clickId: 'stuffed' })
      .expect(200);
    expect(theirs.body).toEqual({ token: null });
    expect(theirs.headers).not.toHaveProperty('access-control-allow-origin');
    expect(setCookies(theirs)).toEqual([]);
    expect(await shop.rows('impact_clicks')).toHaveLength(1);
    expect(shop.counters.read().ignored).toEqual({ 'foreign-origin': 1 });
  });

  it('answers preflights', async () => {
    await start();
    const ours = await shop.http.options('/impact/click').set('Origin', SHOP).expect(204);
    expect(ours.headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type, x-impact-click',
    });
    const theirs = await shop.http.options('/impact/click').set('Origin', 'https://evil.example').expect(204);
    expect(theirs.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('asks the app, whose "denied" wins over the page', async () => {
    await start({ capture: { consent: async () => 'denied' as const } });
    const answer = await shop.http.post('/impact/click').send({ clickId: 'a' }).expect(200);
    expect(answer.body).toEqual({ token: null });
    expect(await shop.rows('impact_clicks')).toEqual([]);
    await shop.close();
    await start({ capture: { consent: () => 'unknown' } });
    const posted = await shop.http.post('/impact/click').send({ clickId: 'a' }).expect(200);
    expect(clickOf(posted.body as { token: string })).toBe('a');
  });

  it('serves the script under a global prefix, past interceptors that wrap answers', async () => {
    const configure = (app: INestApplication): void => {
      app.setGlobalPrefix('api');
      app.useGlobalInterceptors({ intercept: (_, next) => next.handle().pipe(map((data) => ({ data }))) }); // prettier-ignore
    };
    await start({ configure });
    const script = await shop.http.get('/api/impact/click/script.js?v=1').expect(200);
    expect(script.headers['content-type']).toMatch(/javascript/);
    expect(script.headers['cache-control']).toBe('public, max-age=3600');
    expect(script.text).toContain('"/api/impact/click",["im_ref","irclickid","clickid"]');
    const answer = await shop.http.post('/api/impact/click').send({ clickId: 'a' }).expect(200);
    expect(clickOf(answer.body as { token: string })).toBe('a');
  });
});

describe('browser script', () => {
  const source = browserScript(['im_ref', 'irclickid', 'clickid'])('/impact/click');

  interface Page {
    readonly posts: { to: string; body: string; credentials: string }[];
    readonly stored: Map<string, string>;
    readonly impactClick: { token: Promise<string | null>; consent(yes: boolean): Promise<string | null> };
  }

  function open(
    search: string,
    {
      consent,
      answer,
      stored = new Map(),
      src = 'https://api.example.com/impact/click/script.js',
    }: {
      consent?: unknown;
      answer?: () => unknown;
      stored?: Map<string, string>;
      src?: string | null;
    } = {},
  ): Page {
    const posts: Page['posts'] = [];
    const window: Record<string, unknown> = consent === undefined ? {} : { impactConsent: consent };
    runInNewContext(source, {
      window,
      document: { currentScript: src === null ? null : { src } },
      location: { href: `${SHOP}/${search}#x`, search },
      URLSearchParams,
      localStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => stored.set(key, value),
        removeItem: (key: string) => stored.delete(key),
      },
      fetch: async (to: string, { body, credentials }: { body: string; credentials: string }) => {
        posts.push({ to, body, credentials });
        return { json: async () => (answer ?? (() => ({ token: 'T' })))() };
      },
    });
    return { posts, stored, impactClick: window['impactClick'] as Page['impactClick'] };
  }

  it('is smaller than a kilobyte', () => {
    expect(Buffer.byteLength(source)).toBeLessThan(1024);
  });

  it('does and stores nothing before consent', async () => {
    const page = open('?im_ref=a');
    await Promise.resolve();
    expect(page.posts).toEqual([]);
    expect(page.stored.size).toBe(0);
  });

  it.each([true, 'granted'])('posts the landing URL at once when consent is %p', async (consent) => {
    const page = open('?im_ref=a', { consent });
    expect(await page.impactClick.token).toBe('T');
    expect(page.posts).toEqual([
      { to: 'https://api.example.com/impact/click', body: `${SHOP}/?im_ref=a#x`, credentials: 'include' },
    ]);
    expect([...page.stored]).toEqual([['impact_click', 'T']]);
  });

  it('posts it when consent comes later, once', async () => {
    const page = open('?irclickid=a');
    const waiting = page.impactClick.token;
    await page.impactClick.consent(true);
    await page.impactClick.consent(true);
    expect(await waiting).toBe('T');
    expect(page.posts).toHaveLength(1);
  });

  it('forgets everything when consent is refused, and obeys a change of mind', async () => {
    const page = open('?im_ref=a', { consent: false, stored: new Map([['impact_click', 'old']]) });
    expect(await page.impactClick.token).toBeNull();
    expect([page.posts.length, page.stored.size]).toEqual([0, 0]);
    expect(await page.impactClick.consent(true)).toBe('T');
  });

  it('gives later pages the token that it kept', async () => {
    const page = open('?q=1', { consent: true, stored: new Map([['impact_click', 'kept']]) });
    expect(await page.impactClick.token).toBe('kept');
    expect(page.posts).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['the endpoint finds no click', () => ({ token: null })],
    ['the endpoint is away', () => Promise.reject(new TypeError('Failed to fetch'))],
  ])('falls back to what it kept when %s', async (_, answer) => {
    const page = open('?im_ref=a', { consent: true, answer, stored: new Map([['impact_click', 'kept']]) });
    expect(await page.impactClick.token).toBe('kept');
  });

  it('posts to its own path when it cannot tell where it came from', async () => {
    const page = open('?im_ref=a', { consent: true, src: null });
    await page.impactClick.token;
    expect(page.posts[0]?.to).toBe('/impact/click');
  });
});
