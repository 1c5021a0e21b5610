import { Inject, Injectable } from '@nestjs/common';
import { ImpactApiClient, ImpactApiError } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { CorrectionLedger, Doorbell, type SaleKey, type Stamp } from '../ledger/index.js';
import { type CorrectionDecision, decideCorrections, type SubmissionEvidence } from './correction.rules.js';
import type { CorrectionSummary, CorrectionTurn, CorrectionWork } from './correction.work.js';
import { concernsAll } from './look-up.turn.js';

/** Corrections that are taken up together. */
const BATCH = 200;
/** Orders per transaction: bounds how long their sales are locked, and SQLite keeps the process busy. */
const TOGETHER = 50;
/** How long a look keeps others away, should it never end. */
const LEASE = 300_000;
/** Submissions in a row that cannot be looked up: so many are not each correction's own fault. */
const TROUBLE = 3;

/**
 * Brings the actions of corrected sales where they should be, one call after the other.
 *
 * It makes no correction itself: it writes the one call that is next, and the dispatcher delivers it like any
 * other. What an action should show is worked out anew with every look, so that nothing is lost when the action
 * is replaced by another one, when a process dies, or when a call has to be repeated.
 */
@Injectable()
export class CorrectionOffice implements CorrectionWork {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly ledger: CorrectionLedger,
    private readonly api: ImpactApiClient,
    private readonly doorbell: Doorbell,
  ) {}

  async work(turn: CorrectionTurn): Promise<CorrectionSummary> {
    let looked = 0;
    let queued = false;
    let failures = 0;
    let mayAsk = true;
    try {
      while (!turn.isStopping()) {
        const orders = await this.ledger.claim(this.#stamp(), BATCH, LEASE);
        if (orders.length === 0) break;
        for (let start = 0; start < orders.length; start += TOGETHER) {
          const some = orders.slice(start, start + TOGETHER);
          const decisions = await this.#decide(some, new Map());
          queued ||= decisions.some(bringsCalls);
          looked += some.length;
          for (const [index, { ask }] of decisions.entries()) {
            mayAsk &&= ask === null || (await turn.mayCall());
            if (ask === null || !mayAsk) continue;
            const evidence = await this.#evidenceOf(ask.submissionId, turn);
            if (evidence instanceof ImpactApiError) {
              failures += 1;
              if (failures >= TROUBLE || concernsAll(evidence)) throw evidence;
            } else {
              failures = 0;
              const again = await this.#decide([some[index]!], new Map([[ask.id, evidence]]));
              queued ||= again.some(bringsCalls);
            }
          }
        }
      }
    } finally {
      if (queued) this.doorbell.ring();
    }
    return { looked };
  }

  #decide(
    orders: readonly SaleKey[],
    evidence: ReadonlyMap<string, SubmissionEvidence>,
  ): Promise<CorrectionDecision[]> {
    return this.ledger.decide(this.#stamp(), orders, (picture) =>
      decideCorrections(picture, evidence, this.options.verdicts),
    );
  }

  async #evidenceOf(id: string, turn: CorrectionTurn): Promise<SubmissionEvidence | ImpactApiError> {
    try {
      const { rate, status, errorType, reasonCodes } = await this.api.getSubmission(id);
      await turn.answered(rate);
      return status === 'COMPLETE' ? { is: 'done', errorType, reasonCodes } : { is: 'queued' };
    } catch (error) {
      if (!(error instanceof ImpactApiError)) throw error;
      // Submissions are kept for 90 days (docs/vendor-contract.md §4.1): a missing one says nothing.
      return error.status === 404 ? { is: 'unknown' } : error;
    }
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

const bringsCalls = ({ sale, moves }: CorrectionDecision): boolean =>
  sale === 'release' || moves.some(({ is }) => is === 'queue');
