import type { BackfillFinding } from './backfill.types.js';
import type { Columns, ItemColumn, OrderColumn } from './column.rules.js';

/** A row of the file. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What the rows of one order say: a sale as recording takes it, still unchecked. */
export interface RowsRead {
  readonly input: Readonly<Record<string, unknown>>;
  readonly findings: readonly BackfillFinding[];
  /** Column and line that a path in the input stands for. */
  readonly place: (path: string) => { readonly field: string; readonly line: number };
}

export interface RowContext {
  readonly columns: Columns;
  readonly campaignId: string;
  readonly eventTypeId: string;
  /** For files without a currency column. */
  readonly currency: string | undefined;
}

/** Most rows of one order. */
export const MOST_ROWS = 1000;

/** Path in the input → column. */
const PATHS: Readonly<Record<string, OrderColumn | ItemColumn>> = {
  promoCodes: 'promoCode',
  'customer.id': 'customerId',
  'customer.email': 'customerEmail',
  'customer.status': 'customerStatus',
  'customer.city': 'city',
  'customer.region': 'region',
  'customer.country': 'country',
  'customer.postCode': 'postCode',
  'items[].tax': 'itemTax',
  'items[].totalDiscount': 'itemDiscount',
  'items[].name': 'itemName',
  'items[].brand': 'itemBrand',
  'items[].promoCode': 'itemPromoCode',
};

const ITEM_FIELDS: Readonly<Record<ItemColumn, string>> = {
  sku: 'sku',
  category: 'category',
  quantity: 'quantity',
  price: 'price',
  subtotal: 'subtotal',
  itemTax: 'tax',
  itemDiscount: 'totalDiscount',
  itemName: 'name',
  itemBrand: 'brand',
  itemPromoCode: 'promoCode',
};

type Values = Partial<Record<OrderColumn, string>>;
type ItemValues = Partial<Record<ItemColumn, string>>;

/** The order id of a row; empty when it has none. */
export function orderIdOf({ cells }: CsvRow, { cells: kinds }: Columns): string {
  const index = kinds.findIndex((cell) => cell?.of === 'order' && cell.column === 'orderId');
  return cells[index]?.trim() ?? '';
}

/** Makes one sale of the rows that have its order id. */
export function readRows(rows: readonly CsvRow[], context: RowContext): RowsRead {
  const { columns } = context;
  const findings: BackfillFinding[] = [];
  const refuse = (line: number, field: string, rule: string, what: string, fix: string): void => {
    findings.push({ line, level: 'error', field, rule, message: `${field}: ${what}. ${fix}`, fix });
  };
  const order: Values = {};
  const items: { line: number; values: ItemValues }[] = [];
  const first = rows[0]!;
  for (const row of rows) {
    if (!fits(row, columns)) {
      const fix = 'Put text that holds the separator into double quotes.';
      const what = `has ${row.cells.length} cells where the header has ${columns.headers.length}`;
      refuse(row.line, 'row', 'columns', what, fix);
      continue;
    }
    const { values, lines } = split(row, columns);
    for (const [name, value] of Object.entries(values) as [OrderColumn, string][]) {
      order[name] ??= value;
      if (order[name] === value) continue;
      const what = `differs from the order's first row`;
      refuse(
        row.line,
        name,
        'differs',
        what,
        'Give every row of an order the same value, or only the first one.',
      );
    }
    if (row !== first && lines.length === 0) {
      const fix = 'Remove it, or give it the article that it is about.';
      refuse(row.line, 'orderId', 'repeated', 'is that of the row before, without an article', fix);
    }
    items.push(...lines.map((item) => ({ line: row.line, values: item })));
  }
  checkProgram(order, first.line, context, refuse);
  const eventDate = order.eventDate === undefined ? undefined : zonedDate(order.eventDate);
  if (eventDate === null) {
    const fix = 'Write it like 2026-03-01T12:00:00+01:00 or 2026-03-01T11:00:00Z.';
    refuse(first.line, 'eventDate', 'bad-shape', 'is no ISO 8601 date and time with a time zone', fix);
  }
  const input = withoutNothing({
    orderId: order.orderId,
    eventDate: eventDate ?? undefined,
    currency: order.currency ?? context.currency,
    amount: order.amount,
    items: items.length === 0 ? undefined : items.map(({ values }) => itemOf(values)),
    clickId: order.clickId,
    promoCodes: order.promoCode?.split('|').map((code) => code.trim()),
    shipping: order.shipping,
    tax: order.tax,
    discount: order.discount,
    expectedTotal: order.expectedTotal,
    paymentType: order.paymentType,
    note: order.note,
    mediaPartnerId: order.mediaPartnerId,
    subscription: order.subscription,
    customer: withoutNothing({
      id: order.customerId,
      email: order.customerEmail,
      status: order.customerStatus,
      city: order.city,
      region: order.region,
      country: order.country,
      postCode: order.postCode,
    }),
  });
  return {
    input,
    findings,
    place: (path) => {
      const index = /^items\[(\d+)\]/.exec(path)?.[1];
      const plain = path.replaceAll(/\[\d+\]/g, '[]').replace(/^promoCodes\[\]$/, 'promoCodes');
      const line = (index === undefined ? undefined : items[Number(index)]?.line) ?? first.line;
      return { field: PATHS[plain] ?? plain.replace(/^items\[\]\./, ''), line };
    },
  };
}

