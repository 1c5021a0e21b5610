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

describe('resolveOptions', () => {
  describe('defaults', () => {
    it('fills every option, with durations in milliseconds', () => {
      const { options } = resolve(LIVE);
      expect({ ...options, capture: { ...options.capture, consent: 'a function' } }).toEqual({
        accountSid: SID,
        campaignId: '1000',
        eventTypeId: '4636',
        eventTypeCode: null,
        mode: 'live',
        environment: 'development',
        baseUrl: 'https://api.impact.com',
        apiVersion: null,
        migrate: true,
        program: 'default',
        eventType: 'default',
        capture: {
          parameters: ['im_ref', 'irclickid', 'clickid'],
          cookie: { name: 'impact_click', domain: null, path: '/', secure: true, sameSite: 'lax' },
          referralWindow: 2_592_000_000,
          policy: 'last-click',
          consent: 'a function',
          bufferLimit: 10_000,
          flushInterval: 50,
          pageLoad: false,
        },
        recording: {
          onInvalid: 'throw',
          send: 'all',
          amountLimits: { digits: 8, decimals: 2, enforce: false },
          customerStatuses: null,
          test: { partners: [], clickIds: ['impacttest'] },
        },
        delivery: {
          engine: 'database',
          autoStart: true,
          concurrency: 8,
          pollInterval: 2_000,
          timeout: 30_000,
          lease: 90_000,
          maxAge: 2_592_000_000,
          duplicateWindow: 86_400_000,
          backoff: { base: 2_000, cap: 900_000 },
          maxRequestsPerHour: 1000,
          bodyFormat: 'form',
          shutdownTimeout: 10_000,
        },
        verdicts: {
          sweepInterval: 300_000,
          rereadFor: 172_800_000,
          lookupAfter: 900_000,
          giveUpAfter: 604_800_000,
          accountTimeZone: null,
        },
        postbacks: { sources: [] },
        retention: {
          clicks: 2_592_000_000,
          deliveries: 15_552_000_000,
          customerData: 34_560_000_000,
          keptFields: [],
        },
      });
      expect(options.authToken).toBe(TOKEN);
      expect(options.capture.consent({ headers: {} })).toBe('granted');
    });

    it.each([
      ['production', 'park', 'production'],
      ['production ', 'park', 'production'],
      ['test', 'throw', 'test'],
      [undefined, 'throw', 'development'],
    ])('under NODE_ENV=%s onInvalid is %s and environment %s', (nodeEnv, onInvalid, environment) => {
      const { options } = resolve(LIVE, {}, nodeEnv);
      expect(options.recording.onInvalid).toBe(onInvalid);
      expect(options.environment).toBe(environment);
    });

    it('keeps clicks for the referral window unless told otherwise', () => {
      expect(resolve({ ...LIVE, capture: { referralWindow: '60d' } }).options.retention.clicks).toBe(
        5_184_000_000,
      );
    });

    it('sends page views to the vendor’s tracking host unless told otherwise', () => {
      const pageLoadOf = (given: ImpactOptions) => resolve({ ...LIVE, ...given }).options.capture.pageLoad;
      expect(pageLoadOf({ capture: { pageLoad: {} } })).toEqual({
        baseUrl: 'https://trkapi.impact.com',
        customProfileId: null,
        ipAddress: null,
      });
      const sandbox = { pageLoad: { baseUrl: 'http://127.0.0.1:4010/' } };
      expect(pageLoadOf({ allowAnyBaseUrl: true, capture: sandbox })).toMatchObject({
        baseUrl: 'http://127.0.0.1:4010',
      });
    });

    it('takes empty lists of tests', () => {
      const test = { partners: [], clickIds: [] };
      expect(resolve({ ...LIVE, recording: { test } }).options.recording.test).toEqual(test);
    });

    it('cuts slashes from the end of the base URL', () => {
      expect(resolve({ ...LIVE, baseUrl: 'https://api.impact.com//' }).options.baseUrl).toBe(
        'https://api.impact.com',
      );
    });
  });

  describe('environment', () => {
    const accepts = (variables: Variables): boolean => {
      try {
        return resolve(undefined, variables).options.baseUrl !== '';
      } catch {
        return false;
      }
    };

    const VARIABLES = {
      IMPACT_ACCOUNT_SID: SID,
      IMPACT_AUTH_TOKEN: `${TOKEN}\n`,
      IMPACT_CAMPAIGN_ID: '1000',
      IMPACT_EVENT_TYPE_ID: '4636',
      IMPACT_MODE: 'live',
      IMPACT_ENVIRONMENT: 'staging',
      IMPACT_BASE_URL: 'http://127.0.0.1:4010',
      IMPACT_ALLOW_ANY_BASE_URL: 'true',
    };

    it('reads all eight variables when no options are given', () => {
      expect(resolve(undefined, VARIABLES).options).toMatchObject({
        accountSid: SID,
        campaignId: '1000',
        eventTypeId: '4636',
        mode: 'live',
        environment: 'staging',
        baseUrl: 'http://127.0.0.1:4010',
      });
    });

    it('takes white space off a variable', () => {
      expect(resolve(undefined, VARIABLES).options.authToken).toBe(TOKEN);
    });

    it('lets explicit options win, and undefined ones not', () => {
      const { options } = resolve({ environment: 'mine', campaignId: undefined }, VARIABLES);
      expect([options.environment, options.campaignId]).toEqual(['mine', '1000']);
    });

    it('counts an empty variable as not set', () => {
      expect(resolve(undefined, { ...VARIABLES, IMPACT_ENVIRONMENT: '' }, 'test').options.environment).toBe(
        'test',
      );
    });

    it('accepts numbers and booleans of a validated configuration', () => {
      const { options } = resolve(undefined, {
        ...VARIABLES,
        IMPACT_CAMPAIGN_ID: 77,
        IMPACT_ALLOW_ANY_BASE_URL: true,
      });
      expect(options.campaignId).toBe('77');
    });

    it.each([
      ['true', true],
      ['TRUE', true],
      ['1', true],
      ['false', false],
      ['0', false],
      ['', false],
    ])('IMPACT_ALLOW_ANY_BASE_URL=%j counts as %j', (text, allowed) => {
      const variables = { ...VARIABLES, IMPACT_ALLOW_ANY_BASE_URL: text };
      expect(accepts(variables)).toBe(allowed);
    });

    it.each(['maybe', 'yes', 'on', '2'])('IMPACT_ALLOW_ANY_BASE_URL=%s is refused', (text) => {
      const { problems } = refusal(undefined, { ...VARIABLES, IMPACT_ALLOW_ANY_BASE_URL: text });
      expect(problems).toEqual([
        expect.objectContaining({
          option: 'allowAnyBaseUrl',
          variable: 'IMPACT_ALLOW_ANY_BASE_URL',
          received: `"${text}", from IMPACT_ALLOW_ANY_BASE_URL`,
        }),
      ]);
    });
  });

  describe('dry-run', () => {
    it('works without credentials, with stand-ins that cannot be sent, and says so', () => {
      const { options, warnings } = resolve();
      expect(options).toMatchObject({ mode: 'dry-run', campaignId: '0', eventTypeId: '0' });
      expect(options.accountSid).not.toMatch(/^[A-Za-z0-9]+$/);
      expect(options.authToken).toBe('');
      expect(warnings).toEqual([
        expect.stringContaining("Mode is 'dry-run'"),
        expect.stringContaining(
          'Not set: accountSid (IMPACT_ACCOUNT_SID), authToken (IMPACT_AUTH_TOKEN), campaignId (IMPACT_CAMPAIGN_ID), eventTypeId (IMPACT_EVENT_TYPE_ID).',
        ),
      ]);
    });

    it('still refuses malformed ones', () => {
      expect(refusal({ campaignId: 'x', eventTypeId: -1 }).problems).toHaveLength(2);
    });
  });

  describe('warnings', () => {
    it('has none for a complete live configuration', () => {
      expect(resolve(LIVE, {}, 'production').warnings).toEqual([]);
    });

    it.each([
      ['http://sandbox.example', 1],
      ['http://localhost:4010', 0],
      ['http://[::1]:4010', 0],
      ['https://sandbox.example', 0],
    ])('base URL %s: %i about the missing encryption', (baseUrl, count) => {
      expect(resolve({ ...LIVE, baseUrl, allowAnyBaseUrl: true }).warnings).toHaveLength(count);
    });

    it('tells that browsers cut the life of a cookie', () => {
      expect(resolve({ ...LIVE, capture: { referralWindow: '401d' } }).warnings).toEqual([
        expect.stringContaining('400 days'),
      ]);
    });
  });

  describe('any base URL', () => {
    const sandbox = {
      ...LIVE,
      baseUrl: 'http://127.0.0.1:4010',
      accountSid: 'sandbox1',
      allowAnyBaseUrl: true,
    };

    it('lets a sandbox in, with an account id of its own shape', () => {
      expect(resolve(sandbox, {}, 'test').options.accountSid).toBe('sandbox1');
    });

    it.each(['production', 'production '])('is refused in live under NODE_ENV=%j only', (nodeEnv) => {
      expect(refusal(sandbox, {}, nodeEnv).problems.map(({ option }) => option)).toEqual(['allowAnyBaseUrl']);
      expect(() => resolve({ ...sandbox, mode: 'dry-run' }, {}, 'production')).not.toThrow();
    });
  });

  it('freezes deeply, and keeps apart from what was given', () => {
    const parameters = ['im_ref'];
    const { options } = resolve({ ...LIVE, capture: { parameters } });
    parameters.push('other');
    expect(options.capture.parameters).toEqual(['im_ref']);
    expect(
      [
        options,
        options.capture,
        options.capture.cookie,
        options.capture.parameters,
        options.delivery.backoff,
      ].every(Object.isFrozen),
    ).toBe(true);
    expect(Object.isFrozen(parameters)).toBe(false);
  });
});
