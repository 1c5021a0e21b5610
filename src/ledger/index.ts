export { AccountGate, type GateScope, type Pause } from './account.gate.js';
export { ConversionLedger, type SaleToRecord } from './conversion.ledger.js';
export { conversionOf, type ConversionRow } from './conversion.row.js';
export { DeliveryLedger } from './delivery.ledger.js';
export {
  BEGINNING,
  type ClaimedDelivery,
  type DeliveryOutcome,
  type FinishedDelivery,
  type Position,
  PRIORITIES,
  type Priority,
  RELEASED,
  type WantedPause,
  type Wish,
} from './delivery.types.js';
export { Doorbell } from './doorbell.js';
export { ConversionConflictError, CorrectionConflictError, NotRecordedError } from './ledger.errors.js';
export type * from './ledger.types.js';
export { explainReason, REASON_CODES, type ReasonCode, type ReasonRemedy } from './reason-codes.rules.js';
export type { ConversionState } from './states.rules.js';
export {
  LookUpAllowance,
  type LookUpLeave,
  type LookUpRefusal,
  type LookUpScope,
} from './look-up.allowance.js';
export { PauseAnnouncer } from './pause.announcer.js';
export { inWords } from './story.words.js';
export type { StoredLine } from './story.statements.js';
export { BackgroundLoop } from './background.loop.js';
export { atMost, WakeUp } from './wake-up.js';
export { type DueVerdict, type Verdict, VerdictLedger } from './verdict.ledger.js';
