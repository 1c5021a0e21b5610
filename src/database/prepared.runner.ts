import { QueryFailedError, type QueryRunner } from 'typeorm';
import type { PreparedStatements } from './prepared.statements.js';
import type { Row, SqlValue, StatementResult } from './sql.value.js';

/**
 * Sends the statements that come with every sale so that a connection keeps them prepared.
 *
 * - Each connection is asked once whether its session stays its own; on others everything is sent as text.
 * - A server that does not keep them is believed at the first error: from then on this process sends text.
 * - TypeORM has no call for it, so they go to the driver's connection; the data source's logger hears of them.
 */
export class PreparedRunner {
  readonly #ownSessions = new WeakMap<object, boolean>();
  #refused = false;

  constructor(private readonly prepared: PreparedStatements | null) {}

  /** @returns null when the statement has to be sent as text. */
  async run(runner: QueryRunner, sql: string, values: readonly SqlValue[]): Promise<StatementResult | null> {
    const { prepared } = this;
    if (prepared === null || this.#refused || runner.isReleased) return null;
    const connection: unknown = await runner.connect();
    if (typeof connection !== 'object' || connection === null) return null;
    const own = this.#ownSessions.get(connection) ?? (await this.#ask(prepared, runner, connection));
    if (!own || this.#refused) return null;
    const { logger } = runner.dataSource;
    logger.logQuery(sql, [...values], runner);
    try {
      return await prepared.execute(connection, sql, values);
    } catch (error) {
      logger.logQueryError(error as Error, sql, [...values], runner);
      this.#refused ||= this.isRefusal(error);
      if (this.#refused && prepared.refusalIsHarmless && this.isRefusal(error)) return null;
      throw new QueryFailedError(sql, [...values], error as Error);
    }
  }

  /** Whether the error says that prepared statements are not kept: without them the work succeeds. */
  isRefusal(error: unknown): boolean {
    const { code, errno } = error as { code?: string; errno?: number };
    const refusals = this.prepared?.refusals;
    return refusals !== undefined && (refusals.has(code ?? '') || refusals.has(errno ?? ''));
  }

  async #ask(prepared: PreparedStatements, runner: QueryRunner, connection: object): Promise<boolean> {
    const { askSession } = prepared;
    const answer = askSession === null ? null : await runner.query(askSession, [], true);
    const own = prepared.isOwnSession(connection, answer?.records[0] as Row | undefined);
    this.#ownSessions.set(connection, own);
    return own;
  }
}
