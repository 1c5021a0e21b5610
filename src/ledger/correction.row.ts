import {
  date,
  dateOrNull,
  integer,
  integerOrNull,
  json,
  type Row,
  text,
  textOrNull,
} from '../database/index.js';
import type { CallForm, Parameters } from '../wire/index.js';
import type { StoredAction } from './action.rules.js';
import type { ConversionRow } from './conversion.row.js';
import type { Claim, CorrectionKind, CorrectionState } from './ledger.types.js';

/** What a correction was turned into when it was taken up: absolute. Kept as JSON. */
export interface CorrectionPlan {
  /** What the sale is to be worth, in its own currency. */
  readonly amount: string;
  readonly currency: string;
  readonly gone: boolean;
  readonly actionId: string;
  /** How the call under way puts it. */
  readonly form: CallForm;
  /** Forms that the vendor has finished before without the action showing them. */
  readonly tried: readonly CallForm[];
  /** Epoch milliseconds: the vendor has finished the call under way. */
  readonly doneAt?: number;
}

/** What is kept of a claim, as JSON. */
export interface CorrectionClaim {
  readonly reason: Claim['reason'];
  readonly why: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actionId: string;
  readonly partnerId: string | null;
  readonly currency: string | null;
  readonly shown: string | null;
  readonly wanted: string | null;
  readonly amount: string | null;
  readonly payout: string | null;
}

export interface StoredCorrection {
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  readonly kind: CorrectionKind;
  readonly target: unknown;
  readonly state: CorrectionState;
  readonly recordedAt: Date;
  /** Its place among those that were taken up; null while it waits. */
  readonly sequence: number | null;
  readonly plan: CorrectionPlan | null;
  readonly actionId: string | null;
  readonly submissionId: string | null;
  /** Epoch milliseconds. */
  readonly sentAt: number | null;
  readonly dueAt: number | null;
  readonly looks: number;
  readonly reasonCodes: readonly string[];
  readonly problems: readonly string[];
  readonly claim: CorrectionClaim | null;
  readonly settledAt: Date | null;
  readonly settledBy: { readonly by: string; readonly why: string } | null;
}

/** Everything that decides about the corrections of one sale, at one moment. */
export interface CorrectionPicture {
  /** Epoch milliseconds by the database's clock. */
  readonly now: number;
  readonly sale: ConversionRow | null;
  /** The action that counts. */
  readonly action: (StoredAction & { readonly modifications: number }) | null;
  /** In the order in which they count. */
  readonly corrections: readonly StoredCorrection[];
  /** The call that reports the sale; null when there is none. */
  readonly delivery: {
    readonly attempted: boolean;
    /** An attempt ended without telling whether it arrived. */
    readonly unknown: boolean;
    readonly cancelled: boolean;
  } | null;
}

interface MoveOf {
  readonly correction: StoredCorrection;
}

/** What is done about one correction. */
export type CorrectionMove =
  | (MoveOf & {
      readonly is: 'wait';
      /** Milliseconds. */
      readonly again: number;
      readonly plan?: CorrectionPlan;
    })
  /** It waits for nothing by itself. */
  | (MoveOf & { readonly is: 'clear' })
  | (MoveOf & {
      readonly is: 'queue';
      readonly kind: 'modification' | 'reversal';
      readonly request: Parameters;
      readonly plan: CorrectionPlan;
      readonly priority: number;
      readonly notes: readonly string[];
    })
  | (MoveOf & {
      readonly is: 'confirmed';
      readonly actionId: string;
      readonly amount: string | null;
      readonly currency: string | null;
      readonly state: StoredAction['state'];
      /** After a call; `false`: the action showed it already. */
      readonly called: boolean;
      readonly notes: readonly string[];
    })
  | (MoveOf & { readonly is: 'nothing-to-correct'; readonly why: string; readonly actionId: string | null })
  | (MoveOf & {
      readonly is: 'refused';
      readonly problems: readonly string[];
      readonly reasonCodes: readonly string[];
      readonly claim: CorrectionClaim | null;
      readonly actionId: string | null;
    });

export const storedCorrectionOf = (row: Row): StoredCorrection => ({
  id: text(row, 'id'),
  key: text(row, 'correction_key'),
  orderId: text(row, 'order_id'),
  kind: text(row, 'kind') as CorrectionKind,
  target: json(row, 'target'),
  state: text(row, 'state') as CorrectionState,
  recordedAt: date(row, 'recorded_at'),
  sequence: integerOrNull(row, 'sequence'),
  plan: jsonOrNull(row, 'absolute') as CorrectionPlan | null,
  actionId: textOrNull(row, 'action_id'),
  submissionId: textOrNull(row, 'submission_id'),
  sentAt: integerOrNull(row, 'sent_at'),
  dueAt: integerOrNull(row, 'due_at'),
  looks: integer(row, 'looks'),
  reasonCodes: (jsonOrNull(row, 'reason_codes') as string[] | null) ?? [],
  problems: (jsonOrNull(row, 'problems') as string[] | null) ?? [],
  claim: jsonOrNull(row, 'claim') as CorrectionClaim | null,
  settledAt: dateOrNull(row, 'settled_at'),
  settledBy: jsonOrNull(row, 'settled_by') as StoredCorrection['settledBy'],
});

const jsonOrNull = (row: Row, column: string): unknown =>
  textOrNull(row, column) === null ? null : json(row, column);

const NOT_TAKEN = Number.MAX_SAFE_INTEGER;

/** Those that were taken up in that order, then the others as they came. */
export function inOrder(corrections: readonly StoredCorrection[]): StoredCorrection[] {
  return corrections.toSorted(
    (a, b) =>
      (a.sequence ?? NOT_TAKEN) - (b.sequence ?? NOT_TAKEN) ||
      a.recordedAt.getTime() - b.recordedAt.getTime() ||
      (a.id < b.id ? -1 : 1),
  );
}
