import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { SandboxClient } from './sandbox.client.js';

const EVIL = '<script>alert(1)</script>';
const ESCAPED = '&lt;script&gt;alert(1)&lt;/script&gt;';

describe('the pages', () => {
  let sandbox: ImpactSandbox;
  let client: SandboxClient;
  let actionId: string;
  let submissionId: string;

  beforeAll(async () => {
    sandbox = await ImpactSandbox.start({ settleAfter: '1h', partners: [{ id: '7', name: EVIL }] });
    client = new SandboxClient(sandbox);
    await client.follow(sandbox.trackingLink({ landingUrl: 'https://shop.test/', sharedId: EVIL }));
    const over = { OrderId: EVIL, ItemSku1: EVIL, ItemName1: EVIL, CustomerId: EVIL, [EVIL]: EVIL };
    const action = await client.credited({ ...over, ClickId: await client.click() });
    actionId = action.id;
    submissionId = action.submissionId;
  });
  afterAll(() => sandbox.close());

  const page = (path: string): request.Test => request(sandbox.url).get(path);

  test.each([
    ['/', ESCAPED],
    ['/clicks', ESCAPED],
    ['/submissions', ESCAPED],
    ['/submissions/:submission', ESCAPED],
    ['/actions', ESCAPED],
    ['/actions/:action', ESCAPED],
    ['/requests', ESCAPED],
    [`/landing?name=${encodeURIComponent(EVIL)}`, ESCAPED],
    ['/faults', 'cut after it was taken'],
    ['/clock', 'Decide them all now'],
  ])('%s answers and escapes what it shows', async (path, text) => {
    const { text: html, headers } = await page(
      path.replace(':submission', submissionId).replace(':action', actionId),
    ).expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(html).toContain(text);
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/(src|href)="https?:\/\/(?!127\.0\.0\.1)/);
    expect(html).toMatch(/^\s*<!doctype html>[^]*<\/html>\s*$/);
  });

  test('show the token on the start page and nowhere else', async () => {
    const { authToken } = sandbox.credentials;
    expect((await page('/')).text).toContain(`IMPACT_AUTH_TOKEN=${authToken}`);
    for (const path of ['/clicks', '/submissions', '/actions', '/requests', '/faults', '/clock']) {
      expect((await page(path)).text).not.toContain(authToken);
    }
    expect((await page('/')).text).toContain(sandbox.environment.split('\n')[0]);
  });

  test.each(['/submissions/A-0', '/actions/1.2.3', '/nothing'])('%s is 404', async (path) => {
    await page(path).expect(404);
  });

  test('serve the stylesheet', async () => {
    const { text } = await page('/pages.css')
      .expect(200)
      .expect('content-type', /text\/css/);
    expect(text).toContain('prefers-color-scheme: dark');
    expect(text).not.toMatch(/https?:|@import/);
  });

  test('make a tracking link that works', async () => {
    const { text } = await request(sandbox.url)
      .post('/links')
      .type('form')
      .send({ landingUrl: 'https://new.test/a', partnerId: '7', sharedId: 'x' })
      .expect(200);
    const link = /<code class="copy wrap">([^<]+)<\/code>/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await client.follow(link)).location.host).toBe('new.test');
  });

  test('say what is wrong with a landing page', async () => {
    const { text } = await request(sandbox.url)
      .post('/links')
      .type('form')
      .send({ landingUrl: 'shop', partnerId: '7' })
      .expect(200);
    expect(text).toContain('give an absolute http(s) address');
  });

  test('switch faults on and off', async () => {
    const switchOn = (form: object): request.Test =>
      request(sandbox.url).post('/faults').type('form').send(form);
    await switchOn({ fault: '503', on: 'submissions', times: '5', delayMs: '', retryAfter: '9' }).expect(303);
    const refused = await client.call('/APISubmissions');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '9']);
    expect((await page('/faults')).text).toMatch(/503[^]*submissions[^]*<td>4<\/td>/);
    await switchOn({ fault: 'nonsense', on: 'all' }).expect(400);
    await request(sandbox.url).post('/faults/clear').expect(303);
    expect((await client.call('/APISubmissions')).status).toBe(200);
  });

  test('settle, travel and decide', async () => {
    const action = async () => (await sandbox.actions()).find(({ id }) => id === actionId);
    const decide = (decision: string): request.Test =>
      request(sandbox.url).post(`/actions/${actionId}`).type('form').send({ decision });
    await decide('reverse').expect(303);
    expect(await action()).toMatchObject({ state: 'REVERSED' });
    await decide('restore').expect(303);
    await decide('marry').expect(400);

    await client.submit({ OrderId: 'waiting' });
    expect((await page('/clock')).text).toContain('1 submission waiting');
    await request(sandbox.url).post('/clock/settle').expect(303);
    expect((await page('/clock')).text).toContain('0 submissions waiting');

    const travel = (to: string): request.Test =>
      request(sandbox.url).post('/clock/travel').type('form').send({ to });
    await travel('+20d').expect(303);
    expect(await action()).toMatchObject({ state: 'APPROVED' });
    expect((await page('/clock')).text).toContain('(20 d ahead)');
    await travel('soon').expect(400);
  });

  test('show an action’s history with the submissions behind it, and the other actions of its order', async () => {
    const { id } = await client.credited({ OrderId: 'story', ClickId: await client.click() });
    const correct = async (method: string, more: Record<string, string>): Promise<string> => {
      await client.form(method, '/Actions', { ActionId: id, ...more });
      await sandbox.settle();
      return (await client.lastSubmission()).id;
    };
    const modification = await correct('PUT', { Reason: 'ORDER_UPDATE', Amount: '60' });
    const twin = sandbox.office('story', 'duplicate');
    sandbox.travel('+30d');
    const refused = await correct('DELETE', { DispositionCode: 'OTHER' });
    const { text } = await page(`/actions/${id}`).expect(200);
    const history = /<ol class="timeline">([^]*?)<\/ol>/.exec(text)?.[1] ?? '';
    expect([...history.matchAll(/<span class="badge \w+">(\w+)<\/span>/g)].map(([, kind]) => kind)).toEqual([
      'tracked',
      'modified',
      'approved',
      'cleared',
    ]);
    expect(history).toMatch(/<strong>\+100\.00<\/strong>[^]*<strong>-40\.00<\/strong>/);
    expect(history).toContain(`/submissions/${modification}`);
    expect(history).not.toContain(refused);
    expect(text).toMatch(
      new RegExp(`/submissions/${refused}[^]*ACTION_LOCKED[^]*the locking date has passed`),
    );
    expect(text).toContain(`/actions/${twin.id}`);
    expect((await page(`/actions/${twin.id}`)).text).toContain('by hand');
  });

  test('find the actions and submissions of an order', async () => {
    const { text } = await page('/actions?order=story');
    expect(text).toContain('of this order');
    expect(text.match(/<tr>/g)).toHaveLength(3);
    expect((await page('/submissions?order=story')).text).toContain('ACTION_LOCKED');
    expect((await page(`/actions?order=${encodeURIComponent(EVIL)}1`)).text).toContain(
      `Nothing of order <span class="mono">${ESCAPED}1`,
    );
  });

  test('count the calls by kind', async () => {
    sandbox.clearCalls();
    await client.call('/Actions?CampaignId=1000');
    await client.call('/Actions?CampaignId=1000');
    expect((await page('/requests')).text).toMatch(/<strong>2<\/strong>\s*<span[^>]*>GET \/Actions</);
  });

  test('mark what was lost on purpose and what is hidden', async () => {
    sandbox.fault({ kind: 'lost', times: 1 });
    await client.submit({ OrderId: 'lost' });
    await sandbox.settle();
    const { id } = await client.lastSubmission();
    expect((await page(`/submissions/${id}`)).text).toContain('lost on purpose');
    expect((await page('/submissions?order=lost')).text).toContain('>lost<');
    sandbox.plant({ orderId: 'ghost', amount: '1' });
    const ghost = sandbox.office('ghost', 'hide');
    const { text } = await page(`/actions/${ghost.id}`);
    expect(text).toContain('not shown yet');
    expect(text).toContain('None: it was made by hand.');
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another origin', { origin: 'https://evil.test' }],
    ['an opaque origin', { origin: 'null' }],
  ])('take no form of %s', async (_, headers) => {
    await request(sandbox.url).post('/faults').set(headers).type('form').send({ fault: '500' }).expect(403);
    expect((await client.call('/CompanyInformation')).status).toBe(200);
  });
});
