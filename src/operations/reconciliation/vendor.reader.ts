import { setTimeout } from 'node:timers/promises';
import {
  type Action,
  type CompanyInformation,
  exhaustedFor,
  type ImpactApiClient,
  ImpactApiError,
  ImpactApiRefusedError,
  type RateState,
  readTrouble,
  walkActionWindow,
} from '../../api/index.js';
import type { ResolvedImpactOptions } from '../../config/index.js';
import type { Clock } from '../../database/index.js';
import type { LookUpAllowance, LookUpLeave, PauseAnnouncer } from '../../ledger/index.js';
import { ReconciliationPausedError } from './reconciliation.errors.js';

const SCOPES = ['all', 'reads'] as const;
/** A pause that somebody has ended early is noticed after this time. */
const ASK_AGAIN = 60_000;
/** The scope is missing, or the endpoint. */
const NOT_ALLOWED: ReadonlySet<number | null> = new Set([403, 404]);

export interface Reading {
  readonly wait: boolean;
  readonly signal: AbortSignal;
}

type MayCall = () => Promise<boolean>;

/** Reads from the vendor out of the budget of look-ups, by the account's gate, and counts the calls. */
export class VendorReader {
  /** Made so far. */
  calls = 0;

  constructor(
    private readonly options: ResolvedImpactOptions,
    private readonly clock: Clock,
    private readonly api: ImpactApiClient,
    private readonly allowance: LookUpAllowance,
    private readonly announcer: PauseAnnouncer,
    private readonly reading: Reading,
  ) {}

  /**
   * The actions of the program and event type, some of them more than once.
   *
   * @throws ReconciliationPausedError, ImpactApiError
   */
  async actions(
    by: 'actionDate' | 'updated',
    window: { readonly from: number; readonly to: number },
    take: (action: Action) => void,
  ): Promise<void> {
    await this.#allowed((mayCall, onRate) =>
      walkActionWindow(this.api, {
        by,
        window: { from: new Date(window.from), to: new Date(window.to) },
        mayCall,
        onRate,
        take: (page) => {
          for (const action of page) if (this.#isOurs(action)) take(action);
        },
      }),
    );
  }

  /**
   * `null` where the token may not ask: that is no reason to stop reading actions.
   *
   * @throws ReconciliationPausedError, ImpactApiError
   */
  async company(): Promise<CompanyInformation | null> {
    return this.#allowed(async (mayCall, onRate) => {
      await mayCall();
      try {
        const company = await this.api.companyInformation();
        onRate(company.rate);
        return company;
      } catch (error) {
        if (error instanceof ImpactApiRefusedError && NOT_ALLOWED.has(error.status)) return null;
        throw error;
      }
    });
  }

  /** Order ids are unique per event type only (docs/vendor-contract.md §7.3). */
  #isOurs({ actionTrackerId, campaignId }: Action): boolean {
    return (
      (actionTrackerId === null || actionTrackerId === this.options.eventTypeId) &&
      (campaignId === null || campaignId === this.options.campaignId)
    );
  }

  async #allowed<T>(work: (mayCall: MayCall, onRate: (rate: RateState) => void) => Promise<T>): Promise<T> {
    let leave: LookUpLeave | undefined;
    const rates: RateState[] = [];
    const mayCall = async (): Promise<boolean> => {
      leave = await this.#leave(leave);
      this.calls += 1;
      return true;
    };
    try {
      const result = await work(mayCall, (rate) => {
        rates[0] = rate;
      });
      if (leave !== undefined) await this.allowance.answered(leave);
      this.announcer.opened(SCOPES);
      const wait = rates[0] === undefined ? null : exhaustedFor(rates[0]);
      if (wait !== null) {
        await this.allowance.pause({ scope: 'all', for: wait, reason: 'The hourly limit is used up.' });
      }
      return result;
    } catch (error) {
      if (leave === undefined) throw error;
      if (error instanceof ImpactApiError) {
        const trouble = readTrouble(error, leave.failures, Math.random);
        this.announcer.shut(trouble, leave.failures[trouble.scope] + 1);
        await this.allowance.failed(leave, trouble);
      } else {
        await this.allowance.unused(leave);
      }
      throw error;
    }
  }

  /** The right to make one call; waits for it where that was asked for. */
  async #leave(own: LookUpLeave | undefined): Promise<LookUpLeave> {
    for (;;) {
      this.reading.signal.throwIfAborted();
      const answer = await this.allowance.ask(SCOPES, own);
      if (answer.is === 'granted') return own ?? answer;
      if (!this.reading.wait) {
        throw new ReconciliationPausedError(
          answer.why,
          new Date(this.clock.now().getTime() + Math.max(1000, answer.for)),
        );
      }
      await setTimeout(Math.min(answer.for, ASK_AGAIN), undefined, { signal: this.reading.signal });
    }
  }
}
