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
}

/** An action as the sandbox keeps it; its state follows from the dates and the clock. */
export interface ActionRecord {
  readonly id: string;
  readonly programId: string;
  readonly eventTypeId: string;
  readonly eventCode: string;
  readonly partnerId: string;
  readonly adId: string;
  readonly clickId: string;
  readonly attributedBy: AttributedBy;
  readonly submissionId: string;
  readonly orderId: string;
  readonly originalCurrency: string;
  readonly originalAmount: string;
  readonly currency: string;
  readonly payoutRate: string;
  readonly intended: { readonly amount: string; readonly payout: string; readonly lines: readonly Line[] };
  readonly referringDate: Date | null;
  readonly eventDate: Date;
  /** When the conversion arrived: the de-duplication window begins here. */
  readonly receivedAt: Date;
  readonly createdAt: Date;
  readonly visibleAt: Date;
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

export const orderKey = (programId: string, eventTypeId: string, orderId: string): string =>
  JSON.stringify([programId, eventTypeId, orderId]);
