import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImpactError } from '../errors/index.js';
import { CURRENCIES } from './currency.table.js';
import { formatMoney, parseMoney, readMoney } from './money.rules.js';
import { InvalidMoneyError } from './wire.errors.js';

const anyCurrency = fc.constantFrom(...CURRENCIES);
const anyMinor = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });

const errorOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('parseMoney', () => {
  it.each([
    ['19.99', 'EUR', 1999n],
    [19.99, 'EUR', 1999n],
    ['19.9', 'EUR', 1990n],
    [10, 'EUR', 1000n],
    ['10', 'EUR', 1000n],
    ['0.00', 'EUR', 0n],
    [-0, 'EUR', 0n],
    ['-5.25', 'EUR', -525n],
    ['007.50', 'EUR', 750n],
    ['1200', 'JPY', 1200n],
    [1.005, 'KWD', 1005n],
    ['1.0005', 'CLF', 10005n],
    ['9999999999999999.99', 'EUR', 999999999999999999n],
    [9999999999999.99, 'EUR', 999999999999999n],
  ])('reads %j %s exactly', (value, currency, minor) => {
    expect(parseMoney(value, currency)).toBe(minor);
  });

  it.each<[value: unknown, currency: string, says: RegExp]>([
    [0.1 + 0.2, 'EUR', /EUR has 2 decimals; got "0\.30000000000000004"/],
    ['1.005', 'EUR', /never rounds/],
    ['10.000', 'EUR', /EUR has 2 decimals/],
    ['10.5', 'JPY', /JPY has 0 decimals/],
    ['1,99', 'EUR', /dot before the decimals; got "1,99"/],
    ['1.000,00', 'EUR', /thousands separators/],
    ['€ 5', 'EUR', /got a text of 3 characters/],
    ['1e3', 'EUR', /no exponent/],
    [1e21, 'EUR', /got "1e\+21"/],
    [Number.NaN, 'EUR', /got "NaN"/],
    [Infinity, 'EUR', /digits with a dot/],
    ['', 'EUR', /got a text of 0 characters/],
    ['.5', 'EUR', /digits with a dot/],
    ['5.', 'EUR', /digits with a dot/],
    ['+5', 'EUR', /digits with a dot/],
    ['٣', 'EUR', /digits with a dot/],
    [null, 'EUR', /must be an amount; got nothing/],
    [undefined, 'EUR', /got nothing/],
    [5n, 'EUR', /got a bigint/],
    [{ valueOf: () => 5 }, 'EUR', /got an object/],
    [90071992547409.91, 'EUR', /too large for a number to be exact/],
    ['12345678901234567.89', 'EUR', /more than 18 digits/],
    ['5', 'EURO', /no ISO 4217 currency/],
  ])('refuses %p %s', (value, currency, says) => {
    const parse = (): bigint => parseMoney(value as string, currency, 'items[0].subtotal');
    expect(parse).toThrow(InvalidMoneyError);
    expect(parse).toThrow(says);
    expect(parse).toThrow(/^items\[0\]\.subtotal: /);
  });

  it('does not repeat a text that is no attempt at a number', () => {
    expect(() => parseMoney('eve@example.com', 'EUR')).toThrow(/got a text of 15 characters/);
  });
});

describe('formatMoney', () => {
  it.each([
    [1990n, 'EUR', '19.90'],
    [5n, 'EUR', '0.05'],
    [-5n, 'EUR', '-0.05'],
    [0n, 'EUR', '0.00'],
    [1200n, 'JPY', '1200'],
    [1n, 'KWD', '0.001'],
    [10005n, 'CLF', '1.0005'],
  ])('writes %s %s as %s', (minor, currency, text) => {
    expect(formatMoney(minor, currency)).toBe(text);
  });
});

describe('money as a whole', () => {
  it('survives being written and read, in every currency', () => {
    fc.assert(
      fc.property(anyMinor, anyCurrency, (minor, currency) => {
        expect(parseMoney(formatMoney(minor, currency), currency)).toBe(minor);
      }),
    );
  });

  it('adds up exactly: the sum of what was read is what was read of the sum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { maxLength: 50 }),
        anyCurrency,
        (parts, currency) => {
          const total = parts.reduce((sum, part) => sum + part, 0n);
          const read = parts.map((part) => parseMoney(formatMoney(part, currency), currency));
          expect(read.reduce((sum, part) => sum + part, 0n)).toBe(total);
        },
      ),
    );
  });

  it('takes every number that was written with the decimals of the currency', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (cents) => {
        const written = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
        expect(parseMoney(Number(written), 'EUR')).toBe(BigInt(cents));
      }),
    );
  });

  it('never takes a number whose shortest form has other digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const reading = readMoney(value, 'EUR', 2);
        expect(!reading.ok || Number(formatMoney(reading.minor, 'EUR')) === value).toBe(true);
      }),
    );
  });

  it('throws nothing but our own error, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.oneof(anyCurrency, fc.string()), (value, currency) => {
        const parse = (): unknown => parseMoney(value as string, currency);
        expect(errorOf(parse) ?? new InvalidMoneyError('', '')).toBeInstanceOf(ImpactError);
      }),
    );
  });
});
