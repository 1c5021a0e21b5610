import type { DatabaseDialect } from '../dialect.js';
import { mysqlPrepared } from './mysql.prepared.js';
import { assignments, insertInto } from './shared.statements.js';

/** These locks are the server's and not the database's, and their names have at most 64 characters. */
const MYSQL_LOCK = `CONCAT('impact_migrations_', LEFT(SHA2(DATABASE(), 256), 32))`;

/** A key is as short as a column that is indexed, or it would not be looked up there. */
const MYSQL_RECORDSET_TYPES = {
  key: 'varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  text: 'longtext',
  integer: 'bigint',
} as const;

/** MySQL 8 and MariaDB 10.6+. */
export const mysqlDialect: DatabaseDialect = {
  name: 'mysql',
  // UNIX_TIMESTAMP reads a local time, and one local hour of the year comes twice.
  currentMillis: `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000`,
  lockRow: ' FOR UPDATE',
  newestRow: ' LOCK IN SHARE MODE',
  // MariaDB, by default from 11.6 on: a locking read or an update of such a row rolls the whole transaction
  // back, savepoints and all. INSERT IGNORE does not.
  snapshot: {
    strict: `SHOW SESSION VARIABLES WHERE Variable_name = 'innodb_snapshot_isolation' AND Value = 'ON'`,
    ofInserts: `''`,
    failure: null,
  },
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  partialIndexes: false,
  writesInQueries: false,
  prepared: mysqlPrepared,
  begin: ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'],
  // One statement alone has one snapshot in every level but SERIALIZABLE, which locks what it reads.
  strictByDefault: `SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation') AND Value = 'SERIALIZABLE'`,
  // Deadlock, lock wait timeout, and MariaDB's "record has changed since last read".
  conflictCodes: new Set([1213, 1205, 1020]),
  indexesInTables: true,
  migrationLock: {
    acquire: (seconds) => [`SELECT GET_LOCK(${MYSQL_LOCK}, ${seconds}) AS locked`],
    release: `SELECT RELEASE_LOCK(${MYSQL_LOCK})`,
    timeoutCodes: new Set(),
  },
  types: {
    // utf8mb4_bin ignores trailing spaces when it compares; identifiers are trimmed before they get here.
    exact: (length) => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    longText: 'longtext',
    bigint: 'bigint',
    integer: 'integer',
    serialKey: 'bigint AUTO_INCREMENT PRIMARY KEY',
    tableOptions: ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  },
  findTable: (name) =>
    `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
  placeholders: (sql) => sql,
  // INSERT IGNORE takes a shared lock on the row that is there: two transactions that then lock it for
  // themselves end each other. It would also cut values that are too long without a word.
  insertIgnore: (insert) =>
    `${insertInto(insert)} ON DUPLICATE KEY UPDATE ${insert.conflict[0]} = ${insert.table}.${insert.conflict[0]}`,
  // Told apart by what it affected, and the only form that leaves a row alone which is younger than the
  // snapshot. Everything that it writes was measured before: it would cut what is too long.
  insertNew: (insert) => insertInto(insert).replace('INSERT', 'INSERT IGNORE'),
  upsert: (insert, updates) =>
    `${insertInto(insert)} ON DUPLICATE KEY UPDATE ${assignments(updates((column) => `VALUES(${column})`))}`,
  least: (a, b) => `LEAST(${a}, ${b})`,
  greatest: (a, b) => `GREATEST(${a}, ${b})`,
  // Row values are compared right there and read the whole index: the first column bounds the scan.
  sortsAfter: (first, second) => ({
    sql: `${first} >= ? AND (${first} > ? OR ${second} > ?)`,
    values: (a, b) => [a, a, b],
  }),
  recordset: (alias, columns) =>
    `JSON_TABLE(?, '$[*]' COLUMNS(${Object.entries(columns)
      .map(([name, type]) => `${name} ${MYSQL_RECORDSET_TYPES[type]} PATH '$.${name}'`)
      .join(', ')})) AS ${alias}`,
  updateFrom: (table, recordset, on, sets) =>
    `UPDATE ${table} JOIN ${recordset} ON ${on} SET ${assignments(sets)}`,
};
