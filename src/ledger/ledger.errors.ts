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

/** Nothing is known about an order. */
export class NotRecordedError extends ImpactError {
  readonly code = 'NOT_RECORDED';

  constructor(readonly orderId: string) {
    super(
      `Order ${JSON.stringify(orderId)} was never recorded. Has the transaction that records it committed, and is ` +
        `this the id that it was recorded with?`,
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

/** No claim with this id waits to be settled. */
export class NoOpenClaimError extends ImpactError {
  readonly code = 'NO_OPEN_CLAIM';

  constructor(readonly id: string) {
    super(
      `There is no open claim with the id ${JSON.stringify(id)}. ClaimService.list({ open: true }) answers those that are open.`,
    );
  }
}
