import { type DatabaseDialect, newId, run, runOften, type Script, type SqlValue } from '../database/index.js';
import { columnsOf } from './conversion.row.js';
import type { SaleEntry, StoryEvent } from './ledger.types.js';
import { activeTrace } from './trace.context.js';

/** Sales with a click or code go out before those that only complete the reports. */
const PRIORITY = { attributable: 0, organic: 2 } as const;

const FIRST_LINE: Record<SaleEntry['state'], StoryEvent> = {
  RECORDED: 'recorded',
  SKIPPED: 'skipped',
  DRY_RUN: 'kept-in-dry-run',
  UNDELIVERABLE: 'parked',
};

export const priorityOf = ({ attributable }: SaleEntry): number =>
  attributable ? PRIORITY.attributable : PRIORITY.organic;

/** One row for a table. */
interface NewRow {
  readonly table: string;
  readonly row: Readonly<Record<string, SqlValue>>;
}

/** The call that reports the sale; due at once. */
export const deliveryOf = (conversion: string, sale: SaleEntry, at: number): NewRow => ({
  table: 'impact_deliveries',
  row: {
    id: newId(),
    conversion,
    account: sale.account,
    environment: sale.environment,
    kind: 'sale',
    sequence: 0,
    priority: priorityOf(sale),
    due_at: at,
    attempts: 0,
    recorded_at: at,
  },
});

/** The line that a sale's story begins with. */
export const firstLineOf = (conversion: string, sale: SaleEntry, at: number): NewRow => ({
  table: 'impact_story',
  row: {
    conversion,
    at,
    what: FIRST_LINE[sale.state],
    data: JSON.stringify({
      attributedBy: sale.attributedBy,
      clickId: sale.clickId,
      ...activeTrace(),
      ...(sale.warnings.length > 0 ? { warnings: sale.warnings } : {}),
      ...(sale.problems.length > 0 ? { problems: sale.problems } : {}),
    }),
  },
});

export function* insert({ table, row }: NewRow): Script<void> {
  yield* run(insertOf({ table, columns: Object.keys(row) }), Object.values(row));
}

/**
 * Stores a new sale with its delivery and the first line of its story, and tells whether it was new: an
 * order that is there already stays as it is, and nothing is added to it.
 *
 * One statement where a query may write: a trip to the server costs more than it. Elsewhere one for each row.
 */
export function* insertSale(
  dialect: DatabaseDialect,
  id: string,
  sale: SaleEntry,
  at: number,
): Script<boolean> {
  const first: NewRow = { table: 'impact_conversions', row: columnsOf(id, sale, at) };
  const line = firstLineOf(id, sale, at);
  const rows = sale.state === 'RECORDED' ? [first, deliveryOf(id, sale, at), line] : [first, line];
  const [store, ...rest] = statementsFor(dialect, rows);
  const values = rest.length === 0 ? rows.flatMap(({ row }) => Object.values(row)) : Object.values(first.row);
  const { affected } = yield* runOften(store!, values);
  if (affected === 0) return false;
  for (const [index, sql] of rest.entries()) yield* runOften(sql, Object.values(rows[index + 1]!.row));
  return true;
}

const known = new Map<string, readonly string[]>();

/** The rows of one kind of sale have always the same columns: their statements are made once. */
function statementsFor(dialect: DatabaseDialect, rows: readonly NewRow[]): readonly string[] {
  const key = `${dialect.name} ${rows.length}`;
  let statements = known.get(key);
  if (statements === undefined) known.set(key, (statements = makeStatements(dialect, rows)));
  return statements;
}

function makeStatements(dialect: DatabaseDialect, rows: readonly NewRow[]): string[] {
  const [first, ...others] = rows.map(({ table, row }) => ({ table, columns: Object.keys(row) }));
  const store = dialect.insertNew({ ...first!, conflict: ['program', 'event_type', 'order_id'] });
  if (!dialect.writesInQueries) return [store, ...others.map(insertOf)];
  const inserts = others.map(
    ({ table, columns }) =>
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${columns.map(() => '?').join(', ')} FROM fresh`,
  );
  // The last insert is the statement's own, so that what it affected tells whether the sale was new.
  const last = inserts.pop();
  const parts = [`fresh AS (${store} RETURNING 1)`, ...inserts.map((sql, n) => `part${n} AS (${sql})`)];
  return [`WITH ${parts.join(', ')} ${last}`];
}

const insertOf = ({ table, columns }: { table: string; columns: readonly string[] }): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
