import type { WalkAgenda, WalkPositions } from '../ledger/index.js';

/** A span of time, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Which readings a pass makes. */
export interface WalkPlan {
  /** By last update: credited, changed, reversed. */
  readonly updates: Span | null;
  /** It goes back to the oldest sale that is missing. */
  readonly deep: boolean;
  /** By locking date: approved and cleared, which are no updates (docs/vendor-contract.md §5.1). */
  readonly locking: Span | null;
}

export interface WalkTimes {
  readonly sweepInterval: number;
  readonly rereadFor: number;
}

const DAY = 86_400_000;
const SECOND = 1000;
/** The listing goes back three years at most (docs/vendor-contract.md §5.1). */
const OLDEST = 3 * 365 * DAY - DAY;
/** Credited sales are looked at for changes once in so many sweep intervals. */
const WATCH = 12;

/** When a credited sale makes somebody read the updates, though no sale of its own is due. */
export const watchAt = ({ walkedAt }: WalkPositions, { sweepInterval }: WalkTimes): number =>
  (walkedAt ?? 0) + WATCH * sweepInterval;

/**
 * The readings that settle what is due.
 *
 * - Updates are read from where the last reading ended, less `rereadFor` because actions appear late; never
 *   from before the oldest unsettled sale, however long nobody has looked.
 * - A sale that is missing may have an action that appeared later than that: once a day the reading goes back to it.
 */
export function planWalks(
  agenda: WalkAgenda,
  positions: WalkPositions,
  { at, watched }: { readonly at: number; readonly watched: boolean },
  times: WalkTimes,
): WalkPlan {
  const isWatch = watched && watchAt(positions, times) <= at;
  const wanted = agenda.sent > 0 || agenda.settled > 0 || agenda.corrections > 0 || isWatch;
  const deep = agenda.missingSince !== null && at - (positions.deepAt ?? 0) >= DAY - times.sweepInterval;
  const known = Math.min(positions.updatesUntil ?? (agenda.unsettledSince === null ? at : 0), at);
  const begin = Math.max(known, Math.min(agenda.unsettledSince ?? known, at));
  const from = deep ? Math.min(begin, agenda.missingSince) : begin;
  return {
    updates: wanted ? { from: oldest(from - times.rereadFor, at), to: at } : null,
    deep: wanted && deep,
    locking:
      agenda.lockedFrom === null || agenda.lockedTo === null
        ? null
        : { from: oldest(agenda.lockedFrom - SECOND, at), to: agenda.lockedTo + SECOND },
  };
}

const oldest = (from: number, at: number): number => Math.max(from, at - OLDEST);
