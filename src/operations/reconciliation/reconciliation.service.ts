import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { ImpactApiClient } from '../../api/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { ConversionService } from '../../conversions/index.js';
import { type Clock, IMPACT_CLOCK, IMPACT_DATABASE, type ImpactDatabase } from '../../database/index.js';
import { ActionLedger, Doorbell, LookUpAllowance, PauseAnnouncer } from '../../ledger/index.js';
import { AccountCalendar, knownTimeZone } from './account.calendar.js';
import type { Difference } from './difference.model.js';
import { keptDifference, type KeptDifference, MOST_KEPT, ReconciliationBook } from './reconciliation.book.js';
import { planOf, type ReconciliationOptions } from './reconciliation.options.js';
import { ReconciliationRepair } from './reconciliation.repair.js';
import {
  csvOf,
  type ReconciliationResult,
  type ReconciliationSummary,
  summaryInWords,
} from './reconciliation.report.js';
import { ReconciliationRun } from './reconciliation.run.js';
import { timeOf } from './reconciliation.statements.js';
import { VendorReader } from './vendor.reader.js';

interface Account {
  readonly zone: ReconciliationSummary['timeZone'];
  readonly currency: string | null;
}

/** Finds every difference between this app's sales and the vendor's actions, and mends what can be mended. */
@Injectable()
export class ReconciliationService implements BeforeApplicationShutdown {
  readonly #ends = new AbortController();
  /** Asked once: neither changes. */
  #account: Account | null = null;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly api: ImpactApiClient,
    private readonly allowance: LookUpAllowance,
    @Inject(PauseAnnouncer) private readonly announcer: PauseAnnouncer,
    private readonly conversions: ConversionService,
    private readonly actions: ActionLedger,
    private readonly doorbell: Doorbell,
    private readonly book: ReconciliationBook,
  ) {}

  beforeApplicationShutdown(): void {
    this.#ends.abort();
  }

  /**
   * Compares a window of time and answers every difference; changes nothing unless `repair` is `apply`.
   *
   * A month costs one or two calls as long as it has fewer than 20,000 actions, and one or two more when sales are
   * missing.
   *
   * @throws ReconciliationInputError when `from`, `to` or another option makes no sense.
   * @throws ReconciliationPausedError when no call may be made now, unless `wait` is given.
   * @throws ImpactApiError when the vendor cannot be read. What was repaired until then stays repaired.
   */
  async compare(options: ReconciliationOptions): Promise<ReconciliationResult> {
    const differences: Difference[] = [];
    const stream = this.stream(options);
    for (;;) {
      const step = await stream.next();
      if (step.done === true) {
        return { ...step.value, differences, toCsv: () => csvOf(differences) };
      }
      differences.push(step.value);
    }
  }

  /**
   * The same one difference at a time, for results that are too large to hold; returns the summary at its end.
   * A difference is repaired just before it is told; who stops listening stops the reconciliation.
   *
   * @throws as {@link compare}.
   */
  async *stream(
    options: ReconciliationOptions,
  ): AsyncGenerator<Difference, ReconciliationSummary, undefined> {
    const signal =
      options.signal === undefined ? this.#ends.signal : AbortSignal.any([this.#ends.signal, options.signal]);
    // What makes no sense in any time zone is said before a call is made.
    planOf(options, new AccountCalendar('UTC'), this.options);
    const reader = new VendorReader(this.options, this.clock, this.api, this.allowance, this.announcer, {
      wait: options.wait ?? false,
      signal,
    });
    const account = (this.#account ??= await this.#ask(reader));
    const calendar = new AccountCalendar(account.zone.name);
    const plan = planOf(options, calendar, this.options);
    const now = await this.database.read(() => timeOf(this.database));
    const checkedAt = new Date(now);
    const run = new ReconciliationRun({
      options: this.options,
      database: this.database,
      reader,
      calendar,
      plan,
      now,
      signal,
      accountCurrency: account.currency,
      repair: new ReconciliationRepair(
        this.database,
        this.conversions,
        this.actions,
        this.doorbell,
        checkedAt,
      ),
    });
    const kept: KeptDifference[] = [];
    for await (const difference of run.differences(options.orders)) {
      if (kept.length < MOST_KEPT) kept.push(keptDifference(difference));
      yield difference;
    }
    const told = {
      window: { from: new Date(plan.from), to: new Date(plan.to) },
      timeZone: account.zone,
      totals: run.totals(),
      counts: run.counts(),
      checkedAt,
    };
    const result = { ...told, summary: () => summaryInWords(told) };
    await this.book.keep(
      { account: this.options.accountSid, environment: this.options.environment },
      result,
      kept,
    );
    return result;
  }

  async #ask(reader: VendorReader): Promise<Account> {
    const { accountTimeZone } = this.options.verdicts;
    if (accountTimeZone !== null) {
      return { zone: { name: accountTimeZone, toldBy: 'option' }, currency: null };
    }
    const { timeZone = null, currency = null } = (await reader.company()) ?? {};
    const name = timeZone === null ? null : knownTimeZone(timeZone);
    const zone =
      name === null ? ({ name: 'UTC', toldBy: 'nobody' } as const) : { name, toldBy: 'impact.com' as const };
    return { zone, currency };
  }
}
