import type { DatabaseDialect } from '../dialect.js';
import { postgresPrepared } from './postgres.prepared.js';
import { onConflict, rowValuesAfter, updateFromList } from './shared.statements.js';

const numberedTexts = new Map<string, string>();
/** Statements with lists of many lengths would fill the memory with texts that never come again. */
const MOST_NUMBERED = 500;

/** `$1`, `$2`, … for `?`. The same few texts come again with every sale and every delivery. */
function numbered(sql: string): string {
  const known = numberedTexts.get(sql);
  if (known !== undefined) return known;
  let index = 0;
  const text = sql.replaceAll('?', () => `$${++index}`);
  if (numberedTexts.size >= MOST_NUMBERED) numberedTexts.delete(numberedTexts.keys().next().value!);
  numberedTexts.set(sql, text);
  return text;
}

export const postgresDialect: DatabaseDialect = {
  name: 'postgres',
  // Of the statement, not of the moment: a clock that moves while it is read cannot bound an index scan.
  currentMillis: `CAST(extract(epoch FROM statement_timestamp()) * 1000 AS bigint)`,
  lockRow: ' FOR UPDATE',
  newestRow: '',
  // REPEATABLE READ and SERIALIZABLE answer ON CONFLICT over a row that they cannot see with an error.
  snapshot: {
    strict: `SELECT 1 AS strict WHERE current_setting('transaction_isolation') IN ('repeatable read', 'serializable')`,
    ofInserts: `CASE WHEN current_setting('transaction_isolation') LIKE 'read %' THEN '' ELSE 'strict' END`,
    failure: '40001',
  },
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  partialIndexes: true,
  writesInQueries: true,
  prepared: postgresPrepared,
  begin: ['BEGIN ISOLATION LEVEL READ COMMITTED'],
  strictByDefault: `SELECT 1 AS strict WHERE current_setting('default_transaction_isolation') IN ('repeatable read', 'serializable')`,
  // Serialization failure, deadlock.
  conflictCodes: new Set(['40001', '40P01']),
  indexesInTables: false,
  migrationLock: {
    acquire: (seconds) => [
      `SET LOCAL lock_timeout = ${Math.trunc(seconds * 1000)}`,
      `SELECT 1 AS locked, pg_advisory_xact_lock(1229800515)`,
    ],
    release: null,
    timeoutCodes: new Set(['55P03']),
  },
  types: {
    exact: (length) => `varchar(${length}) COLLATE "C"`,
    longText: 'text',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    tableOptions: '',
  },
  findTable: (name) => `SELECT 1 WHERE to_regclass('${name}') IS NOT NULL`,
  placeholders: numbered,
  ...onConflict,
  least: (a, b) => `LEAST(${a}, ${b})`,
  greatest: (a, b) => `GREATEST(${a}, ${b})`,
  sortsAfter: rowValuesAfter,
  recordset: (alias, columns) =>
    `json_to_recordset(CAST(? AS json)) AS ${alias}(${Object.entries(columns)
      .map(([name, type]) => `${name} ${type === 'integer' ? 'bigint' : 'text'}`)
      .join(', ')})`,
  updateFrom: updateFromList,
};
