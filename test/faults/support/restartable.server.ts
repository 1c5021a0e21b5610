import mysql from 'mysql2/promise';
import type { DataSourceOptions } from 'typeorm';
import type { TestDatabase } from '../../support/databases.js';
import { TcpProxy } from './tcp.proxy.js';

/** A database whose connections can be taken away. */
export interface RestartableServer {
  readonly product: string;
  /** How {@link restart} does it. */
  readonly means: string;
  readonly options: DataSourceOptions;
  /** Ends every session without a word, and lets new ones in as soon as the server can. */
  restart(): Promise<void>;
  /** Ends the sessions one by one while the server stays up, and says how many there were. */
  terminateSessions(): Promise<number>;
  close(): Promise<void>;
}

/** Milliseconds that a server which cannot be restarted is out of reach instead. */
const OUT_OF_REACH = 700;

/**
 * A server that other tests use too: it is never stopped. Its connections are cut at a proxy, which then
 * refuses new ones for a while. What the server itself would forget in a crash is not part of it.
 */
export async function behindProxy(database: TestDatabase): Promise<RestartableServer> {
  const fresh = await database.create();
  const { proxy, options } = await throughProxy(fresh.options);
  return {
    product: database.name,
    means: 'connections cut at a proxy',
    options,
    restart: async () => {
      await proxy.down();
      await new Promise((resolve) => setTimeout(resolve, OUT_OF_REACH));
      await proxy.up();
    },
    terminateSessions: async () => proxy.cut(),
    close: async () => {
      await proxy.close();
      await fresh.drop();
    },
  };
}

/** The same database, reached through a proxy. */
export async function throughProxy(
  options: DataSourceOptions,
): Promise<{ proxy: TcpProxy; options: DataSourceOptions }> {
  const url = new URL((options as { url: string }).url);
  const standardPort = url.protocol.startsWith('postgres') ? 5432 : 3306;
  const proxy = await TcpProxy.start(url.hostname, Number(url.port === '' ? standardPort : url.port));
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return { proxy, options: { ...options, url: url.href } as DataSourceOptions };
}

/** Ends every session of a MariaDB or MySQL server but the one that asks. */
export async function killMysqlSessions(uri: string): Promise<number> {
  const connection = await mysql.createConnection(uri);
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER <> 'system user' AND COMMAND <> 'Daemon'`,
    );
    let killed = 0;
    for (const { id } of rows) {
      // A session may have ended by itself meanwhile.
      await connection.query(`KILL CONNECTION ${Number(id)}`).then(
        () => (killed += 1),
        () => {},
      );
    }
    return killed;
  } finally {
    await connection.end();
  }
}
