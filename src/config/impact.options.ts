import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { DataSourceOptions } from 'typeorm';

/** A length of time: milliseconds, or a number with a unit: `500ms`, `30s`, `15m`, `24h`, `30d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** `dry-run` records and renders but sends nothing; `live` sends. */
export type ImpactMode = 'dry-run' | 'live';

/** What the visitor said to being tracked. `unknown`: the banner is still open. */
export type ConsentAnswer = 'granted' | 'denied' | 'unknown';

/** Which of several clicks inside the referral window gets the sale. */
export type AttributionPolicy = 'last-click' | 'first-click';

/**
 * The part of an HTTP request that the package looks at. Express and Fastify requests both fit.
 */
export interface LandingRequest {
  readonly method?: string;
  /** Path and query as received. */
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface CookieOptions {
  /** Name of the cookie. Default `impact_click`. */
  name?: string;
  /** Domain attribute, to share the cookie between hosts, e.g. `.example.com`. Default: none (host only). */
  domain?: string;
  /** Path attribute. Default `/`. */
  path?: string;
  /** Secure attribute. Default `true`; browsers treat `http://localhost` as secure. */
  secure?: boolean;
  /** SameSite attribute. Default `lax`. `none` requires `secure`. */
  sameSite?: 'lax' | 'strict' | 'none';
}

/** Options of capture that are values; they may come from a factory. */
export interface CaptureOptions {
  /** Query parameters that may carry the click id, first match wins. Default `['im_ref','irclickid','clickid']`. A bare `clickid` counts only beside `irgwc`. */
  parameters?: string[];
  cookie?: CookieOptions;
  /** How long a click may earn a sale and how long its cookie lives: the longest of any contract. Default `30d`. */
  referralWindow?: Duration;
  /** Which click wins inside the window. Default `last-click`. */
  policy?: AttributionPolicy;
  /** Asked once per landing. Default: `granted`. A throw or a rejected promise counts as `denied`. */
  consent?: (request: LandingRequest) => ConsentAnswer | Promise<ConsentAnswer>;
  /** Most clicks kept in memory while the database cannot take them. Default 10000 clicks. */
  bufferLimit?: number;
  /** How long clicks are gathered before one batched write. Default `50ms`. */
  flushInterval?: Duration;
  /** Tell impact.com of captured landings from the server, for visitors without its browser tag (docs/capture.md). Default `false`. */
  pageLoad?: false | PageLoadOptions;
}

/** Page views that the server reports. Sent only in `live`, and only for visitors who have agreed. */
export interface PageLoadOptions {
  /** Where they go. Default `https://trkapi.impact.com`; guarded like the other base URL, although no credentials are sent there. */
  baseUrl?: string;
  /** The visitor's anonymous id, the one that your sales give as `customProfileId`; at most 70 characters, never an e-mail address. Default: none, the click id alone. */
  customProfileId?: (request: LandingRequest) => string | null | undefined;
  /** The visitor's public address: only you know which proxy to believe. Default: no address is sent. */
  ipAddress?: (request: LandingRequest) => string | null | undefined;
}

/** Options of capture that Nest needs while it builds the module: given beside a factory, never by it. */
export interface CaptureExtras {
  /** How landings are seen. Default `interceptor`. See docs/capture.md for when the middleware is the better choice. */
  via?: 'interceptor' | 'middleware' | 'none';
  /** Routes that the middleware applies to. Default every route. */
  routes?: string[];
  /** The browser endpoint for landing pages that Nest does not serve. Default: off. */
  endpoint?: false | BrowserEndpointOptions;
}

export interface BrowserEndpointOptions {
  /** Path of the endpoint; its script is served at `<path>/script.js`. Default `/impact/click`. */
  path?: string;
  /** Origins that may call it from another origin with credentials, e.g. `https://www.example.com`. Default none: same origin only. */
  origins?: readonly string[];
}

export interface RecordingOptions {
  /** A sale that breaks a vendor rule: `throw` shows it to the developer, `park` keeps it as `UNDELIVERABLE` and lets the shop's sale commit. Default `throw`, and `park` under NODE_ENV=production. */
  onInvalid?: 'throw' | 'park';
  /** `all` sends every sale with an attribution key (the vendor's advice), `attributable` only those with a click or a promo code. Default `all`. */
  send?: 'all' | 'attributable';
  /** The vendor's documented default limits for amounts, narrower than real money in some currencies. Beyond them a sale is sent with a warning in its story, or, with `enforce`, counts as invalid. Default `{ digits: 8, decimals: 2, enforce: false }`. */
  amountLimits?: { digits?: number; decimals?: number; enforce?: boolean };
  /** Statuses of customers as configured on the event type, e.g. `['NEW','EXISTING']`. Others are invalid. Default: any. */
  customerStatuses?: string[];
  /** Whose clicks make a sale with `test: true` a test at impact.com; with any other it is not sent. */
  test?: TestOrderOptions;
}

export interface TestOrderOptions {
  /** Media partner ids of your test partners, compared with the `irpid` of the captured click. Default: none. */
  partners?: string[];
  /** Click ids that are tests by themselves. Default `['impacttest']`. */
  clickIds?: string[];
}

export interface DeliveryOptions {
  /** What moves deliveries forward. Default `database` (a polling loop with a doorbell). */
  engine?: 'database';
  /** Start the loop with the application. Default `true`. With `false` call `DeliveryDispatcher.drain()` yourself. */
  autoStart?: boolean;
  /** Calls under way at once in this process. Default 8. */
  concurrency?: number;
  /** How often an idle loop looks for due rows. Default `2s`. */
  pollInterval?: Duration;
  /** Deadline of one call from first byte out to last byte in. Default `30s`. */
  timeout?: Duration;
  /** How long a claimed row belongs to its process. Must exceed `timeout`. Default `90s`. */
  lease?: Duration;
  /** How long a sale is retried; time spent paused does not count. Default `30d`. */
  maxAge?: Duration;
  /** How long the vendor is trusted to recognise a repeated order id. The vendor's own value is not published; keep this cautious. Default `24h`. */
  duplicateWindow?: Duration;
  /** First and longest delay of the exponential back-off; each delay is drawn evenly between 0 and its step (full jitter). Default `{ base: '2s', cap: '15m' }`. */
  backoff?: { base?: Duration; cap?: Duration };
  /** Calls per hour and account, all kinds together. Default 1000 calls per hour (vendor contract §7.1). */
  maxRequestsPerHour?: number;
  /** Body of a conversion call. Default `form`; `json` is accepted by the vendor in practice (vendor contract §2). */
  bodyFormat?: 'form' | 'json';
  /** How long shutdown waits for calls under way. Default `10s`. */
  shutdownTimeout?: Duration;
}

export interface VerdictOptions {
  /** How often unsettled sales are looked up. Default `5m`. */
  sweepInterval?: Duration;
  /** How far back every look-up over actions starts again, because actions appear late. Default `2d`. */
  rereadFor?: Duration;
  /** How long after sending the first look-up happens. Default `15m` (vendor contract §4.4). */
  lookupAfter?: Duration;
  /** When a sale that still has neither action nor error is given up on: `UNATTRIBUTED` without click or promo code, reported as missing with one. Default `7d`. */
  giveUpAfter?: Duration;
  /** Time zone of the account, an IANA name such as `America/Los_Angeles`: days and months of a reconciliation are counted in it. Default: asked of impact.com, else UTC. */
  accountTimeZone?: string;
}

/** Options of the endpoint for impact.com's event notifications that are values; they may come from a factory. */
export interface PostbackOptions {
  /** What a notification has to bring along: 32 to 256 letters, digits and `._~-`; several while one takes over from another. `IMPACT_POSTBACK_SECRET` (several: separated by commas). Needed when the endpoint is on. */
  secret?: string | readonly string[];
  /** Addresses and CIDR ranges, IPv4 and IPv6, that notifications may come from, e.g. `['203.0.113.0/24']`. Default: any. */
  sources?: readonly string[];
}

/** Options of the endpoint for event notifications that Nest needs while it builds the module: given beside a factory, never by it. */
export interface PostbackExtras {
  /** Path of the endpoint, e.g. `/impact/postbacks`. A global prefix of the app comes before it. */
  path: string;
}

export interface RetentionOptions {
  /** How long an unlinked click is kept after it was last seen; never shorter than the referral window. Default: the referral window. */
  clicks?: Duration;
  /** How long the rows of calls that were made are kept, with the lines of a story that tell of attempts. Never those of a sale that is not settled. Default `180d`. */
  deliveries?: Duration;
  /** How long a settled sale keeps what it knows of its customer; the sale itself stays. Default `400d`. */
  customerData?: Duration;
  /** Fields of your own that say nothing of a person, and stay when a customer is erased: `note`, `app.installReferrer`, or a custom field such as `text.1`, `numeric.2`, `dates.3`, on an order and on its lines alike. Default none. */
  keptFields?: string[];
}

/** Values of the module: may come from the environment, from `forRoot()` or from a factory. */
export interface ImpactOptions {
  /** Account SID. `IMPACT_ACCOUNT_SID`. */
  accountSid?: string;
  /** Auth token. `IMPACT_AUTH_TOKEN`. */
  authToken?: string;
  /** Program (campaign) id, up to 10 digits. `IMPACT_CAMPAIGN_ID`. */
  campaignId?: string | number;
  /** Event type (action tracker) id, up to 10 digits. `IMPACT_EVENT_TYPE_ID`. */
  eventTypeId?: string | number;
  /** Event type code, sent beside nothing else: replaces the number in what is sent. Optional. */
  eventTypeCode?: string;
  /** `IMPACT_MODE`. Default `dry-run`. */
  mode?: ImpactMode;
  /** Name of the deployment, stamped on every row; rows of another stamp are never sent. `IMPACT_ENVIRONMENT`. Default: NODE_ENV, else `development`. */
  environment?: string;
  /** `IMPACT_BASE_URL`. Default `https://api.impact.com`. */
  baseUrl?: string;
  /** Accept a base URL that is not https on impact.com: a sandbox, loopback. `IMPACT_ALLOW_ANY_BASE_URL`. Refused in `live` under NODE_ENV=production. Default `false`. */
  allowAnyBaseUrl?: boolean;
  /** Vendor API version sent as `IR-Version`. Default: not sent, the token's own version counts. */
  apiVersion?: string | number;
  /** Apply the module's migrations at start. Default `true`. */
  migrate?: boolean;
  capture?: CaptureOptions;
  recording?: RecordingOptions;
  delivery?: DeliveryOptions;
  verdicts?: VerdictOptions;
  postbacks?: PostbackOptions;
  retention?: RetentionOptions;
}

/** A guard as for `@UseGuards()`, or a function that says whether a request may pass. */
export type DashboardGuard =
  | Type<CanActivate>
  | CanActivate
  | ((context: ExecutionContext) => boolean | Promise<boolean> | Observable<boolean>);

export interface DashboardOptions {
  /** Path of the first page, e.g. `/impact`. A global prefix of the app comes before it. */
  path: string;
  /** Who may see it; all of them must agree. Under NODE_ENV=production the app does not start without one. */
  guards?: readonly DashboardGuard[];
  /** Modules whose exported providers the guards inject, unless they are global. Default: none. */
  imports?: NonNullable<ModuleMetadata['imports']>;
}

/** What Nest needs while it builds the module: given beside a factory, never by it. */
export interface ImpactModuleExtras {
  /** Make the exported providers visible everywhere. Default `true`. */
  isGlobal?: boolean;
  /** Name of one of the app's TypeORM data sources (default: the default one), or options for a connection of the module's own. */
  database?: string | DataSourceOptions;
  capture?: CaptureExtras;
  /** The endpoint for impact.com's event notifications (docs/postbacks.md). Default: off. */
  postbacks?: false | PostbackExtras;
  /** Pages for people: what was sold, sent, credited and owed (docs/dashboard.md). Default: off. */
  dashboard?: false | DashboardOptions;
}

/** Everything `ImpactModule.forRoot()` takes. */
export type ImpactModuleOptions = Omit<ImpactOptions, 'capture' | 'postbacks'> &
  Omit<ImpactModuleExtras, 'capture' | 'postbacks'> & {
    capture?: CaptureOptions & CaptureExtras;
    /** Off without a path. */
    postbacks?: false | (PostbackOptions & Partial<PostbackExtras>);
  };

/** {@link PageLoadOptions}, complete. */
export interface ResolvedPageLoadOptions {
  readonly baseUrl: string;
  readonly customProfileId: NonNullable<PageLoadOptions['customProfileId']> | null;
  readonly ipAddress: NonNullable<PageLoadOptions['ipAddress']> | null;
}

/** What the rest of the package injects: complete, checked, frozen; durations in milliseconds. */
export interface ResolvedImpactOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly campaignId: string;
  /** The number, as digits. */
  readonly eventTypeId: string;
  readonly eventTypeCode: string | null;
  readonly mode: ImpactMode;
  readonly environment: string;
  readonly baseUrl: string;
  readonly apiVersion: string | null;
  readonly migrate: boolean;
  /** Key of the program in tables; `default` until several can be configured. */
  readonly program: string;
  /** Alias of the event type in keys: does not change when the vendor's number or code does. */
  readonly eventType: string;
  readonly capture: {
    readonly parameters: readonly string[];
    readonly cookie: {
      readonly name: string;
      readonly domain: string | null;
      readonly path: string;
      readonly secure: boolean;
      readonly sameSite: 'lax' | 'strict' | 'none';
    };
    readonly referralWindow: number;
    readonly policy: AttributionPolicy;
    readonly consent: (request: LandingRequest) => ConsentAnswer | Promise<ConsentAnswer>;
    readonly bufferLimit: number;
    readonly flushInterval: number;
    readonly pageLoad: false | ResolvedPageLoadOptions;
  };
  readonly recording: {
    readonly onInvalid: 'throw' | 'park';
    readonly send: 'all' | 'attributable';
    readonly amountLimits: { readonly digits: number; readonly decimals: number; readonly enforce: boolean };
    readonly customerStatuses: readonly string[] | null;
    readonly test: { readonly partners: readonly string[]; readonly clickIds: readonly string[] };
  };
  readonly delivery: {
    readonly engine: 'database';
    readonly autoStart: boolean;
    readonly concurrency: number;
    readonly pollInterval: number;
    readonly timeout: number;
    readonly lease: number;
    readonly maxAge: number;
    readonly duplicateWindow: number;
    readonly backoff: { readonly base: number; readonly cap: number };
    readonly maxRequestsPerHour: number;
    readonly bodyFormat: 'form' | 'json';
    readonly shutdownTimeout: number;
  };
  readonly verdicts: {
    readonly sweepInterval: number;
    readonly rereadFor: number;
    readonly lookupAfter: number;
    readonly giveUpAfter: number;
    /** IANA name; null: the account is asked. */
    readonly accountTimeZone: string | null;
  };
  readonly postbacks: {
    /** Not enumerable, like `authToken`. */
    readonly secrets: readonly string[];
    readonly sources: readonly string[];
  };
  readonly retention: {
    readonly clicks: number;
    readonly deliveries: number;
    readonly customerData: number;
    readonly keptFields: readonly string[];
  };
}

/** Injection token of {@link ResolvedImpactOptions}. */
export const IMPACT_OPTIONS = Symbol.for('nestjs-impact:options');
