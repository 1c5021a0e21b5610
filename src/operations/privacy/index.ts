export { ERASED_AT_ONCE, PersonEraser } from './person.eraser.js';
export { PrivacyService } from './privacy.service.js';
export type {
  Erasure,
  ErasureOptions,
  PersonalClick,
  PersonalData,
  PersonalSale,
  PersonNamed,
} from './privacy.types.js';
