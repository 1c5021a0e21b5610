import { createHash } from 'node:crypto';
import type { CorrectionEntry, CorrectionKind, SaleKey, Stamp } from '../ledger/index.js';
import {
  InvalidConversionError,
  prepareChange,
  prepareRefund,
  prepareReversal,
  type SaleRules,
} from '../wire/index.js';

/**
 * Checks a correction as far as that is possible now: without its sale, amounts are checked for their shape.
 *
 * @throws InvalidConversionError naming every field that is wrong.
 */
export function correctionEntry(
  sale: SaleKey & Stamp,
  kind: CorrectionKind,
  input: unknown,
  currency: string | null,
  rules: SaleRules,
): CorrectionEntry {
  const prepared =
    kind === 'modify'
      ? prepareChange(input, currency, rules)
      : kind === 'refund'
        ? prepareRefund(input, currency, rules)
        : prepareReversal(input, rules);
  if (!prepared.ok) throw new InvalidConversionError(prepared.problems);
  const { key, ...target } = prepared.correction;
  return { ...sale, key, kind, target, fingerprint: fingerprintOf(kind, target) };
}

/** `10` and `10.00` are one amount: before its sale is known, a correction's decimals are as they came. */
function fingerprintOf(kind: CorrectionKind, target: object): string {
  const canonical = JSON.stringify([kind, target], (name, value: unknown) =>
    name === 'amount' && typeof value === 'string' && value.includes('.')
      ? value.replace(/\.?0+$/, '')
      : value,
  );
  return createHash('sha256').update(canonical).digest('hex');
}
