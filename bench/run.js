// node bench/run.js [group …] [--quick] [--out <folder>]
// Without a group: all of them, one after the other. Results go to bench/results; a quick run is only printed.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { facts } from './lib/facts.js';
import { Findings } from './lib/findings.js';
import { render } from './lib/report.js';

const GROUPS = ['capture', 'record', 'deliver', 'claim', 'growth', 'idle', 'dashboard'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const unknown = positionals.filter((group) => !GROUPS.includes(group));
if (unknown.length > 0) {
  console.error(`No group ${unknown.join(', ')}. There are: ${GROUPS.join(', ')}.`);
  process.exit(1);
}
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = options.out ? resolve(options.out) : options.quick ? null : join(here, 'results');

const say = (text) => process.stderr.write(`${text}\n`);
let failed = false;
for (const group of positionals.length > 0 ? positionals : GROUPS) {
  const { title, databases, packages, run } = await import(`./groups/${group}.js`);
  const started = Date.now();
  say(`\n${group}: ${title}`);
  const findings = new Findings();
  await run({ quick: options.quick, findings, say: (text) => say(`  ${text}`) });
  const result = {
    group,
    title,
    quick: options.quick,
    minutes: Math.round((Date.now() - started) / 6000) / 10,
    facts: await facts(databases, packages),
    ratios: findings.ratios,
    tables: findings.tables,
    checks: findings.checks,
    notes: findings.notes,
  };
  console.log(`\n${render(result)}`);
  failed ||= findings.checks.some(({ passed }) => !passed);
  if (folder === null) continue;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readme(folder));
}
// Contenders that were given up on may still hold a timer.
process.exit(failed ? 1 : 0);

/** All results that are there, so that groups can be run one by one. */
function readme(folder) {
  const known = new Set(readdirSync(folder));
  const parts = GROUPS.filter((group) => known.has(`${group}.json`)).map((group) =>
    render(JSON.parse(readFileSync(join(folder, `${group}.json`), 'utf8'))),
  );
  return [
    '# Results\n',
    `Written by \`npm run bench\`, never by hand. What is measured and how to read it: [docs/benchmarks.md](../../docs/benchmarks.md). Trust the ratios: both sides of each were measured in turn in one run.\n`,
    ...parts,
  ].join('\n');
}
