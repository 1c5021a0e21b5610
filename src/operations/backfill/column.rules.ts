import { BackfillFormatError } from './backfill.errors.js';

/** Columns about the whole order. */
const ORDER_COLUMNS = [
  'orderId',
  'eventDate',
  'currency',
  'amount',
  'clickId',
  'promoCode',
  'customerId',
  'customerEmail',
  'customerStatus',
  'city',
  'region',
  'country',
  'postCode',
  'shipping',
  'tax',
  'discount',
  'expectedTotal',
  'paymentType',
  'note',
  'mediaPartnerId',
  'subscription',
  'campaignId',
  'eventTypeId',
] as const;

/** Columns about one line of the order. */
export const ITEM_COLUMNS = [
  'sku',
  'category',
  'quantity',
  'price',
  'subtotal',
  'itemTax',
  'itemDiscount',
  'itemName',
  'itemBrand',
  'itemPromoCode',
] as const;

export type OrderColumn = (typeof ORDER_COLUMNS)[number];
export type ItemColumn = (typeof ITEM_COLUMNS)[number];
/** What a column of a CSV file may be. */
export type BackfillColumn = OrderColumn | ItemColumn;

export const BACKFILL_COLUMNS: readonly BackfillColumn[] = [...ORDER_COLUMNS, ...ITEM_COLUMNS];

/** Other names, those of impact.com's own files among them (docs/vendor-contract.md §6). */
const ALIASES: Readonly<Record<string, BackfillColumn>> = {
  oid: 'orderId',
  date: 'eventDate',
  currencycode: 'currency',
  irclickid: 'clickId',
  imref: 'clickId',
  promocodes: 'promoCode',
  orderpromocode: 'promoCode',
  email: 'customerEmail',
  customercity: 'city',
  customerregion: 'region',
  customercountry: 'country',
  customerpostcode: 'postCode',
  ordershipping: 'shipping',
  ordertax: 'tax',
  orderdiscount: 'discount',
  mediaid: 'mediaPartnerId',
  programid: 'campaignId',
  actiontrackerid: 'eventTypeId',
  itemsku: 'sku',
  itemcategory: 'category',
  itemquantity: 'quantity',
  qty: 'quantity',
  itemprice: 'price',
  itemsubtotal: 'subtotal',
  itemtotaldiscount: 'itemDiscount',
};

/** One cell of a row: a column of the order, or of the line with that number; 0 is the row's own line. */
export type Cell =
  | { readonly of: 'order'; readonly column: OrderColumn }
  | { readonly of: 'item'; readonly column: ItemColumn; readonly item: number };

export interface Columns {
  /** By position in the row; `null`: left out. */
  readonly cells: readonly (Cell | null)[];
  /** The headers as they stand in the file. */
  readonly headers: readonly string[];
  readonly ignored: readonly string[];
  /** `amount` is the worth of the row's line: there are articles and no other price, as in impact.com's own files. */
  readonly amountOfLine: boolean;
}

const MOST_NUMBERED = 500;

const plain = (header: string): string => header.toLowerCase().replaceAll(/[\s._-]+/g, '');

const BY_NAME: ReadonlyMap<string, BackfillColumn> = new Map([
  ...BACKFILL_COLUMNS.map((column): [string, BackfillColumn] => [plain(column), column]),
  ...Object.entries(ALIASES),
]);

const isItemColumn = (column: BackfillColumn): column is ItemColumn =>
  (ITEM_COLUMNS as readonly string[]).includes(column);

/**
 * What the columns of a file mean.
 *
 * @param given the caller's own names; they win.
 * @param hasCurrency whether the caller named a currency for the whole file.
 * @throws BackfillFormatError when a column that every sale needs is missing, or one is there twice.
 */
export function readHeader(
  headers: readonly string[],
  given: Readonly<Record<string, BackfillColumn | null>> = {},
  hasCurrency = false,
): Columns {
  const own = new Map(Object.entries(given).map(([name, column]) => [plain(name), column]));
  const cells = headers.map((header) => cellOf(header, own));
  const seen = new Map<string, string>();
  for (const [index, cell] of cells.entries()) {
    if (cell === null) continue;
    const key = cell.of === 'order' ? cell.column : `${cell.column} ${cell.item}`;
    const before = seen.get(key);
    const header = headers[index]!;
    if (before !== undefined) {
      throw new BackfillFormatError(
        1,
        `the columns ${shown(before)} and ${shown(header)} mean the same. Remove one of them, or leave one out with the option columns.`,
      );
    }
    seen.set(key, header);
  }
  const needed: OrderColumn[] = hasCurrency ? ['orderId', 'eventDate'] : ['orderId', 'eventDate', 'currency'];
  const missing = needed.filter((column) => !seen.has(column));
  if (missing.length > 0) {
    throw new BackfillFormatError(
      1,
      `there is no column for ${missing.join(', ')}. Give the file a header with these names, or name yours with ` +
        `the option columns${missing.includes('currency') ? '; one currency for the whole file may be given as the option currency' : ''}.`,
    );
  }
  const ignored = headers.filter(
    (header, index) => cells[index] === null && header.trim() !== '' && !own.has(plain(header)),
  );
  const has = (...names: readonly string[]): boolean => names.some((name) => seen.has(name));
  return {
    cells,
    headers,
    ignored: ignored.map((header) => header.trim().slice(0, 64)),
    amountOfLine: has('sku 0') && !has('price 0', 'subtotal 0'),
  };
}

function cellOf(header: string, own: ReadonlyMap<string, BackfillColumn | null>): Cell | null {
  const name = plain(header);
  const column = own.has(name) ? own.get(name)! : BY_NAME.get(name);
  if (column === null) return null;
  if (column !== undefined) {
    return isItemColumn(column) ? { of: 'item', column, item: 0 } : { of: 'order', column };
  }
  const [, base = '', number = ''] = /^([a-z]+)([1-9]\d{0,2})$/.exec(name) ?? [];
  const numbered = BY_NAME.get(base);
  if (numbered === undefined || !isItemColumn(numbered) || Number(number) > MOST_NUMBERED) return null;
  return { of: 'item', column: numbered, item: Number(number) };
}

const shown = (header: string): string => JSON.stringify(header.trim().slice(0, 64));
