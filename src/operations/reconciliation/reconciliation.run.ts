import type { ResolvedImpactOptions } from '../../config/index.js';
import type { ImpactDatabase } from '../../database/index.js';
import type { AccountCalendar } from './account.calendar.js';
import { ActionShelf, currentOf, type ShelvedAction, vendorSide } from './action.shelf.js';
import {
  type Absence,
  claimsOf,
  compareSale,
  type ConvertedPair,
  judgeAbsence,
  ledgerSide,
  type SaleFacts,
} from './comparison.rules.js';
import { judgeRates } from './conversion-rate.rules.js';
import type { Difference, Finding, ShopSide } from './difference.model.js';
import { DifferenceTeller } from './difference.teller.js';
import type { Plan, ReconciliationOptions, ShopOrder } from './reconciliation.options.js';
import type { ReconciliationRepair } from './reconciliation.repair.js';
import type { ReconciliationCounts } from './reconciliation.report.js';
import {
  BATCH,
  type SalePage,
  type SalePosition,
  salesByOrder,
  salesOf,
  timeOf,
} from './reconciliation.statements.js';
import { type Desk, ShopComparison } from './shop.comparison.js';
import { type Totals, totalsOf } from './totals.rules.js';
import type { VendorReader } from './vendor.reader.js';

/** The vendor's event date may be another one than the sale's: a day each side is read too. */
const MARGIN = 86_400_000;

export interface RunParts {
  readonly options: ResolvedImpactOptions;
  readonly database: ImpactDatabase;
  readonly reader: VendorReader;
  readonly repair: ReconciliationRepair;
  readonly calendar: AccountCalendar;
  readonly plan: Plan;
  readonly accountCurrency: string | null;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * One comparison of the ledger with the vendor.
 *
 * - The vendor's actions of the window are kept in memory in a compact form; the ledger's sales and the shop's
 *   list stream past them, a batch at a time.
 * - An order without an action is looked for once more among everything that was updated since: the vendor dates
 *   late sales by their arrival. So nothing is called missing, or sent again, that was not searched for.
 */
export class ReconciliationRun {
  readonly #desk: Desk;
  readonly #shop: ShopComparison;
  readonly #pairs: ConvertedPair[] = [];
  readonly #without: Record<Absence, number> = {
    waiting: 0,
    young: 0,
    organic: 0,
    rejected: 0,
    'not-sent': 0,
  };
  #sales = 0;
  #matched = 0;
  #converted = 0;
  #notJudged = 0;

