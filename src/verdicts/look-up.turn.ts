import { exhaustedFor, ImpactApiError, type RateState, readTrouble } from '../api/index.js';
import type { LookUpAllowance, LookUpLeave, PauseAnnouncer } from '../ledger/index.js';
import type { CorrectionTurn } from './correction.work.js';

export interface TurnTools {
  /** Epoch milliseconds by the database's clock, just before this turn began. */
  readonly beganAt: number;
  readonly allowance: LookUpAllowance;
  readonly announcer: PauseAnnouncer;
  /** Keeps the lease; `false` when it was lost. */
  readonly renew: () => Promise<boolean>;
  readonly isStopping: () => boolean;
}

const SCOPES = ['all', 'reads'] as const;

/**
 * The calls of one pass. Each is asked for: of the lease, of the account's gate and of its budget. A call that
 * probes a pause probes it for all that follow.
 */
export class LookUpTurn implements CorrectionTurn {
  #leave: LookUpLeave | null = null;
  #isOver = false;
  readonly #began = performance.now();
  #calledAt: number;

  constructor(private readonly tools: TurnTools) {
    this.#calledAt = tools.beganAt;
  }

  /**
   * When the last call was allowed, in epoch milliseconds by the database's clock and never later than it was: what
   * it answers may be older than what the ledger has learned since.
   */
  get calledAt(): number {
    return this.#calledAt;
  }

  /** Whether a call was allowed so far. */
  get hasBegun(): boolean {
    return this.#leave !== null;
  }

  isStopping(): boolean {
    return this.tools.isStopping();
  }

  async mayCall(): Promise<boolean> {
    if (this.#isOver || this.isStopping() || !(await this.tools.renew())) return this.#end();
    const answer = await this.tools.allowance.ask(SCOPES, this.#leave ?? undefined);
    if (answer.is === 'refused') return this.#end();
    if (this.#leave === null) {
      const standing = SCOPES.filter((scope) => answer.failures[scope] > 0).map((scope) => ({ scope }));
      this.tools.announcer.standing(SCOPES, standing);
    }
    this.#leave = answer;
    this.#calledAt = this.tools.beganAt + Math.floor(performance.now() - this.#began);
    return true;
  }

  /** The call was answered: what it probed is open again. */
  async answered(rate: RateState): Promise<void> {
    if (this.#leave !== null && this.#leave.probes.length > 0) {
      await this.tools.allowance.answered(this.#leave);
      this.#leave = { ...this.#leave, probes: [] };
    }
    this.tools.announcer.opened(SCOPES);
    const wait = exhaustedFor(rate);
    // It was the last one of the vendor's window: the next one, of whatever kind, would be refused.
    if (wait === null) return;
    await this.tools.allowance.pause({ scope: 'all', for: wait, reason: 'The hourly limit is used up.' });
  }

  /** The call failed, which concerns everybody. */
  async failed(error: ImpactApiError): Promise<void> {
    this.#isOver = true;
    if (this.#leave === null) return;
    const trouble = readTrouble(error, this.#leave.failures, Math.random);
    this.tools.announcer.shut(trouble, this.#leave.failures[trouble.scope] + 1);
    await this.tools.allowance.failed(this.#leave, trouble);
    this.#leave = { ...this.#leave, probes: [] };
  }

  /** What was probed and not answered is left to somebody else. */
  async close(): Promise<void> {
    this.#isOver = true;
    if (this.#leave !== null) await this.tools.allowance.unused(this.#leave);
  }

  #end(): false {
    this.#isOver = true;
    return false;
  }
}

/** Says something about the account, whatever was looked up. */
export const concernsAll = ({ status }: ImpactApiError): boolean =>
  status === 401 || status === 403 || status === 429;
