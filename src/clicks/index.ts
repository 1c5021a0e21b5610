export {
  attribute,
  CLOCK_TOLERANCE_MS,
  type Attribution,
  type AttributionInput,
  type AttributionNote,
  type AttributionSource,
  type LossReason,
  type LostClick,
} from './attribution.rules.js';
export { ClickBuffer } from './click.buffer.js';
export {
  ConsentMissingError,
  InvalidClickIdError,
  InvalidSubjectError,
  UnknownClickError,
} from './click.errors.js';
export { decodeClickId, isClickId } from './click-id.rules.js';
export { subjectLinks } from './click-subject.rules.js';
export { ClickIdRepository, type CandidateQuery, type ClickOptions } from './click-id.repository.js';
export type {
  CapturedClick,
  Click,
  ClickCandidate,
  ClickCandidates,
  ClickSubject,
  HeldRequest,
  RequestClick,
  RequestClickSource,
} from './click.model.js';
export type { UnwrittenClick } from './click.scripts.js';
export { CLICK_PROVIDERS } from './click.providers.js';
export { isNotTheBuyers, NotTheBuyer } from './not-the-buyer.decorator.js';
export { ImpactRequestContext, keepScope, RequestScope } from './request.context.js';
