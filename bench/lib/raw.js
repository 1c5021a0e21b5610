// One connection of each driver, as plain as the driver is: what the package is measured against.
// The drivers are the repository's own copies, or pinned to the same version.
import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';

/** `{ query(sql, values): rows, begin, commit, close }`; placeholders are the driver's own. */
export const openRaw = (database) => OPEN[database.kind](database);

const OPEN = {
  async postgres({ url }) {
    const client = new pg.Client({ connectionString: url });
    // A database that is dropped with us still connected is no accident here.
    client.on('error', () => {});
    await client.connect();
    return {
      query: async (sql, values) => (await client.query(sql, values)).rows,
      begin: () => client.query('BEGIN'),
      commit: () => client.query('COMMIT'),
      close: () => client.end(),
    };
  },
  async mariadb({ url }) {
    const connection = await mysql.createConnection(url);
    return {
      query: async (sql, values) => (await connection.query(sql, values))[0],
      begin: () => connection.query('START TRANSACTION'),
      commit: () => connection.query('COMMIT'),
      close: () => connection.end(),
    };
  },
  sqlite({ file }) {
    const handle = new Sqlite(file);
    handle.pragma('journal_mode = WAL');
    const prepared = new Map();
    const prepare = (sql) => {
      let statement = prepared.get(sql);
      if (statement === undefined) prepared.set(sql, (statement = handle.prepare(sql)));
      return statement;
    };
    return {
      query: (sql, values = []) => {
        const statement = prepare(sql);
        return statement.reader ? statement.all(...values) : statement.run(...values);
      },
      begin: () => prepare('BEGIN').run(),
      commit: () => prepare('COMMIT').run(),
      close: () => handle.close(),
    };
  },
};
