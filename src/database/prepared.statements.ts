import type { Row, SqlValue, StatementResult } from './sql.value.js';

/**
 * Statements that a server keeps prepared on a connection: it reads and plans the text once, and not with
 * every sale. For the few texts that are marked as coming again and again.
 */
export interface PreparedStatements {
  /** Query that tells whether the session stays this connection's own, see {@link isOwnSession}; null where every driver or proxy sees to that. */
  readonly askSession: string | null;
  /** Whether the row that was answered says so. */
  isOwnSession(connection: unknown, row: Row | undefined): boolean;
  /** The driver's own call. */
  execute(connection: unknown, sql: string, values: readonly SqlValue[]): Promise<StatementResult>;
  /** Codes of errors that say that this server or session keeps no prepared statements. */
  readonly refusals: ReadonlySet<string | number>;
  /** Whether such an error leaves a transaction as it was. */
  readonly refusalIsHarmless: boolean;
}
