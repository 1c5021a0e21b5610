import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
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

describe('resolveOptions and secrets', () => {
  const everyView = (value: object): string =>
    [
      inspect(value, { depth: null }),
      inspect({ nested: [value] }, { depth: null, showHidden: true }),
      inspect(value, { depth: null, showHidden: true, customInspect: false }),
      JSON.stringify(value),
      JSON.stringify({ ...value }),
      JSON.stringify(structuredClone({ ...value, capture: undefined })),
    ].join('\n');

  it('keeps the token out of every view of the options', () => {
    const { options } = resolve(LIVE);
    expect(everyView(options)).not.toContain(TOKEN);
    expect(inspect(options)).toContain(`authToken: '[set, ${TOKEN.length} characters]'`);
    expect(options.authToken).toBe(TOKEN);
  });

  it.each<[string, unknown, Variables]>([
    ['a malformed token', { ...LIVE, authToken: `${TOKEN} ` }, {}],
    ['a token that is no text', { ...LIVE, authToken: [TOKEN] }, {}],
    ['the token in the place of the account id', { ...LIVE, accountSid: TOKEN, authToken: SID }, {}],
    ['the token in the place of the program', undefined, { ...LIVE, IMPACT_CAMPAIGN_ID: TOKEN }],
    ['the token as the mode', { ...LIVE, mode: TOKEN }, {}],
    ['the token in the base URL', { ...LIVE, baseUrl: `https://${SID}:${TOKEN}@api.impact.com` }, {}],
    ['the token in a broken base URL', { ...LIVE, baseUrl: `//${SID}:${TOKEN}@api.impact.com` }, {}],
    [
      'the token in the query of the base URL',
      { ...LIVE, baseUrl: `https://api.impact.com/?token=${TOKEN}` },
      {},
    ],
    ['the token under an unknown name', { ...LIVE, token: TOKEN }, {}],
    ['the token in a group', { ...LIVE, delivery: TOKEN }, {}],
  ])('does not print %s', (_what, explicit, variables) => {
    const error = refusal(explicit, variables);
    for (const piece of [TOKEN, 'verySecretToken']) {
      expect(error.message).not.toContain(piece);
      expect(JSON.stringify(error.problems)).not.toContain(piece);
    }
  });

  const POSTBACK_SECRET = 'verySecretToken-of-more-than-thirty-two-letters';

  it('keeps the secrets of notifications out of every view of the options', () => {
    const secret = [POSTBACK_SECRET, `${POSTBACK_SECRET}-2`];
    const { options } = resolve({ ...LIVE, postbacks: { secret, sources: ['203.0.113.0/24'] } });
    expect(everyView(options)).not.toContain('verySecretToken');
    expect(options.postbacks.secrets).toEqual(secret);
    expect(options.postbacks.sources).toEqual(['203.0.113.0/24']);
    expect(() => (options.postbacks.secrets as string[]).push('another')).toThrow(TypeError);
  });

  it('reads one or several of them from the environment, and an explicit one wins', () => {
    const read = (variable: string, explicit: ImpactOptions = {}) =>
      resolve(explicit, { IMPACT_POSTBACK_SECRET: variable }).options.postbacks.secrets;
    expect(read(` ${POSTBACK_SECRET}\n`)).toEqual([POSTBACK_SECRET]);
    expect(read(`${POSTBACK_SECRET}, ${TOKEN}`)).toEqual([POSTBACK_SECRET, TOKEN]);
    expect(read(TOKEN, { postbacks: { secret: POSTBACK_SECRET } })).toEqual([POSTBACK_SECRET]);
    expect(read('')).toEqual([]);
  });

  it('names the variable of a malformed one, and shows nothing of it', () => {
    const error = refusal({}, { IMPACT_POSTBACK_SECRET: 'verySecretToken,too-short' });
    expect(error.problems).toMatchObject([
      {
        option: 'postbacks.secret',
        variable: 'IMPACT_POSTBACK_SECRET',
        received: 'a list, from IMPACT_POSTBACK_SECRET',
      },
    ]);
    expect(error.message).not.toMatch(/verySecretToken|too-short/);
  });

  it.each([
    [`${SID}/`, '"IRab…" (35 characters)'],
    ['IR-1', 'set, 4 characters (not shown: it may be a secret in the wrong place)'],
    ['', 'empty text'],
  ])('shows of the account id %j no more than its beginning', (accountSid, received) => {
    expect(refusal({ ...LIVE, accountSid }).problems[0]?.received).toBe(received);
  });
});
