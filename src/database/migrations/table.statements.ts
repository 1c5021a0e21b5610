import type { DatabaseDialect } from '../dialect.js';

export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly indexes?: readonly IndexShape[];
}

export interface IndexShape {
  readonly name: string;
  readonly on: string;
  /** Only rows where this column is not NULL: writing the others then costs nothing here. */
  readonly some?: string;
}

/** A table and its indexes, as statements that do nothing when run again. */
export function createTable(
  dialect: DatabaseDialect,
  { name, columns, indexes = [] }: TableShape,
): readonly string[] {
  const inside = dialect.indexesInTables ? indexes : [];
  const beside = dialect.indexesInTables ? [] : indexes;
  const lines = [...columns, ...inside.map((index) => `INDEX ${index.name} (${index.on})`)];
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (\n  ${lines.join(',\n  ')}\n)${dialect.types.tableOptions}`,
    ...beside.map(
      (index) => `CREATE INDEX IF NOT EXISTS ${index.name} ON ${name} (${index.on})${partOf(dialect, index)}`,
    ),
  ];
}

/** Left out where there are no partial indexes: there the other rows are NULL and sort apart. */
const partOf = (dialect: DatabaseDialect, { some }: IndexShape): string =>
  dialect.partialIndexes && some !== undefined ? ` WHERE ${some} IS NOT NULL` : '';
