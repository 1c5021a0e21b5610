/** Milliseconds. */
export interface Backoff {
  /** Step of the first failure; doubles with each further one. */
  readonly base: number;
  /** Longest step. */
  readonly cap: number;
}

/** A number in [0, 1), like `Math.random`. */
export type Random = () => number;

/** Steps stop doubling here: 2^52 milliseconds is past every cap, and past it numbers lose whole ones. */
const MOST_DOUBLINGS = 52;

/**
 * Exponential back-off with full jitter: drawn evenly between 0 and the step, so that rows which failed
 * together do not come back together.
 *
 * @param failures how often it has failed, this time included; from 1.
 * @param floor milliseconds that the vendor asked to wait (`Retry-After`): never undercut, and spread over
 * one step behind it, because everybody who was told the same moment would otherwise meet there. May
 * exceed the cap: the vendor's word counts more.
 * @returns whole milliseconds.
 */
export function backoffDelay(failures: number, backoff: Backoff, random: Random, floor = 0): number {
  return Math.max(0, Math.ceil(floor)) + Math.floor(random() * backoffStep(failures, backoff));
}

/** The longest delay that the given failure can get, before any floor. */
export function backoffStep(failures: number, { base, cap }: Backoff): number {
  const doublings = Math.min(Math.max(Math.floor(failures) - 1, 0), MOST_DOUBLINGS);
  return Math.min(cap, base * 2 ** doublings);
}

/**
 * Half a step at least, a whole one at most: for what one caller does on behalf of everybody, such as a pause,
 * where chance must not turn the wait into none.
 */
export function steadyDelay(failures: number, backoff: Backoff, random: Random): number {
  const half = backoffStep(failures, backoff) / 2;
  return Math.ceil(half) + Math.floor(random() * half);
}
