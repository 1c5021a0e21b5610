import type { GateScope, Pause, Probe } from './account.gate.js';
import type { WireParameter } from './ledger.types.js';

/** A call that this process may make until its lease runs out. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Fences the outcome: whoever holds another token is too late. */
  readonly token: string;
  readonly conversion: string;
  readonly wireOrderId: string;
  readonly kind: 'sale' | 'correction';
  readonly request: readonly WireParameter[];
  /** Attempts begun before this claim. */
  readonly attempts: number;
  /** Milliseconds since it was recorded, without the time spent behind a pause. */
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

export interface ClaimResult {
  readonly claimed: ClaimedDelivery[];
  readonly pauses: Pause[];
}
