import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Post,
  Redirect,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ImpactCaptureInterceptor } from '../../src/capture/index.js';
import { ClickIdRepository, NotTheBuyer } from '../../src/clicks/index.js';
import { cookieOf, PLATFORMS, setCookies, startCaptureApp, type CaptureApp } from './support/capture.app.js';

const ID = 'RxT1k2xyMxyNUZ3wUx0Mo3cWUkASqwZ1XJ1Wz00';
const LANDING = `/?im_ref=${ID}&irpid=77&utm_source=Impact&irgwc=1`;

class NobodyPasses {
  canActivate(): boolean {
    return false;
  }
}

const raw = (response: { raw?: ServerResponse } & ServerResponse): ServerResponse => response.raw ?? response;

@Controller()
class ShopController {
  constructor(@Inject(ClickIdRepository) private readonly clicks: ClickIdRepository) {}

  @Get()
  home(): string {
    return 'home';
  }

  @Get('cached')
  @Header('Cache-Control', 'public, max-age=600, s-maxage=3600')
  @Header('CDN-Cache-Control', 'max-age=900')
  @Header('Surrogate-Control', 'max-age=900')
  cached(): string {
    return 'cached';
  }

  @Get('with-cookie')
  @Header('Set-Cookie', 'sid=1; Path=/')
  withCookie(): string {
    return 'with cookie';
  }

  @Get('two-cookies')
  twoCookies(@Res({ passthrough: true }) response: { raw?: ServerResponse } & ServerResponse): string {
    raw(response).appendHeader('Set-Cookie', 'a=1');
    raw(response).appendHeader('Set-Cookie', 'b=2');
    return 'two';
  }

  @Get('written-head')
  writtenHead(@Res() response: { raw?: ServerResponse } & ServerResponse): void {
    raw(response).writeHead(200, 'Fine', ['X-One', '1', 'Cache-Control', 'public', 'Set-Cookie', 'own=1']);
    raw(response).end('by hand');
  }

  @Get('moved')
  @Redirect('/', 302)
  moved(): void {}

  @Get('broken')
  broken(): never {
    throw new TypeError('the shop’s own fault');
  }

  @Get('only-here')
  @UseInterceptors(ImpactCaptureInterceptor)
  onlyHere(): string {
    return 'here';
  }

  @Get('guarded')
  @UseGuards(NobodyPasses)
  guarded(): string {
    return 'never';
  }

  @Post('checkout')
  @HttpCode(200)
  async checkout(@Req() request: { body: { order: string } }): Promise<unknown> {
    return (await this.clicks.bind({ order: request.body.order })) ?? { none: true };
  }

  @NotTheBuyer()
  @Post('webhook')
  @HttpCode(200)
  async webhook(): Promise<unknown> {
    return { bound: await this.clicks.bind({ order: 'w1' }) };
  }
}

