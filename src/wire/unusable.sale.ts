import { createHash } from 'node:crypto';
import { currencyDecimals } from './currency.table.js';
import { hashEmail, isEmailAddress, isEmailDigest, withoutEmailAddresses } from './customer.email.js';
import { CUSTOM_FIELDS, DEFAULT_LENGTH, KNOWN_PROPERTIES, ORDER_FIELDS } from './field.catalog.js';
import { isList, isRecord, lengthOf, namesOf, propertyOf, timeOf } from './input.access.js';
import { describeValue } from './sale.findings.js';
import { cutText, hasUnprintable, toOneLine } from './text.rules.js';
import { wireOrderId } from './wire-order.id.js';

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/**
 * What is kept of a sale that cannot be sent, so that a person can see which one it was and the shop's
 * own transaction can commit.
 */
export interface UnusableSale {
  /** The shop's order id; when there is none that a key can hold, `unusable~` and a digest of the input. */
  readonly orderId: string;
  readonly wireOrderId: string;
  /** The sale's currency, or `XXX` (ISO 4217: no currency). */
  readonly currency: string;
  /** Epoch milliseconds, `null` when no valid date was given. */
  readonly eventAt: number | null;
  readonly customerId: string | null;
  readonly subscription: string | null;
  /** Digest of `understood` without its event date: the same mistake twice is the same row. */
  readonly fingerprint: string;
  /**
   * The known fields as they came: JSON-safe, of limited size, with e-mail addresses as digests and
   * addresses, phone numbers and device ids withheld. Fields that are none of ours are not kept at all.
   */
  readonly understood: JsonObject;
}

const MOST_ENTRIES = 50;
const LONGEST_TEXT = 255;
/** UTF-16 units of the rendering as JSON; lines are left out until it fits. */
const LARGEST_RENDERING = 16_384;

/** A country names nobody, and one that is written wrongly is what made many a sale unusable. */
const TOLD: ReadonlySet<string> = new Set([
  'customer.id',
  'customer.email',
  'customer.country',
  'call.countryCode',
]);
const WITHHELD: ReadonlySet<string> = new Set(
  ORDER_FIELDS.flatMap(({ path, personal }) => (personal === 'customer' && !TOLD.has(path) ? [path] : [])),
);

/** A storable rendering of any input. Never throws. */
export function describeUnusable(input: unknown): UnusableSale {
  const understood = isRecord(input) ? renderSale(input) : { sale: describeValue(input) };
  const comparable = { ...understood, eventDate: null };
  const fingerprint = createHash('sha256').update(JSON.stringify(comparable)).digest('hex');
  const orderId = keyOf(propertyOf(input, 'orderId')) ?? `unusable~${fingerprint.slice(0, 32)}`;
  const currency = codeOf(propertyOf(input, 'currency'));
  return {
    orderId,
    wireOrderId: wireOrderId(orderId),
    currency,
    eventAt: timeOf(propertyOf(input, 'eventDate')),
    customerId: idOf(propertyOf(propertyOf(input, 'customer'), 'id')),
    subscription: idOf(propertyOf(input, 'subscription')),
    fingerprint,
    understood,
  };
}

function codeOf(value: unknown): string {
  const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
  return currencyDecimals(code) === undefined ? 'XXX' : code;
}

/** An order id as it can be a key; a number is taken here, because losing the sale's name helps nobody. */
function keyOf(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') return null;
  const key = text.trim();
  if (key === '' || hasUnprintable(key) || isEmailAddress(key)) return null;
  // One that is too long for the column gets the same kind of short form that the vendor would get.
  return key.length > DEFAULT_LENGTH ? wireOrderId(key) : key;
}

function idOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > DEFAULT_LENGTH) return null;
  const id = value.trim();
  return id === '' || hasUnprintable(id) || isEmailAddress(id) ? null : id;
}

function renderSale(input: object): JsonObject {
  const rendered = renderKnown(input, '');
  for (let most = MOST_ENTRIES; most > 0; most = Math.floor(most / 2)) {
    const tried = { ...rendered, ...renderItems(input, most) };
    if (JSON.stringify(tried).length <= LARGEST_RENDERING) return tried;
  }
  const bare = Object.entries(rendered).filter(([, value]) => typeof value !== 'object');
  return { ...Object.fromEntries(bare), leftOut: 'lines and groups, for their size' };
}

function renderItems(input: object, most: number): Record<string, JsonValue> {
  const items = propertyOf(input, 'items');
  if (items === undefined) return {};
  if (!isList(items)) return { items: describeValue(items) };
  const count = lengthOf(items);
  const shown = Array.from({ length: Math.min(count, most) }, (_, index) => {
    const item = propertyOf(items, index);
    return isRecord(item) ? renderKnown(item, 'items') : describeValue(item);
  });
  return { items: shown, ...(count > most ? { itemsLeftOut: count - most } : {}) };
}

/** The known properties of one group, in the order in which they are known. */
function renderKnown(source: object, group: string): Record<string, JsonValue> {
  const entries = [...(KNOWN_PROPERTIES.get(group) ?? [])].flatMap((name): [string, JsonValue][] => {
    const value = group === '' && name === 'items' ? undefined : propertyOf(source, name);
    if (value === undefined) return [];
    const path = group === '' ? name : `${group}.${name}`;
    if (path === 'customer.email') return [[name, renderEmail(value)]];
    if (WITHHELD.has(path)) return [[name, '[withheld]']];
    if (isRecord(value) && name in CUSTOM_FIELDS) return [[name, renderNumbered(value)]];
    if (isRecord(value) && KNOWN_PROPERTIES.has(name)) return [[name, renderKnown(value, name)]];
    return [[name, renderValue(value)]];
  });
  return Object.fromEntries(entries);
}

function renderNumbered(fields: object): JsonValue {
  const names = namesOf(fields).filter((name) => /^\d{1,3}$/.test(name));
  return Object.fromEntries(
    names.slice(0, MOST_ENTRIES).map((name) => [name, renderValue(propertyOf(fields, name))]),
  );
}

function renderValue(value: unknown): JsonValue {
  if (typeof value === 'string') return renderText(value);
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  const time = timeOf(value);
  if (time !== null) return new Date(time).toISOString();
  if (isList(value)) {
    const count = Math.min(lengthOf(value), MOST_ENTRIES);
    return Array.from({ length: count }, (_, index) => {
      const entry = propertyOf(value, index);
      return typeof entry === 'string' ? renderText(entry) : describeValue(entry);
    });
  }
  return describeValue(value);
}

/** Looked at a little further than kept, so that an address at the end is not cut into something unrecognisable. */
const renderText = (text: string): string =>
  cutText(withoutEmailAddresses(toOneLine(cutText(text, LONGEST_TEXT * 4))), LONGEST_TEXT);

const renderEmail = (value: unknown): string =>
  typeof value === 'string' && (isEmailDigest(value) || isEmailAddress(value))
    ? hashEmail(value)
    : describeValue(value);
