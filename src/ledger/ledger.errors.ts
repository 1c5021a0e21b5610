import { ImpactError } from '../errors/index.js';

/** The same order was recorded before with other content. */
export class ConversionConflictError extends ImpactError {
  readonly code = 'CONVERSION_CONFLICT';

  constructor(
    readonly orderId: string,
    /** Names of the fields that differ. */
    readonly fields: readonly string[],
  ) {
    super(
      `Order ${JSON.stringify(orderId)} is already recorded with other values in: ${fields.join(', ')}. ` +
        `The first recording stands. To change a recorded sale call modify(), refund() or reverse(); ` +
        `to record another sale use an order id of its own.`,
    );
  }
}

/** The same correction key was used before for another change of the order. */
export class CorrectionConflictError extends ImpactError {
  readonly code = 'CORRECTION_CONFLICT';

  constructor(
    readonly orderId: string,
    readonly key: string,
  ) {
    super(
      `Correction ${JSON.stringify(key)} of order ${JSON.stringify(orderId)} is already recorded with other ` +
        `values. The first recording stands; give each refund or change a key of its own.`,
    );
  }
}
