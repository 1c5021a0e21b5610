import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const REPOSITORY = resolve('.');

/** What publishing reads: the sources, how to build them, and the files that go along. */
const PUBLISHED_FROM = [
  'src',
  'docs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];

export interface PackedPackage {
  /** The tarball that `npm publish` would upload. */
  readonly tarball: string;
  /** Its content, unpacked. */
  readonly content: string;
  /** Names of its files, sorted. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/**
 * Builds and packs the package as publishing does, from a copy of the sources: the build empties `dist`
 * first, which must not happen to the repository while other suites run.
 */
export async function packPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-impact-pack-'));
  const source = join(folder, 'source');
  await mkdir(source);
  for (const name of PUBLISHED_FROM.filter((entry) => existsSync(join(REPOSITORY, entry)))) {
    await cp(join(REPOSITORY, name), join(source, name), { recursive: true });
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(source, 'node_modules'));

  const { stdout } = await execute('npm', ['pack', '--json', '--offline', '--pack-destination', folder], {
    cwd: source,
    env: plainEnvironment(),
  });
  // The build prints to the same stream; the report is the JSON at its end.
  const [report] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as [{ filename: string }];
  const tarball = join(folder, report.filename);
  await execute('tar', ['-xzf', tarball, '-C', folder]);
  const content = join(folder, 'package');
  return {
    tarball,
    content,
    files: await filesBelow(content),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** The environment without what the test runner put there for itself. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_ENV: _env, JEST_WORKER_ID: _worker, ...plain } = process.env;
  return plain;
}
