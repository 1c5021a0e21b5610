const ascending = (a, b) => a - b;

/** @param share 0 to 1, of values in any order. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).toSorted(ascending);
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

export const median = (values) => percentile(values, 0.5);

/** The middle, and the quartiles around it as the spread. */
export const summary = (values) => ({
  median: median(values),
  low: percentile(values, 0.25),
  high: percentile(values, 0.75),
  runs: values.length,
});

/** One value per round, from the values that were measured in the same round. */
export const perRound = (combine, ...series) =>
  series[0].map((_, round) => combine(...series.map((values) => values[round])));

export const ratio = (a, b) => summary(perRound((x, y) => x / y, a, b));
