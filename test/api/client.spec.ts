import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  ImpactApiAnswerUnusableError,
  ImpactApiClient,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  ImpactHttpModule,
} from '../../src/api/index.js';
import { IMPACT_OPTIONS, ImpactConfigurationError } from '../../src/config/index.js';
import {
  clientFor,
  failureOf,
  httpServer,
  optionsFor,
  QUEUED,
  SID,
  tcpServer,
  TOKEN,
  type TestServer,
} from './support/scripted.server.js';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const SALE = [
  ['CampaignId', '1000'],
  ['OrderId', 'order 1&2'],
  ['ClickId', 'a:b~c'],
  ['CustomerCity', 'Zürich'],
] as const;

const answering = async (body: unknown, status = 200): Promise<TestServer> => {
  server = await httpServer((response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
  );
  return server;
};

/** The lower-case names win, so they hide whatever this machine has set. */
async function withProxy(protocol: 'http' | 'https', url: string, work: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, { [`${protocol}_proxy`]: url, no_proxy: 'nowhere.invalid' });
  try {
    await work();
  } finally {
    for (const name of [`${protocol}_proxy`, 'no_proxy']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

describe('what is sent', () => {
  it('a conversion is a form by default', async () => {
    const { url, seen } = await answering(QUEUED);
    await clientFor(url).submitConversion(SALE);
    const [request] = seen;
    expect(request).toMatchObject({ method: 'POST', url: `/Advertisers/${SID}/Conversions` });
    expect(request?.body).toBe(
      'CampaignId=1000&OrderId=order+1%262&ClickId=a%3Ab%7Ec&CustomerCity=Z%C3%BCrich',
    );
    expect(request?.headers).toMatchObject({
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(request?.body.length),
      connection: 'keep-alive',
    });
    expect(request?.headers['user-agent']).toMatch(/^nestjs-impact\/\d+\.\d+\.\d+/);
    expect(request?.headers).not.toHaveProperty('ir-version');
  });

  it('and JSON on request', async () => {
    const { url, seen } = await answering(QUEUED);
    await clientFor(url, 2000, { delivery: { bodyFormat: 'json' } }).submitConversion(SALE);
    expect(seen[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(Object.fromEntries(SALE));
  });

  it('corrections are forms always, on the collection, a reversal as a DELETE with a body', async () => {
    const { url, seen } = await answering(QUEUED);
    const client = clientFor(url, 2000, { delivery: { bodyFormat: 'json' } });
    await client.modifyAction([['ActionId', '1000.1.2']]);
    await client.reverseAction([['DispositionCode', 'ITEM_RETURNED']]);
    expect(seen.map(({ method, url: path, body }) => [method, path, body])).toEqual([
      ['PUT', `/Advertisers/${SID}/Actions`, 'ActionId=1000.1.2'],
      ['DELETE', `/Advertisers/${SID}/Actions`, 'DispositionCode=ITEM_RETURNED'],
    ]);
    expect(new Set(seen.map(({ headers }) => headers['content-type'])).size).toBe(1);
  });

  it('the API version when it is set', async () => {
    const { url, seen } = await answering(QUEUED);
    await clientFor(url, 2000, { apiVersion: 14 }).submitConversion(SALE);
    expect(seen[0]?.headers['ir-version']).toBe('14');
  });

  it('keeps the connection for the next call', async () => {
    const { url, seen } = await answering(QUEUED);
    const client = clientFor(url);
    for (let call = 0; call < 3; call += 1) await client.submitConversion(SALE);
    expect(new Set(seen.map(({ socket }) => socket)).size).toBe(1);
  });

  it('nothing through a forward proxy that would read the credentials', async () => {
    const { url, seen } = await answering(QUEUED);
    await withProxy('http', 'http://127.0.0.1:9', async () => {
      await clientFor(url).submitConversion(SALE);
    });
    expect(seen).toHaveLength(1);
  });

  it.each([400, 403, 407, 502])(
    'nothing when the way out is refused with %d, which is the proxy’s word and not the vendor’s',
    async (status) => {
      let heard = '';
      server = await tcpServer((socket) => {
        socket.on('data', (data) => {
          heard += data.toString('latin1');
          socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`);
        });
      });
      await withProxy('https', server.url, async () => {
        const call = clientFor('https://api.impact.com').submitConversion(SALE);
        const error = await failureOf(call, ImpactApiUnreachableError);
        expect(error).toMatchObject({
          status: null,
          networkCode: `PROXY_${status}`,
          requestMayHaveArrived: false,
        });
      });
      expect(heard).toMatch(/^CONNECT api\.impact\.com:443 /);
      expect(heard).not.toMatch(/Authorization|OrderId/i);
    },
  );

  it('nothing without an account', async () => {
    const { url, seen } = await answering(QUEUED);
    const client = clientFor(url, 2000, { accountSid: undefined, authToken: undefined });
    await expect(client.submitConversion(SALE)).rejects.toBeInstanceOf(ImpactConfigurationError);
    expect(seen).toHaveLength(0);
  });
});

describe('answers', () => {
  it('a write says what it is queued as, and the rate', async () => {
    server = await httpServer((response) =>
      response.writeHead(200, { 'X-RateLimit-Limit': '1000', 'X-RateLimit-Remaining': '7' }).end(QUEUED),
    );
    await expect(clientFor(server.url).submitConversion(SALE)).resolves.toEqual({
      submissionId: 'A-1',
      queuedUri: `/Advertisers/${SID}/APISubmissions/A-1`,
      actionId: null,
      rate: { limit: 1000, remaining: 7, resetAt: null, resetIn: null, retryAfter: null },
    });
  });

  it('a queued URI on another host is proof, but is not followed', async () => {
    const { url, seen } = await answering({
      Status: 'QUEUED',
      QueuedUri: 'https://evil.example/APISubmissions/A-9',
    });
    const client = clientFor(url);
    const { queuedUri, submissionId } = await client.submitConversion(SALE);
    expect(submissionId).toBe('A-9');
    const error = await failureOf(client.getSubmission(queuedUri ?? ''), ImpactApiAnswerUnusableError);
    expect(error.requestMayHaveArrived).toBe(false);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['A-1', '/APISubmissions/A-1'],
    [`/Advertisers/${SID}/QueuedStatus/A-1`, '/QueuedStatus/A-1'],
  ])('a submission is found by %s', async (idOrUri, path) => {
    const { url, seen } = await answering({
      BatchId: 'A-1',
      Status: 'Complete',
      ErrorReason: 'CONV_DUPLICATE',
    });
    await expect(clientFor(url).getSubmission(idOrUri)).resolves.toMatchObject({
      status: 'COMPLETE',
      reasonCodes: ['CONV_DUPLICATE'],
    });
    expect(seen[0]?.url).toBe(`/Advertisers/${SID}${path}`);
  });

  it('an action, its items, the company, a click and promo codes', async () => {
    const bodies: Record<string, unknown> = {
      'Actions/1000.1.2': { Id: '1000.1.2', Oid: 'o', Amount: '5.00' },
      'Actions/1000.1.2/Items': { ActionItems: [{ Sku: 's', Quantity: '2', SaleAmount: '5.00' }] },
      CompanyInformation: {
        CompanyName: 'Shop',
        Currency: 'EUR',
        Timezone: 'CET',
        TechnicalContact: { Email: 'x' },
      },
      'Campaigns/1000/Clicks/a%3Ab': { Id: 'a:b', MediaId: 7, EventDate: '2026-11-22T10:00:00Z' },
      'PromoCodes?CampaignId=1000&Page=1&PageSize=2000': {
        '@total': '1',
        PromoCodes: [{ Code: 'TEN', Id: 3 }],
      },
    };
    server = await httpServer((response, { url }) => {
      response.end(JSON.stringify(bodies[url.replace(`/Advertisers/${SID}/`, '')] ?? {}));
    });
    const client = clientFor(server.url);
    expect((await client.getAction('1000.1.2')).action).toMatchObject({ orderId: 'o', amount: '5.00' });
    expect((await client.getActionItems('1000.1.2')).items).toMatchObject([{ sku: 's', quantity: '2' }]);
    await expect(client.companyInformation()).resolves.toMatchObject({
      companyName: 'Shop',
      timeZone: 'CET',
    });
    await expect(client.getClick('a:b')).resolves.toMatchObject({ id: 'a:b', mediaId: '7' });
    await expect(client.listPromoCodes()).resolves.toMatchObject({
      total: 1,
      promoCodes: [{ code: 'TEN', id: '3' }],
    });
  });

  it('a look-up that answers with something else is unusable', async () => {
    const { url } = await answering({ hello: 'world' });
    const client = clientFor(url);
    for (const call of [
      client.getSubmission('A-1'),
      client.getAction('1'),
      client.getActionItems('1'),
      client.listActions(),
      client.listPromoCodes(),
      client.companyInformation(),
      client.getClick('a'),
    ]) {
      const error = await failureOf(call, ImpactApiAnswerUnusableError);
      expect(error.message).toContain('something other than');
    }
  });
});

describe('listings', () => {
  it('windows are whole seconds, widened', async () => {
    const { url, seen } = await answering({ Actions: [] });
    const from = new Date('2026-11-01T00:00:00.900Z');
    const to = new Date('2026-11-02T00:00:00.100Z');
    await clientFor(url).listActions({ updated: { from, to }, state: 'PENDING', pageSize: 20_000 });
    expect(Object.fromEntries(new URL(seen[0]?.url ?? '', url).searchParams)).toEqual({
      CampaignId: '1000',
      State: 'PENDING',
      StartDate: '2026-11-01T00:00:00Z',
      EndDate: '2026-11-02T00:00:01Z',
      Page: '1',
      PageSize: '20000',
    });
  });

  const ids = async (url: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { actions } of clientFor(url).walkActions()) found.push(...actions.map(({ id }) => id));
    return found;
  };

  it('are walked by the links of the vendor', async () => {
    server = await httpServer((response, _request, count) => {
      const next = count < 3 ? `/Advertisers/${SID}/Actions?Page=${count + 1}&Cursor=${count}` : '';
      response.end(JSON.stringify({ '@nextpageuri': next, Actions: [{ Id: `a${count}` }] }));
    });
    await expect(ids(server.url)).resolves.toEqual(['a1', 'a2', 'a3']);
    expect(server.seen[2]?.url).toContain('Cursor=2');
  });

  it('or by page numbers where there are no links', async () => {
    server = await httpServer((response, _request, count) => {
      response.end(
        JSON.stringify({ '@page': String(count), '@numpages': '2', Actions: [{ Id: `a${count}` }] }),
      );
    });
    await expect(ids(server.url)).resolves.toEqual(['a1', 'a2']);
    expect(server.seen[1]?.url).toContain('Page=2');
  });

  it('are left when the reader stops', async () => {
    server = await httpServer((response) => response.end(JSON.stringify({ '@numpages': '9', Actions: [] })));
    for await (const page of clientFor(server.url).walkActions()) {
      expect(page.pages).toBe(9);
      break;
    }
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['leads to another host', 'https://evil.example/Advertisers/IRabc123/Actions', 'leads outside'],
    ['leads to another account', '/Advertisers/IRother/Actions', 'leads outside'],
    ['leads in a circle', `/Advertisers/${SID}/Actions?Page=7`, 'do not end'],
  ])('stop at a link that %s', async (_name, link, message) => {
    server = await httpServer((response) =>
      response.end(JSON.stringify({ '@nextpageuri': link, Actions: [] })),
    );
    const error = await failureOf(ids(server.url), ImpactApiAnswerUnusableError);
    expect(error.message).toContain(message);
    expect(server.seen.length).toBeLessThanOrEqual(2);
  });

  it('count the rows that cannot be used', async () => {
    const { url } = await answering({ Actions: [{ Id: 'a' }, { Oid: 'no id' }, null, 7] });
    await expect(clientFor(url).listActions()).resolves.toMatchObject({
      actions: [{ id: 'a' }],
      unreadable: 3,
    });
  });
});

describe('refusals', () => {
  it.each([
    [400, 'Correct the request'],
    [401, 'IMPACT_AUTH_TOKEN'],
    [402, 'Correct the request'],
    [403, '"Conversions: write"'],
    [404, 'Check the id'],
    [405, 'IMPACT_BASE_URL'],
    [408, 'Repeat the same request'],
    [422, 'Correct the request'],
    [429, 'Wait until'],
  ])('%i says what to do', async (status, advice) => {
    const { url } = await answering(
      { Status: 'ERROR', errors: [{ field: 'ItemSku1', message: 'No' }] },
      status,
    );
    const error = await failureOf(clientFor(url).submitConversion(SALE), ImpactApiRefusedError);
    expect(error).toMatchObject({
      code: 'API_REFUSED',
      status,
      requestMayHaveArrived: true,
      problems: [{ field: 'ItemSku1', message: 'No', level: null }],
    });
    expect(error.message).toContain('ItemSku1: No');
    expect(error.message).toContain(advice);
  });

  it('a 200 that says ERROR is one', async () => {
    const { url } = await answering({ Status: 'Error', Message: 'Validation Failed' });
    const error = await failureOf(clientFor(url).submitConversion(SALE), ImpactApiRefusedError);
    expect(error).toMatchObject({ status: 200, problems: [{ message: 'Validation Failed' }] });
  });

  it.each([500, 501, 502, 503, 504, 520])(
    '%i is trouble of the vendor, not of the request',
    async (status) => {
      const { url } = await answering({ Message: 'Sorry' }, status);
      const error = await failureOf(clientFor(url).submitConversion(SALE), ImpactApiUnreachableError);
      expect(error).toMatchObject({ code: 'API_UNREACHABLE', status, requestMayHaveArrived: true });
    },
  );
});

it('is wired by Nest, and closes its idle sockets with the app', async () => {
  const { url, seen } = await answering(QUEUED);
  const app = await Test.createTestingModule({
    imports: [ImpactHttpModule],
    providers: [ImpactApiClient, { provide: IMPACT_OPTIONS, useValue: optionsFor(url) }],
  }).compile();
  await app.init();
  await app.get(ImpactApiClient).submitConversion(SALE);
  await app.get(ImpactApiClient).submitConversion(SALE);
  expect(seen[1]?.socket).toBe(seen[0]?.socket);
  const closed = new Promise((resolve) => seen[0]?.socket.once('close', resolve));
  await app.close();
  await closed;
});
