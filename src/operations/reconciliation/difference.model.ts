import type { ConversionState } from '../../ledger/index.js';

/** What differs. docs/reconciliation.md says for each what it means and what to do. */
export type DifferenceKind = Difference['kind'];

/** What this app says of an order. */
export interface LedgerSide {
  readonly conversionId: string;
  readonly orderId: string;
  readonly state: ConversionState;
  /** What the vendor should credit: the sale's amount after its confirmed corrections. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly partnerId: string | null;
  readonly eventDate: Date;
  readonly submissionId: string | null;
  readonly reasonCodes: readonly string[];
}

/** What the vendor says of an order. */
export interface VendorSide {
  readonly actionId: string;
  readonly orderId: string | null;
  readonly state: 'PENDING' | 'APPROVED' | 'CLEARED' | 'REVERSED' | 'UNKNOWN';
  readonly partnerId: string | null;
  /** In {@link currency}, which is the account's. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly payout: string | null;
  /** As it was sent, where the vendor gives it. */
  readonly originalAmount: string | null;
  readonly originalCurrency: string | null;
  readonly eventDate: Date | null;
  readonly lockingDate: Date | null;
}

/** What the shop's own list says of an order. */
export interface ShopSide {
  readonly orderId: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly fulfilled: boolean | null;
}

/**
 * What mends a difference: `send-again` delivers the sale once more, `correct-amount` records a correction,
 * `read-again` takes the vendor's word into the ledger, `record` records the sale from the shop's list.
 */
export type Repair = 'none' | 'send-again' | 'correct-amount' | 'read-again' | 'record';

interface Told {
  readonly orderId: string;
  /** The difference as a sentence. */
  readonly words: string;
  /** What to do about it. */
  readonly advice: string;
  readonly repair: Repair;
  /** Always `false` unless `repair: 'apply'` was asked for. */
  readonly repaired: boolean;
  /** Why a repair that was asked for was not made. */
  readonly repairProblem: string | null;
}

interface Differing<Kind extends string> {
  readonly kind: Kind;
  readonly ledger: LedgerSide;
  readonly vendor: VendorSide;
}

/** One difference, by kind. */
export type Difference = Told &
  (
    | { readonly kind: 'missing-at-vendor'; readonly ledger: LedgerSide; readonly vendor: null }
    | { readonly kind: 'unknown-to-ledger'; readonly ledger: null; readonly vendor: VendorSide }
    | {
        readonly kind: 'amount';
        readonly ledger: LedgerSide;
        readonly vendor: VendorSide;
        /** What the action should be worth in its own currency: exact in the sale's, else by the implied rate. */
        readonly expected: string;
      }
    | Differing<'currency'>
    | Differing<'partner'>
    | Differing<'state'>
    | Differing<'date'>
    | {
        readonly kind: 'duplicate';
        readonly ledger: LedgerSide;
        /** The one that counts. */
        readonly vendor: VendorSide;
        /** The others that are not reversed. */
        readonly others: readonly VendorSide[];
      }
    | {
        readonly kind: 'claim';
        readonly ledger: LedgerSide;
        readonly vendor: VendorSide | null;
        readonly correctionKey: string;
        /** As `ClaimService` lists it. */
        readonly claim: unknown;
      }
    | {
        readonly kind: 'locks-soon';
        readonly ledger: LedgerSide;
        readonly vendor: VendorSide;
        readonly locksAt: Date;
        readonly because: 'correction-open' | 'unfulfilled';
      }
    | {
        readonly kind: 'never-recorded';
        readonly ledger: null;
        readonly vendor: VendorSide | null;
        readonly shop: ShopSide;
      }
    | {
        readonly kind: 'amount-differs-from-shop';
        readonly ledger: LedgerSide;
        readonly vendor: VendorSide | null;
        readonly shop: ShopSide;
      }
  );

/** Distributes over the kinds. */
type Untold<T> = T extends Difference ? Omit<T, Exclude<keyof Told, 'repair'>> : never;

/** A difference before it is put into words. @internal */
export type Finding = Untold<Difference>;
