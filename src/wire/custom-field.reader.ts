import { CUSTOM_FIELDS, LONGEST_CUSTOM_TEXT } from './field.catalog.js';
import { readAmountText, withoutSign } from './amount.reader.js';
import { readDate } from './field.readers.js';
import { isRecord, namesOf, propertyOf } from './input.access.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue } from './sale.findings.js';
import { readText } from './text.readers.js';

type CustomGroup = keyof typeof CUSTOM_FIELDS;

const INDEX = /^[1-9]\d?$/;
const NUMERIC = /^-?\d{1,16}(?:\.\d{1,16})?$/;

const READERS: Readonly<
  Record<CustomGroup, (value: unknown, path: string, context: ReadingContext) => string | null>
> = {
  text: (value, path, { findings }) => readText(value, path, LONGEST_CUSTOM_TEXT, findings),
  numeric: (value, path, context) => withoutSign(readNumeric(value, path, context), path, context),
  money: (value, path, context) =>
    withoutSign(readAmountText(value, path, context, { negative: true }), path, context),
  dates: (value, path, { findings }) => readDate(value, path, findings),
};

/**
 * Custom fields of an order or a line as vendor parameters, by group and number.
 *
 * @param name turns a parameter such as `Text` and its number into the parameter's full name
 */
export function readCustomFields(
  source: unknown,
  path: string,
  name: (parameter: string, index: number) => string,
  context: ReadingContext,
): [string, string][] {
  return GROUPS.flatMap((group): [string, string][] => {
    const fields = propertyOf(source, group);
    if (fields === undefined) return NONE;
    const { parameter } = CUSTOM_FIELDS[group];
    return readGroup(fields, `${path}${group}`, group, context).map(([index, value]) => [
      name(parameter, index),
      value,
    ]);
  });
}

const GROUPS = Object.keys(CUSTOM_FIELDS) as CustomGroup[];
const NONE: [string, string][] = [];

function readGroup(
  fields: unknown,
  path: string,
  group: CustomGroup,
  context: ReadingContext,
): [number, string][] {
  const { last } = CUSTOM_FIELDS[group];
  if (!isRecord(fields)) {
    context.findings.refuse(
      path,
      'wrong-type',
      `must be an object of numbered fields; got ${describeValue(fields)}`,
      `Give for example { 1: … }, with numbers from 1 to ${last}.`,
    );
    return [];
  }
  const names = namesOf(fields);
  if (names.some((key) => !INDEX.test(key) || Number(key) > last)) {
    context.findings.refuse(
      path,
      'bad-index',
      `has a field that is not numbered 1 to ${last}`,
      "Use the field's number in impact.com.",
    );
  }
  const indexes = names.filter((key) => INDEX.test(key) && Number(key) <= last).map(Number);
  return indexes
    .toSorted((a, b) => a - b)
    .flatMap((index) => {
      const raw = propertyOf(fields, index);
      const value = raw === undefined ? null : READERS[group](raw, `${path}[${index}]`, context);
      return value === null ? [] : [[index, value] satisfies [number, string]];
    });
}

function readNumeric(value: unknown, path: string, { findings, rules }: ReadingContext): string | null {
  if (value === '') return null;
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text === 'string' && NUMERIC.test(text)) {
    const [whole = '', fraction = ''] = text.replace('-', '').split('.');
    const { digits, decimals } = rules.amountLimits;
    if (whole.length > digits - decimals || fraction.length > decimals) {
      findings.note(
        path,
        'beyond-vendor-limit',
        `has more than the ${digits} digits with ${decimals} decimals that impact.com documents; it is sent as it is.`,
      );
    }
    return text;
  }
  findings.refuse(
    path,
    'bad-shape',
    `must be a plain decimal; got ${describeValue(value)}`,
    'Give a number or a decimal string without exponent or separators.',
  );
  return null;
}
