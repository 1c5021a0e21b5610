import { currencyDecimals } from './currency.table.js';
import type { AmountLimit } from './field.catalog.js';
import { formatMoney, readMoney } from './money.rules.js';
import type { ReadingContext } from './reading.context.js';

/** While the currency is not known, more decimals than any has are let pass: they cannot be judged. */
const LONGEST_FRACTION = 9;

/** An amount in minor units, `null` when it is not usable or the currency is not known. */
export function readAmount(
  value: unknown,
  path: string,
  context: ReadingContext,
  options: { limit?: AmountLimit; negative?: boolean } = {},
): bigint | null {
  const { currency, findings } = context;
  // Without a currency the decimals cannot be judged, the rest of the amount can.
  const decimals = currency === null ? undefined : currencyDecimals(currency);
  const reading = readMoney(value, currency ?? '', decimals ?? LONGEST_FRACTION);
  if (!reading.ok) {
    findings.refuse(path, reading.rule, reading.what, reading.fix);
    return null;
  }
  if (reading.minor < 0n && options.negative !== true) {
    findings.refuse(
      path,
      'negative',
      'must not be below zero',
      'Give what was sold here; what comes back is a refund() of its own.',
    );
    return null;
  }
  if (decimals === undefined) return null;
  remarkOnSize(reading.minor, path, context, options.limit);
  return reading.minor;
}

/** An amount as it is sent, with all decimals of the currency. */
export function readAmountText(
  value: unknown,
  path: string,
  context: ReadingContext,
  options: { limit?: AmountLimit; negative?: boolean } = {},
): string | null {
  const minor = readAmount(value, path, context, options);
  return minor === null || context.currency === null ? null : formatMoney(minor, context.currency);
}

/** What the vendor makes of a sign is not published (docs/vendor-contract.md §13): a figure for reports must not cost the sale. */
export function withoutSign(text: string | null, path: string, { findings }: ReadingContext): string | null {
  if (text === null || !text.startsWith('-')) return text;
  findings.note(path, 'left-out', 'is below zero, which impact.com may not take; it was left out.');
  return null;
}

/** The vendor's limits are narrower than real money in some currencies, so they are a setting (docs/vendor-contract.md §2). */
export function remarkOnSize(
  minor: bigint,
  path: string,
  context: ReadingContext,
  published?: AmountLimit,
): void {
  const { rules, findings, currency } = context;
  const decimals = currency === null ? 0 : (currencyDecimals(currency) ?? 0);
  const { amountLimits } = rules;
  const say = (field: string, what: string): void => {
    if (amountLimits.enforce) {
      findings.refuse(
        field,
        'beyond-vendor-limit',
        what,
        'Ask impact.com what your account takes and set recording.amountLimits.',
      );
    } else {
      findings.note(field, 'beyond-vendor-limit', `${what}; it is sent as it is.`);
    }
  };
  const size = minor < 0n ? -minor : minor;
  const whole = Math.max(
    amountLimits.digits - amountLimits.decimals,
    published === undefined ? 0 : published.digits - published.decimals,
  );
  if ((size / 10n ** BigInt(decimals)).toString().length > Math.max(whole, 1)) {
    say(path, `has more than the ${whole} digits before the dot that impact.com documents`);
  }
  const excess = decimals - Math.max(amountLimits.decimals, published?.decimals ?? 0);
  if (excess > 0 && size % 10n ** BigInt(excess) !== 0n) {
    say(
      'currency',
      `amounts in ${currency} have ${decimals} decimals, and impact.com documents ${decimals - excess}`,
    );
  }
}
