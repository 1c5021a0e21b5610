import type { Operation } from './faults/fault.plan.js';

export interface SandboxClick {
  readonly id: string;
  readonly at: Date;
  readonly programId: string;
  readonly adId: string;
  readonly partnerId: string;
  readonly partnerName: string;
  /** Where the link wanted to go, before parameters were added. */
  readonly landingUrl: string;
  /** The `Location` that was answered; empty for a click reported through PageLoad. */
  readonly redirectedTo: string;
  readonly sharedId: string;
  readonly subIds: readonly [string, string, string];
  /** SHA-1 of the address, as the vendor hands it out. */
  readonly ipHash: string;
  readonly userAgent: string;
  /** A test click: its actions pay nothing. */
  readonly test: boolean;
  /** The deep link led to a domain that is not allowed; sales on this click end as `MALFORMED`. */
  readonly malformed: boolean;
}

export type SubmissionStatus = 'Queued' | 'In Progress' | 'Complete';
export type SubmissionType = 'Conversion' | 'Modification' | 'Reversal';

export interface SandboxSubmission {
  readonly id: string;
  readonly type: SubmissionType;
  readonly status: SubmissionStatus;
  readonly receivedAt: Date;
  readonly completedAt: Date | null;
  readonly programId: string;
  readonly eventTypeId: string;
  readonly eventCode: string;
  readonly partnerId: string;
  readonly orderId: string;
  /** The parameters as received. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Those of them that the contract does not know. */
  readonly ignoredParameters: readonly string[];
  readonly errorType: string | null;
  readonly reasonCodes: readonly string[];
  /** The vendor does not say this; the sandbox does. */
  readonly actionId: string | null;
  /** How a conversion was attributed; `null` when it was not. */
  readonly attributedBy: AttributedBy | null;
}

export type AttributedBy = 'click' | 'promo-code' | 'media' | 'customer';
export type ActionState = 'PENDING' | 'APPROVED' | 'REVERSED';

export interface SandboxActionItem {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly quantity: number;
  /** In the account currency. */
  readonly amount: string;
  readonly payout: string;
  readonly adjustedAt: Date | null;
  readonly adjustmentReason: string;
}

export interface SandboxActionChange {
  readonly id: string;
  readonly at: Date;
  readonly kind: 'tracked' | 'modified' | 'reversed' | 'restored';
  readonly reason: string;
  /** The submission that did it; `null` when somebody at the vendor did. */
  readonly submissionId: string | null;
  readonly deltaAmount: string;
  readonly deltaPayout: string;
  readonly amount: string;
  readonly payout: string;
}

export interface SandboxAction {
  readonly id: string;
  readonly programId: string;
  readonly eventTypeId: string;
  readonly eventCode: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly adId: string;
  readonly clickId: string;
  readonly attributedBy: AttributedBy;
  /** Empty for one that was planted. */
  readonly submissionId: string;
  readonly orderId: string;
  readonly state: ActionState;
  readonly currency: string;
  readonly amount: string;
  readonly payout: string;
  /** As the brand sent them; they never change. */
  readonly originalCurrency: string;
  readonly originalAmount: string;
  readonly intendedAmount: string;
  readonly intendedPayout: string;
  readonly referringDate: Date | null;
  readonly eventDate: Date;
  readonly createdAt: Date;
  /** When the listing begins to show it. */
  readonly visibleAt: Date;
  readonly updatedAt: Date;
  readonly lockingDate: Date;
  readonly clearedDate: Date | null;
  readonly test: boolean;
  readonly promoCode: string;
  readonly sharedId: string;
  readonly customerId: string;
  readonly customerStatus: string;
  readonly note: string;
  readonly items: readonly SandboxActionItem[];
  readonly history: readonly SandboxActionChange[];
}

export type PostbackEvent = 'tracked' | 'modified' | 'reversed' | 'cleared';

/** One call to the brand about an action. */
export interface SandboxPostback {
  readonly event: PostbackEvent;
  readonly actionId: string;
  readonly method: 'GET' | 'POST';
  /** As it was called, macros replaced. */
  readonly url: string;
  /** Of a POST. */
  readonly body: string | null;
  readonly contentType: string | null;
  /** What the brand answered; `null` while under way, and for ever when it could not be reached. */
  readonly status: number | null;
}

/** One API call as it came in. Credentials are not kept. */
export interface SandboxRequest {
  readonly at: Date;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly operation: Operation;
  readonly contentType: string;
  readonly accept: string;
  /** Query and body, as received. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `null` while the answer is under way, and for ever when the connection was cut. */
  readonly status: number | null;
  readonly fault: string | null;
}
