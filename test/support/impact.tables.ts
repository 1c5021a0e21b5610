import type { DataSource } from 'typeorm';

export const IMPACT_TABLES = [
  'impact_clicks',
  'impact_click_links',
  'impact_conversions',
  'impact_actions',
  'impact_corrections',
  'impact_deliveries',
  'impact_story',
  'impact_accounts',
  'impact_promo_codes',
  'impact_reconciliations',
  'impact_migrations',
] as const;

export type ImpactTable = (typeof IMPACT_TABLES)[number];
export type TableRow = Record<string, string | number | null>;

export async function rowsOf(dataSource: DataSource, table: ImpactTable): Promise<TableRow[]> {
  return dataSource.query(`SELECT * FROM ${table} ORDER BY 1, 2, 3`);
}

/** Every row of every table of the module. */
export async function dump(dataSource: DataSource): Promise<Record<ImpactTable, TableRow[]>> {
  const tables = await Promise.all(
    IMPACT_TABLES.map(async (table) => [table, await rowsOf(dataSource, table)] as const),
  );
  return Object.fromEntries(tables) as Record<ImpactTable, TableRow[]>;
}

/** The same without the times, which a click that is written from the buffer later can move by a millisecond. */
export async function dumpWithoutTimes(dataSource: DataSource): Promise<Record<ImpactTable, TableRow[]>> {
  const timeless = (row: TableRow): TableRow =>
    Object.fromEntries(Object.entries(row).filter(([column]) => !column.endsWith('_at')));
  const tables = Object.entries(await dump(dataSource)).map(([table, rows]) => [table, rows.map(timeless)]);
  return Object.fromEntries(tables) as Record<ImpactTable, TableRow[]>;
}

/** Names of the module's tables that the database has. */
export async function impactTables(dataSource: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await dataSource.query(CATALOGUE[dataSource.options.type] ?? '');
  return rows.map(({ name }) => name).toSorted();
}

const information = (schema: string): string =>
  `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ${schema} AND table_name LIKE 'impact%'`;

const CATALOGUE: Readonly<Partial<Record<string, string>>> = {
  'better-sqlite3': `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'impact%'`,
  postgres: information('current_schema()'),
  mysql: information('DATABASE()'),
  mariadb: information('DATABASE()'),
};
