export { RetentionService } from './retention.service.js';
export type { PurgeOptions, PurgeSummary } from './retention.types.js';
