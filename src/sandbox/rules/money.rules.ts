import BigNumber from 'big.js';
import type { Big } from 'big.js';

/**
 * The sandbox's own arithmetic. It deliberately shares nothing with the client side of the package: a mistake made
 * in one must not be hidden by the same mistake in the other.
 */
const Decimal = BigNumber();
Decimal.DP = 40;
const HALF_EVEN = 2;

export type { Big };

export const decimal = (value: string | number | Big): Big => new Decimal(value);

const currencies = new Set(Intl.supportedValuesOf('currency'));
const knownDecimals = new Map<string, number>();

/** Decimals of an ISO 4217 currency: JPY 0, USD 2, KWD 3. Kept: asking takes longer than all the rest of a sum. */
export function decimalsOf(currency: string): number {
  const known = knownDecimals.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  knownDecimals.set(currency, decimals);
  return decimals;
}

export const isCurrency = (code: string): boolean => currencies.has(code);

export const rounded = (value: Big, decimals: number): Big => value.round(decimals, HALF_EVEN);

export const text = (value: Big, decimals: number): string => rounded(value, decimals).toFixed(decimals);

export const sum = (values: readonly Big[]): Big =>
  values.reduce((total, value) => total.plus(value), decimal(0));

/**
 * Rounds each value half to even and gives what rounding lost or gained to the largest one, so that the parts add
 * up to `total` exactly. The vendor publishes no rule; this is the sandbox's (docs/vendor-contract.md §11.4).
 */
export function roundedParts(exact: readonly Big[], total: Big, decimals: number): Big[] {
  const parts = exact.map((value) => rounded(value, decimals));
  const remainder = total.minus(sum(parts));
  if (remainder.eq(0) || parts.length === 0) return parts;
  let largest = 0;
  for (const [index, part] of parts.entries()) {
    if (part.gt(parts[largest] ?? part)) largest = index;
  }
  return parts.map((part, index) => (index === largest ? part.plus(remainder) : part));
}

/** `total` spread over `weights` in proportion (equally when they are all zero), adding up to `total`. */
export function spread(total: Big, weights: readonly Big[], decimals: number): Big[] {
  const whole = sum(weights);
  const exact = weights.map((weight) =>
    whole.eq(0) ? total.div(weights.length) : total.times(weight).div(whole),
  );
  return roundedParts(exact, total, decimals);
}

export const percentOf = (rate: string, amount: Big): Big => amount.times(decimal(rate)).div(100);
