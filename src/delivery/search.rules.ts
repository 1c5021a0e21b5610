/** A finished reading of actions. Moments are milliseconds: of dates by epoch, of this process by its monotonic clock. */
export interface Reading {
  /** Oldest event date that was asked for; the newest is past the moment of asking. */
  readonly from: number;
  /** When it began, monotonic. */
  readonly begunAt: number;
}

/** What a search for an earlier attempt's action has to have seen. */
export interface Wanted {
  readonly from: number;
  /** When the row was claimed, monotonic: every earlier attempt had ended by then. */
  readonly claimedAt: number;
  /** How old a reading may be although the row was claimed after it began; see {@link reusableFor}. */
  readonly reusableFor: number;
}

const DAY = 86_400_000;
/** An action's event date is the sale's, but for the vendor's rounding and a replaced date (docs/vendor-contract.md §5.6). */
const MARGIN = 2 * DAY;
/** The listing goes back three years at most (docs/vendor-contract.md §5.1). */
const OLDEST = 3 * 365 * DAY;
const LONGEST_REUSE = 600_000;

/**
 * From which event date on actions have to be read, in whole days, so that sales of one day share a reading.
 * A late sale is dated by its arrival, so a reading always reaches past the present.
 */
export function searchFrom(eventAt: number, now: number): number {
  return Math.floor(Math.max(eventAt - MARGIN, now - OLDEST + DAY) / DAY) * DAY;
}

/** The newest event date that a reading asks for: clocks differ, and a sale may be dated ahead. */
export const searchTo = (now: number): number => now + MARGIN;

/**
 * How long after it began a reading still serves a row that is sent again when it shows nothing.
 *
 * An attempt that the reading came too early for is younger than the reading, so while that is younger than
 * `duplicateWindow` the vendor recognises the repetition by itself. Less the time that actions take to appear.
 * Never when the row is given up instead: then only a reading that began after the claim will do.
 */
export function reusableFor(
  row: { readonly age: number; readonly maxAge: number; readonly duplicateWindow: number },
  lookupAfter: number,
): number {
  if (row.age >= row.maxAge) return 0;
  return Math.max(0, Math.min(LONGEST_REUSE, row.duplicateWindow - lookupAfter));
}

/** Whether a reading says for this row whether an earlier attempt arrived. */
export function serves(reading: Reading, wanted: Wanted, now: number): boolean {
  if (reading.from > wanted.from) return false;
  return reading.begunAt >= wanted.claimedAt || now - reading.begunAt < wanted.reusableFor;
}
