import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const REPOSITORY = resolve('.');

export interface Page {
  /** Path in the repository, e.g. `docs/capture.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block. Its info string is a language and, sometimes, a word about the block. */
export interface CodeBlock {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly word: string;
  /** Named by a first line such as `// app.module.ts`. */
  readonly file: string | null;
  readonly text: string;
}

/** A table by its header row; every cell as it is written. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const page = (path: string): Page => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') });

/** What is written for readers: README.md, CONTRIBUTING.md, everything below docs/, and a page per example. */
export function allPages(): Page[] {
  const docs = readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  const examples = readdirSync(join(REPOSITORY, 'examples')).map((name) => `examples/${name}/README.md`);
  return ['README.md', 'CONTRIBUTING.md', ...docs, ...examples].map(page);
}

const FENCE = /^(```+)(\S*) ?(.*)$/;

export function codeBlocks({ path, text }: Page): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { fence: string; line: number; language: string; word: string; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === null) {
      const [, fence, language = '', word = ''] = FENCE.exec(line) ?? [];
      if (fence !== undefined) open = { fence, line: index + 1, language, word, lines: [] };
    } else if (line === open.fence) {
      const file = /^\/\/ (\S+\.[a-z]+)$/.exec(open.lines[0] ?? '')?.[1] ?? null;
      const { line: at, language, word, lines } = open;
      blocks.push({ page: path, line: at, language, word, file, text: `${lines.join('\n')}\n` });
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}

/** @throws when the page has no block of that name: a test must not pass for want of its sample. */
export function fileBlock(path: string, file: string): string {
  const found = codeBlocks(page(path)).find((block) => block.file === file);
  if (found === undefined) throw new TypeError(`${path} has no block that begins with "// ${file}".`);
  return found.text;
}

/** The text outside of fenced blocks, with as many lines. */
export function prose(text: string): string {
  let inside: string | null = null;
  return text
    .split('\n')
    .map((line) => {
      const fence = FENCE.exec(line)?.[1];
      if (inside === null && fence !== undefined) inside = fence;
      else if (inside !== null && line === inside) inside = null;
      else if (inside === null) return line;
      return '';
    })
    .join('\n');
}

export const headings = (text: string): string[] =>
  [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);

/** Anchors as GitHub makes them of headings. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    headings(text).map((heading) => {
      const slug = heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

/** Targets of `[…](target)`, outside of code. */
export const links = (text: string): string[] =>
  [
    ...prose(text)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, target = '']) => target);

/** The first table whose header begins with the given cells. */
export function table(text: string, ...header: readonly string[]): Table {
  const lines = prose(text).split('\n');
  const start = lines.findIndex((line) => header.every((cell, index) => cells(line)[index] === cell));
  if (start === -1) throw new TypeError(`There is no table with the header ${header.join(' | ')}.`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return { header: cells(lines[start]!), rows: lines.slice(start + 2, end).map(cells) };
}

const cells = (line: string): string[] =>
  line
    .replaceAll('\\|', '\u0000')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\u0000', '|'));

/** Every `code` in a cell. */
export const codes = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
