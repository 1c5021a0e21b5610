import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { exhaustedFor, ImpactApiClient, ImpactApiError, type RateState, readTrouble } from '../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  atMost,
  BackgroundLoop,
  LookUpAllowance,
  type LookUpLeave,
  type PartnerCode,
  PauseAnnouncer,
  PromoCodeBook,
} from '../ledger/index.js';
import { isLastPage, partnerCodesOf } from './promo-codes.rules.js';

const SCOPES = ['all', 'reads'] as const;
/** Pages of 2,000 codes: beyond it codes are made by a machine, and one by one they are nobody's. */
const MOST_PAGES = 10;

/**
 * Keeps the account's list of promo codes, so that recording a sale knows which of its codes is a partner's.
 *
 * - The vendor is asked at most once an hour, by one process, out of the budget of look-ups, and only while
 *   sales with codes are recorded.
 * - A token that may not read promo codes stops nothing else: such sales go out with their first code.
 * - Every process takes the list over from the database, at its start and then every `verdicts.sweepInterval`.
 */
@Injectable()
export class PromoCodeService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('ImpactVerdicts');
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #loop = new BackgroundLoop(() => this.#turn());
  #begun = false;
  #complained = false;
  #remarked = 0;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly book: PromoCodeBook,
    private readonly allowance: LookUpAllowance,
    private readonly api: ImpactApiClient,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
  ) {}

  /** What others have read is known before the first sale. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.options.mode !== 'live') return;
    await this.book.load().catch((error: unknown) => this.#failed(error));
    this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await atMost(this.options.delivery.shutdownTimeout, this.#loop.stop());
  }

  /**
   * Does now what the loop does by itself: reads the codes when that is due, and takes over what is stored.
   * For cron and serverless apps, which have no loop (`delivery.autoStart: false`).
   */
  async refresh(): Promise<void> {
    await this.#outside(() => this.#refresh(true));
  }

  async #turn(): Promise<number> {
    const { sweepInterval } = this.options.verdicts;
    const begun = this.#begun;
    this.#begun = true;
    const { autoStart } = this.options.delivery;
    // Loaded just now; and where nobody makes calls and no sale has codes there is nothing to be done.
    if (!begun || (!autoStart && !this.book.wasAsked)) return sweepInterval;
    try {
      await this.#refresh(autoStart);
    } catch (error) {
      this.#failed(error);
    }
    return sweepInterval;
  }

  async #refresh(mayCall: boolean): Promise<void> {
    if (this.options.mode !== 'live') return;
    await this.book.tell();
    if ((await this.book.load()) && mayCall) {
      await this.#fetch();
      await this.book.load();
    }
    if (this.book.unread === this.#remarked) return;
    this.#remarked = this.book.unread;
    if (this.#remarked === 0) return;
    this.#logger.warn(
      `${this.#remarked} promo code(s) of the account are patterns that are not read (docs/conversions.md). ` +
        'A code that only they match counts as nobody’s: put it first in promoCodes when it is the partner’s.',
    );
  }

  async #fetch(): Promise<void> {
    const token = await this.book.takeTurn();
    if (token === null) return;
    let asked = false;
    try {
      const leave = await this.allowance.ask(SCOPES);
      if (leave.is === 'refused') return;
      asked = true;
      const codes = await this.#everyPage(leave).catch((error: unknown) => this.#trouble(error, leave));
      if (codes === null) return;
      await this.allowance.answered(leave);
      await this.book.store(token, codes);
      this.#complained = false;
    } finally {
      // Nobody's turn any more when the codes were stored.
      await this.book.giveTurnBack(token, asked);
    }
  }

  /** @returns `null` when the budget is spent, or the process is about to end. */
  async #everyPage(leave: LookUpLeave): Promise<PartnerCode[] | null> {
    const codes: PartnerCode[] = [];
    for (let number = 1; number <= MOST_PAGES; number += 1) {
      if (number > 1 && (this.#isEnding() || (await this.allowance.ask(SCOPES, leave)).is === 'refused')) {
        await this.allowance.unused(leave);
        return null;
      }
      const page = await this.api.listPromoCodes({ page: number });
      codes.push(...partnerCodesOf(page.promoCodes, this.options.campaignId));
      await this.#mind(page.rate);
      if (isLastPage(page, number)) return codes;
    }
    return codes;
  }

  #isEnding(): boolean {
    return this.#begun && this.#loop.isStopping;
  }

  async #mind(rate: RateState): Promise<void> {
    const wait = exhaustedFor(rate);
    if (wait === null) return;
    await this.allowance.pause({ scope: 'all', for: wait, reason: 'The hourly limit is used up.' });
  }

  /** Only what concerns the whole account stops anybody else: nobody waits for this list. */
  async #trouble(error: unknown, leave: LookUpLeave): Promise<null> {
    if (!(error instanceof ImpactApiError)) throw error;
    if (error.status === 401 || error.status === 429) {
      const trouble = readTrouble(error, leave.failures, Math.random);
      this.announcer.shut(trouble, leave.failures[trouble.scope] + 1);
      await this.allowance.failed(leave, trouble);
    } else {
      await this.allowance.unused(leave);
    }
    this.#failed(error);
    return null;
  }

  #failed(error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    const why =
      error instanceof ImpactApiError
        ? error.message
        : `The promo codes are not known: ${error instanceof Error ? error.name : typeof error}.`;
    this.#logger.warn(
      `${why} Until the account's promo codes are known, a sale with several goes out with its first one; nothing else is affected.`,
    );
  }
}
