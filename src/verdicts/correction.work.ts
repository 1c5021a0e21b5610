import type { RateState } from '../api/index.js';

/** What a pass lends to whoever makes calls within it. */
export interface CorrectionTurn {
  /** Asked before each call: takes it out of the account's budget; `false` ends the work of this turn. */
  mayCall(): Promise<boolean>;
  /** Told what an answer says about the rate. */
  answered(rate: RateState): Promise<void>;
  /** Whether the process is about to end. */
  isStopping(): boolean;
}

/** What work on corrections came to. */
export interface CorrectionSummary {
  /** Corrections that were looked at. */
  readonly looked: number;
}

/**
 * Moves corrections on whose time has come, once the actions are known that they wait for.
 *
 * One process at a time does that, as part of its pass over the verdicts.
 */
export interface CorrectionWork {
  /** @throws ImpactApiError of a call that says something about the account: the pass pauses it. */
  work(turn: CorrectionTurn): Promise<CorrectionSummary>;
}

/** Injection token of {@link CorrectionWork}. */
export const CORRECTION_WORK = Symbol.for('nestjs-impact:correction-work');
