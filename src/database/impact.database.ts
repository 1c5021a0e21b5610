import type { EntityManager } from 'typeorm';
import type { Clock } from './clock.js';
import type { DatabaseDialect } from './dialect.js';
import type { Row, SqlValue, StatementResult } from './sql.value.js';

export type { Row, SqlValue, StatementResult };

/** One statement: `?` marks a parameter on every database. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /**
   * The text comes again with every sale, so it is worth keeping prepared. Its answer names its columns: one
   * that was prepared with `*` fails once a migration has added a column.
   */
  readonly often?: boolean;
}

/**
 * A group of statements, written as a generator: it yields each statement and is handed its result.
 *
 * The same script runs synchronously on SQLite, where it must not interleave with the app's transaction
 * on the one connection, and asynchronously inside a transaction elsewhere.
 */
export type Script<T> = Generator<Statement, T, StatementResult>;

/** Runs one statement of a script: `const { rows } = yield* run('SELECT …', [id])`. */
export function* run(sql: string, values: readonly SqlValue[] = []): Script<StatementResult> {
  return yield { sql, values };
}

/** The same for one of the few texts that come again with every sale, see {@link Statement.often}. */
export function* runOften(sql: string, values: readonly SqlValue[]): Script<StatementResult> {
  return yield { sql, values, often: true };
}

/** The module's door to the database. Injected by {@link IMPACT_DATABASE}. */
export interface ImpactDatabase {
  readonly dialect: DatabaseDialect;
  readonly clock: Clock;
  /** SQL expression of the current time in epoch milliseconds, by the database's clock plus the offset. */
  now(): string;
  /**
   * Runs a script as one transaction of the module's own. On SQLite: one synchronous group on the
   * driver's handle, put off while the app has a transaction open on it. A script that met another
   * transaction's rows crosswise (deadlock, serialization failure) is run again from its beginning.
   *
   * @param options.patience milliseconds to wait for the app's transaction; default: for ever.
   * @throws DatabaseBusyError when patience runs out.
   */
  write<T>(script: () => Script<T>, options?: { patience?: number }): Promise<T>;
  /**
   * Runs one statement that is a transaction by itself; otherwise as `write`.
   *
   * @param options.often see {@link Statement.often}.
   */
  statement(
    sql: string,
    values?: readonly SqlValue[],
    options?: { often?: boolean },
  ): Promise<StatementResult>;
  /**
   * Runs a script inside the caller's transaction; a manager without one gets a transaction of its own.
   *
   * @throws ForeignManagerError when the manager belongs to another data source.
   * @throws DatabaseBusyError as `write` does, when the manager has no transaction.
   */
  within<T>(manager: EntityManager, script: () => Script<T>, options?: { patience?: number }): Promise<T>;
  /** Runs reads outside any transaction of ours. */
  read<T>(script: () => Script<T>): Promise<T>;
  /** Calls the listener after a transaction on this data source has committed: a doorbell, never a proof. Returns the unsubscriber. */
  onCommit(listener: () => void): () => void;
}

/** Injection token of {@link ImpactDatabase}. */
export const IMPACT_DATABASE = Symbol.for('nestjs-impact:database');
