export { TestClock } from './test.clock.js';
export { delivered, type DeliveredOptions } from './delivered.js';
