import BigNumber from 'big.js';
import type { Big } from 'big.js';
import { currencyDecimals } from '../../wire/index.js';

const Decimal = BigNumber();
const DECIMAL = /^-?\d+(\.\d+)?$/;

export type { Big };

/** The vendor's number, which is somebody else's text; `null` when it is none. */
export const decimal = (value: string | null | undefined): Big | null =>
  value !== null && value !== undefined && DECIMAL.test(value) ? new Decimal(value) : null;

export const ZERO: Big = new Decimal(0);

/** With all decimals of the currency, and never rounded: more of them stay. */
export function shownIn(amount: Big, currency: string | null): string {
  const decimals = (currency === null ? undefined : currencyDecimals(currency)) ?? 2;
  const own = amount.toFixed().split('.')[1]?.length ?? 0;
  return amount.toFixed(Math.max(decimals, own));
}
