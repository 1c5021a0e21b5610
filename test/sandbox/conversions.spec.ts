import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { ImpactSandbox, type SandboxOptions } from '../../src/sandbox/index.js';
import { eventually, SandboxClient } from './sandbox.client.js';

let sandbox: ImpactSandbox;
let client: SandboxClient;

function use(other: ImpactSandbox): void {
  sandbox = other;
  client = new SandboxClient(sandbox);
}

let shared: ImpactSandbox;
let others: ImpactSandbox[] = [];

beforeAll(async () => {
  shared = await ImpactSandbox.start({ settleAfter: '1h' });
});
beforeEach(() => use(shared));
afterEach(async () => {
  shared.reset();
  await Promise.all(others.map((other) => other.close()));
  others = [];
});
afterAll(() => shared.close());

/** For tests that need other options than the shared sandbox has. */
async function startWith(options: SandboxOptions): Promise<void> {
  const other = await ImpactSandbox.start({ settleAfter: '1h', ...options });
  others.push(other);
  use(other);
}

describe('the door', () => {
  test('queues a form and says where to look', async () => {
    const sale = client.sale();
    const answer = await client.form('POST', '/Conversions', sale);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const submission = await client.lastSubmission();
    expect(answer.body).toEqual({
      Status: 'QUEUED',
      QueuedUri: `/Advertisers/${sandbox.credentials.accountSid}/APISubmissions/${submission.id}`,
    });
    expect(submission.id).toMatch(/^A-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(submission).toMatchObject({ status: 'Queued', type: 'Conversion', parameters: sale });
    expect(await sandbox.actions()).toEqual([]);
  });

  test('takes JSON, with numbers and booleans', async () => {
    const body = { ...client.sale(), CampaignId: 1000, ItemQuantity1: 2, TrackingConsent: true };
    const { authorization } = client;
    await request(client.base)
      .post('/Conversions')
      .set({ authorization, accept: 'application/json' })
      .send(body)
      .expect(200, /QUEUED/);
    expect((await client.lastSubmission()).parameters).toMatchObject({
      CampaignId: '1000',
      TrackingConsent: 'true',
    });
  });

  test.each([
    ['nested JSON', 'application/json', '{"CampaignId":{"a":1}}'],
    ['broken JSON', 'application/json', '{"CampaignId":'],
    ['a JSON array', 'application/json', '[1]'],
    ['plain text', 'text/plain', 'CampaignId=1000'],
  ])('refuses %s', async (_, contentType, body) => {
    const answer = await client.call('/Conversions', {
      method: 'POST',
      body,
      headers: { 'content-type': contentType },
    });
    expect(answer.status).toBe(400);
    expect(await sandbox.submissions()).toEqual([]);
  });

  test('answers XML when nobody asks for JSON', async () => {
    const answer = await client.call('/Conversions', {
      method: 'POST',
      body: new URLSearchParams(client.sale()),
      headers: { accept: '*/*' },
    });
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><ImpactRadiusResponse><Status>QUEUED<\/Status><QueuedUri>[^<]+<\/QueuedUri><\/ImpactRadiusResponse>$/,
    );
  });

  test('answers JSON at an address with the suffix', async () => {
    const answer = await client.call('/Conversions.json', {
      method: 'POST',
      body: new URLSearchParams(client.sale()),
      headers: { accept: '*/*' },
    });
    expect(answer.body).toMatchObject({ Status: 'QUEUED' });
  });

  test('refuses in the shape of the conversions page', async () => {
    const answer = await client.submit({ OrderId: undefined });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      Status: 'ERROR',
      errors: [{ field: 'OrderId', level: 'ERROR', message: 'Required parameter is missing' }],
    });
  });

  test('refuses in the shape of the general page when told so', async () => {
    await startWith({ errorEnvelope: 'general' });
    expect((await client.submit({ CampaignId: 'x' })).body).toEqual({
      Status: 'ERROR',
      Message: 'Validation Failed',
      Errors: [{ Field: 'CampaignId', Message: 'Not a numeric value' }],
    });
  });

  test('refuses in XML too', async () => {
    const answer = await client.call('/Conversions', { method: 'POST', headers: { accept: 'text/xml' } });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('<errors><error><field>CampaignId</field>');
  });

  test.each([
    ['no credentials', ''],
    ['a wrong token', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['another scheme', 'Bearer abc'],
  ])('answers 401 to %s', async (_, authorization) => {
    const answer = await client.call('/Conversions', { method: 'POST', headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ Status: 'ERROR', Message: 'Invalid credentials' });
  });

  test('answers 403 to a scope that is off, and only to that', async () => {
    await startWith({ disabledScopes: ['corrections'] });
    expect((await client.form('PUT', '/Actions', { ActionId: '1.2.3', Reason: 'OTHER' })).status).toBe(403);
    expect((await client.submit()).status).toBe(200);
  });

  test('answers 403 to somebody else’s account', async () => {
    const { authorization } = client;
    const response = await fetch(`${sandbox.url}/Advertisers/IRother/Actions`, {
      headers: { authorization },
    });
    expect(response.status).toBe(403);
  });

  test.each([
    ['GET', '/Conversions', 405],
    ['PUT', '/Conversions', 405],
    ['POST', '/Actions', 405],
    ['DELETE', '/APISubmissions', 405],
    ['GET', '/Nothing', 404],
    ['GET', '/APISubmissions/A-0', 404],
    ['GET', '/Actions/1.2.3', 404],
    ['GET', '/CompanyInformation', 200],
    ['GET', '/Campaigns', 200],
    ['GET', '/PromoCodes', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect((await client.call(path, { method })).status).toBe(status);
  });

  test('takes POST with _method for PUT and DELETE', async () => {
    const action = await client.credited();
    await client.form('POST', '/Actions', {
      _method: 'DELETE',
      ActionId: action.id,
      DispositionCode: 'OTHER',
    });
    expect(await client.lastSubmission()).toMatchObject({ type: 'Reversal' });
  });

  test('cuts long texts on an account that does so', async () => {
    await startWith({ longText: 'cut' });
    await client.submit({ Note: 'n'.repeat(300), OrderId: 'o'.repeat(70), ItemMpn1: 'm'.repeat(70) });
    const { parameters, orderId } = await client.lastSubmission();
    expect([orderId.length, parameters['Note']?.length, parameters['ItemMpn1']?.length]).toEqual([
      64, 255, 64,
    ]);
  });

  test('refuses an unknown program at once on an account that does so', async () => {
    await startWith({ unknownProgram: 'refuse' });
    expect((await client.submit({ CampaignId: '77' })).status).toBe(400);
  });

  test('makes an order id for the macro', async () => {
    await client.submit({ OrderId: 'IR_AN_64_TS' });
    await client.submit({ OrderId: 'IR_AN_64_TS' });
    const ids = (await sandbox.submissions()).map(({ orderId }) => orderId);
    expect(new Set(ids).size).toBe(2);
    expect(ids.join()).not.toContain('IR_AN');
  });

  test('spends the hourly budget, says so on every answer, and renews it', async () => {
    await startWith({ rateLimit: 2, retryAfterHeader: true });
    const first = await client.call('/Nothing');
    expect(first.headers.get('x-ratelimit-limit')).toBe('2');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect(first.headers.get('retry-after')).toBeNull();
    await client.submit();
    const third = await client.submit();
    expect(third.status).toBe(429);
    expect(third.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(third.headers.get('x-ratelimit-reset'))).toBeGreaterThan(3_500);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(await sandbox.submissions()).toHaveLength(1);
    sandbox.travel('+1h');
    expect((await client.submit()).status).toBe(200);
  });

  test('spells rate headers like the partner side, with an epoch, when told so', async () => {
    await startWith({ rateLimitHeaders: 'partner', rateLimitReset: 'epoch' });
    const { headers } = await client.call('/CompanyInformation');
    expect(headers.get('x-ratelimit-limit-hour')).toBe('1000');
    expect(headers.get('x-ratelimit-limit')).toBeNull();
    expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(Date.now() / 1_000);
  });
});

