import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../../database/index.js';
import { Doorbell } from '../../ledger/index.js';
import { BackfillFormatError, BackfillRefusedError } from './backfill.errors.js';
import { BackfillLedger } from './backfill.ledger.js';
import { BackfillTally } from './backfill.tally.js';
import type { BackfillOptions, BackfillProgress, BackfillReport, BackfillSource } from './backfill.types.js';
import { checkOrder, type CheckedOrder } from './order.check.js';
import { readOrders } from './order.reader.js';
import { openSource } from './source.reader.js';

/** Orders of one transaction. */
const BATCH = 100;

/**
 * Imports past sales.
 *
 * - A dry run is the default: it checks every line and says what would be recorded.
 * - Recording is idempotent by order: a second run records only what is missing, and one that was ended
 *   goes on at the line that its report names.
 * - The source is read as fast as it is recorded, a batch at a time; it may be of any length.
 * - What is recorded is delivered by the dispatcher, behind everything else and within the budget.
 * - A line that breaks a rule, or differs from what was recorded before, is reported and ends nothing.
 */
@Injectable()
export class BackfillService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(BackfillLedger) private readonly ledger: BackfillLedger,
    @Inject(Doorbell) private readonly doorbell: Doorbell,
  ) {}

  /**
   * @throws BackfillFormatError when a CSV file has no usable header, or cannot be read on. What came before
   * is recorded; `onProgress` has told how far it came.
   * @throws BackfillRefusedError without `dryRun` in mode `dry-run`, and for options that cannot be.
   */
  async import(source: BackfillSource, options: BackfillOptions = {}): Promise<BackfillReport> {
    const run = this.run(source, options);
    let step = await run.next();
    while (step.done !== true) {
      await options.onProgress?.(step.value);
      step = await run.next();
    }
    return step.value;
  }

  /** The same as {@link import}, one progress after the other: reads on only when the next one is asked for. */
  async *run(
    source: BackfillSource,
    options: BackfillOptions = {},
  ): AsyncGenerator<BackfillProgress, BackfillReport, void> {
    const { dryRun = true, allowOld = false, signal } = options;
    this.#assertSensible(options, dryRun);
    const { maxRequestsPerHour } = this.options.delivery;
    const tally = new BackfillTally(await this.ledger.waiting(), maxRequestsPerHour, options);
    yield tally.progress();

    let ignoredColumns: readonly string[] = [];
    const orders = readOrders(await openSource(source, signal), {
      own: this.options,
      options,
      onHeader: ({ ignored }) => {
        ignoredColumns = ignored;
      },
    });
    const settle = async (batch: readonly CheckedOrder[]): Promise<BackfillProgress> => {
      const now = this.clock.now();
      const settled = dryRun ? await this.ledger.preview(batch, now) : await this.ledger.record(batch, now);
      if (!dryRun) this.doorbell.ring();
      tally.add(batch, settled);
      return tally.progress();
    };
    let batch: CheckedOrder[] = [];
    let broken: BackfillFormatError | null = null;
    try {
      for await (const order of orders) {
        if (signal?.aborted === true) break;
        batch.push(checkOrder(order, this.options, { now: this.clock.now(), allowOld }));
        if (batch.length < BATCH) continue;
        yield await settle(batch);
        batch = [];
      }
    } catch (error) {
      if (!(error instanceof BackfillFormatError)) throw error;
      broken = error;
    }
    // The end of a source that was cut off may be half an order, or look like a broken file.
    const aborted = signal?.aborted === true;
    if (!aborted && batch.length > 0) yield await settle(batch);
    if (!aborted && broken !== null) throw broken;
    return tally.report({ dryRun, aborted, ignoredColumns });
  }

  #assertSensible({ from = 1, delimiter, currency }: BackfillOptions, dryRun: boolean): void {
    if (!dryRun && this.options.mode === 'dry-run') {
      throw new BackfillRefusedError(
        'In mode "dry-run" imported sales would be kept unsent and stand in the way of a later import. ' +
          'Set IMPACT_MODE=live first, or leave dryRun on.',
      );
    }
    if (!Number.isSafeInteger(from) || from < 1) {
      throw new BackfillRefusedError('The option "from" is no line. Give a whole number from 1.');
    }
    if (delimiter !== undefined && ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter))) {
      throw new BackfillRefusedError(
        'The option "delimiter" is no separator. Give one character that is no quote and no line end.',
      );
    }
    if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) {
      throw new BackfillRefusedError('The option "currency" is no ISO 4217 code. Write it like "EUR".');
    }
  }
}
