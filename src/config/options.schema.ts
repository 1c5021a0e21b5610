import { IsOptional, ValidateNested } from 'class-validator';
import { isAddressRange } from './address.range.js';
import { defaults } from './defaults.js';
import type {
  AttributionPolicy,
  CaptureOptions,
  CookieOptions,
  DeliveryOptions,
  Duration,
  ImpactMode,
  ImpactOptions,
  PostbackOptions,
  RecordingOptions,
} from './impact.options.js';
import { isPageLoad, PAGE_LOAD_FIX, PAGE_LOAD_RULE } from './page-load.options.js';
import {
  DigitsLike,
  Flag,
  Interval,
  isListOf,
  ListOf,
  Meets,
  OneOf,
  TextLike,
  WholeNumber,
  Window,
} from './option.rules.js';

/*
 * What each option must be. An instance starts with the defaults and is filled with what was given; every
 * field has an initializer, because the fields of a fresh instance are the names of the options that exist.
 */

class CookieSchema {
  @TextLike(
    /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/,
    "a cookie name: letters, digits and !#$%&'*+.^_`|~-, at most 128",
    'leave out spaces, quotes, commas, semicolons, brackets and non-ASCII letters',
  )
  name: string = defaults.capture.cookie.name;

  @IsOptional()
  @TextLike(
    /^\.?(?!\d+(\.\d+){3}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
    'a host name without protocol, port and path; not an IP address',
    "write it like 'example.com', or leave it out for a cookie of this host only",
  )
  domain: CookieOptions['domain'] = undefined;

  @TextLike(
    /^\/[\x21-\x3a\x3c-\x7e]*$/,
    "a path that begins with '/', without spaces and semicolons",
    "use '/' unless the shop lives under a path of its own",
  )
  path: string = defaults.capture.cookie.path;

  @Flag()
  secure: boolean = defaults.capture.cookie.secure;

  @OneOf('lax', 'strict', 'none')
  sameSite: CookieOptions['sameSite'] = defaults.capture.cookie.sameSite;
}

export class CaptureSchema {
  @ListOf(
    /^[A-Za-z0-9._~-]{1,64}$/,
    'a list of at least one query parameter name: letters, digits and ._~-, none twice',
    "write it like ['im_ref', 'irclickid']",
  )
  parameters: readonly string[] = defaults.capture.parameters;

  @ValidateNested()
  cookie = new CookieSchema();

  // A cookie's life is counted in seconds.
  @Window(1000)
  referralWindow: Duration = defaults.capture.referralWindow;

  @OneOf('last-click', 'first-click')
  policy: AttributionPolicy = defaults.capture.policy;

  @Meets(
    (value) => typeof value === 'function',
    "a function (request) => 'granted' | 'denied' | 'unknown', or of a promise for one",
    'give the function itself; to treat every visitor alike, return one constant answer from it',
  )
  consent: NonNullable<CaptureOptions['consent']> = defaults.capture.consent;

  @WholeNumber(1, 10_000_000)
  bufferLimit: number = defaults.capture.bufferLimit;

  @Interval(0)
  flushInterval: Duration = defaults.capture.flushInterval;

  // Off or on, so no group of its own; its address has a rule in options.consistency.ts.
  @Meets(isPageLoad, PAGE_LOAD_RULE, PAGE_LOAD_FIX)
  pageLoad: NonNullable<CaptureOptions['pageLoad']> = defaults.capture.pageLoad;
}

class TestOrderSchema {
  @Meets(
    (value) => isListOf(/^[1-9]\d{0,15}$/, value),
    'a list of media partner ids, each a number as text, none twice',
    "write it like ['1234501'], or leave it out",
  )
  partners: readonly string[] = defaults.recording.test.partners;

  @Meets(
    (value) => isListOf(/^[A-Za-z0-9:_~.-]{1,64}$/, value),
    'a list of click ids: 1 to 64 letters, digits or : _ ~ . -, none twice',
    "write it like ['impacttest'], or leave it out",
  )
  clickIds: readonly string[] = defaults.recording.test.clickIds;
}

class AmountLimitsSchema {
  @WholeNumber(1, 18)
  digits: number = defaults.recording.amountLimits.digits;

