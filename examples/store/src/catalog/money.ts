/** Currencies that the shop sells in. */
export type Currency = 'USD' | 'JPY';

const DECIMALS: Record<Currency, number> = { USD: 2, JPY: 0 };

/** Minor units as a plain decimal: 1850 US cents are `"18.50"`, 6800 yen are `"6800"`. */
export function toDecimal(minor: number, currency: Currency): string {
  const decimals = DECIMALS[currency];
  if (decimals === 0) return String(minor);
  const digits = String(minor).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const FORMATS: Record<Currency, Intl.NumberFormat> = {
  USD: new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }),
  JPY: new Intl.NumberFormat('en-US', { style: 'currency', currency: 'JPY' }),
};

/** Minor units for people: `$18.50`, `¥6,800`. */
export const formatPrice = (minor: number, currency: Currency): string =>
  FORMATS[currency].format(minor / 10 ** DECIMALS[currency]);
