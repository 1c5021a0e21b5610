export type {
  ConversionApp,
  ConversionCall,
  ConversionCustomer,
  ConversionDevice,
  ConversionInput,
  ConversionItem,
  ConversionLocation,
  CustomFields,
  ItemizedConversion,
  Money,
  OrderLevelConversion,
} from './conversion.input.js';
export {
  MODIFICATION_REASONS,
  REVERSAL_REASONS,
  type ChangedItem,
  type ConversionChange,
  type ConversionRefund,
  type ConversionReversal,
  type CustomReasonCode,
  type ModificationReason,
  type ReturnedItem,
  type ReversalReason,
} from './correction.input.js';
export { toModificationParameters, toReversalParameters } from './correction.parameters.js';
export type { ActionReference, ModificationTarget, ModifiedItem } from './correction.parameters.js';
export { prepareChange, prepareRefund, prepareReversal, reasonCode } from './correction.reader.js';
export type {
  CorrectionPreparation,
  PreparedChange,
  PreparedCorrectionItem,
  PreparedRefund,
  PreparedReversal,
} from './correction.reader.js';
export {
  correctionInWords,
  dispositionOf,
  type KeptCorrection,
  keptCorrection,
  modificationReasonOf,
} from './kept-correction.js';
export {
  type CallForm,
  type CallPlan,
  minorOf,
  type NextCall,
  nextCall,
  type ShownAction,
  wantedAmount,
} from './next-call.rules.js';
export { divided } from './share.rules.js';
export { type SoldLine, type SoldSale, soldSale } from './sold-lines.rules.js';
export {
  firstWorth,
  foldCorrection,
  foldCorrections,
  unknownSkus,
  type Worth,
  type WorthStep,
} from './worth.rules.js';
export { currencyDecimals } from './currency.table.js';
export {
  emailDigests,
  hashEmail,
  isEmailAddress,
  isEmailDigest,
  withoutEmailAddresses,
} from './customer.email.js';
export { personalParameter, withoutPerson, type WithoutPerson } from './personal.rules.js';
export { formatMoney, parseMoney, readMoney, type MoneyReading } from './money.rules.js';
export {
  attributionKeys,
  creditableAmount,
  creditableLine,
  customerIdOf,
  hasAttributionKey,
  type AttributionKey,
  type PreparedItem,
  type PreparedSale,
} from './prepared.sale.js';
export {
  describeValue,
  type InputRule,
  type NoteRule,
  type Problem,
  type SaleWarning,
} from './sale.findings.js';
export { diffFingerprints, fingerprint, type Fingerprint, withoutPersonDigests } from './sale.fingerprint.js';
export {
  encodeForm,
  toJsonBody,
  toParameters,
  type Parameters,
  type SaleContext,
} from './sale.parameters.js';
export {
  eventDateWarnings,
  prepareSale,
  type EventDateContext,
  type SalePreparation,
} from './sale.preparation.js';
export { CLICK_ID_PATTERN } from './sale.reader.js';
export { DEFAULT_SALE_RULES, type SaleRules } from './sale.rules.js';
export { describeUnusable, type JsonObject, type JsonValue, type UnusableSale } from './unusable.sale.js';
export { InvalidConversionError, InvalidMoneyError } from './wire.errors.js';
export { isMadeOrderId, wireOrderId } from './wire-order.id.js';