  constructor(private readonly parts: RunParts) {
    const { options, database, signal, plan, accountCurrency, now } = parts;
    this.#desk = {
      options,
      database,
      signal,
      teller: new DifferenceTeller(plan.apply ? parts.repair : null),
      shelf: new ActionShelf(new Set(options.recording.test.partners)),
      lonely: new Map(),
      inputs: new Map(),
      toldOfLock: new Set(),
      context: {
        now,
        accountCurrency,
        grace: plan.grace,
        locksWithin: plan.locksWithin,
        mended: plan.mended,
        appearsWithin: options.verdicts.rereadFor,
      },
    };
    this.#shop = new ShopComparison(this.#desk);
  }

  async *differences(orders: ReconciliationOptions['orders']): AsyncGenerator<Difference, void, undefined> {
    const { reader, plan, now } = this.parts;
    const [from, to] = [plan.from - MARGIN, Math.min(plan.to, now) + MARGIN];
    if (from < to) await reader.actions('actionDate', { from, to }, (action) => this.#desk.shelf.put(action));
    yield* this.#compareLedger();
    yield* this.#findOwners();
    yield* this.#judgeConverted();
    if (orders !== undefined) yield* this.#shop.differences(orders);
    yield* this.#tellUnknown();
    yield* this.#searchLonely();
  }

  counts(): ReconciliationCounts {
    const { plan, reader } = this.parts;
    const { 'not-sent': notSent, ...without } = this.#without;
    let actions = 0;
    for (const { owner, eventAt, createdAt } of this.#desk.shelf.all()) {
      if (owner !== 'test' && isIn(plan, eventAt ?? createdAt)) actions += 1;
    }
    return {
      sales: this.#sales,
      actions,
      matched: this.#matched,
      converted: this.#converted,
      notJudged: this.#notJudged,
      withoutAction: { ...without, notSent },
      orders: this.#shop.orders,
      differences: { ...this.#desk.teller.kinds },
      repaired: this.#desk.teller.repaired,
      calls: reader.calls,
    };
  }

  totals(): Totals {
    const { plan, calendar, now } = this.parts;
    return totalsOf(this.#desk.shelf.all(), { from: plan.from, to: plan.to, now }, calendar);
  }

  async *#compareLedger(): AsyncGenerator<Difference, void, undefined> {
    const { database, options, plan } = this.parts;
    const { accountSid: account, environment, program, eventType } = options;
    const of = { account, environment, program, eventType };
    let after: SalePosition | null = null;
    for (;;) {
      this.parts.signal.throwIfAborted();
      const behind: SalePosition | null = after;
      const { sales, next }: SalePage = await database.read(() => salesOf(database, of, plan, behind));
      for (const sale of sales) {
        if (!sale.test) this.#sales += 1;
        yield* this.#compareSale(sale, this.#desk.shelf.of(sale.wireOrderId));
      }
      if (next === null) return;
      after = next;
    }
  }

  async *#compareSale(
    sale: SaleFacts,
    actions: readonly ShelvedAction[],
  ): AsyncGenerator<Difference, void, undefined> {
    const counted = actions.filter(({ owner }) => owner !== 'test');
    // A test partner's: neither there nor missing.
    if (actions.length > 0 && counted.length === 0) return;
    if (!sale.test) for (const claim of claimsOf(sale, counted)) yield await this.#desk.teller.tell(claim);
    if (counted.length > 0) {
      const { findings, converted } = compareSale(sale, counted, this.#desk.context);
      if (sale.test) return;
      this.#matched += 1;
      if (converted !== null) this.#pairs.push(converted);
      for (const finding of findings) {
        if (finding.kind === 'locks-soon') this.#desk.toldOfLock.add(sale.id);
        yield await this.#desk.teller.tell(finding, { sale, actions: counted });
      }
      return;
    }
    if (sale.test) return;
    const absence = judgeAbsence(sale, this.#desk.context);
    if (typeof absence === 'string') this.#without[absence] += 1;
    else this.#desk.lonely.set(sale.wireOrderId, { is: 'sale', sale, finding: absence });
  }

  /** Actions of the window whose sale has another date. */
  async *#findOwners(): AsyncGenerator<Difference, void, undefined> {
    const { database, options, plan } = this.parts;
    const orphans = new Set<string>();
    for (const action of this.#desk.shelf.all()) {
      if (action.owner === 'nobody' && action.orderId !== null && isIn(plan, action.eventAt)) {
        orphans.add(action.orderId);
      }
    }
    for (const ids of batches([...orphans])) {
      this.parts.signal.throwIfAborted();
      for (const sale of await database.read(() => salesByOrder(options, ids, 'wire-order'))) {
        yield* this.#compareSale(sale, this.#desk.shelf.of(sale.wireOrderId));
      }
    }
  }

  async *#judgeConverted(): AsyncGenerator<Difference, void, undefined> {
    const verdicts = judgeRates(this.#pairs, this.parts.plan.rateTolerance);
    for (const [index, { sale, action }] of this.#pairs.entries()) {
      const verdict = verdicts[index]!;
      if (verdict.is === 'converted') this.#converted += 1;
      else if (verdict.is === 'not-judged') this.#notJudged += 1;
      else {
        const { expected } = verdict;
        const sides = { ledger: ledgerSide(sale), vendor: vendorSide(action) };
        yield await this.#desk.teller.tell({ kind: 'amount', ...sides, expected, repair: 'none' });
      }
    }
  }

  /** What is reversed earns nothing: there is nothing to do about it. */
  async *#tellUnknown(): AsyncGenerator<Difference, void, undefined> {
    for (const action of this.#desk.shelf.all()) {
      const { owner, state, eventAt, createdAt } = action;
      if (owner !== 'nobody' || state === 'REVERSED' || !isIn(this.parts.plan, eventAt ?? createdAt))
        continue;
      const vendor = vendorSide(action);
      yield await this.#desk.teller.tell({ kind: 'unknown-to-ledger', ledger: null, vendor, repair: 'none' });
    }
  }

  /** Looks for them among everything that was updated since: the vendor may have dated them otherwise. */
  async *#searchLonely(): AsyncGenerator<Difference, void, undefined> {
    if (this.#desk.lonely.size === 0) return;
    const { reader, plan, options, database } = this.parts;
    // Until this moment: one that was credited meanwhile is not missing.
    const to = await database.read(() => timeOf(database));
    const late = new ActionShelf(new Set(options.recording.test.partners));
    await reader.actions('updated', { from: plan.from - MARGIN, to }, (action) => {
      if (action.orderId !== null && this.#desk.lonely.has(action.orderId)) late.put(action);
    });
    for (const [wireId, lonely] of this.#desk.lonely) {
      const actions = late.of(wireId).filter(({ owner }) => owner !== 'test');
      if (lonely.is === 'sale') yield* this.#settleSale(lonely.sale, lonely.finding, actions);
      else yield* this.#settleOrder(lonely.order, lonely.shop, actions);
    }
  }

  async *#settleSale(
    sale: SaleFacts,
    finding: Finding,
    actions: readonly ShelvedAction[],
  ): AsyncGenerator<Difference, void, undefined> {
    if (actions.length > 0) {
      const { findings, converted } = compareSale(sale, actions, this.#desk.context);
      this.#matched += 1;
      // The rate of its time is not the window's.
      if (converted !== null) this.#notJudged += 1;
      for (const found of findings) yield await this.#desk.teller.tell(found, { sale, actions });
      return;
    }
    const input = this.#desk.inputs.get(sale.id);
    const mended: Finding = input === undefined ? finding : { ...finding, repair: 'record' };
    yield await this.#desk.teller.tell(mended, { sale, input });
  }

  async *#settleOrder(
    order: ShopOrder,
    shop: ShopSide,
    actions: readonly ShelvedAction[],
  ): AsyncGenerator<Difference, void, undefined> {
    const current = currentOf(actions);
    const input = order.sale ?? undefined;
    // Only where its actions have been looked for: outside the window there may be one.
    const at = input?.eventDate instanceof Date ? input.eventDate.getTime() : null;
    const searched = isIn(this.parts.plan, at);
    yield await this.#desk.teller.tell(
      {
        kind: 'never-recorded',
        ledger: null,
        vendor: current === null ? null : vendorSide(current),
        shop,
        repair: current === null && searched ? 'record' : 'none',
      },
      { input },
    );
  }
}

const isIn = ({ from, to }: Pick<Plan, 'from' | 'to'>, at: number | null): boolean =>
  at !== null && at >= from && at < to;

function* batches(ids: readonly string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += BATCH) yield ids.slice(start, start + BATCH);
}