describe.each(PLATFORMS)('landing on %s', (platform) => {
  let shop: CaptureApp;
  const start = (given: Partial<Parameters<typeof startCaptureApp>[0]> = {}) =>
    startCaptureApp({ platform, controllers: [ShopController], ...given }).then((app) => (shop = app));
  afterEach(() => shop.close());

  describe.each(['interceptor', 'middleware', 'both'] as const)('via %s', (via) => {
    it('keeps the click in a row and one cookie, and binds it at checkout', async () => {
      await start({ via });
      const landed = await shop.http.get(LANDING).expect(200, 'home');
      expect(setCookies(landed)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^impact_click=1\\.[0-9a-z]{8}\\.${ID}; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax$`,
          ),
        ),
      ]);
      const bound = await shop.http
        .post('/checkout')
        .set('Cookie', cookieOf(landed))
        .send({ order: 'o1' })
        .expect(200);
      expect(bound.body).toMatchObject({
        clickId: ID,
        program: 'default',
        parameter: 'im_ref',
        landingPath: '/',
        partnerParameters: { irpid: '77', utm_source: 'Impact', irgwc: '1' },
        consent: 'granted',
      });
      expect(await shop.rows('impact_clicks')).toHaveLength(1);
      expect(await shop.clicks.findFor({ order: 'o1' })).toMatchObject({ clickId: ID });
    });

    it('lets no shared cache store the response, whatever the handler says later', async () => {
      await start({ via });
      const { headers } = await shop.http.get(`/cached${LANDING.slice(1)}`).expect(200, 'cached');
      expect(headers).toMatchObject({
        'cache-control': 'private, max-age=600',
        'cdn-cache-control': 'no-store',
        'surrogate-control': 'no-store',
      });
      const plain = await shop.http.get('/cached').expect(200);
      expect(plain.headers['cache-control']).toBe('public, max-age=600, s-maxage=3600');
      expect(setCookies(plain)).toEqual([]);
    });

    it.each([
      ['/with-cookie', ['sid=1; Path=/']],
      ['/two-cookies', ['a=1', 'b=2']],
      ['/written-head', ['own=1']],
    ])('adds its cookie to those of %s', async (path, own) => {
      await start({ via });
      const landed = await shop.http.get(`${path}?im_ref=a`).expect(200);
      expect(setCookies(landed)).toEqual([...own, expect.stringMatching(/^impact_click=/)]);
      expect(landed.headers['cache-control']).toBe('private');
    });

    it.each([
      ['/moved', 302],
      ['/broken', 500],
    ])('captures although %s answers %d', async (path, status) => {
      await start({ via });
      expect(setCookies(await shop.http.get(`${path}?im_ref=a`).expect(status))).toHaveLength(1);
    });

    it('leaves requests that are no visits alone', async () => {
      await start({ via });
      for (const headers of [
        { 'Sec-Fetch-Dest': 'image' },
        { 'Sec-Fetch-Dest': 'iframe' },
        { Purpose: 'prefetch' },
      ]) {
        expect(setCookies(await shop.http.get(LANDING).set(headers).expect(200))).toEqual([]);
      }
      await shop.http.head(LANDING).expect(200);
      expect(await shop.rows('impact_clicks')).toEqual([]);
      expect(shop.counters.read()).toMatchObject({
        seen: 4,
        captured: 0,
        ignored: { prefetch: 1, 'not-a-page': 3 },
      });
    });

    it('gives the click of an agent’s own browser to nobody', async () => {
      await start({ via });
      const landed = await shop.http.get(LANDING);
      const answer = await shop.http.post('/webhook').set('Cookie', cookieOf(landed)).send({}).expect(200);
      expect(answer.body).toEqual({ bound: null });
      expect(await shop.rows('impact_click_links')).toEqual([]);
    });
  });

  it('captures on single controllers', async () => {
    await start({ via: 'none' });
    expect(setCookies(await shop.http.get(LANDING))).toEqual([]);
    expect(setCookies(await shop.http.get('/only-here?im_ref=a').expect(200, 'here'))).toHaveLength(1);
  });

  it('captures behind a guard by middleware only', async () => {
    await start({ via: 'interceptor' });
    expect(setCookies(await shop.http.get('/guarded?im_ref=a').expect(403))).toEqual([]);
    await shop.close();
    await start({ via: 'middleware' });
    expect(setCookies(await shop.http.get('/guarded?im_ref=a').expect(403))).toHaveLength(1);
    // A route that does not exist is a landing as well: the shop may have renamed the page.
    expect(setCookies(await shop.http.get('/gone?im_ref=a').expect(404))).toHaveLength(1);
  });

  it('renews under last-click: one row, a newer cookie, the first visit kept', async () => {
    await start();
    await shop.http.get('/?im_ref=a&utm_source=first');
    const [before] = await shop.rows('impact_clicks');
    shop.clock.advance(86_400_000);
    expect(setCookies(await shop.http.get('/?im_ref=a&utm_source=second'))).toHaveLength(1);
    const rows = await shop.rows('impact_clicks');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      first_seen_at: before!['first_seen_at'],
      partner_parameters: JSON.stringify({ utm_source: 'first' }),
    });
    expect(Number(rows[0]!['last_seen_at']) - Number(before!['last_seen_at'])).toBeGreaterThanOrEqual(
      86_400_000,
    );
    expect(Number(rows[0]!['expires_at']) - Number(rows[0]!['last_seen_at'])).toBe(30 * 86_400_000);
  });

  it('is not kept out by a cookie from the future', async () => {
    await start();
    const landed = await shop.http.get('/?im_ref=new').set('Cookie', 'impact_click=1.zzzzzzzzz.old');
    expect(setCookies(landed)).toEqual([expect.stringContaining('.new;')]);
  });

  it('keeps a living cookie under first-click, and still keeps the later click’s row', async () => {
    await start({ capture: { policy: 'first-click' } });
    const first = await shop.http.get('/?im_ref=first');
    const second = await shop.http.get('/?im_ref=second').set('Cookie', cookieOf(first));
    expect(setCookies(second)).toEqual([]);
    const bound = await shop.http.post('/checkout').set('Cookie', cookieOf(first)).send({ order: 'o' });
    expect(bound.body).toMatchObject({ clickId: 'first' });
    expect(await shop.rows('impact_clicks')).toHaveLength(2);
    shop.clock.advance(31 * 86_400_000);
    expect(setCookies(await shop.http.get('/?im_ref=third').set('Cookie', cookieOf(first)))).toHaveLength(1);
  });

  it('does not let a click carried from another domain overtake a later one', async () => {
    await start();
    const yesterday = (Date.now() - 86_400_000).toString(36);
    const fresh = await shop.http.get('/?im_ref=fresh');
    const crossed = `/?im_ref=old&im_ref_at=${yesterday}`;
    expect(setCookies(await shop.http.get(crossed).set('Cookie', cookieOf(fresh)))).toEqual([]);
    const alone = setCookies(await shop.http.get(crossed));
    expect(alone[0]).toMatch(new RegExp(`^impact_click=1\\.${yesterday}\\.old; Max-Age=2505\\d{3};`));
  });

  it('does not believe a carried time under first-click, where age is an advantage', async () => {
    await start({ capture: { policy: 'first-click' } });
    await shop.http.get(`/?im_ref=a&im_ref_at=${(Date.now() - 86_400_000).toString(36)}`);
    const [row] = await shop.rows('impact_clicks');
    expect(Date.now() - Number(row!['first_seen_at'])).toBeLessThan(60_000);
  });

  it.each([
    ['granted', () => 'granted' as const, 1],
    ['granted later', async () => 'granted' as const, 1],
    ['denied', () => 'denied' as const, 0],
    ['unknown', () => 'unknown' as const, 0],
    ['denied later', async () => 'denied' as const, 0],
    ['a throw', () => { throw new TypeError('no'); }, 0], // prettier-ignore
    ['a rejection', () => Promise.reject(new TypeError('no')), 0],
    ['nonsense', () => 'yes' as 'granted', 0],
  ])('consent: %s', async (_, consent, kept) => {
    for (const via of ['interceptor', 'middleware'] as const) {
      await start({ via, capture: { consent } });
      const landed = await shop.http.get(LANDING).expect(200, 'home');
      expect(setCookies(landed)).toHaveLength(kept);
      expect(await shop.rows('impact_clicks')).toHaveLength(kept);
      const ignored = Object.values(shop.counters.read().ignored).reduce((sum, count) => sum + count, 0);
      expect(ignored).toBe(1 - kept);
      if (via === 'interceptor') await shop.close();
    }
  });

  it('takes the cookie of an earlier landing away when consent is withdrawn', async () => {
    let answer: 'granted' | 'denied' | 'unknown' = 'granted';
    await start({ capture: { consent: () => answer } });
    const cookie = cookieOf(await shop.http.get(LANDING));
    answer = 'unknown';
    expect(setCookies(await shop.http.get(LANDING).set('Cookie', cookie))).toEqual([]);
    answer = 'denied';
    const withdrawn = await shop.http.get(LANDING).set('Cookie', cookie).expect(200, 'home');
    expect(setCookies(withdrawn)).toEqual([expect.stringMatching(/^impact_click=; Max-Age=0; .*HttpOnly/)]);
    expect(withdrawn.headers['cache-control']).toMatch(/private|no-store/);
    // Nothing to take away: nothing is set.
    expect(setCookies(await shop.http.get(LANDING))).toEqual([]);
  });

  it('restores a click from the cookie when its row is gone', async () => {
    await start();
    const landed = await shop.http.get(LANDING);
    await shop.rows('impact_clicks');
    await shop.dataSource.query('DELETE FROM impact_clicks');
    const bound = await shop.http.post('/checkout').set('Cookie', cookieOf(landed)).send({ order: 'o' });
    expect(bound.body).toMatchObject({ clickId: ID, parameter: 'cookie', partnerParameters: {} });
  });

  it.each(['', 'junk', '1.zz.', `1.abc.${'x'.repeat(65)}`, '1.abc.a%00', '%E0%A4%A'])(
    'ignores a cookie that says %p',
    async (value) => {
      await start();
      const answer = await shop.http
        .post('/checkout')
        .set('Cookie', `impact_click=${value}`)
        .send({ order: 'o' });
      expect(answer.body).toEqual({ none: true });
    },
  );

  it('takes a token in the header', async () => {
    await start();
    const token = `1.${Date.now().toString(36)}.app-click`;
    const answer = await shop.http.post('/checkout').set('x-impact-click', token).send({ order: 'o' });
    expect(answer.body).toMatchObject({ clickId: 'app-click', parameter: 'header' });
  });
});
