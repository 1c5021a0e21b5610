/**
 * What each database can do, by name. The one place where databases differ: everything else asks for a
 * capability and never for a product.
 */
export interface DatabaseDialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql';
  /** Expression of the current time in epoch milliseconds by the database's clock. */
  readonly currentMillis: string;
  /** Suffix of a read that must see and lock the newest row; empty where a transaction is alone anyway. */
  readonly lockRow: string;
  /** Suffix of a claim that steps over rows other processes hold; empty where the claim is compare-and-set. */
  readonly skipLocked: string;
  /** Indexes over a part of the rows. */
  readonly partialIndexes: boolean;
  /** Statements that make other processes wait while this one applies migrations; `acquire` may be empty. */
  readonly migrationLock: { readonly acquire: string | null; readonly release: string | null };
  /** Column types of the migrations. */
  readonly types: ColumnTypes;
  /** A query that answers one row when the table is there. */
  findTable(name: string): string;
  /** Rewrites `?` into the driver's own placeholders. */
  placeholders(sql: string): string;
  /**
   * `INSERT` that leaves an existing row as it is. Drivers count differently what it `affected`: who wants
   * to know whether the row is new compares the id that is stored with the id that was given.
   * `computed` columns get an SQL expression instead of a parameter.
   */
  insertIgnore(insert: InsertShape): string;
  /** `INSERT` that updates the named columns of an existing row; `excluded(column)` is the new row's value. */
  upsert(
    insert: InsertShape,
    updates: (excluded: (column: string) => string) => Readonly<Record<string, string>>,
  ): string;
  /** The smaller or greater of two expressions. */
  least(a: string, b: string): string;
  greatest(a: string, b: string): string;
}

export interface InsertShape {
  readonly table: string;
  readonly columns: readonly string[];
  /** Columns with an SQL expression as their value, after the others. */
  readonly computed?: Readonly<Record<string, string>>;
  /** Default 1. */
  readonly rows?: number;
  /** The unique columns that make a row the same row. */
  readonly conflict: readonly string[];
}

export interface ColumnTypes {
  /** Text compared byte for byte. */
  readonly exact: (length: number) => string;
  readonly longText: string;
  readonly bigint: string;
  readonly integer: string;
  /** Auto-incrementing primary key, constraint included. */
  readonly serialKey: string;
  /** Appended to CREATE TABLE. */
  readonly tableOptions: string;
}

const insertInto = ({ table, columns, computed = {}, rows = 1 }: InsertShape): string => {
  const row = `(${[...columns.map(() => '?'), ...Object.values(computed)].join(', ')})`;
  const names = [...columns, ...Object.keys(computed)].join(', ');
  return `INSERT INTO ${table} (${names}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
};

const assignments = (updates: Readonly<Record<string, string>>): string =>
  Object.entries(updates)
    .map(([column, expression]) => `${column} = ${expression}`)
    .join(', ');

const onConflict: Pick<DatabaseDialect, 'insertIgnore' | 'upsert'> = {
  insertIgnore: (insert) => `${insertInto(insert)} ON CONFLICT (${insert.conflict.join(', ')}) DO NOTHING`,
  upsert: (insert, updates) =>
    `${insertInto(insert)} ON CONFLICT (${insert.conflict.join(', ')}) ` +
    `DO UPDATE SET ${assignments(updates((column) => `excluded.${column}`))}`,
};

export const sqliteDialect: DatabaseDialect = {
  name: 'sqlite',
  currentMillis: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
  lockRow: '',
  skipLocked: '',
  partialIndexes: true,
  // BEGIN IMMEDIATE already keeps other writers out.
  migrationLock: { acquire: null, release: null },
  types: {
    exact: (length) => `varchar(${length})`,
    longText: 'text',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'integer PRIMARY KEY AUTOINCREMENT',
    tableOptions: '',
  },
  findTable: (name) => `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${name}'`,
  placeholders: (sql) => sql,
  ...onConflict,
  least: (a, b) => `min(${a}, ${b})`,
  greatest: (a, b) => `max(${a}, ${b})`,
};

export const postgresDialect: DatabaseDialect = {
  name: 'postgres',
  currentMillis: `CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`,
  lockRow: ' FOR UPDATE',
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  partialIndexes: true,
  migrationLock: { acquire: `SELECT pg_advisory_xact_lock(1229800515)`, release: null },
  types: {
    exact: (length) => `varchar(${length}) COLLATE "C"`,
    longText: 'text',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    tableOptions: '',
  },
  findTable: (name) => `SELECT 1 WHERE to_regclass('${name}') IS NOT NULL`,
  placeholders: (sql) => {
    let index = 0;
    return sql.replaceAll('?', () => `$${++index}`);
  },
  ...onConflict,
  least: (a, b) => `LEAST(${a}, ${b})`,
  greatest: (a, b) => `GREATEST(${a}, ${b})`,
};

/** MySQL 8 and MariaDB 10.6+. */
export const mysqlDialect: DatabaseDialect = {
  name: 'mysql',
  // UNIX_TIMESTAMP reads a local time, and one local hour of the year comes twice.
  currentMillis: `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000`,
  lockRow: ' FOR UPDATE',
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  partialIndexes: false,
  migrationLock: {
    acquire: `SELECT GET_LOCK('impact_migrations', 60)`,
    release: `SELECT RELEASE_LOCK('impact_migrations')`,
  },
  types: {
    // utf8mb4_bin ignores trailing spaces when it compares; identifiers are trimmed before they get here.
    exact: (length) => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    longText: 'longtext',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'bigint AUTO_INCREMENT PRIMARY KEY',
    tableOptions: ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  },
  findTable: (name) =>
    `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
  placeholders: (sql) => sql,
  // INSERT IGNORE takes a shared lock on the row that is there: two transactions that then lock it for
  // themselves end each other. It would also cut values that are too long without a word.
  insertIgnore: (insert) =>
    `${insertInto(insert)} ON DUPLICATE KEY UPDATE ${insert.conflict[0]} = ${insert.table}.${insert.conflict[0]}`,
  upsert: (insert, updates) =>
    `${insertInto(insert)} ON DUPLICATE KEY UPDATE ${assignments(updates((column) => `VALUES(${column})`))}`,
  least: (a, b) => `LEAST(${a}, ${b})`,
  greatest: (a, b) => `GREATEST(${a}, ${b})`,
};
