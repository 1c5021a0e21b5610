import type { Database as SqliteHandle, Statement as PreparedStatement } from 'better-sqlite3';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from './clock.js';
import { DatabaseBusyError, ForeignManagerError } from './database.errors.js';
import { sqliteDialect } from './dialects/index.js';
import {
  type ImpactDatabase,
  type Row,
  run,
  type Script,
  type SqlValue,
  type Statement,
  type StatementResult,
} from './impact.database.js';
import { drive } from './script.runner.js';
import { onCommit, onTransactionEnd } from './transaction.events.js';

/** A group of statements that waits for the connection to be free. */
interface WaitingGroup {
  readonly run: () => void;
  readonly fail: (error: unknown) => void;
  readonly since: number;
  readonly patience: number;
}

/** Milliseconds between two looks at the connection, for transactions that end without TypeORM's knowledge. */
const LOOK_AGAIN = 20;
/** The same for a file that another process writes to: the gap between two of its transactions is short. */
const LOOK_AT_BUSY_FILE = 2;
/** The app is inside its own commit while we use the gap behind it: no more groups than this at a time. */
const MOST_PER_GAP = 50;
/** Batches of many different sizes would fill the cache with statements that never come again. */
const MOST_PREPARED = 500;

/**
 * SQLite through better-sqlite3.
 *
 * TypeORM has one connection per SQLite data source. A statement of ours that was awaited while the app
 * has a transaction open would become part of that transaction and vanish with its rollback. So:
 *
 * - a write of our own is one synchronous group on the driver's handle: nothing can come in between;
 * - it runs only while the handle is in no transaction, and otherwise waits its turn;
 * - those who wait run in the gap right behind the app's COMMIT or ROLLBACK: an app that opens one
 *   transaction after the other would never leave a gap that a timer could see;
 * - while another process writes to the file it comes back later, and never waits inside the driver;
 * - no TypeORM transaction is ever opened here: the app's own BEGIN would fail while it is open;
 * - inside the caller's transaction the same script runs on that transaction's connection, which is this one.
 */
export class SqliteDatabase implements ImpactDatabase {
  readonly dialect = sqliteDialect;
  readonly #prepared = new WeakMap<SqliteHandle, Map<string, PreparedStatement>>();
  readonly #waiting: WaitingGroup[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly dataSource: DataSource,
    readonly clock: Clock,
  ) {
    onTransactionEnd(dataSource, () => this.#useGap());
  }

  now(): string {
    return `(${this.dialect.currentMillis} + ${Math.trunc(this.clock.offset())})`;
  }

  async write<T>(script: () => Script<T>, options: { patience?: number } = {}): Promise<T> {
    if (this.#waiting.length === 0 && !this.#handle().inTransaction) {
      try {
        return this.#group(script);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run: () => resolve(this.#group(script)),
        fail: reject,
        since: performance.now(),
        patience: options.patience ?? Infinity,
      });
      this.#lookAgain(LOOK_AGAIN);
    });
  }

  async statement(sql: string, values: readonly SqlValue[] = []): Promise<StatementResult> {
    return this.write(() => run(sql, values));
  }

  async within<T>(
    manager: EntityManager,
    script: () => Script<T>,
    options: { patience?: number } = {},
  ): Promise<T> {
    if (manager.dataSource !== this.dataSource) throw new ForeignManagerError();
    if (manager.queryRunner?.isTransactionActive !== true) return this.write(script, options);
    return this.#runSynchronously(script());
  }

  async read<T>(script: () => Script<T>): Promise<T> {
    return this.#runSynchronously(script());
  }

  onCommit(listener: () => void): () => void {
    return onCommit(this.dataSource, listener);
  }

  #handle(): SqliteHandle {
    return (this.dataSource.driver as unknown as { databaseConnection: SqliteHandle }).databaseConnection;
  }

  /** Begins at once or not at all: waiting for another process inside the driver would stop this one. */
  #group<T>(script: () => Script<T>): T {
    const handle = this.#handle();
    const patience = handle.pragma('busy_timeout', { simple: true });
    handle.pragma('busy_timeout = 0');
    try {
      return handle.transaction(() => this.#runSynchronously(script())).immediate();
    } finally {
      handle.pragma(`busy_timeout = ${Number(patience)}`);
    }
  }

  /**
   * Runs those who wait, in order, while the connection is free. Never throws: the caller is the app's commit.
   *
   * @returns whether another process keeps the file to itself.
   */
  #useGap(): boolean {
    for (let done = 0; done < MOST_PER_GAP; done += 1) {
      const group = this.#waiting[0];
      if (group === undefined || this.#inTransaction()) return false;
      try {
        group.run();
      } catch (error) {
        if (isBusy(error)) return true;
        group.fail(error);
      }
      this.#waiting.shift();
    }
    return false;
  }

  #inTransaction(): boolean {
    try {
      return this.#handle().inTransaction;
    } catch (error) {
      // The data source was closed: nobody's turn will come.
      for (const group of this.#waiting.splice(0)) group.fail(error);
      return true;
    }
  }

  #lookAgain(after: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const busy = this.#useGap();
      this.#dismissImpatient();
      if (this.#waiting.length > 0) this.#lookAgain(busy ? LOOK_AT_BUSY_FILE : LOOK_AGAIN);
    }, after);
  }

  #dismissImpatient(): void {
    const now = performance.now();
    const impatient = this.#waiting.filter(({ since, patience }) => now - since >= patience);
    for (const group of impatient) {
      this.#waiting.splice(this.#waiting.indexOf(group), 1);
      group.fail(new DatabaseBusyError(Math.round(now - group.since)));
    }
  }

  #runSynchronously<T>(script: Script<T>): T {
    return drive(script, (statement) => this.#execute(statement));
  }

  #execute({ sql, values }: Statement): StatementResult {
    const prepared = this.#prepare(sql);
    if (prepared.reader) return { rows: prepared.all(...values) as Row[], affected: 0 };
    return { rows: [], affected: prepared.run(...values).changes };
  }

  #prepare(sql: string): PreparedStatement {
    const handle = this.#handle();
    // Keyed by handle: a data source that was closed and opened again has a new one.
    let cache = this.#prepared.get(handle);
    if (cache === undefined) this.#prepared.set(handle, (cache = new Map()));
    let prepared = cache.get(sql);
    if (prepared === undefined) {
      prepared = handle.prepare(sql);
      if (cache.size >= MOST_PREPARED) cache.delete(cache.keys().next().value!);
      cache.set(sql, prepared);
    }
    return prepared;
  }
}

const isBusy = (error: unknown): boolean =>
  String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
