import type { ConsentAnswer } from '../config/index.js';

/** A click as the module knows it. A read model: changing it changes nothing. */
export interface Click {
  /** The vendor's click id, case kept. */
  readonly clickId: string;
  /** Key of the program that it belongs to. */
  readonly program: string;
  /** Query parameter it came in, e.g. `im_ref`; `cookie` or `header` when only those still told of it. */
  readonly parameter: string;
  readonly firstSeenAt: Date;
  /** When the visitor last landed with it. Last-click attribution orders by this. */
  readonly lastSeenAt: Date;
  /** Last seen plus the referral window. A click bound to an order or a subscription outlives it. */
  readonly expiresAt: Date;
  /** Path of the landing page without its query; `null` when unknown. */
  readonly landingPath: string | null;
  /** What else the partner's link said: `irpid`, `sharedid`, `utm_*` (docs/vendor-contract.md §8.1). */
  readonly partnerParameters: Readonly<Record<string, string>>;
  readonly consent: ConsentAnswer;
}

/** A click that the shop captured by itself, e.g. from a mobile app's deep link. */
export interface CapturedClick {
  /** Decoded once, case kept. */
  readonly clickId: string;
  /** Query parameter it came in. Default: the first configured one. */
  readonly parameter?: string;
  /** When the visitor landed. Default: now. */
  readonly capturedAt?: Date;
  readonly landingPath?: string | null;
  readonly partnerParameters?: Readonly<Record<string, string>>;
  /** What the visitor said; anything but `granted` is refused. Default `granted`. */
  readonly consent?: ConsentAnswer;
}

/** What a click is tied to: one or more of the three. */
export interface ClickSubject {
  /** The shop's order id. */
  readonly order?: string;
  /** The shop's customer id; never an e-mail address. */
  readonly customer?: string;
  /** The shop's subscription id. */
  readonly subscription?: string;
}

/** A click as attribution sees it; times in epoch milliseconds. */
export interface ClickCandidate {
  readonly clickId: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** Every stored click that may win a sale. */
export interface ClickCandidates {
  /** The row of the click that the caller named; `null` when it is not ours. */
  readonly explicit: ClickCandidate | null;
  /** The one bound last to the order. */
  readonly order: ClickCandidate | null;
  /** The one bound first to the subscription. */
  readonly subscription: ClickCandidate | null;
  /** The customer's clicks, newest first. */
  readonly customer: readonly ClickCandidate[];
}

/** How a request came by its click. */
export type RequestClickSource = 'landing' | 'cookie' | 'header';

/** The click of the request that is being served. */
export interface RequestClick {
  readonly clickId: string;
  readonly capturedAt: Date;
  readonly source: RequestClickSource;
}

/** What a request says about its click, read once and good for ever. */
export interface HeldRequest {
  /** The request's click, also on a `@NotTheBuyer()` route: check the flag before using it. `null` once the response has ended. */
  readonly click: RequestClick | null;
  /** The route is a webhook or back office: the click is nobody's. */
  readonly notTheBuyer: boolean;
  /** There was a request, but its response had ended: its click is nobody's. */
  readonly ended: boolean;
}
