// The sources as plain JavaScript, for processes of their own that tests start: they need no loader, and only
// what has changed is translated again.
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Named after the checkout: several may share their packages.
const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12);
const target = join(root, 'node_modules/.cache/nestjs-impact', checkout);
const settings = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

/** Translates what has changed. @returns the URL of the translation of a source file, given by path or URL. */
export async function compiled(file) {
  const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const exports = {
    '.': './src/index.js',
    './sandbox': './src/sandbox/index.js',
    './terminus': './src/operations/health/terminus.js',
    './testing': './src/testing/index.js',
    './package.json': './package.json',
  };
  put('package.json', JSON.stringify({ name, version, type, exports }));
  const stale = ['src', 'test'].flatMap((folder) => filesBelow(folder)).filter(isStale);
  if (stale.length > 0) {
    const { transformSync } = await import('@swc/core');
    for (const file of stale) translate(file, transformSync);
  }
  const path = file instanceof URL ? fileURLToPath(file) : resolve(file);
  return pathToFileURL(outputOf(relative(root, path))).href;
}

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const outputOf = (file) => join(target, file.replace(/\.ts$/, '.js'));

function isStale(file) {
  const translation = statSync(outputOf(file), { throwIfNoEntry: false });
  return translation?.mtimeMs !== statSync(join(root, file)).mtimeMs;
}

function translate(file, transformSync) {
  const source = join(root, file);
  const { atime, mtime } = statSync(source);
  if (file.endsWith('.ts')) {
    const { code } = transformSync(readFileSync(source, 'utf8'), { ...settings, filename: source });
    put(file, code, { atime, mtime });
  } else {
    put(file, readFileSync(source), { atime, mtime });
  }
}

/** Written aside first: another process may be reading it. */
function put(file, content, times) {
  const output = outputOf(file);
  mkdirSync(dirname(output), { recursive: true });
  const aside = `${output}.${randomBytes(4).toString('hex')}`;
  writeFileSync(aside, content);
  if (times !== undefined) utimesSync(aside, times.atime, times.mtime);
  renameSync(aside, output);
}
