import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { isClickId } from '../../src/clicks/index.js';
import { PLATFORMS, setCookies, startCaptureApp, type CaptureApp } from './support/capture.app.js';

@Controller()
class HomeController {
  @Get()
  home(): string {
    return 'home';
  }
}

describe.each(PLATFORMS)('hostile landings on %s', (platform) => {
  let shop: CaptureApp;
  afterEach(() => shop.close());

  it('break neither the page nor a row nor a cookie', async () => {
    shop = await startCaptureApp({ platform, via: 'both', controllers: [HomeController] });
    const hostile = hostileUrls();
    expect(hostile.length).toBeGreaterThanOrEqual(200);
    for (const url of hostile) {
      const { status, headers } = await rawGet(shop.url, url);
      expect([url, status]).toEqual([url, 200]);
      expect(Object.keys(headers)).not.toContain('x-injected');
      for (const cookie of setCookies({ headers })) {
        const [, id] = /^impact_click=1\.[0-9a-z]+\.([^;]+); Max-Age=\d+; Path/.exec(cookie) ?? [];
        expect(isClickId(decodeURIComponent(id ?? ''))).toBe(true);
      }
    }
    const rows = await shop.rows('impact_clicks');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(isClickId(row['click_id'])).toBe(true);
      expect(JSON.stringify(row)).not.toMatch(/\\u00[01]|\\[rn]|injected/i);
    }
    expect(shop.counters.read().failed).toBe(0);
  });
});

/** Every poison in every place, beside what is harmless. */
function hostileUrls(): string[] {
  const poisons = [
    '%0d%0aX-Injected:%201', '%0d%0a%0d%0a<html>', '%00', 'a%00b', '%', '%%', '%2', '%zz', '%ff', '%c0%af', '%ed%a0%80',
    '%25%30%30', 'a%253Ab', '%E2%80%A8', '+', 'a%20b', "'%20OR%201=1--", '";alert(1)', '<script>',
    '%3Cscript%3E', '../../etc/passwd', '{clickid}', '${7*7}', 'x'.repeat(65), 'x'.repeat(4000), '%41'.repeat(900),
    '%F0%9F%92%A5', '__proto__', 'constructor', 'null', 'undefined', '[]', '=', '==', ';', 'a;b', 'a,b', '"', '\\',
  ]; // prettier-ignore
  const places = [
    (poison: string) => `/?im_ref=${poison}`,
    (poison: string) => `/?im_ref=${poison}&irclickid=good-${poisons.indexOf(poison)}`,
    (poison: string) => `/?im_ref[]=${poison}&im_ref[a]=1&clickid=${poison}&irgwc=${poison}`,
    (poison: string) => `/?im_ref=ok&utm_source=${poison}&irmpname=${poison}&sharedid=${poison}`,
    (poison: string) => `/?${poison}=1&im_ref=ok&im_ref_at=${poison}`,
    (poison: string) => `/?im_ref=ok&im_ref=${poison}#${poison}`,
  ];
  return places.flatMap((place) => poisons.map((poison) => place(poison)));
}

/** Past every client that would mend the URL first. */
function rawGet(
  base: string,
  path: string,
): Promise<{ status: number | undefined; headers: Record<string, unknown> }> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const call = httpRequest({ hostname, port, path: '/', method: 'GET' }, (response) => {
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    call.path = path;
    call.once('error', reject);
    call.end();
  });
}
