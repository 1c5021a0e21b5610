import {
  MODIFICATION_REASONS,
  REVERSAL_REASONS,
  type CustomReasonCode,
  type ModificationReason,
  type ReversalReason,
} from './correction.input.js';
import { DEFAULT_LENGTH } from './field.catalog.js';
import { readAmount } from './amount.reader.js';
import type { ReadingContext } from './reading.context.js';
import { readIdentifier, readPseudonym } from './text.readers.js';
import { isList, isRecord, lengthOf, propertyOf } from './input.access.js';
import { readQuantity } from './item.reader.js';
import { formatMoney } from './money.rules.js';
import { describeValue, Findings, type Problem, type SaleWarning } from './sale.findings.js';
import type { SaleRules } from './sale.rules.js';

const LONGEST_KEY = 191;
const LONGEST_REASON = 64;
const LONGEST_STATUS = 40;
const MOST_ITEMS = 10_000;

/** A line of a correction: units that remain (change) or came back (refund), and money as a decimal string. */
export interface PreparedCorrectionItem {
  readonly sku: string;
  readonly quantity: number;
  readonly amount?: string;
}

/** Checked, plain JSON, and itself a valid input: one that was kept before its sale was known is prepared again. */
export interface PreparedChange {
  readonly key: string;
  readonly reason: ModificationReason;
  readonly amount?: string;
  readonly items?: readonly PreparedCorrectionItem[];
  readonly customerStatus?: string;
  readonly restore?: true;
}

export interface PreparedRefund {
  readonly key: string;
  readonly amount?: string;
  readonly items?: readonly PreparedCorrectionItem[];
}

export interface PreparedReversal {
  readonly key: string;
  readonly reason: ReversalReason;
}

/** The vendor's code of a reason. */
export function reasonCode(reason: ModificationReason | ReversalReason): string {
  return typeof reason === 'string' ? reason : reason.customCode;
}

