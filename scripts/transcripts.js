// Runs commands of nestjs-impact on a stage (a sandbox, and a shop's database with sales of many kinds) and puts
// what they say at 80 columns into docs/cli.md, between the marks that name them.
//
//   node scripts/transcripts.js
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from '../test/support/sources.mjs';

const PAGE = fileURLToPath(new URL('../docs/cli.md', import.meta.url));
const support = (name) => new URL(`../test/cli/support/${name}.ts`, import.meta.url);
const { fullStage } = await import(await compiled(support('stage')));
const { inProcess, readable } = await import(await compiled(support('command')));

const ACT = ['--by', 'ann', '--why', 'feed mended'];
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** In this order: a command sees what those before it have done. */
const COMMANDS = [
  ['help', ['--help']],
  ['doctor', ['doctor', '--site', 'https://www.shop.example', '--site', 'https://pay.shop.example']],
  ['status', ['status']],
  ['explain', ['explain', '1041']],
  ['list', ['list']],
  ['claims', ['claims']],
  ['retry', ['retry', '1043', ...ACT]],
  ['release', ['release', '--all', ...ACT]],
  ['drain', ['drain']],
  ['backfill', ['backfill', 'past.csv']],
  ['reconcile', ['reconcile', '--from', day(-7), '--to', day(1)]],
  ['wrong', ['list', '--state', 'open']],
];

const folder = mkdtempSync(join(tmpdir(), 'impact-transcripts-'));
const stage = await fullStage({
  type: 'better-sqlite3',
  database: join(folder, 'shop.sqlite'),
  enableWAL: true,
});
let page = readFileSync(PAGE, 'utf8');
try {
  writeFileSync(
    join(folder, 'past.csv'),
    `order_id,event_date,currency,amount,customer_id\nP-1,${day(-1)}T10:00:00Z,EUR,19.99,c-1\n` +
      `P-2,${day(-1)}T10:05:00Z,EUR,"1,99",c-2\nP-3,${day(-300)}T10:05:00Z,EUR,5.00,c-3\n`,
  );
  for (const [name, args] of COMMANDS) {
    const { code, stdout, stderr } = await inProcess(args, { env: stage.env, cwd: folder, columns: 80 });
    const said = readable(stdout === '' ? stderr : stdout).replaceAll(folder, '/srv/shop');
    const asked = args.map((arg) => (/\s/.test(arg) ? `'${arg}'` : arg)).join(' ');
    page = put(page, name, `$ npx nestjs-impact ${asked}\n${said.trimEnd()}\n$ echo $?\n${code}`);
  }
} finally {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync(PAGE, page);

function put(text, name, transcript) {
  const [from, to] = [`<!-- transcript: ${name} -->`, '<!-- end -->'];
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  if (start < 0 || end < 0) throw new RangeError(`docs/cli.md has no place for the transcript "${name}".`);
  return `${text.slice(0, start)}${from}\n\n\`\`\`\n${transcript}\n\`\`\`\n\n${text.slice(end)}`;
}
