/**
 * An action at the vendor as one source tells it.
 *
 * `undefined` is what this source does not tell (a notification tells less than a listing): what is stored
 * stays. `null` is what the vendor tells to be empty.
 */
export interface SeenAction {
  readonly actionId: string;
  /** As the vendor has it. */
  readonly orderId?: string | null;
  readonly state: 'PENDING' | 'APPROVED' | 'REVERSED';
  /** Default: the module's own program. */
  readonly campaignId?: string | null;
  /** Order ids are unique per event type only (docs/vendor-contract.md §7.3). Default: the module's own. */
  readonly eventTypeId?: string | null;
  readonly partnerId?: string | null;
  /** Decimal. */
  readonly amount?: string | null;
  /** ISO 4217: normally the account's, not the sale's. */
  readonly currency?: string | null;
  readonly payout?: string | null;
  readonly originalAmount?: string | null;
  readonly originalCurrency?: string | null;
  /** What the action was worth before anybody changed it. */
  readonly intendedAmount?: string | null;
  readonly customerStatus?: string | null;
  readonly eventDate?: Date | null;
  readonly creationDate?: Date | null;
  readonly lockingDate?: Date | null;
  readonly clearedDate?: Date | null;
}

/** Who told it. */
export type ActionSource = 'walk' | 'postback' | 'look-up';

/** What applying actions came to. */
export interface AppliedActions {
  /** Actions that belong to a sale of the ledger. */
  readonly matched: number;
  /** Sales that show something else now. */
  readonly changed: number;
}