  @WholeNumber(0, 18)
  decimals: number = defaults.recording.amountLimits.decimals;

  @Flag()
  enforce: boolean = defaults.recording.amountLimits.enforce;
}

class RecordingSchema {
  // Left open: the default depends on NODE_ENV.
  @IsOptional()
  @OneOf('throw', 'park')
  onInvalid: RecordingOptions['onInvalid'] = undefined;

  @OneOf('all', 'attributable')
  send: NonNullable<RecordingOptions['send']> = defaults.recording.send;

  @ValidateNested()
  amountLimits = new AmountLimitsSchema();

  // Length: docs/vendor-contract.md §3.2, CustomerStatus.
  @IsOptional()
  @ListOf(
    /^\S(.{0,38}\S)?$/,
    'a list of at least one customer status of 1 to 40 characters, none twice',
    "write it like ['NEW', 'EXISTING'], or leave it out to accept any",
  )
  customerStatuses: readonly string[] | undefined = undefined;

  @ValidateNested()
  test = new TestOrderSchema();
}

class BackoffSchema {
  @Interval()
  base: Duration = defaults.delivery.backoff.base;

  @Interval()
  cap: Duration = defaults.delivery.backoff.cap;
}

class DeliverySchema {
  @OneOf('database')
  engine: NonNullable<DeliveryOptions['engine']> = defaults.delivery.engine;

  @Flag()
  autoStart: boolean = defaults.delivery.autoStart;

  @WholeNumber(1, 1000)
  concurrency: number = defaults.delivery.concurrency;

  // A shorter one is a busy loop against the database.
  @Interval(10)
  pollInterval: Duration = defaults.delivery.pollInterval;

  @Interval()
  timeout: Duration = defaults.delivery.timeout;

  @Window()
  lease: Duration = defaults.delivery.lease;

  @Window()
  maxAge: Duration = defaults.delivery.maxAge;

  @Window(0)
  duplicateWindow: Duration = defaults.delivery.duplicateWindow;

  @ValidateNested()
  backoff = new BackoffSchema();

  @WholeNumber(1, 1_000_000)
  maxRequestsPerHour: number = defaults.delivery.maxRequestsPerHour;

  @OneOf('form', 'json')
  bodyFormat: NonNullable<DeliveryOptions['bodyFormat']> = defaults.delivery.bodyFormat;

  @Interval(0)
  shutdownTimeout: Duration = defaults.delivery.shutdownTimeout;
}

class VerdictSchema {
  @Interval(10)
  sweepInterval: Duration = defaults.verdicts.sweepInterval;

  @Window(0)
  rereadFor: Duration = defaults.verdicts.rereadFor;

  @Window(0)
  lookupAfter: Duration = defaults.verdicts.lookupAfter;

  @Window()
  giveUpAfter: Duration = defaults.verdicts.giveUpAfter;

  // Left open: the default is what impact.com says.
  @IsOptional()
  @Meets(
    isTimeZone,
    'the IANA name of a time zone',
    "write it like 'America/Los_Angeles' or 'UTC', as impact.com shows it in the account settings",
  )
  accountTimeZone: string | undefined = undefined;
}

class PostbackSchema {
  // It stands in a URL, so nothing is let through that would have to be encoded there.
  @IsOptional()
  @Meets(
    isSecretOrSecrets,
    'a secret of 32 to 256 letters, digits and ._~-, or a list of different ones',
    'make one with: openssl rand -hex 32',
  )
  secret: PostbackOptions['secret'] = undefined;

  @Meets(
    (value) => Array.isArray(value) && value.every(isAddressRange),
    'a list of IP addresses and CIDR ranges',
    "write it like ['203.0.113.0/24', '2001:db8::/32'], or leave it out to take notifications from anywhere",
  )
  sources: readonly string[] = defaults.postbacks.sources;
}

const DAY = 86_400_000;
const KEPT_FIELD = /^(?:note|app\.installReferrer|(?:text|numeric|dates)\.[1-9]\d?)$/;

class RetentionSchema {
  // Left open: the default is the referral window.
  @IsOptional()
  @Window()
  clicks: Duration | undefined = undefined;

