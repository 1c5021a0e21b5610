export { OverviewQueryError } from './overview.errors.js';
export { OverviewService } from './overview.service.js';
export type * from './overview.types.js';
