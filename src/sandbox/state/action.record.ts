import type { AttributedBy, SandboxActionChange } from '../sandbox.types.js';
import type { Line } from '../rules/amount.rules.js';

export interface ItemRecord {
  sku: string;
  name: string;
  category: string;
  quantity: number;
  amount: string;
  adjustedAt: Date | null;
  adjustmentReason: string;
  /** The last amount that was given in money, and for how many: what a new quantity goes by. */
  priced: { readonly amount: string; readonly quantity: number };
}

/** An action as the sandbox keeps it; its state follows from the dates and the clock. */
export interface ActionRecord {
  readonly id: string;
  readonly programId: string;
  readonly eventTypeId: string;
  readonly eventCode: string;
  partnerId: string;
  readonly adId: string;
  readonly clickId: string;
  readonly attributedBy: AttributedBy;
  readonly submissionId: string;
  readonly orderId: string;
  readonly originalCurrency: string;
  readonly originalAmount: string;
  readonly currency: string;
  payoutRate: string;
  readonly intended: { readonly amount: string; readonly payout: string; readonly lines: readonly Line[] };
  readonly referringDate: Date | null;
  eventDate: Date;
  /** When the conversion arrived: the de-duplication window begins here. */
  readonly receivedAt: Date;
  readonly createdAt: Date;
  visibleAt: Date;
  readonly test: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly sharedId: string;
  amount: string;
  payout: string;
  items: ItemRecord[];
  customerStatus: string;
  updatedAt: Date;
  lockingDate: Date;
  reversed: boolean;
  modifications: number;
  /** The `cleared` postback has gone out. */
  clearingTold: boolean;
  readonly history: SandboxActionChange[];
}

/** The items of a new action, or of one that is put back to how it was tracked. */
export const itemsOf = (lines: readonly Line[], adjustedAt: Date | null, reason: string): ItemRecord[] =>
  lines.map((line) => ({
    ...line,
    adjustedAt,
    adjustmentReason: reason,
    priced: { amount: line.amount, quantity: line.quantity },
  }));

export const orderKey = (programId: string, eventTypeId: string, orderId: string): string =>
  JSON.stringify([programId, eventTypeId, orderId]);
