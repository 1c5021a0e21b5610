import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFreshApp, type FreshApp, type FreshAppOptions } from './support/fresh-app.js';
import { packPackage, REPOSITORY, type PackedPackage } from './support/packed-package.js';
import { PUBLIC_API } from './support/public-api.js';

const ENTRY_POINTS = Object.entries(PUBLIC_API);

// Each test starts a Node of its own, and one of them the compiler.
jest.setTimeout(180_000);

describe('the packed package', () => {
  let packed: PackedPackage;
  const apps: FreshApp[] = [];

  beforeAll(async () => {
    packed = await packPackage();
  });

  afterAll(async () => {
    await Promise.all([...apps, packed].map((made) => made.remove()));
  });

  async function freshApp(options?: FreshAppOptions): Promise<FreshApp> {
    const app = await createFreshApp(packed, options);
    apps.push(app);
    return app;
  }

  describe('content', () => {
    it('is the build, the documents and nothing else', () => {
      const strangers = packed.files.filter(
        (name) => !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|(dist|docs)\/.+)$/.test(name),
      );
      expect(strangers).toEqual([]);
      expect(packed.files).toEqual(
        expect.arrayContaining(['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']),
      );
    });

    it('has neither tests nor sources', () => {
      const unwanted = packed.files.filter((name) =>
        /\.(spec|test|fixture)\.|\.tsbuildinfo$|\.map$/.test(name),
      );
      const sources = packed.files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
      expect([...unwanted, ...sources]).toEqual([]);
    });

    it('has every template, stylesheet and browser script', () => {
      const assets = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(eta|css|js)$/.test(name))
        .map((name) => `dist/${name}`);
      expect(assets.length).toBeGreaterThan(0);
      expect(packed.files).toEqual(expect.arrayContaining(assets));
    });

    it('names no folder of the machine that built it', () => {
      const folders = [REPOSITORY, homedir(), tmpdir()].map((folder) => `${folder}/`);
      const telling = packed.files.filter((name) => {
        const text = readFileSync(join(packed.content, name), 'utf8');
        return folders.some((folder) => text.includes(folder));
      });
      expect(telling).toEqual([]);
    });
  });

  describe.each(ENTRY_POINTS)('%s', (entryPoint, names) => {
    const print = `console.log(JSON.stringify(Object.keys(loaded).filter((name) => name !== 'default' && name !== '__esModule').sort()));`;

    it('exports what it promises to an ESM app', async () => {
      const app = await freshApp();
      await app.write({ 'load.mjs': `import * as loaded from '${entryPoint}';\n${print}` });
      const { code, stdout, stderr } = await app.node('load.mjs');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual(names.toSorted());
    });

    it('exports the same to a CommonJS app', async () => {
      const app = await freshApp({ type: 'commonjs' });
      await app.write({ 'load.cjs': `const loaded = require('${entryPoint}');\n${print}` });
      const { code, stdout } = await app.node('load.cjs');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual(names.toSorted());
    });
  });

  it('loads without the optional peers', async () => {
    const app = await freshApp({ optionalPeers: false });
    await app.write({ 'load.mjs': `import 'nestjs-impact'; import 'nestjs-impact/testing';` });
    expect(await app.node('load.mjs')).toMatchObject({ code: 0, stderr: '' });
  });

  it('has the command line and a command that starts the sandbox', async () => {
    const { bin } = JSON.parse(readFileSync(join(packed.content, 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    const says: Record<string, string> = {
      'nestjs-impact': 'reconcile',
      'nestjs-impact-sandbox': '--port <number>',
    };
    expect(Object.keys(bin).toSorted()).toEqual(Object.keys(says));
    const app = await freshApp();
    for (const [name, words] of Object.entries(says)) {
      const command = join('node_modules/nestjs-impact', bin[name]!);
      expect(readFileSync(join(app.folder, command), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
      expect(await app.node(command, '--help')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(words),
        stderr: '',
      });
    }
  });

  it('keeps its inside to itself', async () => {
    const app = await freshApp();
    await app.write({ 'load.mjs': `await import('nestjs-impact/dist/config/index.js');` });
    expect((await app.node('load.mjs')).stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('type-checks in ESM and CommonJS apps that lack the optional peers', async () => {
    const app = await freshApp({ optionalPeers: false });
    const imports = ENTRY_POINTS.map(
      ([entryPoint], index) => `import * as entry${index} from '${entryPoint}';`,
    );
    const uses = `export const all = [${imports.map((_, index) => `entry${index}`).join(', ')}];`;
    const consumer = [...imports, uses].join('\n');
    await app.write({
      'esm.mts': consumer,
      'commonjs.cts': consumer,
      // Shows that the check can fail, in the same run of the compiler.
      'wrong.ts': `export { NothingOfTheKind } from 'nestjs-impact';`,
    });
    expect(await app.typeCheck()).toEqual([
      expect.stringMatching(/^wrong\.ts.*no exported member 'NothingOfTheKind'/),
    ]);
  });
});
