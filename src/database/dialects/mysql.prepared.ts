import type { Row, StatementResult } from '../sql.value.js';
import type { PreparedStatements } from '../prepared.statements.js';

/** What is used of `mysql2`'s connection, which keeps what it has prepared. */
interface MysqlConnection {
  execute(
    sql: string,
    values: readonly unknown[],
    done: (error: Error | null, result: Row[] | { affectedRows: number }) => void,
  ): unknown;
}

export const mysqlPrepared: PreparedStatements = {
  askSession: null,
  isOwnSession: (connection) => typeof (connection as Partial<MysqlConnection>).execute === 'function',
  execute: (connection, sql, values) =>
    new Promise<StatementResult>((resolve, reject) => {
      (connection as MysqlConnection).execute(sql, values, (error, result) => {
        if (error !== null) reject(error);
        else if (Array.isArray(result)) resolve({ rows: result, affected: 0 });
        else resolve({ rows: [], affected: result.affectedRows });
      });
    }),
  // Too many of them on the server, not in this protocol, unknown to this session.
  refusals: new Set([1461, 1295, 1243]),
  refusalIsHarmless: true,
};
