import type { ApiProblem } from './problems.rules.js';
import type { RateState } from './rate.rules.js';

export type { ApiProblem, RateState };

/** One parameter of a call, as it goes into the body: vendor name and rendered value. */
export type ApiParameter = readonly [name: string, value: string];

/** Every answer says what the vendor's rate headers said. */
export interface ApiAnswer {
  readonly rate: RateState;
}

/**
 * The vendor has taken a conversion, a modification or a reversal. That is not a verdict: what became of
 * it is decided later (docs/vendor-contract.md §3.4).
 */
export interface AcceptedWrite extends ApiAnswer {
  /** Last part of {@link queuedUri}; opaque. `null` when the vendor answered with an action instead. */
  readonly submissionId: string | null;
  /** The URI as it came, relative or absolute; pass it to {@link ImpactApiClient.getSubmission}. */
  readonly queuedUri: string | null;
  /** Set when the vendor made the action at once, which is undocumented (docs/vendor-contract.md §3.4). */
  readonly actionId: string | null;
}

/** A queued record and what became of it (docs/vendor-contract.md §4.2). Kept by the vendor for 90 days. */
export interface Submission extends ApiAnswer {
  readonly id: string | null;
  readonly campaignId: string | null;
  readonly actionTrackerId: string | null;
  readonly mediaPartnerId: string | null;
  readonly eventCode: string | null;
  readonly orderId: string | null;
  /** The parameters as the vendor received them, form-encoded. Holds customer data: not for logs. */
  readonly payload: string | null;
  /** `Conversion`, `Modification` or `Reversal`, as the vendor spells it. */
  readonly type: string | null;
  /** `QUEUED`, `IN_PROGRESS` or `COMPLETE` whatever the vendor's spelling; `COMPLETE` does not mean free of errors. */
  readonly status: SubmissionStatus;
  readonly submittedAt: Date | null;
  readonly completedAt: Date | null;
  /** `Validation` or `Contract Error`, as the vendor spells it; `null` when nothing went wrong. */
  readonly errorType: string | null;
  /** Codes of docs/vendor-contract.md §4.3, upper case, each once. */
  readonly reasonCodes: readonly string[];
  readonly uri: string | null;
}

export type SubmissionStatus = 'QUEUED' | 'IN_PROGRESS' | 'COMPLETE' | 'UNKNOWN';

/** `REJECTED` is the vendor's synonym of `REVERSED` (docs/vendor-contract.md §12) and read as such. */
export type ActionState = 'PENDING' | 'APPROVED' | 'REVERSED' | 'UNKNOWN';

/**
 * A credited sale (docs/vendor-contract.md §5.2). Amounts are decimal strings in {@link currency}, which
 * is the account's; ids are strings because the vendor sends both numbers and strings; `''` is `null`.
 */
export interface Action {
  readonly id: string;
  readonly campaignId: string | null;
  readonly campaignName: string | null;
  readonly actionTrackerId: string | null;
  readonly actionTrackerName: string | null;
  readonly eventCode: string | null;
  readonly mediaPartnerId: string | null;
  readonly mediaPartnerName: string | null;
  readonly adId: string | null;
  readonly state: ActionState;
  readonly orderId: string | null;
  readonly currency: string | null;
  readonly amount: string | null;
  readonly deltaAmount: string | null;
  readonly intendedAmount: string | null;
  /** The amount as it was sent, and its currency, where the vendor gives them. */
  readonly originalAmount: string | null;
  readonly originalCurrency: string | null;
  readonly payout: string | null;
  readonly deltaPayout: string | null;
  readonly intendedPayout: string | null;
  readonly clientCost: string | null;
  readonly referringDate: Date | null;
  readonly eventDate: Date | null;
  readonly creationDate: Date | null;
  readonly lockingDate: Date | null;
  readonly clearedDate: Date | null;
  readonly referringType: string | null;
  readonly referringDomain: string | null;
  readonly promoCode: string | null;
  readonly customerId: string | null;
  readonly customerStatus: string | null;
  readonly sharedId: string | null;
  readonly note: string | null;
  readonly uri: string | null;
}

/** One line of an action (docs/vendor-contract.md §5.3). */
export interface ActionItem {
  readonly sku: string | null;
  readonly name: string | null;
  readonly category: string | null;
  readonly quantity: string | null;
  /** In {@link saleAmountCurrency}, normally the account's. */
  readonly saleAmount: string | null;
  readonly saleAmountCurrency: string | null;
  readonly payout: string | null;
  readonly payoutCurrency: string | null;
  readonly rebate: string | null;
  readonly rebateCurrency: string | null;
  readonly adjustmentDate: Date | null;
  readonly adjustmentReason: string | null;
  readonly uri: string | null;
}

/** Both ends of a time window, sent in whole seconds: the start rounded down, the end rounded up. */
export interface TimeWindow {
  readonly from: Date;
  readonly to: Date;
}

/** What to list. The vendor takes windows of at most 44 days safely (docs/vendor-contract.md §5.1, §12). */
export interface ActionQuery {
  /** Default: the configured program. */
  readonly campaignId?: string;
  readonly state?: Exclude<ActionState, 'UNKNOWN'>;
  /** Last update; a move from pending to approved is no update. */
  readonly updated?: TimeWindow;
  /** Event date. */
  readonly actionDate?: TimeWindow;
  readonly lockingDate?: TimeWindow;
  /** From 1. Default 1. */
  readonly page?: number;
  /** Rows per page. Default 2000, the vendor's minimum. */
  readonly pageSize?: number;
}

/** Where a page stands in its listing, read from `@page` and its neighbours. */
export interface PageEnvelope {
  readonly page: number | null;
  readonly pages: number | null;
  readonly pageSize: number | null;
  readonly total: number | null;
  readonly nextPageUri: string | null;
}

export interface ActionPage extends ApiAnswer, PageEnvelope {
  readonly actions: readonly Action[];
  /** Rows without an id, left out of {@link actions}; 0 unless the vendor breaks its contract. */
  readonly unreadable: number;
}

export interface ActionAnswer extends ApiAnswer {
  readonly action: Action;
}

export interface ActionItemsAnswer extends ApiAnswer {
  readonly items: readonly ActionItem[];
}

/** The account behind the credentials; the cheapest check of them (docs/vendor-contract.md §10.3). */
export interface CompanyInformation extends ApiAnswer {
  readonly companyName: string | null;
  readonly currency: string | null;
  readonly timeZone: string | null;
  readonly website: string | null;
}

/** What the vendor knows of a click id (docs/vendor-contract.md §10.3). */
export interface VendorClick extends ApiAnswer {
  readonly id: string | null;
  readonly campaignId: string | null;
  readonly mediaId: string | null;
  readonly mediaName: string | null;
  readonly adId: string | null;
  readonly eventDate: Date | null;
  readonly landingPageUrl: string | null;
  readonly referringDomain: string | null;
  readonly sharedId: string | null;
  readonly deviceType: string | null;
}

/** A promo code and the partner it belongs to (docs/vendor-contract.md §10.3). */
export interface PromoCode {
  readonly id: string | null;
  readonly code: string | null;
  /** `LI` literal, `RE` regular expression. */
  readonly type: string | null;
  readonly campaignId: string | null;
  readonly assignedPartnerId: string | null;
  readonly creditPolicy: string | null;
  readonly state: string | null;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
}

export interface PromoCodePage extends ApiAnswer, PageEnvelope {
  readonly promoCodes: readonly PromoCode[];
}
