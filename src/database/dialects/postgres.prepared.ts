import { createHash } from 'node:crypto';
import type { Row, StatementResult } from '../sql.value.js';
import type { PreparedStatements } from '../prepared.statements.js';

/** What is used of `pg`'s client. */
interface PostgresClient {
  /** What the server said at the connection's begin; a pooler says something of its own. */
  readonly processID?: number | null;
  query(query: {
    name: string;
    text: string;
    values: readonly unknown[];
  }): Promise<{ rows: Row[]; rowCount: number | null }>;
}

const names = new Map<string, string>();
/** The marked texts are few; a clock that tests move makes more. */
const MOST_NAMES = 500;

/** By its text: two versions of the package may share a connection. */
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = `impact_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
    if (names.size >= MOST_NAMES) names.clear();
    names.set(sql, name);
  }
  return name;
}

/**
 * By name, on sessions that are proven to be the connection's own. A pooler that hands sessions out by
 * transaction would send the name to a session that has never heard of it, and the error would end the
 * caller's transaction.
 */
export const postgresPrepared: PreparedStatements = {
  askSession: 'SELECT pg_backend_pid() AS pid',
  isOwnSession: (connection, row) => {
    const { processID } = connection as PostgresClient;
    return typeof processID === 'number' && processID > 0 && row?.['pid'] === processID;
  },
  execute: async (connection, sql, values): Promise<StatementResult> => {
    const { rows, rowCount } = await (connection as PostgresClient).query({
      name: nameOf(sql),
      text: sql,
      values,
    });
    return { rows, affected: rowCount ?? 0 };
  },
  // Somebody has sent DISCARD ALL or DEALLOCATE: unknown name; or a name that the driver does not know of is taken.
  refusals: new Set(['26000', '42P05']),
  refusalIsHarmless: false,
};
