import type { Money } from './conversion.input.js';

/** Reasons of a modification (docs/vendor-contract.md §5.4). `RESET` is not among them: it is sent for `restore: true`. */
export const MODIFICATION_REASONS = [
  'ORDER_UPDATE',
  'ITEM_RETURNED',
  'CONS_FRAUD',
  'CONS_ERROR',
  'ORDER_ERROR',
  'PUB_ACT_DISPUTE',
  'ADV_ACT_DISPUTE',
  'NOT_COMPLIANCE_TERMS',
  'ITEM_OUT_OF_STOCK',
  'TEST_ACTION',
  'PARTNER_NOT_ACTIVE',
  'CREDITED_DIFFERENT_MP',
  'OTHER',
] as const;

/** Disposition codes of a reversal (docs/vendor-contract.md §5.5). */
export const REVERSAL_REASONS = [
  'REJECTED',
  'CONS_INFO_INVALID',
  'CONS_ERROR',
  'CONS_FRAUD',
  'ITEM_RETURNED',
  'ITEM_OUT_OF_STOCK',
  'ORDER_ERROR',
  'PUB_ACT_DISPUTE',
  'NOT_COMPLIANCE_TERMS',
  'MP_RETURNED',
  'OTHER',
  'CREDITED_DIFFERENT_MP',
  'ADV_ACT_DISPUTE',
  'TEST_ACTION',
] as const;

/** A code that was configured with the vendor beside the published ones; at most 64 characters. */
export interface CustomReasonCode {
  readonly customCode: string;
}

export type ModificationReason = (typeof MODIFICATION_REASONS)[number] | CustomReasonCode;
export type ReversalReason = (typeof REVERSAL_REASONS)[number] | CustomReasonCode;

interface CorrectionKey {
  /** The shop's refund, dispute or event id: makes a repeated call harmless. Unique per sale, at most 191 characters. */
  key: string;
}

/** The new state of one line. Absolute, never a difference. */
export interface ChangedItem {
  sku: string;
  /** Units that remain; 0 means the line is gone. */
  quantity: number;
  /** What the line is worth now, net, after its own discount. Default: in proportion to `quantity`. */
  amount?: Money;
}

interface ChangeDetails extends CorrectionKey {
  /** Default `ORDER_UPDATE`. Changes of items are always sent as `ORDER_UPDATE` (docs/vendor-contract.md §5.4). */
  reason?: ModificationReason;
}

/**
 * A change of the order: its new total, its changed lines, the customer's status, or back to what was first
 * reported (a dispute that was won, a correction that was wrong). New lines cannot be added
 * (docs/vendor-contract.md §5.4).
 */
export type ConversionChange = ChangeDetails &
  (
    | { amount: Money; items?: never; customerStatus?: string; restore?: never }
    | { items: readonly ChangedItem[]; amount?: never; customerStatus?: string; restore?: never }
    | { customerStatus: string; amount?: never; items?: never; restore?: never }
    | { restore: true; amount?: never; items?: never; customerStatus?: never }
  );

/** Units of a line that came back. */
export interface ReturnedItem {
  sku: string;
  /** Units returned; 0 for money given back on goods that the customer keeps, then `amount` is needed. */
  quantity: number;
  /** Merchandise value given back for them, net. Default: in proportion to `quantity`. */
  amount?: Money;
}

/** A refund: what was given back, by line or as one merchandise amount (net, without tax and shipping). */
export type ConversionRefund = CorrectionKey &
  ({ items: readonly ReturnedItem[]; amount?: never } | { amount: Money; items?: never });

/** The whole sale is taken back. */
export interface ConversionReversal extends CorrectionKey {
  reason: ReversalReason;
}
