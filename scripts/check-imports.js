// Refuses what the layering forbids: cycles between files, arrows between folders that run the wrong way,
// imports past a folder's index.ts, and packages that users do not get with this one.
//
//   node scripts/check-imports.js [root of the package]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const LEAVES = ['errors', 'config', 'database'];
const EVERYTHING = 'everything';

/** Folder → the folders that it may import. */
export const ARROWS = {
  errors: [],
  config: ['errors'],
  database: ['errors', 'config'],
  wire: ['errors', 'config'],
  pages: ['errors'],
  clicks: [...LEAVES, 'wire', 'pages'],
  ledger: [...LEAVES, 'wire', 'pages'],
  api: [...LEAVES, 'wire'],
  capture: [...LEAVES, 'clicks'],
  conversions: [...LEAVES, 'clicks', 'ledger', 'wire'],
  delivery: [...LEAVES, 'ledger', 'api', 'wire'],
  verdicts: [...LEAVES, 'ledger', 'api', 'wire'],
  operations: [
    ...LEAVES,
    'wire',
    'pages',
    'clicks',
    'capture',
    'ledger',
    'conversions',
    'api',
    'delivery',
    'verdicts',
  ],
  // Shares no code with the client, so that a mistake in one is not hidden by the same mistake in the other.
  sandbox: ['errors', 'pages'],
  cli: EVERYTHING,
  testing: EVERYTHING,
};

/** Wiring and the public API: they see every folder. */
const ROOT_FILES = /^(index|impact\.[a-z-]+(\.[a-z-]+)*)\.ts$/;

/** Packages of which only the types are used, and where: nothing of them is left in what is published. */
const TYPES_ONLY = { 'better-sqlite3': ['database'], express: ['sandbox'] };

/**
 * @typedef {{ specifier: string, line: number, typeOnly: boolean, dynamic: boolean }} Import
 * @typedef {{ file: string, line: number, message: string }} Problem
 */

/** @returns {Problem[]} */
export function checkImports(root) {
  const src = join(root, 'src');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .toSorted((a, b) => a.localeCompare(b));

  /** @type {Problem[]} */
  const problems = [];
  /** @type {Map<string, { target: string, line: number, static: boolean }[]>} */
  const graph = new Map();
  const optionalPeers = [];

  for (const file of files) {
    const edges = [];
    const isSpec = file.endsWith('.spec.ts');
    for (const found of importsOf(join(src, file))) {
      const report = (message) => problems.push({ file, line: found.line, message });
      if (!found.specifier.startsWith('.')) {
        if (isSpec) continue;
        const message = packageProblem(found, folderOf(file), manifest);
        if (message !== null) report(message);
        const name = packageName(found.specifier);
        if (manifest.peerDependenciesMeta?.[name]?.optional && !found.typeOnly && !found.dynamic) {
          optionalPeers.push({ file, line: found.line, name });
        }
        continue;
      }
      const target = targetOf(src, file, found.specifier);
      if (target === null) {
        report(`'${found.specifier}' is no TypeScript file below src`);
        continue;
      }
      edges.push({ target, line: found.line, static: !found.typeOnly && !found.dynamic });
      const message = isSpec ? null : arrowProblem(file, target);
      if (message !== null) report(message);
    }
    graph.set(file, edges);
  }

  problems.push(...unknownPlaces(files), ...cycles(graph));
  const loaded = loadedBy('index.ts', graph);
  for (const { file, line, name } of optionalPeers.filter((found) => loaded.has(found.file))) {
    problems.push({
      file,
      line,
      message: `'${name}' is an optional peer and index.ts loads this file: use import type, or await import()`,
    });
  }
  return problems;
}

