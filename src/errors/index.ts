export { ImpactError, type ImpactErrorCode } from './impact.error.js';