describe('the worker', () => {
  const TWO_EVENT_TYPES = [
    { id: '20001', name: 'Sale' },
    { id: '20003', name: 'Subscription' },
  ];

  test('goes from Queued over In Progress to Complete by the clock', async () => {
    const { QueuedUri } = (await client.submit({ ClickId: await client.click() })).body as {
      QueuedUri: string;
    };
    const status = async (): Promise<unknown> => {
      const { body } = await client.call(QueuedUri.replace(/^\/Advertisers\/[^/]+/, ''));
      return [body['Status'], body['CompletionDate'] === '', body['ErrorType']];
    };
    expect(await status()).toEqual(['Queued', true, '']);
    sandbox.travel('+31m');
    expect(await status()).toEqual(['In Progress', true, '']);
    sandbox.travel('+30m');
    expect(await status()).toEqual(['Complete', false, '']);
    expect(await sandbox.actions()).toHaveLength(1);
  });

  test('finishes by itself after the delay', async () => {
    await startWith({ settleAfter: '10ms' });
    await client.submit({ ClickId: await client.click() });
    await eventually(async () => (await sandbox.actions()).length, 1);
  });

  test('prints a submission with the documented fields and no action id', async () => {
    const click = await client.click();
    await client.submit({ ClickId: click, EventTypeCode: 'SALE' });
    await sandbox.settle();
    const { body } = await client.call<{ APISubmission: Record<string, unknown>[] }>('/APISubmissions');
    expect(Object.keys(body.APISubmission[0] ?? {})).toEqual(
      [
        'BatchId AccountId CampaignId ActionTrackerId SubmissionDate MediaPartnerId EventCode',
        'OrderId Payload Type Status CompletionDate ErrorType ErrorReason Uri',
      ]
        .join(' ')
        .split(' '),
    );
    expect(body.APISubmission[0]).toMatchObject({
      CampaignId: 1000,
      MediaPartnerId: 1234501,
      OrderId: 'order-1',
    });
    expect(String(body.APISubmission[0]?.['Payload'])).toContain(`ClickId=${encodeURIComponent(click)}`);
  });

  test('prints the payload with bare ampersands in XML, as the real one does', async () => {
    await client.submit();
    const { text } = await client.call('/APISubmissions', { headers: { accept: 'text/xml' } });
    expect(text).toMatch(/<Payload>CampaignId=1000&EventTypeId=/);
    expect(text).toContain('<ErrorReason/>');
  });

  test('forgets submissions after 90 days', async () => {
    await client.submit();
    const { id } = await client.lastSubmission();
    sandbox.travel('+91d');
    expect((await client.call(`/APISubmissions/${id}`)).status).toBe(404);
  });

  test('completes a sale on an unknown click without an error when told so', async () => {
    await startWith({ unknownClick: 'unattributed' });
    await client.submit({ ClickId: 'never-made' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ errorType: null, reasonCodes: [], actionId: null });
  });

  test('counts an order id once inside the window, per event type and case', async () => {
    await startWith({
      duplicateWindow: '7d',
      deduplicateErrorType: 'Contract Error',
      eventTypes: TWO_EVENT_TYPES,
    });
    const reasons = async (over: Record<string, string>): Promise<string[]> => {
      await client.submit({ MediaPartnerId: '1234501', ...over });
      await sandbox.settle();
      const { reasonCodes, errorType } = await client.lastSubmission();
      expect(errorType).toBe(reasonCodes.length > 0 ? 'Contract Error' : null);
      return [...reasonCodes];
    };
    expect(await reasons({})).toEqual([]);
    expect(await reasons({})).toEqual(['CONV_DUPLICATE']);
    expect(await reasons({ OrderId: 'ORDER-1' })).toEqual([]);
    expect(await reasons({ EventTypeId: '20003' })).toEqual([]);
    sandbox.travel('+6d');
    expect(await reasons({})).toEqual(['CONV_DUPLICATE']);
    sandbox.travel('+1d');
    expect(await reasons({})).toEqual([]);
    const orders = (await sandbox.actions()).filter(({ orderId }) => orderId === 'order-1');
    expect(orders.map(({ eventTypeId }) => eventTypeId)).toEqual(['20001', '20003', '20001']);
  });

  test('counts an order id once when both copies wait in the queue', async () => {
    const ClickId = await client.click();
    await Promise.all([client.submit({ ClickId }), client.submit({ ClickId })]);
    await sandbox.settle();
    expect(await sandbox.actions()).toHaveLength(1);
  });

  test('remembers what it does not know', async () => {
    await client.submit({ Unknown: 'x' });
    expect((await client.lastSubmission()).ignoredParameters).toEqual(['Unknown']);
  });

  test('keeps the amount that was sent beside the converted one', async () => {
    const action = await client.credited({ CurrencyCode: 'JPY', ItemSubTotal1: '1999' });
    expect(action).toMatchObject({
      amount: '13.39',
      currency: 'USD',
      payout: '0.67',
      originalAmount: '1999',
      originalCurrency: 'JPY',
    });
  });

  test('converts into an account currency without decimals, by rates that were given', async () => {
    await startWith({ accountCurrency: 'JPY', rates: { USD: '149.25' } });
    const action = await client.credited({ ItemSubTotal1: '13.39' });
    expect(action).toMatchObject({ amount: '1998', currency: 'JPY', payout: '100', originalAmount: '13.39' });
  });

  test('pays nothing for a test click', async () => {
    const link = sandbox.trackingLink({ landingUrl: 'https://shop.test/', test: true });
    const { location } = await client.follow(link);
    const action = await client.credited({ ClickId: location.searchParams.get('im_ref') ?? '' });
    expect(action).toMatchObject({ test: true, amount: '100.00', payout: '0.00' });
  });
});

