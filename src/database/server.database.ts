import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Clock } from './clock.js';
import { onCommit } from './transaction.events.js';
import { ForeignManagerError } from './database.errors.js';
import type { DatabaseDialect } from './dialect.js';
import type { ImpactDatabase, Row, Script, Statement, StatementResult } from './impact.database.js';
import { driveAsync } from './script.runner.js';

/** PostgreSQL, MySQL and MariaDB: scripts run on pooled connections, in READ COMMITTED where they are ours. */
export class ServerDatabase implements ImpactDatabase {
  constructor(
    private readonly dataSource: DataSource,
    readonly clock: Clock,
    readonly dialect: DatabaseDialect,
  ) {}

  now(): string {
    return `(${this.dialect.currentMillis} + ${Math.trunc(this.clock.offset())})`;
  }

  async write<T>(script: () => Script<T>): Promise<T> {
    return this.#onOwnConnection(async (runner) => {
      await runner.startTransaction('READ COMMITTED');
      try {
        const result = await this.#drive(script, runner);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction();
        throw error;
      }
    });
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

  async #execute({ sql, values }: Statement, runner: QueryRunner): Promise<StatementResult> {
    const result = await runner.query(this.dialect.placeholders(sql), [...values], true);
    return { rows: (result.records ?? []) as Row[], affected: result.affected ?? 0 };
  }
}
