import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  attribute,
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
  type Script,
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
  type SaleEntry,
  type SaleKey,
  type Stamp,
} from '../ledger/index.js';
import {
  type ConversionChange,
  type ConversionInput,
  type ConversionRefund,
  type ConversionReversal,
  currencyDecimals,
  customerIdOf,
  formatMoney,
  InvalidConversionError,
  prepareSale,
  type SalePreparation,
} from '../wire/index.js';
import { NotConfiguredError } from './conversion.errors.js';
import { correctionEntry } from './correction.entry.js';
import { correctedOrderId, storedOrderId } from './order.key.js';
import { entryOf, type EntryContext, NO_CLICK, parkedEntryOf } from './sale.entry.js';
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
    const row = await this.#write(options, () =>
      this.#record(prepared, request, { options: this.options, now }),
    );
    this.#ring(options);
    return this.#readModel(row);
  }

  /**
   * Changes a recorded sale: its new total, its changed lines, or the customer's status.
   *
   * The correction is stored durably under its key, also before its sale; this version does not send it yet.
   *
   * @throws InvalidConversionError, CorrectionConflictError, ForeignManagerError, DatabaseBusyError.
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
      return { row, lines: yield* ledger.story(row.id), corrections: yield* ledger.corrections(key) };
    });
    if (found === null) throw new NotRecordedError(orderId);
    return tellStory(found.row, this.#readModel(found.row), found.lines, found.corrections);
  }

  *#record(prepared: SalePreparation, request: HeldRequest, context: EntryContext): Script<ConversionRow> {
    const attribution = yield* this.#attributionOf(prepared, request, context.now);
    const entry = (frozen: Attribution): SaleEntry =>
      prepared.ok ? entryOf(prepared, frozen, context) : parkedEntryOf(prepared, frozen, context);
    return yield* this.ledger.record(entry(attribution), (frozen) => entry(frozen as Attribution));
  }

  *#attributionOf(prepared: SalePreparation, request: HeldRequest, now: Date): Script<Attribution> {
    if (prepared.ok) {
      const { sale } = prepared;
      const at = endOfSecond(sale.eventDate);
      return yield* this.#attribute({ ...sale, customerId: customerIdOf(sale), at, request });
    }
    const { unusable } = prepared;
    // Whoever named a click will name it again, and rightly.
    if (unusable.understood['clickId'] !== undefined) return NO_CLICK;
    return yield* this.#attribute({
      ...unusable,
      clickId: null,
      at: unusable.eventAt ?? now.getTime(),
      request,
    });
  }

  *#attribute(sale: {
    clickId: string | null;
    orderId: string;
    subscription: string | null;
    customerId: string | null;
    at: number;
    request: HeldRequest;
  }): Script<Attribution> {
    const candidates = yield* this.clicks.candidatesFor({
      clickId: sale.clickId,
      order: sale.orderId,
      subscription: sale.subscription ?? undefined,
      customer: sale.customerId ?? undefined,
    });
    const { policy, referralWindow: window } = this.options.capture;
    return attribute({
      clickId: sale.clickId,
      candidates,
      request: sale.request,
      policy,
      window,
      at: sale.at,
    });
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
    return this.#write(options, function* () {
      const sale = yield* ledger.byOrder(key);
      return yield* ledger.recordCorrection(
        correctionEntry(key, kind, input, sale?.currency ?? null, rules),
        sale?.id ?? null,
      );
    });
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

/** An event date has no milliseconds, and a click of the same second came before it. */
const endOfSecond = (eventDate: string): number => new Date(eventDate).getTime() + 999;

/** A parked sale may have no currency that exists; reading it must not fail the caller's transaction. */
const decimalOf = (minor: bigint, currency: string): string =>
  currencyDecimals(currency) === undefined ? String(minor) : formatMoney(minor, currency);
