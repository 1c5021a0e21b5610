export { AccountGate, type GateScope, type Pause } from './account.gate.js';
export { ConversionLedger } from './conversion.ledger.js';
export { conversionOf, type ConversionRow } from './conversion.row.js';
export {
  type ClaimedDelivery,
  type ClaimResult,
  DeliveryLedger,
  type DeliveryOutcome,
  type WantedPause,
} from './delivery.ledger.js';
export { Doorbell } from './doorbell.js';
export { ConversionConflictError, CorrectionConflictError } from './ledger.errors.js';
export type * from './ledger.types.js';
export { explainReason, REASON_CODES, type ReasonCode, type ReasonRemedy } from './reason-codes.rules.js';
export { type ConversionState, mayChange, STATE_CHANGES } from './states.rules.js';
export { inWords } from './story.words.js';
export type { StoredLine } from './story.statements.js';
export { WakeUp } from './wake-up.js';
export { type DueVerdict, type Verdict, VerdictLedger } from './verdict.ledger.js';
