import { createHash } from 'node:crypto';
import {
  type ConversionRow,
  type CorrectionEntry,
  type CorrectionKind,
  OWN_KEYS,
  type SaleKey,
  soldOf,
  type Stamp,
} from '../ledger/index.js';
import {
  InvalidConversionError,
  keptCorrection,
  prepareChange,
  prepareRefund,
  prepareReversal,
  type SaleRules,
  unknownSkus,
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

/**
 * A correction of the module's own, such as the one that takes a test order back, means more than its content
 * says: no caller makes one by accident.
 *
 * @throws InvalidConversionError
 */
export function assertCallersKey(input: unknown): void {
  const key = typeof input === 'object' && input !== null && 'key' in input ? input.key : null;
  if (typeof key !== 'string' || !key.trim().startsWith(OWN_KEYS)) return;
  const fix = `Begin it with anything but "${OWN_KEYS}", such as "refund:".`;
  const message = `key: keys that begin with "${OWN_KEYS}" are the module's own. ${fix}`;
  throw new InvalidConversionError([{ field: 'key', rule: 'bad-shape', fix, message }]);
}

/**
 * impact.com finds lines by their sku, and takes no new ones (docs/vendor-contract.md §5.4).
 *
 * @throws InvalidConversionError naming each sku that the sale has not.
 */
export function assertKnownLines(sale: ConversionRow, entry: CorrectionEntry): void {
  const sold = soldOf(sale);
  if (sold === null) return;
  const unknown = unknownSkus(sold, keptCorrection(entry));
  if (unknown.length === 0) return;
  const fix =
    sold.lines.length === 0
      ? 'The sale was reported as one amount: correct it by amount.'
      : 'Give the skus that the sale was recorded with.';
  throw new InvalidConversionError(
    unknown.map((sku) => ({
      field: 'items',
      rule: 'not-in-list',
      fix,
      message: `items: the sale has no line with the sku ${JSON.stringify(sku)}. ${fix}`,
    })),
  );
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
