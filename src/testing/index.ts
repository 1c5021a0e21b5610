export { compileWithImpact, type CompiledWithImpact } from './compile-with-impact.js';
export { delivered, type DeliveredOptions } from './delivered.js';
export { ImpactTesting } from './impact.testing.js';
export { ImpactTestingModule, type ImpactTestingModuleOptions } from './impact.testing.module.js';
export type { FollowOptions, Landing } from './partner.link.js';
export { TestClock } from './test.clock.js';
export { ImpactTestingError } from './testing.error.js';
export type { ImpactTestingOptions } from './testing.options.js';
