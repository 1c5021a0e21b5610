export { ActionLedger } from './action.ledger.js';
export { currentAction, type StoredAction } from './action.rules.js';
export type { ActionSource, AppliedActions, SeenAction } from './action.types.js';
export { AccountGate, type GateScope, type Pause } from './account.gate.js';
export { storeScope, takeLease } from './account.lease.js';
export { ConversionLedger, type SaleToRecord } from './conversion.ledger.js';
export { conversionOf, type ConversionRow } from './conversion.row.js';
export { CorrectionLedger, type DecidedCorrections } from './correction.ledger.js';
export { inOrder, storedCorrectionOf } from './correction.row.js';
export type {
  CorrectionClaim,
  CorrectionMove,
  CorrectionPicture,
  CorrectionPlan,
  StoredCorrection,
} from './correction.row.js';
export { TAKEN_BACK } from './correction.statements.js';
export { DeliveryLedger } from './delivery.ledger.js';
export {
  BEGINNING,
  type ClaimedDelivery,
  type DeliveryKind,
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
export {
  ConversionConflictError,
  CorrectionConflictError,
  NoOpenClaimError,
  NotRecordedError,
} from './ledger.errors.js';
export type * from './ledger.types.js';
export {
  type ExplainedReason,
  explainReason,
  reasonInWords,
  REASON_CODES,
  type ReasonCode,
  type ReasonRemedy,
} from './reason-codes.rules.js';
export { mayChange, STATES, type ConversionState } from './states.rules.js';
export {
  LookUpAllowance,
  type LookUpLeave,
  type LookUpRefusal,
  type LookUpScope,
} from './look-up.allowance.js';
export { withoutVisits } from './person.rules.js';
export { PauseAnnouncer } from './pause.announcer.js';
export { inWords, missingAdvice } from './story.words.js';
export { type StoredLine, tell, tellAll } from './story.statements.js';
export { PromoCodeBook } from './promo-code.book.js';
export {
  choosePromoCode,
  type PartnerCode,
  type PromoCodeChoice,
  promoCodeDirectory,
  type PromoCodeDirectory,
} from './promo-code.rules.js';
export { creditedInsteadOfCode, promoCodeNotes, promoCodeOf } from './promo-code.words.js';
export { type FirstSale, firstOfSubscription } from './subscription.statements.js';
export { confirmedWorth, isUnsentState, nothingIsLeft, soldOf } from './unsent.rules.js';
export { traceOf } from './trace.context.js';
export { OWN_KEYS, TEST_ACTION_KEY } from './test-action.js';
export { BackgroundLoop } from './background.loop.js';
export { atMost, WakeUp } from './wake-up.js';
export { type DecidedVerdict, type DueVerdict, type Verdict, VerdictLedger } from './verdict.ledger.js';
export { WalkLedger } from './walk.ledger.js';
export type * from './walk.types.js';
