import { csvRows } from './csv.reader.js';
import { readHeader, type Columns } from './column.rules.js';
import type { BackfillFinding, BackfillOptions } from './backfill.types.js';
import { type CsvRow, MOST_ROWS, orderIdOf, readRows, type RowContext } from './row.rules.js';
import type { OpenedSource } from './source.reader.js';

/** One order of a source, still unchecked. */
export interface ReadOrder {
  /** Where it begins. */
  readonly line: number;
  /** Where what follows may begin: a run that goes on starts here. */
  readonly next: number;
  readonly input: unknown;
  /** What reading it found. */
  readonly findings: readonly BackfillFinding[];
  /** What a path in the input is called in the source. */
  readonly place: (path: string) => { readonly field: string; readonly line: number };
}

export interface OrderReading {
  readonly own: Pick<RowContext, 'campaignId' | 'eventTypeId'>;
  readonly options: Pick<BackfillOptions, 'from' | 'columns' | 'currency' | 'delimiter'>;
  readonly onHeader: (columns: Columns) => void;
}

/** @throws BackfillFormatError */
export function readOrders(
  source: OpenedSource,
  reading: OrderReading,
): AsyncGenerator<ReadOrder, void, void> {
  return source.is === 'csv' ? ofFile(source.chunks, reading) : ofSales(source.sales, reading);
}

async function* ofSales(
  sales: AsyncIterable<unknown>,
  { options: { from = 1 } }: OrderReading,
): AsyncGenerator<ReadOrder, void, void> {
  let line = 0;
  for await (const input of sales) {
    line += 1;
    if (line < from) continue;
    const at = line;
    yield { line: at, next: at + 1, input, findings: [], place: (path) => ({ field: path, line: at }) };
  }
}

/** Rows of one order follow each other (docs/vendor-contract.md §6). */
async function* ofFile(
  chunks: AsyncIterable<string | Uint8Array>,
  { own, options, onHeader }: OrderReading,
): AsyncGenerator<ReadOrder, void, void> {
  const { from = 1, currency } = options;
  let context: RowContext | null = null;
  let rows: CsvRow[] = [];
  let tooMany = 0;
  let orderId = '';
  // Somebody may go on in the middle of an order, whose beginning is then recorded or was looked at.
  let passed: string | null = null;
  for await (const row of csvRows(chunks, options.delimiter)) {
    if (context === null) {
      const columns = readHeader(row.cells, options.columns, currency !== undefined);
      onHeader(columns);
      context = { columns, currency, ...own };
      continue;
    }
    const id = orderIdOf(row, context.columns);
    if (row.line < from || (passed !== null && id === passed)) {
      passed = id === '' ? null : id;
      continue;
    }
    passed = null;
    if (rows.length > 0 && id !== '' && id === orderId) {
      if (rows.length < MOST_ROWS) rows.push(row);
      else tooMany = row.line;
      continue;
    }
    if (rows.length > 0) yield orderOf(rows, tooMany, context);
    rows = [row];
    tooMany = 0;
    orderId = id;
  }
  if (rows.length > 0 && context !== null) yield orderOf(rows, tooMany, context);
}

function orderOf(rows: readonly CsvRow[], tooMany: number, context: RowContext): ReadOrder {
  const { input, findings, place } = readRows(rows, context);
  const last = Math.max(rows.at(-1)!.line, tooMany);
  const fix = 'Look for rows that have lost their order id.';
  const more: BackfillFinding[] =
    tooMany === 0
      ? []
      : [
          {
            line: tooMany,
            level: 'error',
            field: 'orderId',
            rule: 'too-many',
            message: `orderId: has more than ${MOST_ROWS} rows. ${fix}`,
            fix,
          },
        ];
  return { line: rows[0]!.line, next: last + 1, input, findings: [...findings, ...more], place };
}
