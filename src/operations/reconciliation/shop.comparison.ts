import type { ResolvedImpactOptions } from '../../config/index.js';
import type { ImpactDatabase } from '../../database/index.js';
import { type ConversionInput, wireOrderId } from '../../wire/index.js';
import { type ActionShelf, currentOf, vendorSide } from './action.shelf.js';
import { type ComparisonContext, ledgerSide, lockingSoon, type SaleFacts } from './comparison.rules.js';
import type { Difference, Finding, ShopSide } from './difference.model.js';
import type { DifferenceTeller } from './difference.teller.js';
import type { ReconciliationOptions, ShopOrder } from './reconciliation.options.js';
import { BATCH, salesByOrder } from './reconciliation.statements.js';
import { differsFromShop, orderIdOf, shopSide } from './shop.list.js';

/** A sale or an order that no action was found for in the window. */
export type Lonely =
  | { readonly is: 'sale'; readonly sale: SaleFacts; readonly finding: Finding }
  | { readonly is: 'order'; readonly order: ShopOrder; readonly shop: ShopSide };

/** What the steps of one reconciliation share. */
export interface Desk {
  readonly options: ResolvedImpactOptions;
  readonly database: ImpactDatabase;
  readonly signal: AbortSignal;
  readonly context: ComparisonContext;
  readonly teller: DifferenceTeller;
  readonly shelf: ActionShelf;
  /** By the vendor's order id. */
  readonly lonely: Map<string, Lonely>;
  /** Sales that wait for other content, and the content. */
  readonly inputs: Map<string, ConversionInput>;
  /** Sales whose lock has been told of. */
  readonly toldOfLock: Set<string>;
}

/** Compares the shop's own list with the ledger, a batch at a time. */
export class ShopComparison {
  /** Compared so far. */
  orders = 0;

  constructor(private readonly desk: Desk) {}

  async *differences(
    orders: NonNullable<ReconciliationOptions['orders']>,
  ): AsyncGenerator<Difference, void, undefined> {
    let batch: ShopOrder[] = [];
    for await (const order of orders) {
      this.orders += 1;
      batch.push(order);
      if (batch.length < BATCH) continue;
      yield* this.#compareBatch(batch);
      batch = [];
    }
    yield* this.#compareBatch(batch);
  }

  async *#compareBatch(batch: readonly ShopOrder[]): AsyncGenerator<Difference, void, undefined> {
    const { database, options, signal } = this.desk;
    signal.throwIfAborted();
    const ids = batch.map(orderIdOf);
    const sales = await database.read(() => salesByOrder(options, ids, 'order'));
    const byOrder = new Map(sales.map((sale) => [sale.orderId, sale]));
    for (const [index, order] of batch.entries()) {
      const id = ids[index]!;
      const sale = byOrder.get(id);
      const shop = shopSide(id, order);
      if (sale === undefined) yield* this.#neverRecorded(order, shop);
      else if (!sale.test) yield* this.#compareOrder(sale, order, shop);
    }
  }

  async *#compareOrder(
    sale: SaleFacts,
    order: ShopOrder,
    shop: ShopSide,
  ): AsyncGenerator<Difference, void, undefined> {
    const current = currentOf(this.desk.shelf.of(sale.wireOrderId));
    const vendor = current === null ? null : vendorSide(current);
    if (sale.state === 'UNDELIVERABLE' && order.sale) this.desk.inputs.set(sale.id, order.sale);
    // While a correction is open, either amount is right.
    else if (sale.state !== 'UNDELIVERABLE' && sale.openCorrections === 0 && differsFromShop(sale, shop)) {
      const ledger = ledgerSide(sale);
      yield await this.desk.teller.tell({
        kind: 'amount-differs-from-shop',
        ledger,
        vendor,
        shop,
        repair: 'none',
      });
    }
    if (order.fulfilled !== false || current === null || this.desk.toldOfLock.has(sale.id)) return;
    const soon = lockingSoon(sale, current, 'unfulfilled', this.desk.context);
    if (soon !== null) yield await this.desk.teller.tell(soon);
  }

  async *#neverRecorded(order: ShopOrder, shop: ShopSide): AsyncGenerator<Difference, void, undefined> {
    if (order.sale?.test === true) return;
    const wireId = wireOrderId(shop.orderId);
    const actions = this.desk.shelf.of(wireId);
    const current = currentOf(actions);
    if (current === null) {
      this.desk.lonely.set(wireId, { is: 'order', order, shop });
      return;
    }
    if (current.owner === 'test') return;
    for (const action of actions) action.owner = 'sale';
    yield await this.desk.teller.tell(
      { kind: 'never-recorded', ledger: null, vendor: vendorSide(current), shop, repair: 'none' },
      {},
    );
  }
}