describe('verdicts', () => {
  let own: ImpactSandbox;
  const OPTIONS: SandboxOptions = {
    programs: [
      { id: '1000', name: 'Shop', deepLinkDomains: ['shop.test'] },
      { id: '2000', name: 'Other' },
    ],
    eventTypes: [
      { id: '20001', name: 'Sale', code: 'SALE' },
      { id: '20002', name: 'Off', active: false },
      { id: '20003', name: 'Needs items', requiresItems: true },
      { id: '20004', name: 'Of the other program', programId: '2000' },
    ],
    futureEventDate: 'accept',
    partners: [
      { id: '1', name: 'Good', promoCodes: ['GOOD', 'SHARED'], contract: { payoutRate: '10' } },
      { id: '2', name: 'Inactive', active: false },
      { id: '3', name: 'Without contract', contract: null },
      { id: '4', name: 'Without terms', contract: { eventTypeIds: ['20003'] } },
      { id: '5', name: 'Once only', contract: { maxActionsPerClick: 1 }, promoCodes: ['SHARED'] },
      { id: '6', name: 'Short window', contract: { referralWindow: '1d' } },
    ],
  };

  beforeAll(async () => {
    own = await ImpactSandbox.start({ settleAfter: '1h', ...OPTIONS });
  });
  beforeEach(() => use(own));
  afterEach(() => own.reset());
  afterAll(() => own.close());

  test.each<[string, string, Record<string, string | undefined>, string | undefined]>([
    ['CAMPAIGN_NOT_FOUND', 'Validation', { CampaignId: '3000' }, '1'],
    ['ACTIONTRACKER_NOT_FOUND', 'Validation', { EventTypeId: '9' }, '1'],
    ['ACTIONTRACKER_NOT_FOUND', 'Validation', { EventTypeId: undefined, EventTypeCode: 'sale' }, '1'],
    ['ACTIONTRACKER_CAMPAIGN_MISMATCH', 'Validation', { EventTypeId: '20004' }, '1'],
    ['ACTIONTRACKER_NOT_ACTIVE', 'Validation', { EventTypeId: '20002' }, '1'],
    ['OID_MISSING', 'Validation', { OrderId: '  ' }, '1'],
    ['ACTION_REF_NOT_FOUND', 'Contract Error', { ClickId: 'never-made' }, undefined],
    ['PARTNER_NOT_ACTIVE', 'Contract Error', {}, '2'],
    ['CONTRACT_NOT_FOUND', 'Contract Error', {}, '3'],
    ['ACTIONTERMS_NOT_FOUND', 'Contract Error', {}, '4'],
    [
      'NO_ITEM',
      'Contract Error',
      {
        EventTypeId: '20003',
        ItemSku1: undefined,
        ItemCategory1: undefined,
        ItemQuantity1: undefined,
        ItemSubTotal1: undefined,
      },
      '1',
    ],
  ])('answers %s (%s) to %j', async (reason, errorType, over, partnerId) => {
    await client.submit({ ...(partnerId && { ClickId: await client.click(partnerId) }), ...over });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({
      status: 'Complete',
      errorType,
      reasonCodes: [reason],
      actionId: null,
    });
    expect(await sandbox.actions()).toEqual([]);
  });

  test('answers MALFORMED to a click whose deep link was refused', async () => {
    const { location } = await client.follow(`${sandbox.url}/c/1/1/1000?u=https%3A%2F%2Fevil.test%2F`);
    await client.submit({ ClickId: location.searchParams.get('im_ref') ?? '' });
    await sandbox.settle();
    expect((await client.lastSubmission()).reasonCodes).toEqual(['MALFORMED']);
  });

  test('answers MAX_RECURRENCES_REACHED when the click has brought enough', async () => {
    const ClickId = await client.click('5');
    await client.submit({ ClickId });
    await client.submit({ ClickId, OrderId: 'order-2' });
    await sandbox.settle();
    expect((await sandbox.submissions()).map(({ reasonCodes }) => reasonCodes)).toEqual([
      [],
      ['MAX_RECURRENCES_REACHED'],
    ]);
  });

  test.each([
    ['a second before the click', -1_000, false],
    ['the same second', 0, true],
    ['the end of the window', 86_400_000, true],
    ['a second after it', 86_401_000, false],
  ])('an event date of %s', async (_, after, credited) => {
    const ClickId = await client.click('6');
    const clickedAt = (await sandbox.clicks())[0]?.at.getTime() ?? 0;
    const EventDate = new Date(Math.floor(clickedAt / 1_000) * 1_000 + after)
      .toISOString()
      .replace('.000', '');
    await client.submit({ ClickId, EventDate, CustomerId: undefined });
    await sandbox.settle();
    expect((await client.lastSubmission()).reasonCodes).toEqual(
      credited ? [] : ['OUTSIDE_ASSOCIATION_WINDOW'],
    );
  });

  test.each<[string, Record<string, string>, string | null]>([
    ['a customer nobody brought', { CustomerId: 'new' }, null],
    ['a promo code of one partner', { OrderPromoCode: 'GOOD' }, 'promo-code'],
    ['a promo code of two partners', { OrderPromoCode: 'SHARED' }, null],
    ['a promo code of nobody', { OrderPromoCode: 'NOBODY' }, null],
    ['a partner named by the brand', { MediaPartnerId: '1' }, 'media'],
    ['a partner named the older way', { MediaId: '1' }, 'media'],
    ['an unknown click beside a promo code', { ClickId: 'never-made', PromoCode: 'GOOD' }, 'promo-code'],
    ['an empty click id', { ClickId: '' }, null],
  ])('attributes %s', async (_, over, attributedBy) => {
    await client.submit(over);
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ attributedBy, errorType: null, reasonCodes: [] });
    expect(await sandbox.actions()).toHaveLength(attributedBy === null ? 0 : 1);
  });

  test('credits the partner that the brand forces, whatever the click says', async () => {
    await client.submit({ ClickId: await client.click('6'), MediaPartnerId: '1' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ attributedBy: 'media', partnerId: '1' });
  });

  test('attributes a returning customer to the click that brought the first sale, inside its window', async () => {
    await client.submit({ ClickId: await client.click('6') });
    await sandbox.settle();
    await client.submit({ OrderId: 'order-2' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ attributedBy: 'customer', partnerId: '6' });
    sandbox.travel('+2d');
    await client.submit({ OrderId: 'order-3' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ attributedBy: null, errorType: null });
  });
});

