import type { ConversionInput, ItemInput } from './conversion.reader.js';
import {
  decimal,
  decimalsOf,
  percentOf,
  rounded,
  roundedParts,
  spread,
  sum,
  text,
  type Big,
} from './money.rules.js';

export interface Line {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly quantity: number;
  /** What counts for the payout, in the currency of the amount it belongs to. */
  readonly amount: string;
}

export interface Amount {
  readonly currency: string;
  readonly total: string;
  /** Never empty: every action has at least one item (docs/vendor-contract.md §5.3). */
  readonly lines: readonly Line[];
}

/** The payout base of a sale: merchandise after discounts, without shipping and tax (§11.4). */
export function saleAmount(input: ConversionInput, accountCurrency: string): Amount {
  const currency = input.fields['CurrencyCode'] ?? accountCurrency;
  const decimals = decimalsOf(currency);
  if (input.items.length === 0) {
    const total = text(orderTotal(input), decimals);
    return {
      currency,
      total,
      lines: [{ sku: 'OTHER', name: '', category: 'OTHER', quantity: 1, amount: total }],
    };
  }
  const whole = input.fields['Amount'];
  const exact =
    whole === undefined
      ? discounted(input, input.items.map(lineTotal))
      : spread(decimal(whole), input.items.map(quantityOf), decimals);
  const total = rounded(sum(exact), decimals);
  const parts = roundedParts(exact, total, decimals);
  return {
    currency,
    total: total.toFixed(decimals),
    lines: input.items.map((item, index) => ({
      sku: item.fields['ItemSku'] ?? '',
      name: item.fields['ItemName'] ?? '',
      category: item.fields['ItemCategory'] ?? '',
      quantity: Number(item.fields['ItemQuantity'] ?? 1),
      amount: text(parts[index] ?? decimal(0), decimals),
    })),
  };
}

/** The same amount in another currency; its lines add up to its total there too. */
export function convertAmount(amount: Amount, currency: string, rate: string): Amount {
  if (amount.currency === currency) return amount;
  const decimals = decimalsOf(currency);
  const exact = amount.lines.map((line) => decimal(line.amount).times(rate));
  const total = rounded(decimal(amount.total).times(rate), decimals);
  const parts = roundedParts(exact, total, decimals);
  return {
    currency,
    total: total.toFixed(decimals),
    lines: amount.lines.map((line, index) => ({
      ...line,
      amount: text(parts[index] ?? decimal(0), decimals),
    })),
  };
}

export function payoutOf(amount: string, ratePercent: string, currency: string): string {
  return text(percentOf(ratePercent, decimal(amount)), decimalsOf(currency));
}

/** `Amount` and the post-discount total are after discount already; only the pre-discount total is reduced. */
function orderTotal({ fields }: ConversionInput): Big {
  const after = fields['OrderSubTotalPostDiscount'] ?? fields['Amount'];
  if (after !== undefined) return decimal(after);
  const before = decimal(fields['OrderSubTotalPreDiscount'] ?? 0);
  return notNegative(before.minus(orderDiscount(fields, before)));
}

function lineTotal({ fields }: ItemInput): Big {
  const quantity = decimal(fields['ItemQuantity'] ?? 1);
  const gross = fields['ItemSubTotal'] ?? decimal(fields['ItemPrice'] ?? 0).times(quantity);
  const base = decimal(gross);
  const discount = sum([
    decimal(fields['ItemTotalDiscount'] ?? 0),
    decimal(fields['ItemDiscount'] ?? 0).times(quantity),
    percentOf(fields['ItemDiscountRate'] ?? '0', base),
  ]);
  return notNegative(base.minus(discount));
}

function discounted({ fields }: ConversionInput, lines: readonly Big[]): Big[] {
  const whole = sum(lines);
  if (whole.eq(0)) return [...lines];
  const kept = notNegative(whole.minus(orderDiscount(fields, whole)));
  return lines.map((line) => line.times(kept).div(whole));
}

function orderDiscount(fields: ConversionInput['fields'], base: Big): Big {
  return decimal(fields['OrderDiscount'] ?? 0).plus(percentOf(fields['OrderDiscountRate'] ?? '0', base));
}

const quantityOf = (item: ItemInput): Big => decimal(item.fields['ItemQuantity'] ?? 1);

const notNegative = (value: Big): Big => (value.lt(0) ? decimal(0) : value);
