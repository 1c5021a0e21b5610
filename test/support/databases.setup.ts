import { randomBytes } from 'node:crypto';
import {
  dropRun,
  EVERYWHERE,
  findServers,
  PRODUCTS,
  RUN,
  type Server,
  SERVER_URLS,
  type ServerSearch,
} from './database.servers.js';

const COMPOSE = 'docker compose -f test/databases/compose.yaml up --detach --wait';

let servers: ServerSearch | null = null;
let run = '';

/** Finds the databases once, before any test, and tells the processes that run the tests through the environment. */
export async function setUp(): Promise<void> {
  run = `impact_test_${randomBytes(4).toString('hex')}`;
  servers = await findServers(process.env);
  process.env[RUN] = run;
  for (const server of Object.keys(SERVER_URLS) as Server[]) {
    process.env[SERVER_URLS[server]] = servers.found.get(server)?.url ?? 'off';
  }
}

/** Drops what was left behind, stops the embedded server, and says which databases the suite ran on and which not. */
export async function tearDown(): Promise<void> {
  if (servers === null) return;
  const ran = ['SQLite'];
  for (const [server, { url, version, how, stop }] of servers.found) {
    await dropRun(server, url, run);
    await stop?.();
    ran.push(`${PRODUCTS[server]} ${version} (${how})`);
  }
  const turns =
    process.env[EVERYWHERE] === '1'
      ? []
      : ['Suites of behaviour took turns, one database each. On every database: npm run test:everywhere.'];
  const lines = [`Databases: ${ran.join(', ')}`, ...turns, ...[...servers.missing].map(notRun)];
  process.stderr.write(`${lines.join('\n')}\n`);
}

const notRun = ([server, why]: [Server, string]): string =>
  `NOT RUN on ${PRODUCTS[server]} (${why}). To run it: set ${SERVER_URLS[server]} to a server's URL` +
  `${server === 'mysql' ? `, or \`${COMPOSE}\` and ${SERVER_URLS.mysql}=mysql://root:impact@127.0.0.1:33306` : ''}.`;
