import { readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { databaseFacts } from './databases.js';

const versionOf = (from, name) => {
  const file = new URL(`../${from}/node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
};

/** What a reader needs to judge the numbers: the machine and the versions, and nothing that names the machine. */
export async function facts(databases, { own = [], peers = [], outbox = [] }) {
  const measured = {};
  for (const kind of databases) measured[kind] = await databaseFacts(kind);
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    system: `${platform()} ${release().split('-')[0]}`,
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    databases: measured,
    packages: [
      ...own.map((name) => versionOf('..', name)),
      ...peers.map((name) => versionOf('.', name)),
      ...outbox.map((name) => `${versionOf('outbox', name)} (of nestjs-outbox)`),
    ],
  };
}
