import { isIP } from 'node:net';
import { readAmountText, withoutSign } from './amount.reader.js';
import { hashEmail, isEmailAddress, isEmailDigest } from './customer.email.js';
import type { FieldKind, FieldRule } from './field.catalog.js';
import { isList, lengthOf, propertyOf, timeOf } from './input.access.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue, type Findings } from './sale.findings.js';
import { readIdentifier, readPseudonym, readText } from './text.readers.js';
import { isLongerThan } from './text.rules.js';

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
  return READERS[rule.kind](value, path, rule, context);
}

type Reader = (value: unknown, path: string, rule: FieldRule, context: ReadingContext) => string | null;

const READERS: Readonly<Record<FieldKind, Reader>> = {
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
  'promo-codes': (value, path, { most }, { findings }) => readPromoCodes(value, path, most, findings),
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

function readPromoCodes(value: unknown, path: string, most: number, findings: Findings): string | null {
  const codes = readCodes(value, path, most, findings);
  const joined = [...new Set(codes)].join(',');
  if (isLongerThan(joined, most)) {
    findings.refuse(
      path,
      'too-long',
      `has more than ${most} characters together`,
      "Give the partner's code only.",
    );
  }
  return joined === '' ? null : joined;
}

/** More codes than this cannot fit into the parameter anyway. */
const MOST_CODES = 100;

function readCodes(value: unknown, path: string, most: number, findings: Findings): string[] {
  if (!isList(value)) {
    findings.refuse(
      path,
      'wrong-type',
      `must be a list; got ${describeValue(value)}`,
      'Give an array of strings.',
    );
    return [];
  }
  const count = lengthOf(value);
  if (count > MOST_CODES) {
    findings.refuse(path, 'too-many', `has ${count} entries`, "Give the partner's code only.");
    return [];
  }
  return Array.from({ length: count }, (_, index) => {
    const entry = propertyOf(value, index);
    const code = entry === undefined ? null : readPseudonym(entry, `${path}[${index}]`, most, findings);
    if (code?.includes(',')) {
      findings.refuse(
        `${path}[${index}]`,
        'bad-shape',
        'holds a comma',
        'Give each code as an entry of its own.',
      );
    }
    return code;
  }).filter((code) => code !== null);
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
