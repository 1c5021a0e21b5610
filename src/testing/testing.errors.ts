import { ImpactError } from '../errors/index.js';

/** A test asked for an order that was never recorded. */
export class NotRecordedError extends ImpactError {
  readonly code = 'NOT_RECORDED';

  constructor(orderId: string) {
    super(`Order ${JSON.stringify(orderId)} was never recorded. Did its transaction commit?`);
  }
}
