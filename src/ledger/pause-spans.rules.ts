/** A time during which calls were paused: from and until, in epoch milliseconds. */
export type PauseSpan = readonly [since: number, until: number];

/** A year of hourly limits that are hit every day; the oldest are let go first. */
const MOST_SPANS = 1000;

/** Adds a span, and makes one of those that touch. */
export function withSpan(spans: readonly PauseSpan[], span: PauseSpan): PauseSpan[] {
  return merged([...spans, span]).slice(-MOST_SPANS);
}

/** Milliseconds between two moments that lie in any of the spans: time that two of them share counts once. */
export function timePaused(spans: readonly PauseSpan[], from: number, to: number): number {
  return merged(spans).reduce(
    (sum, [since, until]) => sum + Math.max(0, Math.min(until, to) - Math.max(since, from)),
    0,
  );
}

function merged(spans: readonly PauseSpan[]): PauseSpan[] {
  const result: PauseSpan[] = [];
  for (const [since, until] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && since <= last[1]) {
      result[result.length - 1] = [last[0], Math.max(last[1], until)];
    } else {
      result.push([since, until]);
    }
  }
  return result;
}