/** Cells too many or too few: a separator inside of a text has moved all that follow. */
const fits = ({ cells }: CsvRow, { headers }: Columns): boolean =>
  cells.length >= headers.length && cells.slice(headers.length).every((cell) => cell.trim() === '');

function split({ cells }: CsvRow, columns: Columns): { values: Values; lines: ItemValues[] } {
  const values: Values = {};
  const lines = new Map<number, ItemValues>();
  const put = (item: number, column: ItemColumn, value: string): void => {
    lines.set(item, { ...lines.get(item), [column]: value });
  };
  for (const [index, cell] of columns.cells.entries()) {
    const value = cells[index]?.trim() ?? '';
    if (cell === null || value === '') continue;
    if (cell.of === 'item') put(cell.item, cell.column, value);
    else if (cell.column === 'amount' && columns.amountOfLine) put(0, 'subtotal', value);
    else values[cell.column] = value;
  }
  // In a file with articles a row may still be an order without one: then its amount is the order's.
  const own = lines.get(0);
  if (columns.amountOfLine && own?.subtotal !== undefined && Object.keys(own).length === 1) {
    lines.delete(0);
    values.amount = own.subtotal;
  }
  return { values, lines: [...lines].toSorted(([a], [b]) => a - b).map(([, line]) => line) };
}

type Refuse = (line: number, field: string, rule: string, what: string, fix: string) => void;

function checkProgram(order: Values, line: number, own: RowContext, refuse: Refuse): void {
  for (const column of ['campaignId', 'eventTypeId'] as const) {
    if (order[column] === undefined || order[column] === own[column]) continue;
    const fix = 'Import it in an app that is configured for it.';
    refuse(line, column, 'foreign', 'is not the one that this app is configured for', fix);
  }
}

function itemOf(values: ItemValues): Record<string, unknown> {
  const named = Object.entries(values) as [ItemColumn, string][];
  return Object.fromEntries(
    named.map(([column, value]) => [
      ITEM_FIELDS[column],
      column === 'quantity' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ]),
  );
}

const ZONED = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?([Zz]|[+-]\d{2}:?\d{2})$/;

/** A date without a zone may be hours off, and before its click: it is not guessed at. */
export function zonedDate(text: string): Date | null {
  const [, day, time, zone] = ZONED.exec(text) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return null;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const date = new Date(`${day}T${time.replace(',', '.')}${offset}`);
  if (Number.isNaN(date.getTime())) return null;
  // The engine takes 30 February for 2 March.
  const [year = 0, month = 0, dayOfMonth = 0] = day.split('-').map(Number);
  return dayOfMonth <= new Date(Date.UTC(year, month, 0)).getUTCDate() ? date : null;
}

function withoutNothing(fields: Record<string, unknown>): Record<string, unknown> {
  const told = Object.entries(fields).filter(
    ([, value]) => value !== undefined && !(isPlain(value) && Object.keys(value).length === 0),
  );
  return Object.fromEntries(told);
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
