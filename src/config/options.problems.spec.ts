import { describe, expect, it } from '@jest/globals';
import { ImpactConfigurationError, resolveOptions, type ImpactOptions } from './index.js';

const SID = 'IRabcdefgh12345678901234567890abcd';
const TOKEN = 'kX9.verySecretToken~0123456789abcd';
const LIVE: ImpactOptions = {
  mode: 'live',
  accountSid: SID,
  authToken: TOKEN,
  campaignId: 1000,
  eventTypeId: '4636',
};

type Variables = Record<string, unknown>;

const resolve = (explicit?: unknown, variables: Variables = {}, nodeEnv?: string) =>
  resolveOptions(explicit as ImpactOptions, (name) => variables[name], nodeEnv);

function refusal(explicit?: unknown, variables?: Variables, nodeEnv?: string): ImpactConfigurationError {
  try {
    resolve(explicit, variables, nodeEnv);
  } catch (error) {
    if (error instanceof ImpactConfigurationError) return error;
    throw error;
  }
  throw new Error('these options were accepted');
}

describe('resolveOptions refuses', () => {
  describe('wrong values', () => {
    it.each<[string, ImpactOptions | Record<string, unknown>]>([
      ['accountSid', { accountSid: 'IR../../x' }],
      ['accountSid', { accountSid: 'IRabc/Actions' }],
      ['accountSid', { accountSid: '' }],
      ['accountSid', { accountSid: 'AC1234567890' }],
      ['authToken', { authToken: 'with space' }],
      ['authToken', { authToken: 'break\r\nX-Header: 1' }],
      ['authToken', { authToken: SID }],
      ['campaignId', { campaignId: 'spring-sale' }],
      ['campaignId', { campaignId: 12345678901 }],
      ['campaignId', { campaignId: 0 }],
      ['campaignId', { campaignId: 1.5 }],
      ['eventTypeId', { eventTypeId: 'ACME_SALE' }],
      ['eventTypeCode', { eventTypeCode: 'x'.repeat(65) }],
      ['mode', { mode: 'production' }],
      ['environment', { environment: ' staging' }],
      ['environment', { environment: 'x'.repeat(65) }],
      ['environment', { environment: '' }],
      ['baseUrl', { baseUrl: 'api.impact.com' }],
      ['baseUrl', { baseUrl: 'http://api.impact.com' }],
      ['baseUrl', { baseUrl: 'https://api.impact.com.evil.example' }],
      ['baseUrl', { baseUrl: 'https://notimpact.com' }],
      ['baseUrl', { baseUrl: 'https://api.impact.com/?x=1' }],
      ['baseUrl', { baseUrl: 'https://sid:secret@api.impact.com' }],
      ['baseUrl', { baseUrl: 'file:///etc/passwd', allowAnyBaseUrl: true }],
      ['allowAnyBaseUrl', { allowAnyBaseUrl: 'false' }],
      ['apiVersion', { apiVersion: 'v14' }],
      ['migrate', { migrate: 'yes' }],
      ['capture.parameters', { capture: { parameters: [] } }],
      ['capture.pageLoad', { capture: { pageLoad: true } }],
      ['capture.pageLoad', { capture: { pageLoad: { url: 'https://trkapi.impact.com' } } }],
      ['capture.pageLoad', { capture: { pageLoad: { baseUrl: 'trkapi.impact.com' } } }],
      ['capture.pageLoad', { capture: { pageLoad: { baseUrl: 'http://trkapi.impact.com' } } }],
      ['capture.pageLoad', { capture: { pageLoad: { baseUrl: 'https://trkapi.example.com' } } }],
      ['capture.pageLoad', { capture: { pageLoad: { baseUrl: 'https://a:b@trkapi.impact.com' } } }],
      ['capture.pageLoad', { capture: { pageLoad: { customProfileId: 'v-1' } } }],
      ['recording.test.partners', { recording: { test: { partners: [1234501] } } }],
      ['recording.test.partners', { recording: { test: { partners: ['1', '1'] } } }],
      ['recording.test.clickIds', { recording: { test: { clickIds: ['with space'] } } }],
      ['recording.test.clickIds', { recording: { test: { clickIds: 'impacttest' } } }],
      ['capture.parameters', { capture: { parameters: ['im_ref', 'im_ref'] } }],
      ['capture.parameters', { capture: { parameters: ['im ref'] } }],
      ['capture.parameters', { capture: { parameters: 'im_ref' } }],
      ['capture.cookie.name', { capture: { cookie: { name: 'impact click' } } }],
      ['capture.cookie.name', { capture: { cookie: { name: '__Secure-click', secure: false } } }],
      ['capture.cookie.name', { capture: { cookie: { name: '__Host-click', path: '/shop' } } }],
      ['capture.cookie.name', { capture: { cookie: { name: '__Host-click', domain: 'example.com' } } }],
      ['capture.cookie.domain', { capture: { cookie: { domain: 'https://example.com' } } }],
      ['capture.cookie.domain', { capture: { cookie: { domain: '127.0.0.1' } } }],
      ['capture.cookie.path', { capture: { cookie: { path: 'shop' } } }],
      ['capture.cookie.path', { capture: { cookie: { path: '/; Domain=evil.example' } } }],
      ['capture.cookie.sameSite', { capture: { cookie: { sameSite: 'Lax' } } }],
      ['capture.cookie.sameSite', { capture: { cookie: { sameSite: 'none', secure: false } } }],
      ['capture.referralWindow', { capture: { referralWindow: '30 days' } }],
      ['capture.referralWindow', { capture: { referralWindow: 0 } }],
      ['capture.policy', { capture: { policy: 'linear' } }],
      ['capture.consent', { capture: { consent: true } }],
      ['capture.bufferLimit', { capture: { bufferLimit: 0 } }],
      ['recording.onInvalid', { recording: { onInvalid: 'ignore' } }],
      ['recording.send', { recording: { send: 'some' } }],
      ['recording.amountLimits.digits', { recording: { amountLimits: { digits: 2.5 } } }],
      ['recording.amountLimits.decimals', { recording: { amountLimits: { decimals: 9 } } }],
      ['recording.customerStatuses', { recording: { customerStatuses: [''] } }],
      ['delivery.engine', { delivery: { engine: 'carrier-pigeon' } }],
      ['delivery.concurrency', { delivery: { concurrency: 0 } }],
      ['delivery.pollInterval', { delivery: { pollInterval: 0 } }],
      ['delivery.pollInterval', { delivery: { pollInterval: '30d' } }],
      ['delivery.timeout', { delivery: { timeout: '-1s' } }],
      ['delivery.lease', { delivery: { lease: '30s' } }],
      ['delivery.lease', { delivery: { timeout: '2m' } }],
      ['delivery.backoff.cap', { delivery: { backoff: { base: '1h' } } }],
      ['delivery.bodyFormat', { delivery: { bodyFormat: 'xml' } }],
      ['verdicts.giveUpAfter', { verdicts: { giveUpAfter: '10m' } }],
      ['verdicts.accountTimeZone', { verdicts: { accountTimeZone: 'Pacific Time' } }],
      ['retention.clicks', { retention: { clicks: '7d' } }],
      ['retention.clicks', { retention: { clicks: '11y' } }],
      ['retention.deliveries', { retention: { deliveries: '12h' } }],
      ['retention.customerData', { retention: { customerData: '1h' } }],
      ['retention.customerData', { retention: { customerData: 'for ever' } }],
      ['retention.keptFields', { retention: { keptFields: ['customer.id'] } }],
      ['retention.keptFields', { retention: { keptFields: 'note' } }],
    ])('%s: %j', (option, wrong) => {
      const { problems } = refusal({ ...LIVE, ...wrong });
      expect(problems.map((problem) => problem.option)).toEqual([option]);
      for (const { received, rule, fix } of problems) {
        expect(received).not.toBe('');
        expect(rule).not.toBe('');
        expect(fix).not.toBe('');
      }
    });

    it.each(['text', ['list'], 7])('refuses %j in place of the options', (explicit) => {
      expect(refusal(explicit).problems).toHaveLength(1);
    });

    it('lists every problem in one message, with name, variable, value, rule and fix', () => {
      const error = refusal(
        { capture: { cookie: { sameSite: 'none', secure: false } }, delivery: { lease: '5s' } },
        { IMPACT_MODE: 'live', IMPACT_ACCOUNT_SID: SID, IMPACT_CAMPAIGN_ID: 'spring' },
      );
      expect(error.code).toBe('CONFIGURATION');
      expect(error.message).toBe(
        [
          'nestjs-impact is not configured: 5 options are wrong.',
          '',
          '1. campaignId (IMPACT_CAMPAIGN_ID)',
          '   received: "spring", from IMPACT_CAMPAIGN_ID',
          '   rule:     the program (campaign) id: a number of at most 10 digits',
          '   fix:      copy the number from your impact.com account; it is no name and no code',
          '',
          '2. authToken (IMPACT_AUTH_TOKEN)',
          '   received: not set',
          "   rule:     required in mode 'live'",
          "   fix:      set IMPACT_AUTH_TOKEN or the option, or use mode 'dry-run' until you have it",
          '',
          '3. eventTypeId (IMPACT_EVENT_TYPE_ID)',
          '   received: not set',
          "   rule:     required in mode 'live'",
          "   fix:      set IMPACT_EVENT_TYPE_ID or the option, or use mode 'dry-run' until you have it",
          '',
          '4. capture.cookie.sameSite',
          "   received: 'none', with capture.cookie.secure false",
          '   rule:     browsers refuse SameSite=None without Secure',
          "   fix:      set capture.cookie.secure to true, or sameSite to 'lax'",
          '',
          '5. delivery.lease',
          '   received: "5s", with delivery.timeout "30s"',
          '   rule:     a second longer than delivery.timeout, or a second process sends what the first is still sending',
          '   fix:      raise the lease or lower the timeout',
        ].join('\n'),
      );
    });
  });

  describe('names', () => {
    it.each([
      [{ capture: { cookies: {} } }, 'capture.cookies', 'did you mean "capture.cookie"?'],
      [{ accountSID: SID }, 'accountSID', 'did you mean "accountSid"?'],
      [{ referralWindow: '30d' }, 'referralWindow', 'did you mean "capture.referralWindow"?'],
      [{ delivery: { backOff: {} } }, 'delivery.backOff', 'did you mean "delivery.backoff"?'],
      [{ isGlobl: true }, 'isGlobl', 'did you mean "isGlobal"?'],
      [
        { retention: { parrots: 1 } },
        'retention.parrots',
        'remove it; the options here are: clicks, deliveries, customerData, keptFields',
      ],
    ])('%j', (wrong, option, fix) => {
      expect(refusal({ ...LIVE, ...wrong }).problems).toEqual([expect.objectContaining({ option, fix })]);
    });

    it.each([
      [{ isGlobal: false }, 'isGlobal'],
      [{ database: 'orders' }, 'database'],
      [{ capture: { via: 'middleware' } }, 'capture.via'],
      [{ capture: { routes: ['shop'] } }, 'capture.routes'],
      [{ capture: { endpoint: false } }, 'capture.endpoint'],
    ])('%j from a factory is sent to the place beside it', (wrong, option) => {
      const { problems } = refusal({ ...LIVE, ...wrong });
      expect(problems).toEqual([
        expect.objectContaining({
          option,
          fix: expect.stringContaining('beside the factory: ImpactModule.forRootAsync('),
        }),
      ]);
    });

    it.each([
      [{ capture: [] }, 'capture'],
      [{ delivery: { backoff: 5 } }, 'delivery.backoff'],
      [{ retention: null }, 'retention'],
      [{ eventTypeCode: null }, 'eventTypeCode'],
    ])('%j is no group or no value', (wrong, option) => {
      expect(refusal({ ...LIVE, ...wrong }).problems.map((problem) => problem.option)).toEqual([option]);
    });

    it('does not take names of Object.prototype for options', () => {
      expect(refusal({ ...LIVE, constructor: 1 }).problems).toHaveLength(1);
    });
  });
});
