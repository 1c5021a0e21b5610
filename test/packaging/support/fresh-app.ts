import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainEnvironment, REPOSITORY, type PackedPackage } from './packed-package.js';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface FreshAppOptions {
  /** Install the optional peers too. Default `true`. */
  optionalPeers?: boolean;
  /** What the app has installed besides the package, its dependencies and its peers, e.g. `better-sqlite3`. */
  packages?: readonly string[];
  /** `type` of the app's package.json. Default `module`. */
  type?: 'module' | 'commonjs';
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An app in a folder of its own that has installed the packed package and nothing that it did not ask for. */
export interface FreshApp {
  readonly folder: string;
  /** Writes files, by their path inside the app. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs `node` in the app. Never throws: look at `code`. */
  node(...args: string[]): Promise<CommandResult>;
  /** Type-checks the app. Answers the complaints about its own files and about nestjs-impact, one per line. */
  typeCheck(): Promise<string[]>;
  remove(): Promise<void>;
}

const COMPILER_OPTIONS = {
  target: 'ES2023',
  module: 'nodenext',
  strict: true,
  noEmit: true,
  // Declarations are checked too: that is the point.
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
};

/**
 * "Installs" without a registry: the packed package is unpacked into the app, and what it declares is linked
 * from the repository. A package that it uses without declaring it is therefore missing, as it would be for a user.
 */
export async function createFreshApp(
  packed: PackedPackage,
  options: FreshAppOptions = {},
): Promise<FreshApp> {
  const { optionalPeers = true, packages = [], type = 'module' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fresh-app-'));
  const installed = join(folder, 'node_modules');
  const manifest = JSON.parse(readFileSync(join(packed.content, 'package.json'), 'utf8')) as Manifest;

  await cp(packed.content, join(installed, 'nestjs-impact'), { recursive: true });
  const peers = Object.keys(manifest.peerDependencies).filter(
    (name) => optionalPeers || manifest.peerDependenciesMeta?.[name]?.optional !== true,
  );
  const wanted = [...Object.keys(manifest.dependencies), ...peers, '@types/node', 'typescript', ...packages];
  for (const name of new Set(wanted)) {
    const link = join(installed, name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(REPOSITORY, 'node_modules', name), link);
    const types = `@types/${name}`;
    if (packages.includes(name) && existsSync(join(REPOSITORY, 'node_modules', types))) {
      await mkdir(join(installed, '@types'), { recursive: true });
      await symlink(join(REPOSITORY, 'node_modules', types), join(installed, types));
    }
  }

  const app: FreshApp = {
    folder,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    node: (...args) => run(process.execPath, args, folder),
    async typeCheck() {
      const { stdout } = await app.node('node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false');
      return stdout
        .split('\n')
        .filter((line) => /^\S.*error TS\d+/.test(line))
        .filter((line) => !line.startsWith('..') && (!line.startsWith('node_modules/') || isOurs(line)));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await app.write({
    'package.json': JSON.stringify({ name: 'fresh-app', private: true, type }),
    'tsconfig.json': JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['**/*.ts'] }),
  });
  return app;
}

const isOurs = (line: string): boolean => line.startsWith('node_modules/nestjs-impact/');

function run(command: string, args: string[], cwd: string): Promise<CommandResult> {
  return new Promise((done) => {
    execFile(command, args, { cwd, env: plainEnvironment() }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
