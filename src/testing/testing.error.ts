import { ImpactError } from '../errors/index.js';

/** A test asked for what cannot be: its message says what the app has instead. */
export class ImpactTestingError extends ImpactError {
  readonly code = 'TESTING';
}
