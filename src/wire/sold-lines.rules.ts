import { parseMoney } from './money.rules.js';
import type { Parameters } from './sale.parameters.js';
import { shared } from './share.rules.js';

/** One sku of a sale, as it was reported. */
export interface SoldLine {
  readonly sku: string;
  readonly quantity: number;
  /** What it is credited with, in minor units: net of its discount and of its share of the order's. */
  readonly amount: bigint;
  /** Lines of the sale that carry this sku: the vendor tells several of them not apart. */
  readonly count: number;
}

/** What a sale was reported with, as far as corrections go. */
export interface SoldSale {
  readonly currency: string;
  /** Minor units. */
  readonly amount: bigint;
  /** Empty when it was reported as one amount. */
  readonly lines: readonly SoldLine[];
  /** The order's discount was left to the vendor to spread: its lines may be a unit off ours (docs/vendor-contract.md §13). */
  readonly spread: boolean;
  readonly customerStatus: string | null;
}

/** Reads a sale back from its request: what was sent is what a correction starts from. */
export function soldSale(request: Parameters, currency: string, amount: bigint): SoldSale {
  const values = new Map(request);
  const discount = parseMoney(values.get('OrderDiscount') ?? '0', currency);
  const reported = request.flatMap(([name, sku]) => {
    const number = /^ItemSku(\d+)$/.exec(name)?.[1];
    if (number === undefined) return [];
    const money = (field: string): bigint => parseMoney(values.get(`${field}${number}`) ?? '0', currency);
    const net = money('ItemSubTotal') - money('ItemTotalDiscount');
    return [{ sku, quantity: Number(values.get(`ItemQuantity${number}`) ?? 1), net }];
  });
  const nets = reported.map(({ net }) => net);
  const amounts = discount === 0n ? nets : shared(amount, nets);
  return {
    currency,
    amount,
    lines: bySku(reported.map(({ sku, quantity }, index) => ({ sku, quantity, amount: amounts[index]! }))),
    spread: discount !== 0n,
    customerStatus: values.get('CustomerStatus') ?? null,
  };
}

function bySku(lines: readonly Omit<SoldLine, 'count'>[]): SoldLine[] {
  const sold = new Map<string, SoldLine>();
  for (const line of lines) {
    const known = sold.get(line.sku);
    sold.set(line.sku, {
      sku: line.sku,
      quantity: line.quantity + (known?.quantity ?? 0),
      amount: line.amount + (known?.amount ?? 0n),
      count: 1 + (known?.count ?? 0),
    });
  }
  return [...sold.values()];
}
