import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { killMysqlSessions, type RestartableServer } from './restartable.server.js';
import { freePort } from './restartable.postgres.js';
import { until } from './scale.js';

const inPath = (name: string): string | null =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null;

const DAEMON = inPath('mariadbd');
const INSTALLER = inPath('mariadb-install-db');

/** Whether this machine has what a server of our own takes. */
export const MARIADB_INSTALLED = DAEMON !== null && INSTALLER !== null;

/** A MariaDB of this test's own, from this machine's binaries, that can be killed. */
export async function startRestartableMariadb(): Promise<RestartableServer> {
  const folder = mkdtempSync(join(tmpdir(), 'impact-faults-mariadb-'));
  chmodSync(folder, 0o777);
  const data = join(folder, 'data');
  const port = await freePort();
  // The server refuses to run as root unless it is told to.
  const common = ['--no-defaults', `--datadir=${data}`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])];
  await promisify(execFile)(INSTALLER!, [
    ...common,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ]);
  const url = `mysql://root@127.0.0.1:${port}/mysql`;

  const start = async (): Promise<ChildProcess> => {
    const child = spawn(
      DAEMON!,
      [
        ...common,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(folder, 'socket')}`,
        `--pid-file=${join(folder, 'pid')}`,
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=64M',
        '--innodb-log-file-size=16M',
        // A commit is in the log before it is acknowledged; the machine itself does not fail here.
        '--innodb-flush-log-at-trx-commit=2',
      ],
      { stdio: 'ignore' },
    );
    await until('MariaDB lets somebody in', async () => {
      try {
        await (await mysql.createConnection(url)).end();
        return true;
      } catch {
        return false;
      }
    });
    return child;
  };
  const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };

  let child = await start();
  const connection = await mysql.createConnection(url);
  await connection.query('CREATE DATABASE shop');
  await connection.end();
  return {
    product: 'MariaDB',
    means: 'kill -9 of a server of its own',
    options: { type: 'mariadb', url: url.replace(/mysql$/, 'shop') },
    restart: async () => {
      await kill(child, 'SIGKILL');
      child = await start();
    },
    terminateSessions: () => killMysqlSessions(url),
    close: async () => {
      await kill(child, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
