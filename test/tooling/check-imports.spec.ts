import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const SCRIPT = resolve('scripts/check-imports.js');

const MANIFEST = {
  dependencies: { 'big.js': '^7' },
  peerDependencies: { '@nestjs/common': '^12', '@nestjs/event-emitter': '^12' },
  peerDependenciesMeta: { '@nestjs/event-emitter': { optional: true } },
  devDependencies: { supertest: '^7', 'better-sqlite3': '^12' },
};

interface Problem {
  file: string;
  line: number;
  message: string;
}

describe('scripts/check-imports.js', () => {
  let checkImports: (root: string) => Problem[];
  let root: string;

  beforeAll(async () => {
    ({ checkImports } = (await import(SCRIPT)) as { checkImports: typeof checkImports });
  });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'check-imports-'));
    plant({
      'package.json': JSON.stringify(MANIFEST),
      'src/index.ts': `export { Wire } from './wire/index.js';`,
      'src/errors/index.ts': `export class Problem {}`,
      'src/wire/index.ts': `export { Wire } from './money.js';`,
      'src/wire/money.ts': `import { Big } from 'big.js'; import { Problem } from '../errors/index.js'; export class Wire {}`,
    });
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function plant(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
  }

  const check = (): string[] =>
    checkImports(root).map(({ file, line, message }) => `${file}:${line} ${message}`);

  it('finds nothing wrong with a clean tree', () => {
    expect(check()).toEqual([]);
  });

  it('prints what it finds and fails', () => {
    plant({ 'src/wire/a.ts': `import 'fs';` });
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: 'Imports: one problem.\n',
      stderr: "src/wire/a.ts:1 write 'node:fs'\n",
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'an arrow that runs the wrong way',
      { 'src/pages/index.ts': `import '../wire/index.js';` },
      'pages/index.ts:1 pages must not import wire',
    ],
    [
      'the same by import type',
      { 'src/wire/a.ts': `import type { X } from '../clicks/index.js';`, 'src/clicks/index.ts': `` },
      'wire/a.ts:1 wire must not import clicks',
    ],
    [
      'the same by an import type in a type',
      { 'src/wire/a.ts': `\ntype X = import('../clicks/index.js').X;`, 'src/clicks/index.ts': `` },
      'wire/a.ts:2 wire must not import clicks',
    ],
    [
      'the same by re-export',
      { 'src/wire/a.ts': `export * from '../clicks/index.js';`, 'src/clicks/index.ts': `` },
      'wire must not import clicks',
    ],
    [
      'the same by dynamic import',
      { 'src/wire/a.ts': `export const f = () => import('../clicks/index.js');`, 'src/clicks/index.ts': `` },
      'wire must not import clicks',
    ],
    [
      'a sandbox that shares code with the client',
      { 'src/sandbox/index.ts': `import { Wire } from '../wire/index.js';` },
      'sandbox must not import wire',
    ],
    [
      'an import past the index',
      { 'src/ledger/index.ts': `import { Wire } from '../wire/money.js';` },
      "reaches past wire/index.ts into 'wire/money.ts'",
    ],
    [
      'the same from the wiring',
      { 'src/index.ts': `export { Wire } from './wire/money.js';` },
      "reaches past wire/index.ts into 'wire/money.ts'",
    ],
    [
      'a folder that knows the wiring',
      { 'src/clicks/index.ts': `import type { X } from '../impact.module.js';`, 'src/impact.module.ts': `` },
      "clicks must not know the wiring ('impact.module.ts')",
    ],
    [
      'a cycle between files',
      {
        'src/wire/a.ts': `import './b.js';`,
        'src/wire/b.ts': `import './c.js';`,
        'src/wire/c.ts': `import './a.js';`,
      },
      'wire/c.ts:1 closes the cycle wire/a.ts → wire/b.ts → wire/c.ts → wire/a.ts',
    ],
    [
      'a cycle of types',
      {
        'src/wire/a.ts': `import type { B } from './b.js';`,
        'src/wire/b.ts': `import type { A } from './a.js';`,
      },
      'closes the cycle wire/a.ts → wire/b.ts → wire/a.ts',
    ],
    [
      'a file that imports itself',
      { 'src/wire/a.ts': `export * from './a.js';` },
      'closes the cycle wire/a.ts → wire/a.ts',
    ],
    [
      'a development dependency',
      { 'src/wire/a.ts': `import 'supertest';` },
      "'supertest' is a development dependency",
    ],
    [
      'an undeclared package',
      { 'src/wire/a.ts': `import x from '@scope/x/y';` },
      "'@scope/x' is not in package.json",
    ],
    [
      'a types-only package outside its place',
      { 'src/wire/a.ts': `import type { Database } from 'better-sqlite3';` },
      "'better-sqlite3' is a development dependency",
    ],
    [
      'a types-only package that is loaded',
      { 'src/database/index.ts': `import Database from 'better-sqlite3';` },
      "'better-sqlite3' is a development dependency",
    ],
    ['a builtin without node:', { 'src/wire/a.ts': `import 'fs';` }, "write 'node:fs'"],
    [
      'an optional peer that the public API loads',
      { 'src/wire/money.ts': `import { OnEvent } from '@nestjs/event-emitter'; export class Wire {}` },
      "'@nestjs/event-emitter' is an optional peer",
    ],
    [
      'a file that is not there',
      { 'src/wire/a.ts': `import './gone.js';` },
      "'./gone.js' is no TypeScript file",
    ],
    [
      'an import out of src',
      { 'src/wire/a.ts': `import '../../test/x.js';` },
      'is no TypeScript file below src',
    ],
    [
      'an import of a test',
      { 'src/wire/a.ts': `import './b.spec.js';`, 'src/wire/b.spec.ts': `` },
      'imports the test',
    ],
    [
      'a folder without a place',
      { 'src/utils/index.ts': `` },
      'utils/:1 has no place in the table of arrows',
    ],
    [
      'a stray file in src',
      { 'src/helpers.ts': `` },
      'only the public API and the wiring live directly in src',
    ],
  ])('finds %s', (_what, files, expected) => {
    plant(files);
    expect(check()).toEqual([expect.stringContaining(expected)]);
  });

  it.each<[string, Record<string, string>]>([
    [
      'types of a driver in its place',
      { 'src/database/index.ts': `import type { Database } from 'better-sqlite3';` },
    ],
    ['types of an optional peer', { 'src/wire/a.ts': `import type { X } from '@nestjs/event-emitter';` }],
    [
      'an optional peer behind a dynamic import',
      {
        'src/wire/money.ts': `export class Wire {} export const late = () => import('./late.js');`,
        'src/wire/late.ts': `import { OnEvent } from '@nestjs/event-emitter';`,
      },
    ],
    ['development dependencies of tests', { 'src/wire/a.spec.ts': `import 'supertest';` }],
    [
      'a testing kit that knows everything',
      { 'src/testing/index.ts': `import '../wire/index.js'; import '../index.js';` },
    ],
  ])('lets %s pass', (_what, files) => {
    plant(files);
    expect(check()).toEqual([]);
  });
});
