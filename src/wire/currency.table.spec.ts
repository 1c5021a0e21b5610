import { describe, expect, it } from '@jest/globals';
import { CURRENCIES, currencyDecimals } from './currency.table.js';

/** Currencies for which CLDR (behind Intl) follows daily use instead of ISO 4217, which the vendor names. */
const CLDR_DEVIATES = new Set(
  'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SLL SOS SYP YER'.split(' '),
);
/** In Intl, but with no minor unit by ISO 4217. */
const NOT_PAYABLE = new Set(['XDR', 'XSU', 'XUA', 'XXX', 'XTS', 'XAU', 'XAG', 'XPT', 'XPD']);

const decimalsByIntl = (currency: string): number | undefined =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;

const listedByIntl = Intl.supportedValuesOf('currency').filter((code) => !NOT_PAYABLE.has(code));

describe('the table of currencies', () => {
  it('knows every payable currency that Intl knows', () => {
    expect(listedByIntl.filter((code) => currencyDecimals(code) === undefined)).toEqual([]);
  });

  it('agrees with Intl on decimals, except where CLDR is known to deviate from ISO 4217', () => {
    const differing = listedByIntl.filter((code) => decimalsByIntl(code) !== currencyDecimals(code));
    expect(differing.filter((code) => !CLDR_DEVIATES.has(code))).toEqual([]);
  });

  it.each([
    ['JPY', 0],
    ['CLP', 0],
    ['UGX', 0],
    ['EUR', 2],
    ['MGA', 2],
    ['HUF', 2],
    ['XCG', 2],
    ['KWD', 3],
    ['IQD', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('gives %s %i decimals', (code, decimals) => {
    expect(currencyDecimals(code)).toBe(decimals);
  });

  it.each(['XXX', 'XAU', 'eur', 'EURO', '', 'constructor', '__proto__'])('does not know %j', (code) => {
    expect(currencyDecimals(code)).toBeUndefined();
  });

  it('lists each code once', () => {
    expect(new Set(CURRENCIES).size).toBe(CURRENCIES.length);
    expect(CURRENCIES.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  });
});
