import { creditableAmount, type PreparedSale } from './prepared.sale.js';
import type { Problem, SaleWarning } from './sale.findings.js';
import { fingerprint, type Fingerprint } from './sale.fingerprint.js';
import { readSale } from './sale.reader.js';
import type { SaleRules } from './sale.rules.js';
import { describeUnusable, type UnusableSale } from './unusable.sale.js';

/** Moments that an event date is held against. */
export interface EventDateContext {
  readonly now: Date;
  /** When the winning click was made, when it is known yet. */
  readonly clickAt?: Date | null;
}

export type SalePreparation =
  | {
      readonly ok: true;
      readonly sale: PreparedSale;
      /** What the vendor should credit, in minor units of the sale's currency. */
      readonly creditable: bigint;
      readonly fingerprint: Fingerprint;
      readonly warnings: readonly SaleWarning[];
    }
  | {
      readonly ok: false;
      /** At least one. `new InvalidConversionError(problems)` says them all. */
      readonly problems: readonly Problem[];
      readonly warnings: readonly SaleWarning[];
      /** What to store when the sale is to be parked. */
      readonly unusable: UnusableSale;
    };

/**
 * Everything that recording needs to know about a sale, in one call. Never throws, whatever the input is.
 *
 * The click is often known only afterwards: give `clickAt` here, or ask {@link eventDateWarnings} then.
 */
export function prepareSale(input: unknown, rules: SaleRules, context: EventDateContext): SalePreparation {
  const { sale, findings } = readSale(input, rules);
  if (sale === null) {
    return {
      ok: false,
      problems: findings.problems,
      warnings: findings.warnings,
      unusable: describeUnusable(input),
    };
  }
  return {
    ok: true,
    sale,
    creditable: creditableAmount(sale),
    fingerprint: fingerprint(sale),
    warnings: [...findings.warnings, ...eventDateWarnings(sale.eventDate, context)],
  };
}

/** Clocks of two machines differ a little, and that is nobody's mistake. */
const TOLERANCE = 60_000;

/**
 * Remarks on an event date in the future or before the click: seen to be refused or never credited, but
 * documented nowhere (docs/vendor-contract.md §7.4), so the sale is sent.
 */
export function eventDateWarnings(
  eventDate: string | Date,
  { now, clickAt }: EventDateContext,
): SaleWarning[] {
  const at = new Date(eventDate).getTime();
  const warnings: SaleWarning[] = [];
  if (at > now.getTime() + TOLERANCE) {
    warnings.push({
      field: 'eventDate',
      rule: 'in-the-future',
      message:
        'eventDate: lies in the future; impact.com may refuse it. Give the time of payment, with its time zone.',
    });
  }
  // The event date is sent without its milliseconds, so a click in the same second is not after it.
  if (clickAt && at < Math.floor(clickAt.getTime() / 1000) * 1000) {
    warnings.push({
      field: 'eventDate',
      rule: 'before-the-click',
      message:
        'eventDate: lies before the click that won; impact.com may not credit it. Check time zone and clock.',
    });
  }
  return warnings;
}
