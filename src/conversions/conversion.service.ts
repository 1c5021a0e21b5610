import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type Attribution,
  ClickIdRepository,
  type HeldRequest,
  ImpactRequestContext,
} from '../clicks/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import {
  type Clock,
  IMPACT_CLOCK,
  IMPACT_DATABASE,
  type ImpactDatabase,
  readElsewhere,
  type Script,
  StaleSnapshotError,
} from '../database/index.js';
import {
  type Conversion,
  ConversionLedger,
  conversionOf,
  type ConversionRow,
  type ConversionStory,
  type Correction,
  type CorrectionKind,
  Doorbell,
  NotRecordedError,
  PromoCodeBook,
  type SaleKey,
  type SaleToRecord,
  type Stamp,
} from '../ledger/index.js';
import {
  type ConversionChange,
  type ConversionInput,
  type ConversionRefund,
  type ConversionReversal,
  currencyDecimals,
  formatMoney,
  InvalidConversionError,
  prepareSale,
  type SalePreparation,
} from '../wire/index.js';
import { NotConfiguredError } from './conversion.errors.js';
import { assertCallersKey, assertKnownLines, correctionEntry } from './correction.entry.js';
import { correctedOrderId, storedOrderId } from './order.key.js';
import { attributionOf } from './sale.attribution.js';
import { type EntryContext, entryWith, type GivenClick, NOBODYS_CLICK } from './sale.entry.js';
import { testReversal } from './test-reversal.js';
import { tellStory } from './story.rules.js';

export interface ConversionOptions {
  /** The transaction to join, as handed out by `dataSource.transaction()`. Default: a transaction of the module's own. */
  readonly manager?: EntityManager | undefined;
  /** Alias of the event type: keeps order ids apart. Sent is the one configured event type, whatever its alias. Default: the configured one. */
  readonly eventType?: string;
  /** Key of the program. Default: the configured one. */
  readonly program?: string;
}

/** How long a write without a manager waits for the app's transaction on SQLite's only connection. */
const PATIENCE = { patience: 5000 };

/**
 * Turns the shop's orders into sales that are delivered to impact.com, and says what became of them.
 *
 * Nothing here calls impact.com: what is recorded is a row, and the row is delivered later.
 */
