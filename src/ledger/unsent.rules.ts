import {
  foldCorrections,
  type KeptCorrection,
  keptCorrection,
  type SoldSale,
  soldSale,
} from '../wire/index.js';
import type { ConversionRow } from './conversion.row.js';
import type { StoredCorrection } from './correction.row.js';
import type { ConversionState } from './states.rules.js';
import { TEST_ACTION_KEY } from './test-action.js';

/** States of a sale that nobody has sent, and that may be taken back without a call. */
const UNSENT: ReadonlySet<ConversionState> = new Set(['RECORDED', 'DRY_RUN', 'UNDELIVERABLE']);
export const isUnsentState = (state: ConversionState): boolean => UNSENT.has(state);

/** What a sale was reported with; null for one that cannot be sent, of which only that is kept which was understood. */
export function soldOf(sale: Pick<ConversionRow, 'request' | 'currency' | 'amountMinor'>): SoldSale | null {
  if (sale.request[0]?.[0] === 'understood') return null;
  return soldSale(sale.request, sale.currency, sale.amountMinor);
}

/** Whether corrections leave nothing of a sale that was not sent. A test order is sent all the same: it is the whole way there and back. */
export function nothingIsLeft(
  sale: Pick<ConversionRow, 'request' | 'currency' | 'amountMinor'>,
  corrections: readonly StoredCorrection[],
): boolean {
  const counted = corrections.filter(({ state }) => state !== 'refused');
  const last = counted.at(-1);
  if (last === undefined || counted.some(({ key }) => key === TEST_ACTION_KEY)) return false;
  const sold = soldOf(sale);
  if (sold === null) return last.kind === 'reverse';
  const kept: KeptCorrection[] = counted.map((one) => keptCorrection(one));
  return foldCorrections(sold, kept).at(-1)!.worth.gone;
}

/**
 * What its action has to show of a sale by now, in minor units: what everything up to the last confirmed
 * correction leaves, whether a call was needed for it or not.
 */
export function confirmedWorth(
  sale: Pick<ConversionRow, 'request' | 'currency' | 'amountMinor'>,
  corrections: readonly StoredCorrection[],
): bigint {
  const counted = corrections.filter(({ state }) => state !== 'refused');
  const last = counted.findLastIndex(({ state }) => state === 'confirmed');
  if (last < 0) return sale.amountMinor;
  const sold = soldOf(sale);
  if (sold === null) return counted[last]!.kind === 'reverse' ? 0n : sale.amountMinor;
  return foldCorrections(
    sold,
    counted.slice(0, last + 1).map((one) => keptCorrection(one)),
  ).at(-1)!.worth.amount;
}
