import type { SandboxEventType, SandboxOptions, SandboxPartner, SandboxProgram } from './sandbox.options.js';

/** Options whose value is used as it is given. */
export type PlainOptions = Required<
  Pick<
    SandboxOptions,
    | 'port'
    | 'host'
    | 'accountSid'
    | 'authToken'
    | 'accountCurrency'
    | 'utcOffset'
    | 'deduplicateErrorType'
    | 'errorEnvelope'
    | 'longText'
    | 'longDecimals'
    | 'futureEventDate'
    | 'unknownProgram'
    | 'unknownClick'
    | 'promoCodeConflict'
    | 'originalAmounts'
    | 'numbers'
    | 'testActions'
    | 'rateLimitHeaders'
    | 'rateLimitReset'
    | 'retryAfterHeader'
    | 'requestLog'
  >
>;

/** Exists in every sandbox that names no test partner of its own. */
export const TEST_PARTNER: SandboxPartner = {
  id: '1234599',
  name: 'Test Partner',
  test: true,
  contract: { payoutRate: '0' },
};

export const DEFAULTS: PlainOptions = {
  port: 0,
  host: '127.0.0.1',
  accountSid: 'IRsandbox7000001LocalOnlyAccount00',
  authToken: 'sandbox-token-good-for-nothing-else',
  accountCurrency: 'USD',
  utcOffset: '-07:00',
  deduplicateErrorType: 'Validation',
  errorEnvelope: 'conversions',
  longText: 'refuse',
  longDecimals: 'refuse',
  futureEventDate: 'refuse',
  unknownProgram: 'submission',
  unknownClick: 'error',
  promoCodeConflict: 'click',
  originalAmounts: 'postbacks',
  numbers: 'number',
  testActions: 'listed',
  rateLimitHeaders: 'brand',
  rateLimitReset: 'seconds',
  retryAfterHeader: false,
  requestLog: 100_000,
};

/** US dollars per unit; only examples, so that a foreign sale works out of the box. */
export const DOLLARS: Readonly<Record<string, string>> = {
  USD: '1',
  EUR: '1.08',
  GBP: '1.27',
  CHF: '1.12',
  CAD: '0.73',
  AUD: '0.65',
  NZD: '0.60',
  SEK: '0.095',
  NOK: '0.093',
  DKK: '0.145',
  PLN: '0.25',
  JPY: '0.0067',
  INR: '0.012',
  BRL: '0.18',
  KWD: '3.25',
};

export const PROGRAMS: SandboxProgram[] = [{ id: '1000', name: 'Sandbox Shop' }];
export const EVENT_TYPES: SandboxEventType[] = [{ id: '20001', name: 'Online Sale', code: 'SALE' }];
export const PARTNERS: SandboxPartner[] = [
  { id: '1234501', name: 'Bargain Harbour', promoCodes: ['HARBOUR10'], contract: { payoutRate: '5' } },
  { id: '1234502', name: 'Slow Coffee Journal', promoCodes: ['COFFEE5'], contract: { payoutRate: '8' } },
  { id: '1234503', name: 'Paused Media', active: false },
  { id: '1234504', name: 'No Contract Ltd', contract: null },
];
