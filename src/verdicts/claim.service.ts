import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { type Claim, CorrectionLedger, NoOpenClaimError, type Stamp } from '../ledger/index.js';

export interface ClaimFilter {
  /** `true`: those that wait for somebody; `false`: settled ones. Default: all. */
  readonly open?: boolean;
}

/** Who settled a claim, and how. */
export interface ClaimSettlement {
  readonly by: string;
  readonly why: string;
}

/** Longest text that is kept of a settlement. */
const LONGEST = 1000;

/** Corrections that no call can make any more: what a partner was paid too much or too little for. */
@Injectable()
export class ClaimService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: CorrectionLedger,
  ) {}

  /** The account's claims, in the order in which their corrections were recorded. */
  async list(filter: ClaimFilter = {}): Promise<Claim[]> {
    return this.ledger.claims(this.#stamp(), filter.open ?? null);
  }

  /**
   * Says that a claim was settled with the partner or impact.com. Nothing is called.
   *
   * @throws NoOpenClaimError when there is none with this id, or somebody has settled it already.
   */
  async settle(id: string, { by, why }: ClaimSettlement): Promise<void> {
    const settledBy = { by: by.slice(0, LONGEST), why: why.slice(0, LONGEST) };
    if (!(await this.ledger.settleClaim(this.#stamp(), id, settledBy))) throw new NoOpenClaimError(id);
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}
