import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../docs/support/markdown.js';

/** What Grafana publishes of its dashboards are types, made of its schema. Enumerations are plain words in a file. */
const TYPES = `
import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? Plain<E>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
`;

function complaintsAbout(json: string): string[] {
  const path = join(REPOSITORY, 'samples/dashboard.ts');
  const text = `${TYPES}export const dashboard = (${json}) satisfies Plain<Dashboard>;\n`;
  const options: ts.CompilerOptions = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([path], options, {
    ...host,
    fileExists: (name) => name === path || host.fileExists(name),
    readFile: (name) => (name === path ? text : host.readFile(name)),
    getSourceFile: (name, version, ...rest) =>
      name === path ? ts.createSourceFile(name, text, version) : host.getSourceFile(name, version, ...rest),
  });
  const source = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
  );
}

it('the dashboard is one by Grafana’s published schema', () => {
  const json = readFileSync(join(REPOSITORY, 'examples/monitoring/grafana-dashboard.json'), 'utf8');
  expect(complaintsAbout(json.trim())).toEqual([]);
  const wrong = json
    .replace('"mode": "absolute"', '"mode": "absolut"')
    .replace('"schemaVersion": 41', '"schemaVersion": "41"');
  expect(complaintsAbout(wrong.trim())).toHaveLength(2);
}, 60_000);
