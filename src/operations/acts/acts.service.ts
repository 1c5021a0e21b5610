import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { storedOrderId } from '../../conversions/index.js';
import {
  type Clock,
  IMPACT_CLOCK,
  IMPACT_DATABASE,
  type ImpactDatabase,
  type Script,
} from '../../database/index.js';
import {
  ConversionLedger,
  type ConversionRow,
  Doorbell,
  NotRecordedError,
  type SaleKey,
  type Stamp,
  tell,
} from '../../ledger/index.js';
import { ActRefusedError } from './acts.errors.js';
import { countKept, keptSales, letOut, retryCorrection, retrySale, saleCallOf } from './acts.statements.js';
import type { ActedBy, KeptSale, ReleaseFilter, ReleaseOptions, ReleaseReport } from './acts.types.js';
import { whyKept } from './release.rules.js';

/** Longest text that is kept of an act. */
const LONGEST = 1000;
const MOST_KEPT_TOLD = 100;

/**
 * What a person does by hand. Who did it, when and why is a line in the story of the sale.
 *
 * Nothing is called here: what is made due is sent by the dispatcher.
 */
@Injectable()
export class ActsService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly ledger: ConversionLedger,
    private readonly doorbell: Doorbell,
  ) {}

  /**
   * Makes a sale due again that impact.com has refused, or that grew too old while nobody could be reached. It is
   * tried for the whole of `delivery.maxAge` once more.
   *
   * @throws NotRecordedError, and ActRefusedError when there is nothing to try again.
   */
  async retry(orderId: string, act: ActedBy): Promise<void> {
    const acted = this.#acted(act);
    const key = this.#key(orderId);
    await this.#written(orderId, key, function* (database, sale) {
      if (sale.state !== 'UNDELIVERABLE') throw notRefused(orderId, sale);
      const call = yield* saleCallOf(sale.id);
      if (call === null || !call.finished || sale.request[0]?.[0] === 'understood') {
        throw new ActRefusedError(
          orderId,
          `it breaks a rule (${sale.problems.join(' ')}), so there is nothing that could be sent`,
          'Record the order again with corrected data.',
        );
      }
      return yield* retrySale(database, sale, acted);
    });
  }

  /**
   * The same for a correction that impact.com has refused.
   *
   * @throws NotRecordedError, and ActRefusedError when there is no such correction, or it is a claim by now.
   */
  async retryCorrection(orderId: string, correctionKey: string, act: ActedBy): Promise<void> {
    const acted = this.#acted(act);
    const key = this.#key(orderId);
    const { ledger } = this;
    await this.#written(orderId, key, function* (database, sale) {
      const corrections = yield* ledger.corrections(key);
      const correction = corrections.find((one) => one.key === correctionKey);
      if (correction === undefined) {
        const keys = corrections.map((one) => one.key).join(', ');
        throw new ActRefusedError(
          orderId,
          `it has no correction under the key ${JSON.stringify(correctionKey)}`,
          keys === '' ? 'It has none at all.' : `Give one of: ${keys}.`,
        );
      }
      if (correction.claim !== null) {
        throw new ActRefusedError(
          orderId,
          'the action can no longer be changed by a call, and the correction is a claim',
          'Settle it with the partner, and then settle the claim.',
        );
      }
      if (correction.state !== 'refused') {
        throw new ActRefusedError(
          orderId,
          `the correction is ${correction.state}`,
          'Only one that was refused can be tried again.',
        );
      }
      return yield* retryCorrection(database, sale.id, correction, acted);
    });
  }

  /**
   * Lets sales out that were recorded in dry-run mode: they are sent like any other from then on. Sales that
   * can no longer be right are kept, and the report says why.
   *
   * @throws NotRecordedError for an order that was never recorded; ActRefusedError for one that is not kept.
   */
  async release(filter: ReleaseFilter, options: ReleaseOptions): Promise<ReleaseReport> {
    const acted = this.#acted(options);
    const { database } = this;
    const orderId = 'orderId' in filter ? storedOrderId(filter.orderId) : null;
    const { program, eventType } = this.options;
    const of = { ...this.#stamp(), program, eventType };
    if (orderId !== null) await this.#assertKept(orderId);
    const total = await database.read(() => countKept(of, orderId));
    const rules = {
      campaignId: this.options.campaignId,
      eventTypeId: this.options.eventTypeId,
      now: this.clock.now(),
      allowOld: options.allowOld ?? false,
    };
    const report = { released: 0, kept: [] as KeptSale[], moreKept: 0, aborted: false };
    let [looked, after] = [0, ''];
    for (;;) {
      if (options.signal?.aborted === true) return { ...report, aborted: true };
      const from = after;
      const judged = await database.write(function* () {
        const sales = yield* keptSales(database, of, orderId, from);
        const told = sales.map((sale) => ({ sale, why: whyKept(sale, rules) }));
        const free = told.filter(({ why }) => why === null).map(({ sale }) => sale);
        if (options.dryRun !== true) yield* letOut(database, of, free, acted);
        return told;
      });
      const last = judged.at(-1);
      if (last === undefined) return report;
      for (const { sale, why } of judged) {
        if (why === null) report.released += 1;
        else if (report.kept.length < MOST_KEPT_TOLD) report.kept.push({ orderId: sale.orderId, why });
        else report.moreKept += 1;
      }
      if (options.dryRun !== true) this.doorbell.ring();
      after = last.sale.id;
      looked += judged.length;
      options.onProgress?.({ looked, total });
    }
  }

  /**
   * Says in the story of a sale who has done something to it by another way, and why. Of an order that was never
   * recorded nothing is said.
   */
  async note(orderId: string, did: string, act: ActedBy): Promise<void> {
    const { database, ledger } = this;
    const key = this.#key(orderId);
    const data = { did, ...this.#acted(act) };
    await database.write(function* () {
      const sale = yield* ledger.byOrder(key);
      if (sale !== null) yield* tell(database, sale.id, 'by-hand', data);
    });
  }

  async #assertKept(orderId: string): Promise<void> {
    const key = this.#key(orderId);
    const sale = await this.database.read(() => this.ledger.byOrder(key));
    if (sale === null) throw new NotRecordedError(orderId);
    this.#assertOurs(orderId, sale);
    if (sale.state === 'DRY_RUN') return;
    throw new ActRefusedError(
      orderId,
      `it is ${sale.state}`,
      'Only a sale that was recorded in dry-run mode can be released.',
    );
  }

  async #written(
    orderId: string,
    key: SaleKey,
    act: (database: ImpactDatabase, sale: ConversionRow) => Script<boolean>,
  ): Promise<void> {
    const { database, ledger } = this;
    const self = this;
    const done = await database.write(function* () {
      const sale = yield* ledger.byOrder(key, database.dialect.lockRow);
      if (sale === null) throw new NotRecordedError(orderId);
      self.#assertOurs(orderId, sale);
      return yield* act(database, sale);
    });
    if (!done) {
      throw new ActRefusedError(orderId, 'it changed at this very moment', 'Look at it again.');
    }
    this.doorbell.ring();
  }

  #assertOurs(orderId: string, { account, environment }: Stamp): void {
    if (account === this.options.accountSid && environment === this.options.environment) return;
    throw new ActRefusedError(
      orderId,
      environment === this.options.environment
        ? 'it was recorded for another account'
        : `it was recorded in the environment "${environment}", and this is "${this.options.environment}"`,
      'Rows of another stamp are never sent. Set IMPACT_ENVIRONMENT and the credentials as the app has them.',
    );
  }

  /** @throws ActRefusedError where nothing is ever sent. */
  #acted({ by, why }: ActedBy): ActedBy {
    if (this.options.mode !== 'live') {
      throw new ActRefusedError(
        null,
        'The mode is "dry-run", in which nothing is sent',
        'Set IMPACT_MODE=live, as the app has it, and try again.',
      );
    }
    for (const [name, value] of Object.entries({ by, why })) {
      if (value.trim() === '') {
        throw new ActRefusedError(null, `"${name}" is empty`, 'Say who acts and why: the story keeps it.');
      }
    }
    return { by: by.slice(0, LONGEST), why: why.slice(0, LONGEST) };
  }

  #key(orderId: string): SaleKey & Stamp {
    const { program, eventType } = this.options;
    return { ...this.#stamp(), program, eventType, orderId: storedOrderId(orderId) };
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

function notRefused(orderId: string, { state }: ConversionRow): ActRefusedError {
  const fix =
    state === 'DRY_RUN'
      ? 'Release it instead.'
      : state === 'REJECTED'
        ? 'impact.com has taken it and refused it afterwards: mend the cause, and let a reconciliation send it again.'
        : 'Only a sale that needs a person (UNDELIVERABLE) can be tried again.';
  return new ActRefusedError(orderId, `it is ${state}`, fix);
}
