import { readAmount } from './amount.reader.js';
import { NEVER_SENT, ORDER_DISCOUNT_LIMIT } from './field.catalog.js';
import { isList, lengthOf, propertyOf } from './input.access.js';
import { readItem, type ReadItem } from './item.reader.js';
import { formatMoney } from './money.rules.js';
import type { PreparedSale } from './prepared.sale.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue } from './sale.findings.js';
import { remarkOnUnknown } from './unknown.fields.js';

/** A guard against a runaway caller; the vendor publishes no limit. */
const MOST_ITEMS = 10_000;
/** 64-bit columns hold it with room to add. */
const LARGEST_TOTAL = 10n ** 18n;

/** What a sale is worth, in the one form that was given. */
export type Worth = Pick<PreparedSale, 'amount' | 'discount' | 'items'>;

/** The one form in which the sale's value is given. Both would be credited twice (docs/vendor-contract.md §3.2). */
export function readWorth(input: object, context: ReadingContext): Worth | null {
  const { findings } = context;
  const items = propertyOf(input, 'items');
  const amount = propertyOf(input, 'amount');
  if (items !== undefined && amount !== undefined) {
    findings.refuse(
      'amount',
      'both-forms',
      'is given beside items, and impact.com would credit both',
      'Give items, or amount, not both.',
    );
    return null;
  }
  if (items !== undefined) return readItems(items, input, context);
  if (amount !== undefined) return readOrderLevel(amount, input, context);
  findings.refuse(
    'items',
    'no-form',
    'is missing, and so is amount',
    'Give the lines of the order as items, or its value after discounts as amount.',
  );
  return null;
}

function readOrderLevel(amount: unknown, input: object, context: ReadingContext): Worth | null {
  const { findings, currency } = context;
  if (propertyOf(input, 'discount') !== undefined) {
    findings.refuse(
      'discount',
      'both-forms',
      'is given beside amount, which is after discounts already',
      'Leave it out, or report items.',
    );
  }
  const minor = readAmount(amount, 'amount', context);
  if (minor === null || currency === null) return null;
  checkExpected(input, minor, () => 'amount', context);
  return { amount: formatMoney(minor, currency), discount: null, items: [] };
}

function readItems(items: unknown, input: object, context: ReadingContext): Worth | null {
  const { findings, currency } = context;
  if (!isList(items)) {
    findings.refuse(
      'items',
      'wrong-type',
      `must be a list; got ${describeValue(items)}`,
      'Give an array of lines.',
    );
    return null;
  }
  const count = lengthOf(items);
  if (count === 0 || count > MOST_ITEMS) {
    findings.refuse(
      'items',
      count === 0 ? 'empty' : 'too-many',
      count === 0 ? 'has no line' : `has ${count} lines; at most ${MOST_ITEMS} are taken`,
      'Give one entry per line of the order, or report the order as one amount.',
    );
    return null;
  }
  const read = Array.from({ length: count }, (_, index) => {
    const source = propertyOf(items, index);
    remarkOnUnknown(source, 'items', findings);
    return readItem(source, `items[${index}]`, context);
  }).filter((item) => item !== null);
  const discountGiven = propertyOf(input, 'discount');
  const discount =
    discountGiven === undefined
      ? 0n
      : readAmount(discountGiven, 'discount', context, { limit: ORDER_DISCOUNT_LIMIT });
  // Sums over a part of the lines would only accuse the wrong figure.
  if (read.length < count || discount === null || currency === null) return null;
  checkTotals(read, discount, input, context);
  return {
    amount: null,
    discount: discountGiven === undefined ? null : formatMoney(discount, currency),
    items: read.map(({ item }) => item),
  };
}

function checkTotals(
  read: readonly ReadItem[],
  discount: bigint,
  input: object,
  context: ReadingContext,
): void {
  const { findings, currency } = context;
  if (currency === null) return;
  const sum = (part: (item: ReadItem) => bigint): bigint =>
    read.reduce((total, item) => total + part(item), 0n);
  const money = (minor: bigint): string => formatMoney(minor, currency);
  const gross = sum((item) => item.gross);
  const lines = gross - sum((item) => item.tax) - sum((item) => item.discount);
  if (gross > LARGEST_TOTAL) {
    findings.refuse(
      'items',
      'too-large',
      'add up to more than can be kept',
      'Check quantities, prices and the currency.',
    );
    return;
  }
  if (discount > lines) {
    findings.refuse(
      'discount',
      'discount-too-large',
      `${money(discount)} is more than the ${money(lines)} that the lines are worth`,
      "Give whole-order discounts only: a line's coupon goes to its totalDiscount, gift cards and store credit are payment.",
    );
    return;
  }
  const explain = (): string =>
    [
      `items ${money(gross)}`,
      `tax ${money(sum((item) => item.tax))}`,
      `line discounts ${money(sum((item) => item.discount))}`,
      `order discount ${money(discount)}`,
    ].join(' less ');
  checkExpected(input, lines - discount, explain, context);
}

function checkExpected(
  input: object,
  computed: bigint,
  explain: () => string,
  context: ReadingContext,
): void {
  const { findings, currency } = context;
  const given = propertyOf(input, 'expectedTotal');
  if (given === undefined || currency === null) return;
  const expected = readAmount(given, 'expectedTotal', context, { limit: NEVER_SENT });
  if (expected === null || expected === computed) return;
  findings.refuse(
    'expectedTotal',
    'total-mismatch',
    `${formatMoney(expected, currency)} is not the ${formatMoney(computed, currency)} that impact.com would credit (${explain()})`,
    'Look for tax or shipping inside prices, a discount given twice or not at all, or a gift card taken for a discount.',
  );
}
