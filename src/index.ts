export { ImpactModule } from './impact.module.js';
export type { ImpactModuleAsyncOptions } from './impact.module-definition.js';
export {
  DataSourceMissingError,
  ImpactModuleBareError,
  ImpactModuleImportedTwiceError,
} from './impact.errors.js';

export { ImpactError, type ImpactErrorCode } from './errors/index.js';
export {
  IMPACT_OPTIONS,
  ImpactConfigurationError,
  type AttributionPolicy,
  type BrowserEndpointOptions,
  type CaptureExtras,
  type CaptureOptions,
  type ConsentAnswer,
  type CookieOptions,
  type DeliveryOptions,
  type Duration,
  type ImpactMode,
  type ImpactModuleExtras,
  type ImpactModuleOptions,
  type ImpactOptions,
  type LandingRequest,
  type OptionProblem,
  type RecordingOptions,
  type ResolvedImpactOptions,
  type RetentionOptions,
  type VerdictOptions,
} from './config/index.js';
export {
  DatabaseBusyError,
  DatabaseUnsupportedError,
  ForeignManagerError,
  IMPACT_CLOCK,
  MigrationsPendingError,
  type Clock,
} from './database/index.js';
export {
  ClickIdRepository,
  ConsentMissingError,
  ImpactRequestContext,
  InvalidClickIdError,
  InvalidSubjectError,
  NotTheBuyer,
  UnknownClickError,
  type CapturedClick,
  type Click,
  type ClickOptions,
  type ClickSubject,
  type RequestClick,
} from './clicks/index.js';
export {
  CaptureCounters,
  carryClick,
  ImpactCaptureInterceptor,
  ImpactCaptureMiddleware,
  TOKEN_HEADER,
  type CaptureCounts,
  type CarryOptions,
} from './capture/index.js';
export {
  ConversionService,
  EventEmitterMissingError,
  EventMapperError,
  NotConfiguredError,
  ReportConversion,
  ReportModification,
  ReportReversal,
  type ConversionOptions,
  type ReportedConversion,
  type ReportedModification,
  type ReportedReversal,
} from './conversions/index.js';
export {
  ConversionConflictError,
  CorrectionConflictError,
  explainReason,
  NotRecordedError,
  REASON_CODES,
  type AttributedBy,
  type Conversion,
  type ConversionState,
  type ConversionStory,
  type Correction,
  type CorrectionState,
  type ReasonCode,
  type ReasonRemedy,
  type StoryEvent,
  type StoryLine,
  type WireParameter,
} from './ledger/index.js';
export {
  InvalidConversionError,
  InvalidMoneyError,
  MODIFICATION_REASONS,
  REVERSAL_REASONS,
  type ChangedItem,
  type ConversionApp,
  type ConversionCall,
  type ConversionChange,
  type ConversionCustomer,
  type ConversionDevice,
  type ConversionInput,
  type ConversionItem,
  type ConversionLocation,
  type ConversionRefund,
  type ConversionReversal,
  type CustomFields,
  type CustomReasonCode,
  type ItemizedConversion,
  type ModificationReason,
  type Money,
  type OrderLevelConversion,
  type Problem,
  type ReturnedItem,
  type ReversalReason,
} from './wire/index.js';
export {
  ImpactApiAnswerUnusableError,
  ImpactApiClient,
  ImpactApiError,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
} from './api/index.js';
export type { Action, Submission } from './api/index.js';
export { DeliveryDispatcher, type DrainSummary } from './delivery/index.js';
export { VerdictService, type SweepSummary } from './verdicts/index.js';