  @Window(DAY)
  deliveries: Duration = defaults.retention.deliveries;

  @Window(DAY)
  customerData: Duration = defaults.retention.customerData;

  @Meets(
    (value) => isListOf(KEPT_FIELD, value),
    "a list of fields of the caller's own: note, app.installReferrer, text.1, numeric.1 or dates.1 and so on, none twice",
    "write it like ['text.1', 'note'], or leave it out",
  )
  keptFields: readonly string[] = defaults.retention.keptFields;
}

const SECRET = /^[A-Za-z0-9._~-]{32,256}$/;

function isSecretOrSecrets(value: unknown): boolean {
  const secrets: unknown[] = Array.isArray(value) ? value : [value];
  return (
    secrets.length > 0 &&
    new Set(secrets).size === secrets.length &&
    secrets.every((secret) => typeof secret === 'string' && SECRET.test(secret))
  );
}

function isTimeZone(value: unknown): boolean {
  try {
    if (typeof value !== 'string') return false;
    Intl.DateTimeFormat('en-US', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

const ID_FIX = 'copy the number from your impact.com account; it is no name and no code';

/** `docs/vendor-contract.md` §1 and §3.2 tell the shapes of the ids. */
export class OptionsSchema {
  // The id enters the path of every URL, so nothing but letters and digits is let through.
  @IsOptional()
  @TextLike(
    /^[A-Za-z0-9]{1,64}$/,
    'the Account SID: letters and digits only',
    'copy it from impact.com, Settings → Technical → API',
  )
  accountSid: string | undefined = undefined;

  @IsOptional()
  @TextLike(
    /^[\x21-\x7e]{1,512}$/,
    'the Auth Token: printable ASCII characters without spaces',
    'copy it again from impact.com, Settings → Technical → API, without quotes and line breaks',
  )
  authToken: string | undefined = undefined;

  @IsOptional()
  @DigitsLike(/^[1-9]\d{0,9}$/, 'the program (campaign) id: a number of at most 10 digits', ID_FIX)
  campaignId: string | number | undefined = undefined;

  @IsOptional()
  @DigitsLike(/^[1-9]\d{0,9}$/, 'the event type (action tracker) id: a number of at most 10 digits', ID_FIX)
  eventTypeId: string | number | undefined = undefined;

  @IsOptional()
  @TextLike(
    /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/,
    'the code of the event type: 1 to 64 printable ASCII characters',
    'copy it from the event type in impact.com, or leave it out: the number is enough',
  )
  eventTypeCode: string | undefined = undefined;

  @OneOf('dry-run', 'live')
  mode: ImpactMode = defaults.mode;

  // Left open: the default is NODE_ENV.
  @IsOptional()
  @TextLike(
    /^[^\s\p{C}]([^\p{C}]{0,62}[^\s\p{C}])?$/u,
    'a name of 1 to 64 characters without white space around it',
    "name the deployment, e.g. 'production' or 'staging'",
  )
  environment: string | undefined = undefined;

  // The rest of its rules depend on other options: see options.consistency.ts.
  @Meets(
    (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value),
    'an absolute http(s) URL',
    'use https://api.impact.com or leave the option out',
  )
  baseUrl: string = defaults.baseUrl;

  @Flag()
  allowAnyBaseUrl: boolean = defaults.allowAnyBaseUrl;

  @IsOptional()
  @DigitsLike(
    /^[1-9]\d{0,2}$/,
    'the number of an API version, such as 14',
    'leave it out to use the version that the token is set to',
  )
  apiVersion: ImpactOptions['apiVersion'] = undefined;

  @Flag()
  migrate: boolean = defaults.migrate;

  @ValidateNested()
  capture = new CaptureSchema();

  @ValidateNested()
  recording = new RecordingSchema();

  @ValidateNested()
  delivery = new DeliverySchema();

  @ValidateNested()
  verdicts = new VerdictSchema();

  @ValidateNested()
  postbacks = new PostbackSchema();

  @ValidateNested()
  retention = new RetentionSchema();
}
