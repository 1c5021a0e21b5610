import { readCustomFields } from './custom-field.reader.js';
import { currencyDecimals } from './currency.table.js';
import { DEFAULT_LENGTH, KNOWN_PROPERTIES, ORDER_FIELDS } from './field.catalog.js';
import { readBoolean, readDate, readField } from './field.readers.js';
import { isList, isRecord, lengthOf, propertyOf, valueAt } from './input.access.js';
import type { PreparedSale } from './prepared.sale.js';
import { readPromoCodes } from './promo-code.reader.js';
import type { ReadingContext } from './reading.context.js';
import { describeValue, Findings } from './sale.findings.js';
import type { SaleRules } from './sale.rules.js';
import { readPseudonym } from './text.readers.js';
import { remarkOnUnknown } from './unknown.fields.js';
import { wireOrderId } from './wire-order.id.js';
import { readWorth } from './worth.reader.js';

/** Well-formed click ids (docs/vendor-contract.md §8.2): case-sensitive, never checked for the usual length of 39. */
export const CLICK_ID_PATTERN = /^[A-Za-z0-9:_~.-]{1,64}$/;

const MOST_SUB_IDS = 3;

/** What was made of an input. `sale` is `null` as soon as there is one problem. */
export interface SaleReading {
  readonly sale: PreparedSale | null;
  readonly findings: Findings;
}

/**
 * Checks and normalises a sale in one pass, so that nothing is sent that was not checked, and finds every
 * problem at once. Never throws, whatever the input is.
 */
export function readSale(input: unknown, rules: SaleRules): SaleReading {
  const findings = new Findings();
  if (!isRecord(input)) {
    findings.refuse(
      'sale',
      'wrong-type',
      `must be an object; got ${describeValue(input)}`,
      'Give orderId, eventDate, currency and items or amount.',
    );
    return { sale: null, findings };
  }
  const currency = readCurrency(propertyOf(input, 'currency'), findings);
  const context: ReadingContext = { findings, rules, currency };
  const orderId = readOrderId(propertyOf(input, 'orderId'), findings);
  const eventDate = readEventDate(propertyOf(input, 'eventDate'), findings);
  const worth = readWorth(input, context);
  const clickId = readClickId(propertyOf(input, 'clickId'), findings);
  const subscription = readOptionalId(propertyOf(input, 'subscription'), 'subscription', findings);
  const test = propertyOf(input, 'test');
  const isTest = test !== undefined && readBoolean(test, 'test', findings) === 'true';
  const promoCodes = readPromoCodes(propertyOf(input, 'promoCodes'), 'promoCodes', DEFAULT_LENGTH, findings);
  const details = readDetails(input, promoCodes, context);
  checkGroups(input, findings);
  checkPartner(input, details, clickId, findings);
  remarkOnUnknown(input, '', findings);

  if (findings.count > 0 || orderId === null || eventDate === null || currency === null || worth === null) {
    return { sale: null, findings };
  }
  const sale: PreparedSale = {
    version: 1,
    orderId,
    wireOrderId: wireOrderId(orderId),
    eventDate,
    currency,
    ...worth,
    details,
    promoCodes,
    clickId,
    subscription,
    test: isTest,
  };
  return { sale, findings };
}

/** A currency code in capitals, `null` when there is none that exists. */
function readCurrency(value: unknown, findings: Findings): string | null {
  if (value === undefined || value === '') {
    findings.refuse(
      'currency',
      'required',
      'is missing',
      'Give the ISO 4217 code of the amounts, for example "EUR".',
    );
    return null;
  }
  const code = typeof value === 'string' ? value.trim().toUpperCase() : null;
  if (code !== null && currencyDecimals(code) !== undefined) return code;
  findings.refuse(
    'currency',
    'unknown-currency',
    `must be an ISO 4217 code; got ${describeValue(value)}`,
    'Give three letters such as "EUR", not a sign or a name.',
  );
  return null;
}

