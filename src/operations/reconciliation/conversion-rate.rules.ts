import { currencyDecimals } from '../../wire/index.js';
import type { ConvertedPair, SaleFacts } from './comparison.rules.js';

export type RateVerdict =
  | { readonly is: 'converted' }
  /** The amount is another one, whatever the rate was. */
  | {
      readonly is: 'different';
      /** In the action's currency, by the rate of the others. */
      readonly expected: string;
    }
  /** Nothing to compare it with. */
  | { readonly is: 'not-judged' };

/** With fewer pairs the median could itself be the amount that is wrong. */
export const FEWEST_PAIRS = 3;

/**
 * Judges amounts that the vendor has converted by the rate that each implies: the median over all sales of the
 * same two currencies is right as long as most amounts are.
 *
 * @param tolerance share by which a rate may move within the window.
 */
export function judgeRates(pairs: readonly ConvertedPair[], tolerance: number): RateVerdict[] {
  const rates = pairs.map(rateOf);
  const groups = new Map<string, number[]>();
  for (const [index, pair] of pairs.entries()) {
    const rate = rates[index]!;
    if (rate === null) continue;
    const group = groups.get(directionOf(pair));
    if (group === undefined) groups.set(directionOf(pair), [rate]);
    else group.push(rate);
  }
  const medians = new Map([...groups].map(([direction, group]) => [direction, medianOf(group)]));
  return pairs.map((pair, index) =>
    verdictOf(pair, rates[index]!, medians.get(directionOf(pair)), tolerance),
  );
}

function verdictOf(
  { sale, action }: ConvertedPair,
  rate: number | null,
  median: number | null | undefined,
  tolerance: number,
): RateVerdict {
  const got = Number(action.amount);
  if (rate === null) return got === 0 ? { is: 'converted' } : { is: 'different', expected: '0' };
  if (median === undefined || median === null) return { is: 'not-judged' };
  const decimals = currencyDecimals(action.currency ?? '') ?? 2;
  const expected = median * unitsOf(sale);
  // One minor unit is the vendor's rounding: of a small amount that is many percent.
  const within = Math.max(expected * tolerance, 10 ** -decimals * 1.0001);
  return Math.abs(got - expected) <= within
    ? { is: 'converted' }
    : { is: 'different', expected: expected.toFixed(decimals) };
}

const directionOf = ({ sale, action }: ConvertedPair): string => `${sale.currency}>${action.currency}`;

/** `null` where the sale is worth nothing: any rate would do. */
function rateOf({ sale, action }: ConvertedPair): number | null {
  return sale.expectedMinor === 0n ? null : Number(action.amount) / unitsOf(sale);
}

/** Good enough to compare within percents; nothing is stored or sent of it. */
const unitsOf = ({ expectedMinor, currency }: SaleFacts): number =>
  Number(expectedMinor) / 10 ** (currencyDecimals(currency) ?? 2);

function medianOf(rates: readonly number[]): number | null {
  if (rates.length < FEWEST_PAIRS) return null;
  const sorted = Float64Array.from(rates).toSorted();
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
