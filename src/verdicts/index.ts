export { type ClaimFilter, ClaimService, type ClaimSettlement } from './claim.service.js';
export { CorrectionOffice } from './correction.office.js';
export { seenAction } from './seen.action.js';
export { PromoCodeService } from './promo-codes.service.js';
export {
  CORRECTION_WORK,
  type CorrectionSummary,
  type CorrectionTurn,
  type CorrectionWork,
} from './correction.work.js';
export { PASS_WITNESS, type PassWitness } from './pass.witness.js';
export { VerdictPass } from './verdict.pass.js';
export { VerdictService, type SweepSummary } from './verdict.service.js';
export {
  bodyOf,
  createPostbackController,
  POSTBACK_PROVIDERS,
  PostbackCounters,
  type PostbackCounts,
  type PostbackIgnored,
} from './postbacks/index.js';
