import { isIP } from 'node:net';
import { readAmountText, withoutSign } from './amount.reader.js';
import { hashEmail, isEmailAddress, isEmailDigest } from './customer.email.js';
import type { FieldKind, FieldRule } from './field.catalog.js';
import { timeOf } from './input.access.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue, type Findings } from './sale.findings.js';
import { readIdentifier, readPseudonym, readText } from './text.readers.js';

const EARLIEST_DATE = Date.UTC(2000, 0, 1);
const LATEST_DATE = Date.UTC(10_000, 0, 1);

/** Reads one field of the catalogue: its value as it will be sent, `null` when it is absent or not usable. */
export function readField(
  value: unknown,
  path: string,
  rule: FieldRule,
  context: ReadingContext,
): string | null {
  if (value === undefined) return null;
  // Several, of which one is sent: see `promo-code.reader.ts`.
  if (rule.kind === 'promo-codes') return null;
  return READERS[rule.kind](value, path, rule, context);
}

type Reader = (value: unknown, path: string, rule: FieldRule, context: ReadingContext) => string | null;

const READERS: Readonly<Record<Exclude<FieldKind, 'promo-codes'>, Reader>> = {
  identifier: (value, path, { most }, { findings }) => readIdentifier(value, path, most, findings),
  pseudonym: (value, path, { most }, { findings }) => readPseudonym(value, path, most, findings),
  text: (value, path, { most }, { findings }) => readText(value, path, most, findings),
  country: (value, path, _rule, { findings }) => readCountry(value, path, findings),
  digits: (value, path, { most }, { findings }) => readDigits(value, path, most, findings),
  boolean: (value, path, _rule, { findings }) => readBoolean(value, path, findings),
  money: (value, path, { limit }, context) => readAmountText(value, path, context, { limit }),
  balance: (value, path, { limit }, context) =>
    withoutSign(readAmountText(value, path, context, { limit, negative: true }), path, context),
  status: (value, path, { most }, context) => readStatus(value, path, most, context),
  email: (value, path, _rule, { findings }) => readEmail(value, path, findings),
  address: (value, path, _rule, { findings }) => readAddress(value, path, findings),
};

export function readBoolean(value: unknown, path: string, findings: Findings): string | null {
  if (typeof value === 'boolean') return String(value);
  findings.refuse(
    path,
    'wrong-type',
    `must be true or false; got ${describeValue(value)}`,
    'Give a boolean, or leave it out.',
  );
  return null;
}

function readCountry(value: unknown, path: string, findings: Findings): string | null {
  if (value === '') return null;
  if (typeof value === 'string' && /^[a-z]{2}$/i.test(value.trim())) return value.trim().toUpperCase();
  findings.refuse(
    path,
    'bad-shape',
    `must be a country of two letters; got ${describeValue(value)}`,
    'Give ISO 3166-1 alpha-2, for example "US" and not "USA".',
  );
  return null;
}

function readDigits(value: unknown, path: string, most: number, findings: Findings): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (text === '') return null;
  if (typeof text === 'string' && text.length <= most && /^[1-9]\d*$/.test(text)) return text;
  findings.refuse(
    path,
    'bad-shape',
    `must be a whole number of at most ${most} digits; got ${describeValue(value)}`,
    'Copy the number from impact.com.',
  );
  return null;
}

function readStatus(
  value: unknown,
  path: string,
  most: number,
  { findings, rules }: ReadingContext,
): string | null {
  const text = readIdentifier(value, path, most, findings);
  const known = rules.customerStatuses;
  if (text === null || known === null || known.includes(text)) return text;
  findings.refuse(
    path,
    'not-in-list',
    `must be one of ${known.join(', ')}`,
    'Map it to one of these, or add it on the event type and to recording.customerStatuses.',
  );
  return null;
}

function readEmail(value: unknown, path: string, findings: Findings): string | null {
  if (typeof value === 'string') {
    if (value.trim() === '') return null;
    if (isEmailDigest(value) || isEmailAddress(value)) return hashEmail(value);
  }
  findings.refuse(
    path,
    'bad-shape',
    `must be an e-mail address or its SHA-1 or SHA-256 in hexadecimal; got ${describeValue(value)}`,
    'Give the address as the customer typed it, or leave it out.',
  );
  return null;
}

/** An address is a help against fraud and nothing more: no sale is refused for it. */
function readAddress(value: unknown, path: string, findings: Findings): string | null {
  if (value === '') return null;
  if (typeof value === 'string' && isIP(value.trim()) !== 0) return value.trim();
  findings.note(path, 'left-out', 'is no IPv4 or IPv6 address and was left out.');
  return null;
}

/** A moment in UTC with seconds, as the vendor's samples have it (docs/vendor-contract.md §7.4). */
export function readDate(value: unknown, path: string, findings: Findings): string | null {
  const time = timeOf(value);
  if (time === null) {
    findings.refuse(
      path,
      'wrong-type',
      `must be a valid date; got ${describeValue(value)}`,
      'Give a Date object, for example new Date(order.paidAt).',
    );
    return null;
  }
  if (time < EARLIEST_DATE || time >= LATEST_DATE) {
    findings.refuse(
      path,
      'bad-shape',
      'lies before the year 2000 or after 9999',
      'Date counts milliseconds: multiply epoch seconds by 1000.',
    );
    return null;
  }
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
