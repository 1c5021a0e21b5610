import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import ts from 'typescript';
import { allPages, type CodeBlock, codeBlocks, REPOSITORY } from './support/markdown.js';

/**
 * Every `ts` block of every page is complete and is checked against the sources: there is no other kind.
 * Blocks of one page that are named by their first line see each other.
 */
const SAMPLES = allPages()
  .flatMap(codeBlocks)
  .filter(({ language }) => language === 'ts');

it('every sample type-checks', () => {
  expect(SAMPLES.length).toBeGreaterThan(10);
  // In the same run, because the compiler is slow: one that is wrong, to show that the check can fail.
  const wrong = {
    page: 'wrong.md',
    line: 7,
    language: 'ts',
    word: '',
    file: null,
    text: "import { Nothing } from 'nestjs-impact';\n",
  };
  expect(complaintsAbout([...SAMPLES, wrong])).toEqual([
    expect.stringMatching(/^wrong\.md\/line-7\.ts:8 .*Nothing/),
  ]);
}, 60_000);

it('every block has a language that says what it is', () => {
  const known = ['ts', 'js', 'json', 'sh', 'html', 'http', ''];
  expect(
    allPages()
      .flatMap(codeBlocks)
      .filter(({ language }) => !known.includes(language)),
  ).toEqual([]);
});

/** Compiler messages, each with page and line. Only the samples are checked; the sources are read for their types. */
function complaintsAbout(samples: readonly CodeBlock[]): string[] {
  const config = ts.readConfigFile(join(REPOSITORY, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: [], files: ['none.ts'] },
    ts.sys,
    REPOSITORY,
  );
  // As apps are compiled, which need not be as strict as this repository about type-only imports.
  Object.assign(options, {
    noEmit: true,
    verbatimModuleSyntax: false,
    noPropertyAccessFromIndexSignature: false,
  });
  const files = new Map(samples.map((sample) => [pathOf(sample), padded(sample)]));
  // The spec of docs/testing.md imports the app of the quick start.
  const quickStart = samples.find(({ file }) => file === 'app.module.ts');
  if (quickStart !== undefined)
    files.set(join(REPOSITORY, 'samples/docs/testing.md/app.module.ts'), quickStart.text);

  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    directoryExists: (path) =>
      [...files.keys()].some((file) => file.startsWith(`${path}/`)) || ts.sys.directoryExists(path),
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = files.get(path);
      return text === undefined
        ? disk.getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, text, version);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => worded(diagnostic, path),
    );
  });
}

/** A folder per page inside the repository, so that packages and `nestjs-impact` are found. Nothing is written there. */
const pathOf = ({ page, line, file }: CodeBlock): string =>
  join(REPOSITORY, 'samples', page, file ?? `line-${line}.ts`);

/** As many lines before it as on the page, so that the compiler's lines are the page's. */
const padded = ({ line, text }: CodeBlock): string => `${'\n'.repeat(line)}${text}`;

function worded({ file, start = 0, messageText }: ts.Diagnostic, path: string): string {
  const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
  const where = path.slice(join(REPOSITORY, 'samples').length + 1);
  return `${where}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
