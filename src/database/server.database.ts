import { setTimeout } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Clock } from './clock.js';
import { onCommit } from './transaction.events.js';
import { ForeignManagerError } from './database.errors.js';
import type { DatabaseDialect } from './dialect.js';
import {
  type ImpactDatabase,
  type Row,
  run,
  type Script,
  type SqlValue,
  type Statement,
  type StatementResult,
} from './impact.database.js';
import { PreparedRunner } from './prepared.runner.js';
import { driveAsync } from './script.runner.js';

/** A transaction of ours that met another's rows crosswise is done again this often at most. */
const MOST_ATTEMPTS = 5;

/** PostgreSQL, MySQL and MariaDB: scripts run on pooled connections, in READ COMMITTED where they are ours. */
export class ServerDatabase implements ImpactDatabase {
  readonly #prepared: PreparedRunner;
  #stricterByDefault: boolean | null = null;

  constructor(
    private readonly dataSource: DataSource,
    readonly clock: Clock,
    readonly dialect: DatabaseDialect,
  ) {
    this.#prepared = new PreparedRunner(dialect.prepared);
  }

  now(): string {
    return `(${this.dialect.currentMillis} + ${Math.trunc(this.clock.offset())})`;
  }

  async write<T>(script: () => Script<T>): Promise<T> {
    return this.#despiteConflicts(async (runner) => {
      // Not through TypeORM: the app's subscribers hear of the app's own transactions alone.
      for (const sql of this.dialect.begin) await runner.query(sql);
      try {
        const result = await this.#drive(script, runner);
        await runner.query('COMMIT');
        return result;
      } catch (error) {
        await rollBackQuietly(runner);
        throw error;
      }
    });
  }

  async statement(
    sql: string,
    values: readonly SqlValue[] = [],
    options: { often?: boolean } = {},
  ): Promise<StatementResult> {
    // Alone it would run in the role's default level.
    if (await this.#isStricterByDefault()) return this.write(() => run(sql, values));
    return this.#despiteConflicts((runner) => this.#execute({ sql, values, ...options }, runner));
  }

  async within<T>(manager: EntityManager, script: () => Script<T>): Promise<T> {
    if (manager.dataSource !== this.dataSource) throw new ForeignManagerError();
    const runner = manager.queryRunner;
    if (runner?.isTransactionActive !== true) return this.write(script);
    return this.#drive(script, runner);
  }

  async read<T>(script: () => Script<T>): Promise<T> {
    return this.#onOwnConnection((runner) => this.#drive(script, runner));
  }

  onCommit(listener: () => void): () => void {
    return onCommit(this.dataSource, listener);
  }

  async #despiteConflicts<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#onOwnConnection(work);
      } catch (error) {
        if (attempt >= MOST_ATTEMPTS || !this.#isConflict(error)) throw error;
      }
      // Those who met once would meet again if they came back together.
      await setTimeout(Math.random() * 20 * attempt);
    }
  }

  async #isStricterByDefault(): Promise<boolean> {
    if (this.#stricterByDefault === null) {
      const { strictByDefault } = this.dialect;
      const { rows } = await this.read(() => run(strictByDefault));
      this.#stricterByDefault = rows.length > 0;
    }
    return this.#stricterByDefault;
  }

  #isConflict(error: unknown): boolean {
    const { code, errno } = error as { code?: string; errno?: number };
    const { conflictCodes } = this.dialect;
    return conflictCodes.has(code ?? '') || conflictCodes.has(errno ?? '') || this.#prepared.isRefusal(error);
  }

  async #onOwnConnection<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  async #drive<T>(script: () => Script<T>, runner: QueryRunner): Promise<T> {
    return driveAsync(script(), (statement) => this.#execute(statement, runner));
  }

  async #execute({ sql, values, often }: Statement, runner: QueryRunner): Promise<StatementResult> {
    const text = this.dialect.placeholders(sql);
    if (often === true) {
      const answered = await this.#prepared.run(runner, text, values);
      if (answered !== null) return answered;
    }
    const result = await runner.query(text, [...values], true);
    return { rows: (result.records ?? []) as Row[], affected: result.affected ?? 0 };
  }
}

/** On a connection that is gone there is nothing to roll back, and the error that says so is the one to tell. */
async function rollBackQuietly(runner: QueryRunner): Promise<void> {
  try {
    await runner.query('ROLLBACK');
  } catch {
    // The server has rolled back what a lost connection left behind.
  }
}
