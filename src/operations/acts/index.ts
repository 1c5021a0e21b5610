export { ActRefusedError } from './acts.errors.js';
export { ActsService } from './acts.service.js';
export type { ActedBy, KeptSale, ReleaseFilter, ReleaseOptions, ReleaseReport } from './acts.types.js';
