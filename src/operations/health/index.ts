export { HealthService } from './health.service.js';
export type { HealthLimits, HealthProblem, HealthReport, HealthStatus } from './health.types.js';
export { oldestAge, overdueOf } from './health.rules.js';
export { type Situation, SituationReader } from './situation.reader.js';