function readOrderId(value: unknown, findings: Findings): string | null {
  const before = findings.count;
  const id = value === undefined ? null : readPseudonym(value, 'orderId', DEFAULT_LENGTH, findings);
  if (id === null && findings.count === before) {
    findings.refuse('orderId', 'required', 'is missing', "Give the shop's order id as a string.");
  }
  return id;
}

function readEventDate(value: unknown, findings: Findings): string | null {
  if (value !== undefined) return readDate(value, 'eventDate', findings);
  findings.refuse('eventDate', 'required', 'is missing', 'Give the Date at which the order was paid.');
  return null;
}

function readClickId(value: unknown, findings: Findings): string | null {
  if (value === undefined || value === '') return null;
  if (typeof value === 'string' && CLICK_ID_PATTERN.test(value)) return value;
  findings.refuse(
    'clickId',
    'bad-shape',
    `must be 1 to 64 letters, digits or : _ ~ . -; got ${describeValue(value)}`,
    'Give the value of im_ref, URL-decoded once, in its own case; leave it out when there is none.',
  );
  return null;
}

const readOptionalId = (value: unknown, path: string, findings: Findings): string | null =>
  value === undefined ? null : readPseudonym(value, path, DEFAULT_LENGTH, findings);

function readDetails(
  input: object,
  promoCodes: readonly string[],
  context: ReadingContext,
): Record<string, string> {
  const details: Record<string, string> = {};
  for (const rule of ORDER_FIELDS) {
    const value =
      rule.kind === 'promo-codes'
        ? (promoCodes[0] ?? null)
        : readField(valueAt(input, rule.keys), rule.label, rule, context);
    if (value !== null) details[rule.parameter] = value;
  }
  const custom = readCustomFields(input, '', (parameter, index) => `${parameter}${index}`, context);
  for (const [parameter, value] of custom) details[parameter] = value;
  return details;
}

const GROUPS: readonly string[] = [...KNOWN_PROPERTIES.keys()].filter(
  (name) => name !== '' && name !== 'items',
);

function checkGroups(input: object, findings: Findings): void {
  for (const name of GROUPS) {
    const group = propertyOf(input, name);
    if (group === undefined) continue;
    if (isRecord(group)) remarkOnUnknown(group, name, findings);
    else
      findings.refuse(
        name,
        'wrong-type',
        `must be an object; got ${describeValue(group)}`,
        'Give its fields by name, or leave it out.',
      );
  }
  const subIds = propertyOf(input, 'subIds');
  if (subIds !== undefined && (!isList(subIds) || lengthOf(subIds) > MOST_SUB_IDS)) {
    findings.refuse(
      'subIds',
      'wrong-type',
      `must be a list of at most ${MOST_SUB_IDS} texts`,
      'Give SubId1 to SubId3 in their order.',
    );
  }
}

/** SubIds and SharedId belong to a forced partner (docs/vendor-contract.md §3.2). */
function checkPartner(
  input: object,
  details: Readonly<Record<string, string>>,
  clickId: string | null,
  findings: Findings,
): void {
  const partner = propertyOf(input, 'mediaPartnerId');
  const forced = partner !== undefined && partner !== '';
  for (const [path, parameters] of PARTNER_FIELDS) {
    if (!forced && parameters.some((parameter) => details[parameter] !== undefined)) {
      findings.refuse(
        path,
        'needs-other-field',
        'is given without mediaPartnerId',
        'Leave it out: with a click impact.com knows it already.',
      );
    }
  }
  if (details['MediaPartnerId'] !== undefined && clickId !== null) {
    findings.note(
      'mediaPartnerId',
      'forced-partner',
      'gives the sale to this partner whatever the click says.',
    );
  }
}

const PARTNER_FIELDS: readonly (readonly [string, readonly string[]])[] = [
  ['subIds', ['SubId1', 'SubId2', 'SubId3']],
  ['sharedId', ['SharedId']],
];
