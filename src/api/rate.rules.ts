/** What the rate headers of one answer said. */
export interface RateState {
  /** Calls per window. */
  readonly limit: number | null;
  /** Calls left in this window. */
  readonly remaining: number | null;
  /** When the window ends, by this process's clock. */
  readonly resetAt: Date | null;
  /** Milliseconds until the window ends, counted from the answer; free of clocks. At most {@link LONGEST_WAIT}. */
  readonly resetIn: number | null;
  /** Milliseconds that the vendor asked to wait. At most {@link LONGEST_WAIT}. */
  readonly retryAfter: number | null;
}

export type AnswerHeaders = Readonly<Record<string, unknown>>;

/**
 * The longest wait that a header can impose, in milliseconds: one hour, the vendor's documented window
 * (docs/vendor-contract.md §7.1). One malformed header must not silence an account for a year; asking
 * again once an hour costs nothing.
 */
export const LONGEST_WAIT = 3_600_000;

/** The state of an answer without rate headers, and of no answer at all. */
export const NO_RATE: RateState = Object.freeze({
  limit: null,
  remaining: null,
  resetAt: null,
  resetIn: null,
  retryAfter: null,
});

const LIMIT = ['x-ratelimit-limit', 'x-ratelimit-limit-hour', 'ratelimit-limit'];
const REMAINING = ['x-ratelimit-remaining', 'x-ratelimit-remaining-hour', 'ratelimit-remaining'];
const RESET = ['x-ratelimit-reset', 'x-ratelimit-reset-hour', 'ratelimit-reset'];

/** Below it a reset is seconds left, above it an epoch: the vendor publishes both (docs/vendor-contract.md §12). */
const SMALLEST_EPOCH_SECOND = 1e8;
const SMALLEST_EPOCH_MILLISECOND = 1e11;

/**
 * Reads every published spelling of the rate headers (docs/vendor-contract.md §7.1).
 *
 * Moments are compared with the answer's own `Date`, so a wrong clock on either side cancels out. A
 * moment that has passed means now; what cannot be read is `null`; what is too far is cut.
 *
 * @param headers names in lower case, as Node gives them.
 * @param now this process's time when the answer came.
 */
export function readRate(headers: AnswerHeaders, now: Date): RateState {
  const vendorNow = dateOf(headers['date']) ?? now.getTime();
  const resetIn = firstOf(headers, RESET, (text) => waitOf(text, vendorNow));
  return {
    limit: firstOf(headers, LIMIT, countOf),
    remaining: firstOf(headers, REMAINING, countOf),
    resetAt: resetIn === null ? null : new Date(now.getTime() + resetIn),
    resetIn,
    retryAfter: retryAfterOf(headers['retry-after'], vendorNow),
  };
}

function firstOf<T>(
  headers: AnswerHeaders,
  names: readonly string[],
  read: (text: string) => T | null,
): T | null {
  for (const name of names) {
    const text = textOf(headers[name]);
    const value = text === null ? null : read(text);
    if (value !== null) return value;
  }
  return null;
}

/** Repeated headers arrive joined by commas, and `RateLimit-Limit` may carry its policy behind one: the first counts. */
function textOf(header: unknown): string | null {
  const value: unknown = Array.isArray(header) ? header[0] : header;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  return value.split(/[,;]/, 1)[0]?.trim() ?? null;
}

function countOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function waitOf(text: string, vendorNow: number): number | null {
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) return null;
  const value = Number(text);
  if (value < SMALLEST_EPOCH_SECOND) return bounded(value * 1000);
  return bounded((value < SMALLEST_EPOCH_MILLISECOND ? value * 1000 : value) - vendorNow);
}

function retryAfterOf(header: unknown, vendorNow: number): number | null {
  const text = textOf(header);
  if (text !== null && /^\d/.test(text)) return waitOf(text, vendorNow);
  const at = dateOf(header);
  return at === null ? null : bounded(at - vendorNow);
}

/**
 * How long a refusal asks to wait, or `null` when it does not say. `Retry-After` counts more than the reset,
 * unless it names a moment that has passed.
 */
export function askedWait({ retryAfter, resetIn }: Pick<RateState, 'retryAfter' | 'resetIn'>): number | null {
  return retryAfter === 0 ? (resetIn ?? 0) : (retryAfter ?? resetIn);
}

/** How long an answer that was no refusal asks everybody to wait because it was the window's last; `null` when it was not. */
export function exhaustedFor({
  remaining,
  resetIn,
}: Pick<RateState, 'remaining' | 'resetIn'>): number | null {
  return remaining === 0 && resetIn !== null && resetIn > 0 ? resetIn : null;
}

/** HTTP dates only: `Date.parse` would also read `-5` and `1` as years. */
function dateOf(header: unknown): number | null {
  const value: unknown = Array.isArray(header) ? header[0] : header;
  if (typeof value !== 'string' || !/^[A-Z][a-z]{2,8},? /.test(value)) return null;
  // The oldest of the three forms, `Sun Nov  6 08:49:37 1994`, names no zone; it means UTC, not this machine's.
  const at = Date.parse(/ \d{4}$/.test(value) ? `${value} GMT` : value);
  return Number.isNaN(at) ? null : at;
}

function bounded(wait: number): number {
  return Math.ceil(Math.min(Math.max(wait, 0), LONGEST_WAIT));
}
