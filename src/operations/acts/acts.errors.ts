import { ImpactError } from '../../errors/index.js';

/** What a person asked for cannot be done with this sale as it stands. */
export class ActRefusedError extends ImpactError {
  readonly code = 'ACT_REFUSED';

  constructor(
    readonly orderId: string | null,
    why: string,
    fix: string,
  ) {
    super(`${orderId === null ? '' : `Order ${JSON.stringify(orderId)}: `}${why}. ${fix}`);
  }
}
