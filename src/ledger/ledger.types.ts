import type { ExplainedReason } from './reason-codes.rules.js';
import type { ConversionState } from './states.rules.js';

/** How the winning click was found. */
export type AttributedBy = 'explicit' | 'order' | 'subscription' | 'request' | 'customer';

/** What this app knows about one sale. */
export interface Conversion {
  readonly id: string;
  readonly orderId: string;
  readonly state: ConversionState;
  readonly recordedAt: Date;
  /** Why a person is needed; empty unless the state is `UNDELIVERABLE`. */
  readonly problems: string[];
  readonly clickId: string | null;
  readonly attributedBy: AttributedBy | null;
  /** ISO 4217. */
  readonly currency: string;
  /** What the vendor should credit, as a decimal in the sale's currency. */
  readonly amount: string;
  readonly submissionId: string | null;
  readonly actionId: string | null;
  readonly partnerId: string | null;
  /** The partner's payout as the vendor states it, in {@link actionCurrency}. */
  readonly payout: string | null;
  /** What the vendor credits, in {@link actionCurrency}: never converted here. */
  readonly actionAmount: string | null;
  /** ISO 4217; normally the account's own. */
  readonly actionCurrency: string | null;
  readonly lockingDate: Date | null;
  readonly clearedAt: Date | null;
  /** The vendor's reason codes; `explain()` says what they mean. */
  readonly reasonCodes: string[];
}

/** A change of a recorded sale. */
export interface Correction {
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  readonly state: CorrectionState;
}

export type CorrectionState = 'held' | 'queued' | 'sent' | 'confirmed' | 'nothing-to-correct' | 'refused';
export type CorrectionKind = 'modify' | 'refund' | 'reverse';

/** A correction as a story tells it. */
export interface ExplainedCorrection extends Correction {
  readonly kind: CorrectionKind;
  readonly recordedAt: Date;
  /** What it asks for, as a sentence. */
  readonly words: string;
  /** Why it was refused; empty unless it was. */
  readonly problems: readonly string[];
  /** The vendor's codes, when it refused it with some. */
  readonly reasonCodes: readonly string[];
  readonly submissionId: string | null;
  /** A claim was opened that nobody has settled. */
  readonly openClaim: boolean;
}

/** What no call can put right any more: settled with the partner by hand. Amounts are in `currency`, the action's own. */
export interface Claim {
  /** Id of the correction. */
  readonly id: string;
  readonly orderId: string;
  readonly key: string;
  readonly kind: CorrectionKind;
  readonly reason: 'locked' | 'too-many' | 'not-shown';
  /** The reason as a sentence. */
  readonly why: string;
  readonly actionId: string;
  readonly partnerId: string | null;
  readonly currency: string | null;
  /** What the action shows, and what it should show. */
  readonly shown: string | null;
  readonly wanted: string | null;
  /** What the action is credited with too much; below zero: too little. */
  readonly amount: string | null;
  /** The share of the partner's payout that belongs to it. */
  readonly payout: string | null;
  readonly openedAt: Date;
  readonly settledAt: Date | null;
  readonly settledBy: { readonly by: string; readonly why: string } | null;
}

/** What an order is known by. */
export interface SaleKey {
  readonly program: string;
  readonly eventType: string;
  readonly orderId: string;
}

/** Where a row belongs: rows of another stamp are never sent. */
export interface Stamp {
  readonly account: string;
  readonly environment: string;
}

/** Name and value of a parameter as it will be sent. */
export type WireParameter = readonly [name: string, value: string];

/** A sale, ready to be stored. */
export interface SaleEntry extends SaleKey, Stamp {
  readonly wireOrderId: string;
  readonly state: Extract<ConversionState, 'RECORDED' | 'SKIPPED' | 'DRY_RUN' | 'UNDELIVERABLE'>;
  readonly eventAt: Date;
  readonly clickId: string | null;
  readonly attributedBy: AttributedBy | null;
  /** What won, what lost and why: JSON-safe, no personal data. */
  readonly attribution: unknown;
  readonly customerId: string | null;
  readonly subscription: string | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly fingerprint: string;
  /** Field → short hash, to name the fields of a conflict. */
  readonly fingerprintFields: Readonly<Record<string, string>>;
  readonly request: readonly WireParameter[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly test: boolean;
  /** Has a click or a promo code: goes out before sales that only help reporting. */
  readonly attributable: boolean;
}

/** A correction, ready to be stored. */
export interface CorrectionEntry extends SaleKey, Stamp {
  readonly key: string;
  readonly kind: CorrectionKind;
  /** JSON-safe. */
  readonly target: unknown;
  readonly fingerprint: string;
}

/** What an action at the vendor says about a sale. */
export interface ActionFacts {
  readonly actionId: string;
  readonly state: 'CREDITED' | 'APPROVED' | 'CLEARED' | 'REVERSED';
  readonly partnerId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly payout: string | null;
  readonly lockingDate: Date | null;
  readonly clearedAt: Date | null;
}

/** The kinds of line that a story has. */
export type StoryEvent =
  | 'recorded'
  | 'parked'
  | 'mended'
  | 'repeat-unusable'
  | 'skipped'
  | 'kept-in-dry-run'
  | 'released'
  | 'attempt-failed'
  | 'sent'
  | 'refused'
  | 'late-answer'
  | 'search-first'
  | 'looked-up'
  | 'credited'
  | 'approved'
  | 'cleared'
  | 'reversed'
  | 'changed'
  | 'reattributed'
  | 'second-action'
  | 'rejected'
  | 'unattributed'
  | 'missing'
  | 'notified'
  | 'reconciled'
  | 'correction-recorded'
  | 'correction-queued'
  | 'correction-sent'
  | 'correction-confirmed'
  | 'correction-refused'
  | 'nothing-to-correct'
  | 'claim-opened'
  | 'claim-settled'
  | 'by-hand'
  | 'erased'
  | 'cancelled';

export interface StoryLine {
  readonly at: Date;
  readonly what: StoryEvent;
  /** The line as a sentence. */
  readonly words: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything that is known about a sale, in words and data. */
export interface ConversionStory {
  readonly conversion: Conversion;
  /** Which click won and why, or why there is none. */
  readonly attribution: string;
  /** What was, or will be, sent. */
  readonly request: readonly WireParameter[];
  readonly lines: readonly StoryLine[];
  readonly corrections: readonly ExplainedCorrection[];
  /** The vendor's reason codes in words, with whose they are and what to do; empty unless it was rejected. */
  readonly reasons: readonly ExplainedReason[];
  /** What a person can do now; null when nothing is needed. */
  readonly advice: string | null;
}
