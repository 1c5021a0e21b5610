import type { ActionFacts } from './ledger.types.js';

/** How far the readings of actions have come. Times are epoch milliseconds by the database's clock. */
export interface WalkPositions {
  /** Everything that was updated until then has been read. */
  readonly updatesUntil?: number;
  /** When the last complete reading of updates began. */
  readonly walkedAt?: number;
  /** When a reading last went back to the oldest sale that is missing. */
  readonly deepAt?: number;
}

/** What there is to do: all that an idle process asks. */
export interface WalkOutlook {
  readonly now: number;
  /** When the first sale is to be looked at; null when none is unsettled. */
  readonly dueAt: number | null;
  /** When the first correction is; null when none waits. */
  readonly correctionDueAt: number | null;
  /** A sale is credited whose action may still change. */
  readonly watched: boolean;
  readonly positions: WalkPositions;
}

/** What is due, counted. */
export interface WalkAgenda {
  /** Sales that were sent and are not decided. */
  readonly sent: number;
  /** Sales with an action that is to be looked at. */
  readonly settled: number;
  /** Oldest and newest locking date of those whose locking date is past. */
  readonly lockedFrom: number | null;
  readonly lockedTo: number | null;
  /** When the oldest sale was recorded that nothing is known of although somebody should be credited. */
  readonly missingSince: number | null;
  /** Since when something is unsettled; null when nothing is, or when it was not asked for. */
  readonly unsettledSince: number | null;
  /** Corrections that were sent and are not yet to be seen. */
  readonly corrections: number;
}

/** The right to walk over the actions of an account, until it runs out. */
export interface WalkLease {
  readonly token: string;
  /** By the database's clock, when it was taken. */
  readonly at: number;
}

/** A sale with an action that is to be looked at again. */
export interface DueAction {
  readonly id: string;
  readonly state: ActionFacts['state'];
  readonly actionId: string | null;
  readonly lockingAt: number | null;
  readonly looks: number;
  readonly dueAt: number;
}
