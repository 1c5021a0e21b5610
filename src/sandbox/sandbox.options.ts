import type { FaultPlan } from './faults/fault.plan.js';

/** Text such as `'500ms'`, `'2s'`, `'20m'`, `'30d'`, or a number of milliseconds. */
export type Duration = string | number;

export type ScopeName = 'conversions' | 'submissions' | 'actions' | 'corrections' | 'account';

export interface SandboxProgram {
  /** At most 10 digits. */
  id: string;
  name: string;
  /** Where a click goes when it has no deep link or a refused one. Default: the sandbox's own landing page. */
  landingUrl?: string;
  /** Domains (and their subdomains) that deep links may lead to. Default: those of the links made with `trackingLink()`. */
  deepLinkDomains?: string[];
  /** Query parameter that carries the click id on the landing page. Default: `im_ref`. */
  clickIdParameter?: string;
}

export interface SandboxEventType {
  /** At most 10 digits; the vendor's `ActionTrackerId` and `EventTypeId`. */
  id: string;
  name: string;
  /** `EventTypeCode`, if the brand configured one. */
  code?: string;
  /** Default: the first program. */
  programId?: string;
  /** Default: `true`. `false` answers `ACTIONTRACKER_NOT_ACTIVE`. */
  active?: boolean;
  /** Default: `false`. `true` answers `NO_ITEM` to a sale without items. */
  requiresItems?: boolean;
  /** Default: the option `duplicateWindow`. */
  duplicateWindow?: Duration;
  /** Default: `true`. `false`: promo codes are reported with its sales and credit nobody. */
  promoCodes?: boolean;
}

export interface SandboxPromoCode {
  /** Text, or a pattern when `type` is `RE`. */
  code: string;
  /** Literal or regular expression of the whole code. Default: `LI`. */
  type?: 'LI' | 'RE';
  /** First event date that it covers. Default: no limit. */
  startDate?: Date;
  /** Last event date that it covers. Default: no limit. */
  endDate?: Date;
  /** Default: the first program. */
  programId?: string;
}

export interface SandboxContract {
  /** Percent of the amount, as a decimal string. Default: `'5'`. */
  payoutRate?: string;
  /** Default: the option `referralWindow`. */
  referralWindow?: Duration;
  /** Default: the option `lockingAfter`. */
  lockingAfter?: Duration;
  /** Event types with terms in this contract. Default: all. */
  eventTypeIds?: string[];
  /** How many actions one click may bring. Default: no limit. */
  maxActionsPerClick?: number;
}

export interface SandboxPartner {
  id: string;
  name: string;
  /** Default: `true`. `false` answers `PARTNER_NOT_ACTIVE`. */
  active?: boolean;
  /** Default: a contract of 5 %. `null` answers `CONTRACT_NOT_FOUND`. */
  contract?: SandboxContract | null;
  /** Codes that credit this partner without a click, as long as no other partner has the same one. */
  promoCodes?: (string | SandboxPromoCode)[];
  /** Its clicks make test actions, which pay nothing. Default: `false`; a test partner always exists. */
  test?: boolean;
}

export interface SandboxPostbacks {
  /** Address to call, with macros such as `{ActionId}` (docs/vendor-contract.md §10.2). */
  url: string;
  /** Default: `'GET'`. */
  method?: 'GET' | 'POST';
  /** Body of a POST, with macros. Default: `{"ActionId":"{ActionId}","Status":"{Status}","Oid":"{Oid}"}`. */
  body?: string;
  /** Default: `application/json`. */
  contentType?: string;
  /** Which events are told. Default: all four. */
  on?: ('tracked' | 'modified' | 'reversed' | 'cleared')[];
}

export interface SandboxOptions {
  /** TCP port. Default: 0, a free one. */
  port?: number;
  /** Interface to listen on. Default: `127.0.0.1`. */
  host?: string;
  /** 34 letters and digits that begin with `IR`. Default: a fixed one, so that a pasted `.env` stays valid. */
  accountSid?: string;
  /** Default: a fixed fake token. */
  authToken?: string;
  /** Kinds of calls that the token may not make; they answer 403. Default: none. */
  disabledScopes?: ScopeName[];