describe('PageLoad', () => {
  const load = (parameters: Record<string, string>): Promise<Response> =>
    fetch(`${sandbox.url}/PageLoad`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(parameters),
    });

  test('ties a click to a visitor, without credentials', async () => {
    const click = await client.click();
    const PageUrl = `https://shop.test/?im_ref=${encodeURIComponent(click)}`;
    const response = await load({
      CampaignId: '1000',
      EventDate: 'NOW',
      PageUrl,
      CustomProfileId: 'visitor',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ clickId: click, sessionStart: true });
    await client.submit({ CustomerId: undefined, CustomProfileId: 'visitor' });
    await sandbox.settle();
    expect(await client.lastSubmission()).toMatchObject({ attributedBy: 'customer' });
  });

  test('warns of an unknown click and refuses what is incomplete', async () => {
    const page = { CampaignId: '1000', EventDate: 'NOW', PageUrl: 'https://shop.test/?im_ref=x' };
    expect(await (await load({ ...page, CustomerId: 'c' })).json()).toMatchObject({
      clickId: 'x',
      warnings: [{ level: 'WARNING' }],
    });
    expect((await load(page)).status).toBe(400);
  });
});

test('options that cannot be used stop the start and say what to do', async () => {
  await expect(ImpactSandbox.start({ settleAfter: 'soon' })).rejects.toThrow(
    'Sandbox option "settleAfter" is "soon": give milliseconds, or text such as "500ms"',
  );
  await expect(ImpactSandbox.start({ accountCurrency: 'ZZZ' })).rejects.toMatchObject({
    code: 'SANDBOX_OPTION',
  });
  await expect(ImpactSandbox.start({ port: Number(new URL(sandbox.url).port) })).rejects.toMatchObject({
    code: 'SANDBOX_START',
  });
});
