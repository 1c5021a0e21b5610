export {
  ImpactApiAnswerUnusableError,
  ImpactApiError,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  type ApiFailure,
} from './api.errors.js';
export type {
  AcceptedWrite,
  Action,
  ActionAnswer,
  ActionItem,
  ActionItemsAnswer,
  ActionPage,
  ActionQuery,
  ActionState,
  ApiAnswer,
  ApiParameter,
  CompanyInformation,
  PageEnvelope,
  PromoCode,
  PromoCodePage,
  Submission,
  SubmissionStatus,
  TimeWindow,
  VendorClick,
} from './api.model.js';
export { ImpactApiClient, type PageQuery } from './impact-api.client.js';
export { CALL_WITNESS, type CallWitness, type WitnessedCall } from './call.witness.js';
export { ImpactTrackingClient, type Tracked } from './tracking.client.js';
export { ImpactHttpModule, createImpactHttp } from './impact-http.module.js';
export { readTrouble, type ReadTrouble, type StandingFailures } from './read-trouble.rules.js';
export { walkActionWindow } from './action.walk.js';
export type { ApiProblem } from './problems.rules.js';
export { type Backoff, backoffDelay, backoffStep, type Random, steadyDelay } from './backoff.rules.js';
export { askedWait, exhaustedFor, NO_RATE, type RateState } from './rate.rules.js';
