import type { Findings } from './sale.findings.js';
import type { SaleRules } from './sale.rules.js';

/** What every reader needs: where to say what is wrong, the shop's rules and the sale's currency. */
export interface ReadingContext {
  readonly findings: Findings;
  readonly rules: SaleRules;
  /** `null` when the sale names none that exists; amounts are then not read at all. */
  readonly currency: string | null;
}