/** @returns {Import[]} every import, re-export, dynamic import and import type of a file. */
function importsOf(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  /** @type {Import[]} */
  const found = [];
  const add = (literal, kind) => {
    if (literal === undefined || !ts.isStringLiteralLike(literal)) return;
    const { line } = source.getLineAndCharacterOfPosition(literal.getStart(source));
    found.push({ specifier: literal.text, line: line + 1, typeOnly: false, dynamic: false, ...kind });
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, { typeOnly: isTypeImport(node.importClause) });
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, { typeOnly: isTypeExport(node) });
    else if (ts.isImportTypeNode(node)) add(node.argument.literal, { typeOnly: true });
    else if (ts.isExternalModuleReference(node)) add(node.expression, {});
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], { dynamic: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeImport(clause) {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const { name, namedBindings } = clause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

const isTypeExport = ({ isTypeOnly, exportClause }) =>
  isTypeOnly ||
  (exportClause !== undefined &&
    ts.isNamedExports(exportClause) &&
    exportClause.elements.length > 0 &&
    exportClause.elements.every((element) => element.isTypeOnly));

/** `./x.js` → the file `x.ts` that it is compiled from, relative to src. */
function targetOf(src, file, specifier) {
  const path = resolve(src, dirname(file), specifier).replace(/\.js$/, '.ts');
  const target = relative(src, path).split(sep).join('/');
  return target.startsWith('..') || !path.endsWith('.ts') || !existsSync(path) ? null : target;
}

/** The folder directly below src, or `null` for a file of src itself. */
const folderOf = (file) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : null);

function arrowProblem(file, target) {
  const from = folderOf(file);
  const to = folderOf(target);
  if (target.endsWith('.spec.ts')) return `imports the test '${target}'`;
  if (from === to) return null;
  if (to !== null && target !== `${to}/index.ts`) return `reaches past ${to}/index.ts into '${target}'`;
  if (from === null || ARROWS[from] === EVERYTHING) return null;
  if (to === null) return `${from} must not know the wiring ('${target}')`;
  // A folder without a place in the table is reported once, by unknownPlaces.
  return (ARROWS[from]?.includes(to) ?? true) ? null : `${from} must not import ${to}`;
}

function unknownPlaces(files) {
  const strangers = files.filter(
    (file) => folderOf(file) === null && !ROOT_FILES.test(file) && !file.endsWith('.spec.ts'),
  );
  const folders = [...new Set(files.map(folderOf))].filter(
    (folder) => folder !== null && !Object.hasOwn(ARROWS, folder),
  );
  return [
    ...strangers.map((file) => ({
      file,
      line: 1,
      message: 'only the public API and the wiring live directly in src',
    })),
    ...folders.map((folder) => ({
      file: `${folder}/`,
      line: 1,
      message: 'has no place in the table of arrows (scripts/check-imports.js)',
    })),
  ];
}

const packageName = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function packageProblem({ specifier, typeOnly }, folder, manifest) {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? null : `write 'node:${specifier}'`;
  const name = packageName(specifier);
  if (name in { ...manifest.dependencies, ...manifest.peerDependencies }) return null;
  if (typeOnly && TYPES_ONLY[name]?.includes(folder)) return null;
  return name in (manifest.devDependencies ?? {})
    ? `'${name}' is a development dependency: users do not get it`
    : `'${name}' is not in package.json`;
}

/** One problem per cycle, reported at the import that closes it. Cycles of types count: they tie files together as well. */
function cycles(graph) {
  /** @type {Problem[]} */
  const problems = [];
  const done = new Set();
  const path = [];
  const visit = (file) => {
    path.push(file);
    for (const { target, line } of graph.get(file) ?? []) {
      const start = path.indexOf(target);
      if (start >= 0) {
        problems.push({
          file,
          line,
          message: `closes the cycle ${[...path.slice(start), target].join(' → ')}`,
        });
      } else if (!done.has(target)) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) if (!done.has(file)) visit(file);
  return problems;
}

/** Files that loading `entry` loads too. */
function loadedBy(entry, graph) {
  const loaded = new Set();
  const queue = [entry];
  for (const file of queue) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    queue.push(...(graph.get(file) ?? []).filter((edge) => edge.static).map((edge) => edge.target));
  }
  return loaded;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
  const problems = checkImports(root);
  for (const { file, line, message } of problems) console.error(`src/${file}:${line} ${message}`);
  console.log(
    problems.length === 0
      ? 'Imports: no problems.'
      : `Imports: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}.`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
