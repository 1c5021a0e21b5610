/**
 * What became of one step.
 *
 * `remark`: nothing is wrong and somebody should know, such as an amount that was converted.
 * `not-proved`: nobody can say, and the report says so.
 */
export type StepOutcome = 'proved' | 'failed' | 'remark' | 'not-proved';

export type StepName =
  | 'account'
  | 'tracking-link'
  | 'click-id'
  | 'capture'
  | 'cookie'
  | 'checkout'
  | 'browser'
  | 'order'
  | 'submission'
  | 'action'
  | 'single-action'
  | 'order-id'
  | 'event-type'
  | 'partner'
  | 'amount'
  | 'items'
  | 'promo-code'
  | 'customer-status'
  | 'date'
  | 'test-actions'
  | 'modification'
  | 'reversal';

/** What a rule has found: facts only, so that the same facts make the same finding. */
export interface Finding {
  readonly step: StepName;
  readonly outcome: StepOutcome;
  readonly expected: string;
  readonly seen: string;
  /** What to do about it; null when nothing is needed. */
  readonly fix: string | null;
}

/** A finding and when it was made. */
export interface StepResult extends Finding {
  /** ISO 8601. */
  readonly at: string;
}

/** One answer on the way of a link. */
export interface Hop {
  readonly url: string;
  readonly status: number;
  /** Where it leads, absolute; null at the end. */
  readonly next: string | null;
  readonly setCookies: readonly string[];
  /** Headers that caches listen to, lower case. */
  readonly caching: Readonly<Record<string, string>>;
}

/** A cookie as a browser keeps it, or as a response sets it. */
export interface SeenCookie {
  readonly name: string;
  readonly value: string;
  /** Without a leading dot; null: for the host alone. */
  readonly domain: string | null;
  /** The host that set it. */
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Lower case; null when it is not said. */
  readonly sameSite: string | null;
  /** Seconds; null: until the browser is closed. */
  readonly maxAge: number | null;
}

/** How the action can be seen: with a partner account of one's own, or among the vendor's test actions (docs/vendor-contract.md §9.3). */
export type TestRoute = 'test-partner' | 'test-actions';

/** One order of the matrix. */
export interface CaseState {
  /** Short and unique within the run. */
  readonly id: string;
  /** The vendor's number. */
  readonly eventTypeId: string;
  /** With a code and a discount, or without. */
  readonly variant: CaseVariant;
  /** Null until it is known. */
  orderId: string | null;
  /** When the synthetic order was paid, ISO 8601; after its click. */
  paidAt: string | null;
  submissionId: string | null;
  actionId: string | null;
  /** What the sale was reported with, for a person. */
  worth: string | null;
  readonly results: StepResult[];
  /** The reversal is in the ledger: from then on somebody delivers it, whatever becomes of this run. */
  reversalRecorded: boolean;
}

export type CaseVariant = 'own-order' | 'plain' | 'code-and-discount';

/** Everything about a run: kept in a file after each step, so that it can be gone on with. Nothing secret, nobody's data. */
export interface VerificationState {
  readonly version: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly account: string;
  readonly environment: string;
  readonly campaignId: string;
  readonly plan: VerificationPlan;
  /** The click id as the tracking link made it; null until it was followed. */
  clickId: string | null;
  /** Where a person goes to place the order: the landing page with the click id. */
  landingUrl: string | null;
  partnerId: string | null;
  readonly chain: HopLine[];
  readonly results: StepResult[];
  readonly cases: CaseState[];
  finishedAt: string | null;
}

/** A hop as the report shows it: parameters by name, values not. */
export interface HopLine {
  readonly status: number;
  /** Host and path. */
  readonly at: string;
  readonly kept: readonly string[];
  readonly added: readonly string[];
  readonly lost: readonly string[];
  /** The click id on arrival here. */
  readonly clickId: ClickIdFate | 'none-yet';
}

/** What became of a click id between two places. */
export type ClickIdFate =
  'same' | 'lost' | 'lower-cased' | 'upper-cased' | 'cut' | 'encoded-twice' | 'altered';

export interface VerificationPlan {
  readonly link: string;
  readonly synthetic: boolean;
  readonly via: TestRoute;
  /** The vendor's numbers; never empty. */
  readonly eventTypes: readonly string[];
  readonly checkoutHost: string | null;
  /** The order that a person names; null: the newest sale with the click. */
  readonly orderId: string | null;
  /** The partner of the link; null: the link or the landing page says it. */
  readonly partnerId: string | null;
  /** A code of that partner for the synthetic orders; null: none. */
  readonly promoCode: string | null;
  /** ISO 4217, of the synthetic orders. */
  readonly currency: string;
  /** Change and reverse the order. */
  readonly corrections: boolean;
}

/** Whether everything that was looked at is as it should be. */
export type VerificationVerdict = 'proved' | 'failed' | 'incomplete' | 'unfinished';
