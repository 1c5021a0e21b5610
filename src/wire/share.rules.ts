/** `dividend` ÷ `divisor`, rounded to a whole number, halves to the even one. The divisor is above zero. */
export function divided(dividend: bigint, divisor: bigint): bigint {
  if (dividend < 0n) return -divided(-dividend, divisor);
  const whole = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice < divisor) return whole;
  return twice > divisor || whole % 2n === 1n ? whole + 1n : whole;
}

/**
 * `total` in parts that stand to each other as the weights do, and add up to it: what rounding down leaves goes
 * to the parts that lost most by it. Equal parts when no weight is above zero.
 */
export function shared(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  const counted = weights.map((weight) => (weight > 0n ? weight : 0n));
  const whole = counted.reduce((sum, weight) => sum + weight, 0n);
  const [shares, sum] = whole === 0n ? [counted.map(() => 1n), BigInt(counted.length)] : [counted, whole];
  const parts = shares.map((share) => (total * share) / sum);
  const left = Number(total - parts.reduce((added, part) => added + part, 0n));
  const byLoss = shares
    .map((share, index) => ({ index, lost: (total * share) % sum }))
    .toSorted((a, b) => (a.lost === b.lost ? a.index - b.index : a.lost > b.lost ? -1 : 1));
  for (const { index } of byLoss.slice(0, left)) parts[index]! += 1n;
  return parts;
}