@Injectable()
export class ConversionService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly clicks: ClickIdRepository,
    private readonly context: ImpactRequestContext,
    private readonly ledger: ConversionLedger,
    private readonly doorbell: Doorbell,
    private readonly promoCodes: PromoCodeBook,
  ) {}

  /**
   * Records a sale: one row, one delivery and one line of story, in the caller's transaction when a
   * `manager` is given. The click that wins is decided now and frozen.
   *
   * The same order again with the same content answers the same sale. The order's identity is its id, per
   * program and event type.
   *
   * @throws InvalidConversionError naming every field, when `recording.onInvalid` is `throw`; with `park`
   * such a sale is kept as `UNDELIVERABLE` and the caller's transaction goes on.
   * @throws ConversionConflictError when the order was recorded with other content.
   * @throws NotConfiguredError for a program or event type that is not configured.
   * @throws ForeignManagerError when the manager belongs to another data source.
   * @throws StaleSnapshotError when the transaction's snapshot hides a sale that only another connection could
   * read or mend, and that was not possible; the transaction stays usable (docs/database.md).
   * @throws DatabaseBusyError without a manager, when a transaction keeps SQLite's connection for 5 seconds.
   */
  async record(sale: ConversionInput, options: ConversionOptions = {}): Promise<Conversion> {
    // Read before the first await: after it the response may have ended.
    const request = this.context.hold();
    const now = this.clock.now();
    this.#assertKnown(options);
    const prepared = prepareSale(sale, this.options.recording, { now });
    if (!prepared.ok && this.options.recording.onInvalid === 'throw') {
      throw new InvalidConversionError(prepared.problems);
    }
    const context = { options: this.options, now, promoCodes: this.promoCodes };
    const row = await this.#despiteSnapshot(
      () => this.#write(options, () => this.#record(prepared, request, context)),
      async (stale) => {
        const entry = entryWith(prepared, NOBODYS_CLICK, context);
        const known = await readElsewhere(this.database, () => this.ledger.byOrder(entry), stale);
        return this.#write(options, () => this.ledger.compare(known, entry));
      },
    );
    this.#ring(options);
    return this.#readModel(row);
  }

  /**
   * Changes a recorded sale: its new total, its changed lines, the customer's status, or back to what was first
   * reported (docs/corrections.md).
   *
   * The correction is stored under its key, also before its sale, in the caller's transaction when a `manager`
   * is given. It is sent once the sale has an action, after every earlier correction of the sale, and is
   * `confirmed` when the action shows it. The same key with the same content is the same correction.
   *
   * A sale that nobody has begun to send, and of which nothing is left, is not sent at all.
   *
   * @throws InvalidConversionError naming every field, also a sku that the recorded sale has not.
   * @throws CorrectionConflictError when the key was used for another change of the order.
   * @throws NotConfiguredError, ForeignManagerError, StaleSnapshotError, DatabaseBusyError as {@link record} does.
   */
  async modify(
    orderId: string,
    change: ConversionChange,
    options: ConversionOptions = {},
  ): Promise<Correction> {
    return this.#correct('modify', orderId, change, options);
  }

  /** Records a refund, by line or as a merchandise amount given back, net. See {@link modify}. */
  async refund(
    orderId: string,
    refund: ConversionRefund,
    options: ConversionOptions = {},
  ): Promise<Correction> {
    return this.#correct('refund', orderId, refund, options);
  }

  /** Takes the whole sale back. See {@link modify}. */
  async reverse(
    orderId: string,
    reversal: ConversionReversal,
    options: ConversionOptions = {},
  ): Promise<Correction> {
    return this.#correct('reverse', orderId, reversal, options);
  }

  /** The sale as it stands; `null` when the order was never recorded. */
  async find(orderId: string, options: ConversionOptions = {}): Promise<Conversion | null> {
    const key = this.#key(storedOrderId(orderId), options);
    const row = await this.#read(options, () => this.ledger.byOrder(key));
    return row === null ? null : this.#readModel(row);
  }

  /**
   * Everything that is known about a sale: its click and why it won, each attempt, verdict and corrections,
   * in words and data.
   *
   * @throws NotRecordedError when the order was never recorded; {@link find} answers `null` then.
   */
  async explain(orderId: string, options: ConversionOptions = {}): Promise<ConversionStory> {
    const key = this.#key(storedOrderId(orderId), options);
    const { ledger } = this;
    const found = await this.#read(options, function* () {
      const row = yield* ledger.byOrder(key);
      if (row === null) return null;
      return { row, lines: yield* ledger.story(row), corrections: yield* ledger.corrections(key) };
    });
    if (found === null) throw new NotRecordedError(orderId);
    return tellStory(found.row, this.#readModel(found.row), found.lines, found.corrections);
  }

  /**
   * Recording one usable sale as a part of a larger transaction, outside of every request: for imports.
   *
   * @internal
   */
  recording(prepared: SalePreparation, now: Date): Script<ConversionRow> {
    const context = { options: this.options, now, promoCodes: this.promoCodes };
    return this.#record(prepared, NO_REQUEST, context);
  }

  *#record(prepared: SalePreparation, request: HeldRequest, context: EntryContext): Script<ConversionRow> {
    const { attribution, at, strict, kept } = yield* attributionOf(prepared, request, context, this.clicks);
    const { clickId } = attribution;
    const isTest = prepared.ok && prepared.sale.test;
    // Whose click it is matters to a test order alone.
    const partnerId = isTest && clickId !== null ? yield* this.clicks.partnerOf(clickId) : null;
    const entry = entryWith(prepared, { attribution, partnerId }, context);
    const row = yield* this.ledger.record({
      entry,
      at,
      strict,
      frozen: (frozen) => entryWith(prepared, frozenClick(frozen as Attribution), context),
    } satisfies SaleToRecord);
    if (isTest && entry.state === 'RECORDED') {
      yield* this.ledger.recordCorrection(testReversal(entry, this.options.recording), row.id);
    }
    if (kept !== null && kept.clickId === row.clickId && entry.subscription !== null) {
      yield* this.clicks.keepForSubscription(kept, entry.subscription);
    }
    return row;
  }

  async #correct(
    kind: CorrectionKind,
    orderId: string,
    input: ConversionChange | ConversionRefund | ConversionReversal,
    options: ConversionOptions,
  ): Promise<Correction> {
    const key = this.#key(correctedOrderId(orderId), options);
    const { ledger } = this;
    const rules = this.options.recording;
    assertCallersKey(input);
    const entryOn = (currency: string | null) => correctionEntry(key, kind, input, currency, rules);
    return this.#despiteSnapshot(
      () =>
        this.#write(options, function* () {
          const sale = yield* ledger.byOrder(key);
          const entry = entryOn(sale?.currency ?? null);
          if (sale === null) return yield* ledger.recordCorrection(entry, null);
          assertKnownLines(sale, entry);
          const correction = yield* ledger.recordCorrection(entry, sale.id);
          if (correction.state !== 'held' || !(yield* ledger.takeBackUnsent(sale))) return correction;
          return { ...correction, state: 'nothing-to-correct' as const };
        }),
      (stale) => readElsewhere(this.database, () => ledger.correction(entryOn(null)), stale),
    );
  }

  #key(orderId: string, options: ConversionOptions): SaleKey & Stamp {
    this.#assertKnown(options);
    const { accountSid: account, environment, program, eventType } = this.options;
    return { account, environment, program, eventType, orderId };
  }

  /** An alias that nothing is configured for would be a second key for the same event type: one order, two sales. */
  #assertKnown(options: ConversionOptions): void {
    for (const kind of ['program', 'eventType'] as const) {
      const given = options[kind];
      if (given !== undefined && given !== this.options[kind])
        throw new NotConfiguredError(kind, this.options[kind]);
    }
  }

  /** A snapshot that is too old to show what somebody else has stored: `elsewhere` finds it, and nothing was written yet. */
  async #despiteSnapshot<T>(
    work: () => Promise<T>,
    elsewhere: (stale: StaleSnapshotError) => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StaleSnapshotError)) throw error;
      return elsewhere(error);
    }
  }

  #ring({ manager }: ConversionOptions): void {
    if (manager?.queryRunner?.isTransactionActive === true) this.doorbell.ringAfterCommit();
    else this.doorbell.ring();
  }

  #write<T>({ manager }: ConversionOptions, script: () => Script<T>): Promise<T> {
    return manager === undefined
      ? this.database.write(script, PATIENCE)
      : this.database.within(manager, script, PATIENCE);
  }

  #read<T>({ manager }: ConversionOptions, script: () => Script<T>): Promise<T> {
    return manager === undefined
      ? this.database.read(script)
      : this.database.within(manager, script, PATIENCE);
  }

  #readModel(row: ConversionRow): Conversion {
    return conversionOf(row, decimalOf);
  }
}

const frozenClick = (attribution: Attribution): GivenClick => ({ attribution, partnerId: null });

const NO_REQUEST: HeldRequest = { click: null, notTheBuyer: true, ended: false };

/** A parked sale may have no currency that exists; reading it must not fail the caller's transaction. */
const decimalOf = (minor: bigint, currency: string): string =>
  currencyDecimals(currency) === undefined ? String(minor) : formatMoney(minor, currency);