export type CorrectionPreparation<T> =
  | { readonly ok: true; readonly correction: T; readonly warnings: readonly SaleWarning[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly SaleWarning[] };

/** The sale's currency; `null` while the sale is not known, then amounts are checked for their shape only. */
type SaleCurrency = string | null;

/** Checks a change of an order. Never throws. */
export function prepareChange(
  input: unknown,
  currency: SaleCurrency,
  rules: SaleRules,
): CorrectionPreparation<PreparedChange> {
  return prepare(input, currency, rules, (source, key, context) => {
    const { findings } = context;
    const given = propertyOf(source, 'reason');
    const reason: ModificationReason | null =
      given === undefined ? 'ORDER_UPDATE' : readReason(given, MODIFICATION_REASONS, findings);
    const customerStatus = readStatus(propertyOf(source, 'customerStatus'), context);
    const worth = readForms(source, context);
    const restore = readRestore(source, findings);
    if (restore) return reason === null ? null : { key, reason, restore: true };
    if (worth !== null && worth.form === 'none' && customerStatus === null) {
      findings.refuse(
        'change',
        'no-form',
        'changes nothing',
        'Give amount, items, customerStatus or restore.',
      );
    }
    if (reason === null || worth === null) return null;
    return { key, reason, ...worth.value, ...(customerStatus === null ? {} : { customerStatus }) };
  });
}

/** Checks a refund. Never throws. */
export function prepareRefund(
  input: unknown,
  currency: SaleCurrency,
  rules: SaleRules,
): CorrectionPreparation<PreparedRefund> {
  return prepare(input, currency, rules, (source, key, context) => {
    const worth = readForms(source, context);
    if (worth?.form === 'none') {
      context.findings.refuse(
        'refund',
        'no-form',
        'says not what was given back',
        'Give items or amount; for the whole order use reverse().',
      );
    }
    for (const [index, item] of (worth?.value.items ?? []).entries()) {
      if (item.quantity === 0 && item.amount === undefined) {
        context.findings.refuse(
          `items[${index}].amount`,
          'required',
          'is missing, and no unit came back',
          'Give the money given back, or the units returned.',
        );
      }
    }
    return worth === null ? null : { key, ...worth.value };
  });
}

/** Checks a reversal. Never throws. */
export function prepareReversal(input: unknown, rules: SaleRules): CorrectionPreparation<PreparedReversal> {
  return prepare(input, null, rules, (source, key, { findings }) => {
    const reason = readReason(propertyOf(source, 'reason'), REVERSAL_REASONS, findings);
    return reason === null ? null : { key, reason };
  });
}

function prepare<T>(
  input: unknown,
  currency: SaleCurrency,
  rules: SaleRules,
  read: (source: object, key: string, context: ReadingContext) => T | null,
): CorrectionPreparation<T> {
  const findings = new Findings();
  const source = isRecord(input) ? input : {};
  const before = findings.count;
  const given = propertyOf(source, 'key');
  const key = given === undefined ? null : readPseudonym(given, 'key', LONGEST_KEY, findings);
  if (key === null && findings.count === before) {
    findings.refuse(
      'key',
      'required',
      'is missing',
      "Give the shop's refund or event id: it makes a repeated call harmless.",
    );
  }
  const correction = read(source, key ?? '', { findings, rules, currency });
  return findings.count > 0 || correction === null
    ? { ok: false, problems: findings.problems, warnings: findings.warnings }
    : { ok: true, correction, warnings: findings.warnings };
}

interface Forms {
  readonly form: 'items' | 'amount' | 'none';
  readonly value: { readonly amount?: string; readonly items?: readonly PreparedCorrectionItem[] };
}

function readForms(source: object, context: ReadingContext): Forms | null {
  const items = propertyOf(source, 'items');
  const amount = propertyOf(source, 'amount');
  if (items !== undefined && amount !== undefined) {
    context.findings.refuse(
      'amount',
      'both-forms',
      'is given beside items',
      'Give items, or amount, not both.',
    );
    return null;
  }
  if (amount !== undefined) {
    const value = readCorrectionAmount(amount, 'amount', context);
    return value === null ? null : { form: 'amount', value: { amount: value } };
  }
  if (items === undefined) return { form: 'none', value: {} };
  const read = readItems(items, context);
  return read === null ? null : { form: 'items', value: { items: read } };
}

function readItems(items: unknown, context: ReadingContext): PreparedCorrectionItem[] | null {
  const { findings } = context;
  const count = isList(items) ? lengthOf(items) : 0;
  if (!isList(items) || count === 0 || count > MOST_ITEMS) {
    findings.refuse(
      'items',
      'wrong-type',
      `must be a list of 1 to ${MOST_ITEMS} lines; got ${describeValue(items)}`,
      'Give sku and quantity of each line.',
    );
    return null;
  }
  const seen = new Set<string>();
  const read = Array.from({ length: count }, (_, index) => {
    const item = readItem(propertyOf(items, index), `items[${index}]`, context);
    if (item !== null && seen.has(item.sku)) {
      findings.refuse(
        `items[${index}].sku`,
        'bad-shape',
        'is given twice',
        'impact.com finds lines by their sku: give each once, added up.',
      );
    }
    if (item !== null) seen.add(item.sku);
    return item;
  }).filter((item) => item !== null);
  return read.length < count ? null : read;
}

function readItem(source: unknown, path: string, context: ReadingContext): PreparedCorrectionItem | null {
  const { findings } = context;
  const given = propertyOf(source, 'sku');
  const sku = given === undefined ? null : readIdentifier(given, `${path}.sku`, DEFAULT_LENGTH, findings);
  if (sku === null) {
    if (given === undefined || given === '') {
      findings.refuse(
        `${path}.sku`,
        'required',
        'is missing',
        'Give the sku that was reported with the sale.',
      );
    }
    return null;
  }
  const quantity = readQuantity(propertyOf(source, 'quantity'), `${path}.quantity`, findings);
  const money = propertyOf(source, 'amount');
  const amount = money === undefined ? null : readCorrectionAmount(money, `${path}.amount`, context);
  if (quantity === null || (money !== undefined && amount === null)) return null;
  return { sku, quantity, ...(amount === null ? {} : { amount }) };
}

/** With a currency in its own decimals, without one as it came. */
function readCorrectionAmount(value: unknown, path: string, context: ReadingContext): string | null {
  const before = context.findings.count;
  const minor = readAmount(value, path, context);
  if (context.findings.count > before) return null;
  return minor === null || context.currency === null ? String(value) : formatMoney(minor, context.currency);
}

/** Whether the sale is put back to what was first reported, which leaves no room for anything else. */
function readRestore(source: object, findings: Findings): boolean {
  const restore = propertyOf(source, 'restore');
  if (restore === undefined) return false;
  if (restore !== true) {
    findings.refuse('restore', 'wrong-type', `must be true; got ${describeValue(restore)}`, 'Leave it out.');
    return false;
  }
  const others = ['amount', 'items', 'customerStatus'].filter(
    (name) => propertyOf(source, name) !== undefined,
  );
  if (others.length > 0) {
    findings.refuse(
      'restore',
      'both-forms',
      `is given beside ${others.join(', ')}`,
      'Give restore alone: the sale counts as first reported again.',
    );
  }
  return true;
}

function readStatus(value: unknown, { findings, rules }: ReadingContext): string | null {
  if (value === undefined) return null;
  const status = readIdentifier(value, 'customerStatus', LONGEST_STATUS, findings);
  if (status !== null && rules.customerStatuses?.includes(status) === false) {
    findings.refuse(
      'customerStatus',
      'not-in-list',
      `must be one of ${rules.customerStatuses.join(', ')}`,
      'Map it to one of these.',
    );
  }
  return status;
}

function readReason<Code extends string>(
  value: unknown,
  known: readonly Code[],
  findings: Findings,
): Code | CustomReasonCode | null {
  const custom = propertyOf(value, 'customCode');
  if (custom !== undefined) {
    const customCode = readIdentifier(custom, 'reason.customCode', LONGEST_REASON, findings);
    if (customCode !== null) return { customCode };
    if (custom !== '') return null;
  }
  const code = known.find((candidate) => candidate === value);
  if (code !== undefined) return code;
  findings.refuse(
    'reason',
    value === undefined ? 'required' : 'not-in-list',
    value === undefined ? 'is missing' : `must be one of ${known.join(', ')}; got ${describeValue(value)}`,
    'A code of your own that is configured with impact.com is given as { customCode: "…" }.',
  );
  return null;
}
