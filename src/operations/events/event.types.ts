import type { ConversionState, CorrectionState, GateScope } from '../../ledger/index.js';

/** What every event about a sale tells. No customer data: `explain()` has the rest. */
export interface SaleEvent {
  /** Of the line of the sale's story: the same again when the event is told again. */
  readonly id: string;
  /** When it happened, by the database's clock. */
  readonly at: Date;
  readonly orderId: string;
  readonly conversionId: string;
  readonly program: string;
  readonly eventType: string;
  /** Recorded with `test: true`. */
  readonly test: boolean;
  /** The sale's own worth, as a decimal. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** The sale has reached a state. */
export interface SaleStateEvent extends SaleEvent {
  /** The state that it reached then; by now it may be in another one. */
  readonly state: ConversionState;
  /** The vendor's reason codes: `explainReason()` has the words. Empty unless it was rejected. */
  readonly reasonCodes: readonly string[];
}

/** What an action shows of it. */
export interface ActionEvent extends SaleStateEvent {
  readonly actionId: string | null;
  readonly partnerId: string | null;
  /** What the vendor credits, and the partner's payout, in `actionCurrency`. */
  readonly actionAmount: string | null;
  readonly actionCurrency: string | null;
  readonly payout: string | null;
}

/** Two or more actions of one order are paid unless the vendor reverses all but one. */
export interface DuplicateEvent extends SaleEvent {
  readonly actionIds: readonly string[];
}

export interface CorrectionEvent extends SaleEvent {
  /** The shop's own key of it; null for the answer to a call, which knows its id alone. */
  readonly key: string | null;
  readonly state: CorrectionState;
  readonly reasonCodes: readonly string[];
}

export interface ClaimEvent extends SaleEvent {
  readonly key: string | null;
  readonly actionId: string | null;
  readonly partnerId: string | null;
  /** What the action shows and what it should show, in `actionCurrency`. */
  readonly shown: string | null;
  readonly wanted: string | null;
  readonly actionCurrency: string | null;
}

export interface AccountEvent {
  /** The same again when the event is told again. */
  readonly id: string;
  /** When it was seen. */
  readonly at: Date;
  /** What is paused: every call, or one kind of call. */
  readonly scope: GateScope;
  /** When the pause began. */
  readonly since: Date;
}

export interface PausedEvent extends AccountEvent {
  /** Why, and what to do about it. */
  readonly reason: string;
}

/** Every event by its name. */
export interface ImpactEventMap {
  'impact.sale.recorded': SaleStateEvent;
  'impact.sale.sent': SaleStateEvent;
  'impact.sale.undeliverable': SaleStateEvent;
  'impact.sale.cancelled': SaleStateEvent;
  'impact.sale.credited': ActionEvent;
  'impact.sale.approved': ActionEvent;
  'impact.sale.cleared': ActionEvent;
  'impact.sale.reversed': ActionEvent;
  'impact.sale.changed': SaleEvent;
  'impact.sale.reattributed': SaleEvent;
  'impact.sale.duplicated': DuplicateEvent;
  'impact.sale.rejected': SaleStateEvent;
  'impact.sale.unattributed': SaleStateEvent;
  'impact.sale.missing': SaleStateEvent;
  'impact.correction.recorded': CorrectionEvent;
  'impact.correction.sent': CorrectionEvent;
  'impact.correction.confirmed': CorrectionEvent;
  'impact.correction.refused': CorrectionEvent;
  'impact.correction.needless': CorrectionEvent;
  'impact.claim.opened': ClaimEvent;
  'impact.claim.settled': ClaimEvent;
  'impact.account.paused': PausedEvent;
  'impact.account.resumed': AccountEvent;
}

export type ImpactEventName = keyof ImpactEventMap;

/** An event with its name. */
export type ImpactEvent = {
  [Name in ImpactEventName]: { readonly name: Name; readonly payload: ImpactEventMap[Name] };
}[ImpactEventName];

export type ImpactEventHandler<Name extends ImpactEventName> = (payload: ImpactEventMap[Name]) => unknown;
