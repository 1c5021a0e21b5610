export { VerdictService, type SweepSummary } from './verdict.service.js';
