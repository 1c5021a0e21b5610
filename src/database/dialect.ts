import type { PreparedStatements } from './prepared.statements.js';
import type { SqlValue } from './sql.value.js';

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
  /** Suffix of a read that finds the newest row although the snapshot is older; empty where no read does, or each. */
  readonly newestRow: string;
  /** How the snapshot of a caller's transaction meets rows that were committed after it was taken. */
  readonly snapshot: SnapshotTraits;
  /** Suffix of a claim that steps over rows other processes hold; empty where the claim is compare-and-set. */
  readonly skipLocked: string;
  /** Indexes over a part of the rows. */
  readonly partialIndexes: boolean;
  /** `UPDATE` and `INSERT` inside `WITH`, each answering its rows: several writes in one statement. */
  readonly writesInQueries: boolean;
  /** Statements that the server keeps prepared on a connection; null where all are, or none. */
  readonly prepared: PreparedStatements | null;
  /** Begins a transaction of ours in READ COMMITTED, whatever the session's own level is. */
  readonly begin: readonly string[];
  /** Query that answers a row when a statement alone runs in a stricter level than that. */
  readonly strictByDefault: string;
  /** Codes of errors that end a transaction which did nothing wrong: done again, it works. */
  readonly conflictCodes: ReadonlySet<string | number>;
  /** Indexes are written inside `CREATE TABLE`: DDL commits by itself, and only the whole table can be made again. */
  readonly indexesInTables: boolean;
  /** Makes other processes wait while this one applies migrations; null where a transaction is alone anyway. */
  readonly migrationLock: MigrationLock | null;
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
  /**
   * `INSERT` that leaves an existing row as it is and tells by what it `affected` whether the row is new.
   * For rows that are only read afterwards: who then locks the row may meet another who does the same.
   */
  insertNew(insert: InsertShape): string;
  /** `INSERT` that updates the named columns of an existing row; `excluded(column)` is the new row's value. */
  upsert(
    insert: InsertShape,
    updates: (excluded: (column: string) => string) => Readonly<Record<string, string>>,
  ): string;
  /** The smaller or greater of two expressions. */
  least(a: string, b: string): string;
  greatest(a: string, b: string): string;
  /** Condition of a keyset page: both columns, in this order, sort behind two parameters each. */
  sortsAfter(
    first: string,
    second: string,
  ): { readonly sql: string; values(a: SqlValue, b: SqlValue): SqlValue[] };
  /** A table made of one parameter: a JSON array of objects with these columns. */
  recordset(alias: string, columns: RecordsetColumns): string;
  /** `UPDATE` of a table, whose rows meet those of a recordset where `on` holds. */
  updateFrom(table: string, recordset: string, on: string, sets: Readonly<Record<string, string>>): string;
}

export interface SnapshotTraits {
  /** Query that answers a row when statements over such rows fail in this transaction; null where they never do. */
  readonly strict: string | null;
  /** Expression that is `'strict'` where also `INSERT … ON CONFLICT` fails in this transaction. */
  readonly ofInserts: string;
  /** Code of that failure; a savepoint keeps it from the rest of the transaction. */
  readonly failure: string | null;
}

export interface MigrationLock {
  /** The last statement answers a row whose `locked` is 1 once the lock is held. */
  acquire(seconds: number): readonly string[];
  /** Null where the end of the transaction releases it. */
  readonly release: string | null;
  /** Codes of errors that say that the wait was too long. */
  readonly timeoutCodes: ReadonlySet<string | number>;
}

/** Names of a recordset's columns are not those of the table that it updates: not every database lets them be told apart. */
export type RecordsetColumns = Readonly<Record<string, 'key' | 'text' | 'integer'>>;

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
