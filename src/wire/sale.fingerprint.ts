import { hash } from 'node:crypto';
import { creditableLine, type PreparedItem, type PreparedSale } from './prepared.sale.js';

/** What a sale is compared by when its order id comes again. */
export interface Fingerprint {
  /** SHA-256 in hexadecimal over everything below. */
  readonly hash: string;
  /** Field of the input → 12 hexadecimal digits, so that a conflict can name the fields that differ. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The fingerprint of a sale.
 *
 * Covered: `orderId`, `test`, `currency`, `customer.id`, `customer.email` (as digest), `subscription`, `amount`,
 * `discount`, `shipping`, `tax`, `promoCodes`, and of each line `sku`, `category`, `quantity`, what it is
 * worth net of tax, and its discount. An amount that is absent and one of zero are the same, as are 10, "10"
 * and "10.00", price × quantity and subtotal, and the same lines in another order: two readings of one order
 * from a database must not conflict.
 *
 * Not covered: `eventDate` (a late webhook has its own idea of it), the click and the other attribution keys
 * (attribution is frozen when the sale is first recorded, and a repetition from a job has no cookie),
 * `customer.status` (a second look finds an existing customer), `margin`, `expectedTotal`, texts, places,
 * custom fields, and everything that the module derives.
 */
export function fingerprint(sale: PreparedSale): Fingerprint {
  const said: [string, unknown][] = [
    ['orderId', sale.orderId],
    ['test', sale.test],
    ['currency', sale.currency],
    ['customer.id', sale.details['CustomerId'] ?? null],
    ['customer.email', sale.details['CustomerEmail'] ?? null],
    ['subscription', sale.subscription],
    ['amount', sale.amount],
    ['discount', sale.items.length > 0 ? orZero(sale.discount) : null],
    ['shipping', orZero(sale.details['OrderShipping'])],
    ['tax', orZero(sale.details['OrderTax'])],
    // What the customer entered, not which of them is sent.
    ['promoCodes', (sale.promoCodes.length === 0 ? [''] : sale.promoCodes).toSorted()],
    ...lines(sale),
  ];
  return {
    hash: digest(said),
    fields: Object.fromEntries(said.map(([field, value]) => [field, shortDigest(value)])),
  };
}

/**
 * The fields in which two sales differ, in a stable order: for the words of a conflict.
 *
 * Of a person who was erased no digest is left, so nobody can say whether those fields differ: they are named
 * where nothing else does.
 */
export function diffFingerprints(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  const isErased = (name: string): boolean => a[name] === ERASED || b[name] === ERASED;
  const different = names.filter((name) => a[name] !== b[name] && !isErased(name));
  return different.length > 0 ? different : names.filter(isErased);
}

/** The digests of the fields without those of the person: a digest of an id is found by trying ids. */
export const withoutPersonDigests = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, digested]) => [name, OF_PERSON.has(name) ? ERASED : digested]),
  );

const ERASED = '';
const OF_PERSON: ReadonlySet<string> = new Set(['customer.id', 'customer.email']);

/** `"0.00"`, `"0"` and nothing are one amount. */
const orZero = (amount: string | null | undefined): string =>
  amount === null || amount === undefined || /^[0.]*$/.test(amount) ? '0' : amount;

/** Lines are named by their article; several lines of one article count up in order of their content. */
function lines(sale: PreparedSale): [string, unknown][] {
  const sorted = sale.items
    .map((item): { sku: string; content: string } => ({
      sku: item.sku,
      content: JSON.stringify(lineContent(item, sale)),
    }))
    .toSorted((a, b) => compare(a.sku, b.sku) || compare(a.content, b.content));
  const seen = new Map<string, number>();
  return sorted.map(({ sku, content }) => {
    const number = (seen.get(sku) ?? 0) + 1;
    seen.set(sku, number);
    return [number === 1 ? `items[${sku}]` : `items[${sku}#${number}]`, content];
  });
}

const lineContent = (item: PreparedItem, sale: PreparedSale): readonly unknown[] => [
  item.category,
  item.quantity,
  item.subtotal,
  creditableLine(item, sale.currency).toString(),
];

/** By code unit, not by locale: a fingerprint must not depend on the machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const digest = (value: unknown): string => hash('sha256', JSON.stringify(value));

/** The digest of one field. Most sales leave most fields out. */
const shortDigest = (value: unknown): string =>
  (value === null || value === '0' || value === false ? ABSENT.get(value) : undefined) ??
  digest(value).slice(0, 12);

const ABSENT = new Map<unknown, string>(
  [null, '0', false].map((value) => [value, digest(value).slice(0, 12)]),
);
