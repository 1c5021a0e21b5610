import { ImpactError } from '../../errors/index.js';

/** A CSV file that cannot be read on. Names the line; what came before it has been dealt with. */
export class BackfillFormatError extends ImpactError {
  readonly code = 'BACKFILL_FORMAT';

  constructor(
    /** Line of the file; the header is line 1. */
    readonly line: number,
    message: string,
  ) {
    super(`Line ${line}: ${message}`);
  }
}

/** An import that would do harm as it was asked for. */
export class BackfillRefusedError extends ImpactError {
  readonly code = 'BACKFILL_REFUSED';
}