  /** ISO 4217; actions are kept and answered in it. Default: `USD`. */
  accountCurrency?: string;
  /** Units of the account currency per 1 unit of the named one, decimal strings. Added to a built-in table. */
  rates?: Record<string, string>;
  /** Offset of the dates in answers. Default: `-07:00`. */
  utcOffset?: string;
  /** Default: one program `1000`. The first one is in `credentials`. */
  programs?: SandboxProgram[];
  /** Default: one active event type `20001`, code `SALE`. The first one is in `credentials`. */
  eventTypes?: SandboxEventType[];
  /** Default: two active partners, an inactive one and one without a contract. */
  partners?: SandboxPartner[];

  /** From Queued to Complete; In Progress from half of it on. Default: `2s` (the real one: 4 to 21 minutes). */
  settleAfter?: Duration;
  /** From Complete to the action being visible. Default: `0`. */
  actionDelay?: Duration;
  /** From the click to the last event date that is still credited. Default: `30d`. */
  referralWindow?: Duration;
  /** How long a second sale with the same order id is a duplicate, from the arrival of the first. Default: `30d`. */
  duplicateWindow?: Duration;
  /** `ErrorType` beside `CONV_DUPLICATE`; the vendor does not publish it. Default: `Validation`. */
  deduplicateErrorType?: string;
  /** From the event date to locking, then rounded down to midnight of the account. Default: `16d`. */
  lockingAfter?: Duration;
  /** From locking to clearing. Default: `7d`. */
  clearingAfter?: Duration;

  /** Shape of a 400: `errors[{field,level,message}]` or `Message` and `Errors[{Field,Message}]`. Default: `conversions`. */
  errorEnvelope?: 'conversions' | 'general';
  /** Text over its published length. Default: `refuse`. */
  longText?: 'refuse' | 'cut' | 'accept';
  /** Numbers beyond the published digits and decimals. Default: `refuse`. */
  longDecimals?: 'refuse' | 'accept';
  /** An event date more than five minutes ahead. Default: `refuse`. */
  futureEventDate?: 'refuse' | 'accept';
  /** An unknown program or event type: 400 at once, or a reason code on the submission. Default: `submission`. */
  unknownProgram?: 'refuse' | 'submission';
  /** A click id that the sandbox never made and no other key: `ACTION_REF_NOT_FOUND`, or no error. Default: `error`. */
  unknownClick?: 'error' | 'unattributed';
  /** Click and promo code of two partners: the click wins, the code wins, or `RESTRICTED_PROMOCODE`. Default: `click`. */
  promoCodeConflict?: 'click' | 'code' | 'refuse';
  /** `OriginalAmount` and `OriginalCurrency` in postbacks only, or in listings too. Default: `postbacks`. */
  originalAmounts?: 'postbacks' | 'listed';
  /** `Amount`, `Payout` and so on in JSON. Default: `number` (version 14); older versions answer strings. */
  numbers?: 'number' | 'string';
  /** Actions of test clicks: in the listing with a payout of 0, or left out of it. Default: `listed`. */
  testActions?: 'listed' | 'apart';
  /** Custom `Reason` / `DispositionCode` values of the account. Default: none. */
  dispositionCodes?: string[];
  /** Smallest and default `PageSize` of listings. Default: 2,000 and 20,000; small ones make paging cheap to test. */
  pageSize?: { minimum?: number; default?: number };

  /** Calls per hour and account; `false` for no limit. Default: 1,000. */
  rateLimit?: number | false;
  /** Spelling of the rate headers: `X-RateLimit-*`, or the partner side's. Default: `brand`. */
  rateLimitHeaders?: 'brand' | 'partner';
  /** Reset as seconds left or as an epoch second. Default: `seconds`. */
  rateLimitReset?: 'seconds' | 'epoch';
  /** Send `Retry-After` with 429. Default: `false`. */
  retryAfterHeader?: boolean;

  /** Calls made to the brand when an action changes. Default: none. */
  postbacks?: SandboxPostbacks;
  /** Faults that are on from the start. Default: none. */
  faults?: FaultPlan[];
  /** Makes ids repeatable. Default: random ids. */
  seed?: number;
  /** Requests kept for `requests()`. Default: 100,000; older ones are dropped. */
  requestLog?: number;
}
