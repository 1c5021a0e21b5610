import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type CaptureOptions, type ImpactModuleOptions, PageViewReporter } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { liveOptions, PLATFORMS, type Shop, startShop } from '../support/shop.app.js';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: URLSearchParams;
}

/** A tracking host that answers as it is told. */
class TrackingHost {
  readonly received: Received[] = [];
  /** A status; null: never. */
  answer: number | null = 200;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      this.received.push({ path: request.url ?? '', headers: request.headers, body });
      if (this.answer === null) return;
      response.writeHead(this.answer, { 'content-type': 'application/json' });
      response.end('{"clickId":"x"}');
    });
  });

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const until = async (holds: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 400 && !holds(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
};

async function start(
  capture: CaptureOptions,
  more: ImpactModuleOptions = {},
  platform: (typeof PLATFORMS)[number] = 'express',
): Promise<{
  shop: Shop;
  host: TrackingHost;
  reporter: PageViewReporter;
  visit: (query: string, headers?: object) => Promise<Response>;
}> {
  const host = await new TrackingHost().open();
  const sandbox = await ImpactSandbox.start();
  const pageLoad = capture.pageLoad === false ? false : { baseUrl: host.url, ...capture.pageLoad };
  const shop = await startShop({
    platform,
    impact: liveOptions(sandbox, { ...more, capture: { ...capture, pageLoad } }),
  });
  open.push(host, sandbox, shop);
  return {
    shop,
    host,
    reporter: shop.app.get(PageViewReporter),
    visit: (query, headers = {}) => fetch(`${shop.url}/shoes?${query}`, { headers: { ...headers } }),
  };
}

describe.each(PLATFORMS)('page views on %s', (platform) => {
  it('are told to the tracking host, without credentials and without what the link says besides', async () => {
    const { host, visit, reporter, shop } = await start(
      {
        pageLoad: {
          customProfileId: ({ headers }) => headers['x-visitor'] as string,
          ipAddress: () => '203.0.113.7',
        },
      },
      {},
      platform,
    );
    const headers = { 'x-visitor': 'v-1', referer: 'https://blog.test/post?q=1', 'user-agent': 'UA/1' };
    await visit('im_ref=Abc-1&irpid=77&email=ada@example.com', headers);
    await until(() => host.received.length === 1 && reporter.counts.sent === 1);
    const [{ path, headers: sent, body }] = host.received as [Received];
    expect(path).toBe('/PageLoad');
    expect(sent.authorization).toBeUndefined();
    expect(sent.cookie).toBeUndefined();
    expect(sent['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(body)).toEqual({
      CampaignId: expect.stringMatching(/^\d+$/),
      EventDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      PageUrl: `https://${new URL(shop.url).host}/shoes?im_ref=Abc-1&irpid=77`,
      ReferringUrl: 'https://blog.test/post',
      ClickId: 'Abc-1',
      CustomProfileId: 'v-1',
      TrackingConsent: 'true',
      UserAgent: 'UA/1',
      IpAddress: '203.0.113.7',
    });
    expect(JSON.stringify([...body, sent])).not.toMatch(/ada|example\.com|sandbox-token/);
    // No landing, no page view.
    await visit('');
    expect(host.received).toHaveLength(1);
    expect(reporter.counts).toEqual({ sent: 1, failed: 0, dropped: 0, waiting: 0 });
  });
});

describe('page views', () => {
  it('are understood by the sandbox', async () => {
    const sandbox = await ImpactSandbox.start();
    const shop = await startShop({
      impact: liveOptions(sandbox, { capture: { pageLoad: { baseUrl: sandbox.url } } }),
    });
    open.push(sandbox, shop);
    const link = sandbox.trackingLink({ landingUrl: `${shop.url}/shoes` });
    expect((await fetch(link)).status).toBe(200);
    await until(() => shop.app.get(PageViewReporter).counts.sent === 1);
    expect(sandbox.calls('POST /PageLoad')).toBe(1);
  });

  it.each([
    ['denied', 0],
    ['unknown', 0],
    ['granted', 1],
  ] as const)('of a visitor who says %s: %i', async (answer, sent) => {
    const { host, visit, reporter } = await start({ consent: () => answer });
    await visit('im_ref=Abc-1');
    if (sent > 0) await until(() => reporter.counts.sent === sent);
    expect(host.received).toHaveLength(sent);
    expect(reporter.counts).toEqual({ sent, failed: 0, dropped: 0, waiting: 0 });
  });

  it.each<[string, CaptureOptions, ImpactModuleOptions]>([
    ['off by default', { pageLoad: false }, {}],
    ['silent in a dry run', {}, { mode: 'dry-run' }],
  ])('are %s', async (_, capture, more) => {
    const { host, visit, reporter } = await start(capture, more);
    await visit('im_ref=Abc-1');
    expect(host.received).toHaveLength(0);
    expect(reporter.counts).toEqual({ sent: 0, failed: 0, dropped: 0, waiting: 0 });
  });

  it('never hold up a page, and are dropped when too many wait', async () => {
    const { host, visit, reporter, shop } = await start({});
    host.answer = null;
    const pages = await Promise.all(Array.from({ length: 20 }, (_, n) => visit(`im_ref=Abc-${n}`)));
    expect(pages.every(({ status, headers }) => status === 200 && headers.get('set-cookie') !== null)).toBe(
      true,
    );
    await until(() => host.received.length === 4);
    expect(reporter.counts).toEqual({ sent: 0, failed: 0, dropped: 0, waiting: 16 });
    const landing = {
      clickId: 'a',
      parameter: 'im_ref',
      partnerParameters: {},
      landingPath: '/',
      carriedAt: null,
    };
    for (let n = 0; n < 1000; n += 1)
      reporter.landed({ request: { headers: { host: 'shop.test' } }, landing });
    expect(reporter.counts).toMatchObject({ dropped: 16, waiting: 1000 });
    const began = performance.now();
    await shop.app.close();
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(reporter.counts).toMatchObject({ dropped: 1016, waiting: 0 });
    open.splice(open.indexOf(shop), 1);
  });

  it('are tried once, and not at all for a while in an outage', async () => {
    const { host, visit, reporter } = await start({});
    host.answer = 503;
    for (let n = 0; n < 5; n += 1) {
      await visit(`im_ref=Abc-${n}`);
      await until(() => reporter.counts.failed === n + 1);
    }
    host.answer = 200;
    for (let n = 0; n < 5; n += 1) expect((await visit(`im_ref=Late-${n}`)).status).toBe(200);
    expect(host.received).toHaveLength(5);
    expect(reporter.counts).toEqual({ sent: 0, failed: 5, dropped: 5, waiting: 0 });
  });

  it('do without an option’s function that fails', async () => {
    const { host, visit, reporter } = await start({
      pageLoad: {
        customProfileId: () => {
          throw new RangeError('no session');
        },
      },
    });
    const page = await visit('im_ref=Abc-1');
    expect([page.status, page.headers.get('set-cookie') !== null]).toEqual([200, true]);
    expect(host.received).toHaveLength(0);
    expect(reporter.counts).toMatchObject({ dropped: 1 });
  });
});
