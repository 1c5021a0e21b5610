import type { GateScope, Pause, Probe } from './account.gate.js';
import type { WireParameter } from './ledger.types.js';

/** In the order in which they go out: sales with a click or code, corrections, all other sales. */
export const PRIORITIES = [0, 1, 2] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A place in the queue of one priority, in the order of its index. */
export interface Position {
  /** Epoch milliseconds. */
  readonly dueAt: number;
  readonly id: string;
}

/** Before every row. */
export const BEGINNING: Position = { dueAt: 0, id: '' };

/** Which rows a claim wants. */
export interface Wish {
  readonly priority: Priority;
  /** Rows behind this place only. */
  readonly after: Position;
  /** Most rows. */
  readonly limit: number;
  /** Milliseconds. */
  readonly lease: number;
  /** Milliseconds. Rows that seem older are told how long they were paused. */
  readonly maxAge: number;
}

/** What is called: a sale is reported, its action is changed, or reversed. */
export type DeliveryKind = 'sale' | 'modification' | 'reversal';

/** A call that this process may make until its lease runs out. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Fences the outcome: whoever holds another token is too late. */
  readonly token: string;
  readonly conversion: string;
  readonly wireOrderId: string;
  readonly kind: DeliveryKind;
  readonly request: readonly WireParameter[];
  /** Attempts begun before this claim. */
  readonly attempts: number;
  /** Milliseconds since it was recorded; of those past `maxAge` without the time spent behind a pause. */
  readonly age: number;
  /** Milliseconds since the first attempt that may have arrived without an answer; null when there is none. */
  readonly unknownFor: number | null;
  readonly eventAt: Date;
  /** The pauses that this call probes; empty when the gate was open. */
  readonly probes: readonly Probe[];
}

/** A pause that an attempt asks for, for every process. */
export interface WantedPause {
  readonly scope: GateScope;
  /** Milliseconds. */
  readonly for: number;
  readonly reason: string;
}

interface Finished {
  /** What a search for an earlier attempt's action said, when there was one. */
  readonly searched?: string;
  readonly pause?: WantedPause | null;
  /** Kinds of calls that an answer has proven possible: their gate may open. `null`: no call was made. */
  readonly reached: readonly GateScope[] | null;
}

/** What became of a claimed call. */
export type DeliveryOutcome =
  | (Finished & {
      readonly is: 'sent';
      readonly submissionId: string | null;
      readonly actionId: string | null;
    })
  /** An earlier attempt had arrived: its action exists. */
  | (Finished & { readonly is: 'found'; readonly actionId: string })
  | (Finished & {
      readonly is: 'retry';
      /** Milliseconds. */
      readonly after: number;
      /** The attempt may have arrived. */
      readonly unknown: boolean;
      readonly reason: string;
    })
  | (Finished & { readonly is: 'parked'; readonly reason: string; readonly problems: readonly string[] });

/** The row goes back as if it had never been claimed, and is due again after so many milliseconds. */
export interface Release {
  readonly is: 'released';
  readonly after: number;
  readonly reached: null;
}

export const RELEASED: Release = { is: 'released', after: 0, reached: null };

export interface FinishedDelivery {
  readonly delivery: ClaimedDelivery;
  readonly outcome: DeliveryOutcome | Release;
}

/** What a look at the queue says, without claiming anything. */
export interface QueueState {
  /** Milliseconds until the first row of each priority behind the given place is due, 0 or less when it is; null when there is none. */
  readonly dueIn: Readonly<Record<Priority, number | null>>;
  /** Epoch milliseconds by the database's clock. */
  readonly now: number;
  /** The pauses that stand, those included that have run out and wait for a probe. */
  readonly pauses: readonly Pause[];
}

export interface ClaimResult {
  readonly claimed: readonly ClaimedDelivery[];
  /** The last place that was claimed; null when nothing was. */
  readonly last: Position | null;
}
