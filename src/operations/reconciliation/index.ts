export type {
  Difference,
  DifferenceKind,
  LedgerSide,
  Repair,
  ShopSide,
  VendorSide,
} from './difference.model.js';
export { type KeptDifference, type LastReconciliation, ReconciliationBook } from './reconciliation.book.js';
export { ReconciliationInputError, ReconciliationPausedError } from './reconciliation.errors.js';
export type { ReconciliationOptions, ShopOrder } from './reconciliation.options.js';
export {
  csvLines,
  type ReconciliationCounts,
  type ReconciliationResult,
  type ReconciliationSummary,
} from './reconciliation.report.js';
export { ReconciliationService } from './reconciliation.service.js';
export type { StateTotal, TotalRow, Totals } from './totals.rules.js';
