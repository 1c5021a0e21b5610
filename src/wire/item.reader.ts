import { readCustomFields } from './custom-field.reader.js';
import {
  DEFAULT_LENGTH,
  ITEM_FIELDS,
  ITEM_SUBTOTAL_LIMIT,
  NEVER_SENT,
  type AmountLimit,
} from './field.catalog.js';
import { readAmount, remarkOnSize } from './amount.reader.js';
import { readField } from './field.readers.js';
import { isRecord, propertyOf } from './input.access.js';
import { formatMoney } from './money.rules.js';
import type { PreparedItem } from './prepared.sale.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue, type Findings } from './sale.findings.js';
import { readIdentifier } from './text.readers.js';

/** A line with the figures that the sums need, in minor units. */
export interface ReadItem {
  readonly item: PreparedItem;
  /** Before tax was taken out. */
  readonly gross: bigint;
  readonly tax: bigint;
  readonly discount: bigint;
}

/** Reads one line; `null` when a part of it is not usable, and the findings say which. */
export function readItem(source: unknown, path: string, context: ReadingContext): ReadItem | null {
  const { findings, currency } = context;
  if (!isRecord(source)) {
    findings.refuse(
      path,
      'wrong-type',
      `must be an object; got ${describeValue(source)}`,
      'Give sku, category, quantity and subtotal or price.',
    );
    return null;
  }
  const before = findings.count;
  const sku = readRequiredId(propertyOf(source, 'sku'), `${path}.sku`, findings);
  const category = readRequiredId(propertyOf(source, 'category'), `${path}.category`, findings);
  const quantity = readQuantity(propertyOf(source, 'quantity'), `${path}.quantity`, findings);
  const gross = readLineValue(source, path, quantity, context);
  const tax = readOptionalAmount(propertyOf(source, 'tax'), `${path}.tax`, context, NEVER_SENT);
  const discountGiven = propertyOf(source, 'totalDiscount') !== undefined;
  const discount = readOptionalAmount(propertyOf(source, 'totalDiscount'), `${path}.totalDiscount`, context);
  const details: Record<string, string> = {};
  for (const rule of ITEM_FIELDS) {
    const given = propertyOf(source, rule.path);
    const value = given === undefined ? null : readField(given, `${path}.${rule.path}`, rule, context);
    if (value !== null) details[rule.parameter] = value;
  }
  const custom = readCustomFields(source, `${path}.`, (name, index) => `Item${name}_${index}`, context);
  for (const [parameter, value] of custom) details[parameter] = value;
  if (gross !== null && tax !== null && discount !== null) checkLine({ gross, tax, discount }, path, context);
  if (findings.count > before || currency === null) return null;
  if (
    sku === null ||
    category === null ||
    quantity === null ||
    gross === null ||
    tax === null ||
    discount === null
  ) {
    return null;
  }
  return {
    gross,
    tax,
    discount,
    item: {
      sku,
      category,
      quantity,
      subtotal: formatMoney(gross - tax, currency),
      totalDiscount: discountGiven ? formatMoney(discount, currency) : null,
      details,
    },
  };
}

function readRequiredId(value: unknown, path: string, findings: Findings): string | null {
  const before = findings.count;
  const text = value === undefined ? null : readIdentifier(value, path, DEFAULT_LENGTH, findings);
  if (text === null && findings.count === before) {
    findings.refuse(path, 'required', 'is missing', 'Give it for every line: impact.com needs it.');
  }
  return text;
}

/** Zero is a quantity: a free or returned line is reported, not dropped. */
export function readQuantity(value: unknown, path: string, findings: Findings): number | null {
  if (value === undefined) {
    findings.refuse(path, 'required', 'is missing', 'Give a whole number of units, 0 or more.');
    return null;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value === 0 ? 0 : value;
  findings.refuse(
    path,
    typeof value === 'number' ? 'bad-shape' : 'wrong-type',
    `must be a whole number of 0 or more; got ${describeValue(value)}`,
    'For goods sold by weight or length give 1 and the whole line as subtotal.',
  );
  return null;
}

function readLineValue(
  source: object,
  path: string,
  quantity: number | null,
  context: ReadingContext,
): bigint | null {
  const { findings } = context;
  const subtotal = propertyOf(source, 'subtotal');
  const price = propertyOf(source, 'price');
  if (subtotal !== undefined && price !== undefined) {
    findings.refuse(
      `${path}.price`,
      'both-forms',
      'is given beside subtotal',
      'Give one of them: subtotal for the whole line, or price for one unit.',
    );
    return null;
  }
  if (subtotal !== undefined)
    return readAmount(subtotal, `${path}.subtotal`, context, { limit: ITEM_SUBTOTAL_LIMIT });
  if (price !== undefined) {
    const unit = readAmount(price, `${path}.price`, context, { limit: ITEM_SUBTOTAL_LIMIT });
    if (unit === null || quantity === null) return null;
    const line = unit * BigInt(quantity);
    remarkOnSize(line, path, context, ITEM_SUBTOTAL_LIMIT);
    return line;
  }
  findings.refuse(
    `${path}.subtotal`,
    'required',
    'is missing',
    'Give subtotal (the whole line) or price (one unit); "0.00" for a free line.',
  );
  return null;
}

function readOptionalAmount(
  value: unknown,
  path: string,
  context: ReadingContext,
  limit?: AmountLimit,
): bigint | null {
  return value === undefined ? 0n : readAmount(value, path, context, { limit });
}

function checkLine(
  line: { gross: bigint; tax: bigint; discount: bigint },
  path: string,
  { findings, currency }: ReadingContext,
): void {
  if (currency === null) return;
  const money = (minor: bigint): string => formatMoney(minor, currency);
  if (line.tax > line.gross) {
    findings.refuse(
      `${path}.tax`,
      'discount-too-large',
      `${money(line.tax)} is more than the line's ${money(line.gross)}`,
      "Give the tax inside this line's price; leave it out when prices are net.",
    );
  } else if (line.discount > line.gross - line.tax) {
    findings.refuse(
      `${path}.totalDiscount`,
      'discount-too-large',
      `${money(line.discount)} is more than the line's ${money(line.gross - line.tax)} without tax`,
      "Give the discount on this line only; the order's goes to discount, and gift cards are payment.",
    );
  }
}
