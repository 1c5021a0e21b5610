import type { AttributedBy, ConversionState, GateScope } from '../../ledger/index.js';
import type { ReasonRemedy } from '../../ledger/index.js';

/** Where the app stands: all that a person asks first. */
export interface OverviewStatus {
  readonly checkedAt: Date;
  readonly mode: 'dry-run' | 'live';
  readonly environment: string;
  /** Sales by state, every state named. */
  readonly states: Readonly<Record<ConversionState, number>>;
  readonly backlog: OverviewBacklog;
  /** Sales that need a person: those in `UNDELIVERABLE`. */
  readonly needPerson: number;
  /** When the vendor's actions were last read to the end; null when they never were. */
  readonly walkedAt: Date | null;
}

/** Calls that are still to be made. */
export interface OverviewBacklog {
  readonly sales: number;
  readonly corrections: number;
  /** When the oldest of them was recorded; null when none waits. */
  readonly oldestAt: Date | null;
  /** Milliseconds; null when none waits. */
  readonly oldestAge: number | null;
}

/** What holds calls back. */
export interface OverviewPauses {
  readonly pauses: readonly {
    readonly scope: GateScope;
    readonly since: Date;
    /** When one call is tried again. */
    readonly until: Date;
    readonly reason: string;
    readonly failures: number;
  }[];
  readonly budget: {
    readonly perHour: number;
    /** Calls taken out of the running hour. */
    readonly used: number;
    readonly left: number;
    /** When the running hour began; null before the first call. */
    readonly since: Date | null;
  };
}

/** A sale as a line of a list. Nothing in it says who bought. */
export interface SaleLine {
  readonly id: string;
  readonly orderId: string;
  readonly state: ConversionState;
  readonly recordedAt: Date;
  /** When it was paid. */
  readonly eventAt: Date;
  /** ISO 4217. */
  readonly currency: string;
  /** Decimal in {@link currency}. */
  readonly amount: string;
  readonly clickId: string | null;
  readonly attributedBy: AttributedBy | null;
  readonly partnerId: string | null;
  readonly actionId: string | null;
  readonly submissionId: string | null;
  /** In {@link actionCurrency}. */
  readonly payout: string | null;
  readonly actionCurrency: string | null;
  readonly lockingAt: Date | null;
  /** Why a person is needed; empty unless the state is `UNDELIVERABLE`. */
  readonly problems: readonly string[];
  readonly reasonCodes: readonly string[];
}

export interface SaleListQuery {
  /** Default: every state. */
  readonly state?: ConversionState;
  /** `next` of the page before. */
  readonly after?: string;
  /** Rows, 1 to 500. Default 50. */
  readonly limit?: number;
}

/** A page of sales, newest first. */
export interface SaleList {
  readonly sales: readonly SaleLine[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

/** One day, in UTC. Sales are counted on the day they were paid, by how far they have come until now. */
export interface FunnelDay {
  /** `2026-11-23`. */
  readonly day: string;
  /** Clicks that were seen for the first time. */
  readonly clicks: number;
  /** Ties of a click to an order, a customer or a subscription. */
  readonly links: number;
  /** Test orders among them. */
  readonly sales: number;
  /** Those that the vendor has taken. */
  readonly sent: number;
  /** Those with an action that counts. */
  readonly credited: number;
  /** Those whose action is locked. */
  readonly approved: number;
  /** Those whose action is due for payment. */
  readonly cleared: number;
}

export interface FunnelQuery {
  readonly from: Date;
  /** Not part of it. */
  readonly to: Date;
}

/** What a partner earned in one month (UTC, by the action's event date), in the account's currency. */
export interface OwedRow {
  /** `2026-11`. */
  readonly month: string;
  readonly partnerId: string | null;
  readonly currency: string | null;
  readonly actions: number;
  /** Payout that may still change. */
  readonly pending: string;
  /** Locked, and not yet due. */
  readonly approved: string;
  /** Due for payment, or paid. */
  readonly cleared: string;
}

/** An open correction of an action that locks soon: what is not done by then becomes a claim. */
export interface LocksSoonRow {
  readonly orderId: string;
  readonly key: string;
  readonly kind: string;
  readonly state: string;
  readonly recordedAt: Date;
  readonly locksAt: Date;
  readonly partnerId: string | null;
  readonly actionId: string | null;
}

/** Sales that the vendor refused, by its reason. */
export interface VerdictReason {
  /** The vendor's code; null when it gave none. */
  readonly code: string | null;
  readonly count: number;
  readonly means: string;
  readonly remedy: ReasonRemedy;
  readonly advice: string;
}
