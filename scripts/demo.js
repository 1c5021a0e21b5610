// `npm run demo`: builds what is missing or older than its source, then runs scripts/demo/main.ts.
// The demo is compiled into the repository so that Node resolves `nestjs-impact` to this very package.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const at = (path) => `${root}${path}`;
const require = createRequire(import.meta.url);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`The demo needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
if (!existsSync(at('node_modules'))) {
  console.error('The dependencies are not installed. Run: npm ci');
  process.exit(1);
}

/** Milliseconds since the epoch at which a file in these folders was last written. */
function newestIn(...folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
      .map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs),
  );
  return Math.max(...files);
}

const writtenAt = (path) => (existsSync(at(path)) ? statSync(at(path)).mtimeMs : 0);

function build(what, command, ...args) {
  const started = Date.now();
  process.stdout.write(`Building ${what} … `);
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(`failed.\n${stdout}${stderr}`);
    process.exit(1);
  }
  console.log(`${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (writtenAt('dist/index.js') < newestIn('src')) {
  build('the package', require.resolve('@nestjs/cli/bin/nest.js'), 'build');
}

const output = '.tmp/demo';
const stamp = `${output}/built`;
if (writtenAt(stamp) < Math.max(newestIn('scripts/demo', 'examples/store/src'), writtenAt('dist/index.js'))) {
  rmSync(at(output), { recursive: true, force: true });
  build('the demo and its store', require.resolve('typescript/bin/tsc'), '-p', 'scripts/demo');
  for (const folder of ['examples/store/src/views', 'examples/store/src/public']) {
    cpSync(at(folder), at(`${output}/${folder}`), {
      recursive: true,
      filter: (source) => !source.endsWith('.ts'),
    });
  }
  writeFileSync(at(stamp), '');
}

const { main } = await import(new URL(`../${output}/scripts/demo/main.js`, import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
