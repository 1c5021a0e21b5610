import { currencyDecimals } from './currency.table.js';
import type { Money } from './conversion.input.js';
import { describeValue, type InputRule } from './sale.findings.js';
import { InvalidMoneyError } from './wire.errors.js';

/** Amounts are kept in 64-bit columns; 18 digits are always inside. */
const MOST_DIGITS = 18;
/** Up to here every decimal survives being a double; beyond, 90071992547409.91 is silently …409.9. */
const DIGITS_OF_A_NUMBER = 15;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Of a text that is no amount, only one that looks like an attempt at a number is repeated in a message. */
const LOOKS_NUMERIC = /^[\d.,+\-eE' ]{1,32}$/;

/** A reading of an amount: minor units, or what is wrong with it. */
export type MoneyReading =
  | { readonly ok: true; readonly minor: bigint }
  | { readonly ok: false; readonly rule: InputRule; readonly what: string; readonly fix: string };

const shown = (value: unknown): string =>
  typeof value === 'number' || (typeof value === 'string' && LOOKS_NUMERIC.test(value))
    ? JSON.stringify(String(value))
    : describeValue(value);

const refused = (rule: InputRule, what: string, fix: string): MoneyReading => ({
  ok: false,
  rule,
  what,
  fix,
});

/**
 * Reads an amount of a currency with the given number of decimals, without a float on the way: a number
 * is taken by its shortest decimal form, which is what its author wrote.
 */
export function readMoney(value: unknown, currency: string, decimals: number): MoneyReading {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return refused(
      'wrong-type',
      `must be an amount; got ${describeValue(value)}`,
      'Give a decimal string such as "19.99".',
    );
  }
  const match = DECIMAL.exec(String(value));
  if (match === null) {
    return refused(
      'bad-money',
      `must be digits with a dot before the decimals; got ${shown(value)}`,
      'Give a decimal string such as "1234.50": no thousands separators, no currency sign, no exponent.',
    );
  }
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length > decimals) {
    return refused(
      'too-many-decimals',
      `${currency} has ${decimals} decimals; got ${shown(value)}`,
      'Round it where the price is made and give a decimal string; this package never rounds money.',
    );
  }
  const digits = (whole + fraction.padEnd(decimals, '0')).replace(/^0+(?=\d)/, '');
  if (digits.length > MOST_DIGITS) {
    return refused('too-large', `has more than ${MOST_DIGITS} digits`, 'Check the amount and its currency.');
  }
  const minor = BigInt(digits);
  if (typeof value === 'number' && digits.length > DIGITS_OF_A_NUMBER) {
    return refused(
      'bad-money',
      `is too large for a number to be exact; got ${shown(value)}`,
      'Give it as a decimal string.',
    );
  }
  return { ok: true, minor: sign === '-' ? -minor : minor };
}

/**
 * An amount in minor units: `parseMoney("19.99", "EUR")` is `1999n`.
 *
 * @throws InvalidMoneyError for an unknown currency, more decimals than the currency has, or no amount at all.
 */
export function parseMoney(value: Money, currency: string, field = 'amount'): bigint {
  const reading = readMoney(value, currency, decimalsOf(currency, field));
  if (!reading.ok) throw new InvalidMoneyError(field, `${reading.what}. ${reading.fix}`);
  return reading.minor;
}

/**
 * Minor units as a decimal string with all of the currency's decimals: `formatMoney(1990n, "EUR")` is `"19.90"`.
 *
 * @throws InvalidMoneyError for an unknown currency.
 */
export function formatMoney(minor: bigint, currency: string): string {
  const decimals = decimalsOf(currency, 'currency');
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const sign = minor < 0n ? '-' : '';
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function decimalsOf(currency: string, field: string): number {
  const decimals = currencyDecimals(currency);
  if (decimals === undefined) {
    throw new InvalidMoneyError(field, 'is in no ISO 4217 currency. Give a code such as "EUR", in capitals.');
  }
  return decimals;
}
