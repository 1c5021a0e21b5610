import type { DatabaseDialect } from '../dialect.js';
import { onConflict, rowValuesAfter, updateFromList } from './shared.statements.js';

export const sqliteDialect: DatabaseDialect = {
  name: 'sqlite',
  currentMillis: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
  lockRow: '',
  newestRow: '',
  // A transaction whose snapshot is old cannot write at all, and one that has written is alone.
  snapshot: { strict: null, ofInserts: `''`, failure: null },
  skipLocked: '',
  partialIndexes: true,
  writesInQueries: false,
  // The module keeps every statement of its connection prepared.
  prepared: null,
  begin: ['BEGIN IMMEDIATE'],
  strictByDefault: 'SELECT 1 WHERE 0',
  conflictCodes: new Set(),
  indexesInTables: false,
  // BEGIN IMMEDIATE already keeps other writers out.
  migrationLock: null,
  types: {
    exact: (length) => `varchar(${length})`,
    longText: 'text',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'integer PRIMARY KEY AUTOINCREMENT',
    tableOptions: '',
  },
  findTable: (name) => `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${name}'`,
  placeholders: (sql) => sql,
  ...onConflict,
  least: (a, b) => `min(${a}, ${b})`,
  greatest: (a, b) => `max(${a}, ${b})`,
  sortsAfter: rowValuesAfter,
  recordset: (alias, columns) =>
    `(SELECT ${Object.keys(columns)
      .map((name) => `value ->> '$.${name}' AS ${name}`)
      .join(', ')} FROM json_each(?)) AS ${alias}`,
  updateFrom: updateFromList,
};
