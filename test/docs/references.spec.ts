import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headings, page, prose, REPOSITORY, table } from './support/markdown.js';

const CONTRACT = 'docs/vendor-contract.md';
/** `docs/vendor-contract.md §3.2`, with what is listed after it: `, §5.4 and §5.5`. */
const CITATION = /docs\/vendor-contract\.md`?((?:(?:,| and| to)? §[\d.]*\d)+)/g;
/** Sections whose entries are cited by their number: lists, and the table of §12. */
const LISTS = ['11', '12', '13'];

const sources = ['src', 'test', 'examples', 'scripts']
  .flatMap((folder) => filesBelow(folder))
  .map((path) => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') }));

describe('sections of the vendor’s contract that the code cites', () => {
  const known = sections();
  const cited = sources.flatMap(({ path, text }) =>
    [...text.replaceAll(/\n\s*(?:\*|\/\/) ?/g, ' ').matchAll(CITATION)].flatMap(([, list = '']) =>
      [...list.matchAll(/§([\d.]*\d)/g)].map(([, section = '']) => ({ path, section })),
    ),
  );

  it('are found at all', () => {
    expect(new Set(cited.map(({ section }) => section)).size).toBeGreaterThan(20);
  });

  it('exist', () => {
    expect(cited.filter(({ section }) => !known.has(section))).toEqual([]);
  });

  it('do not include one that is made up', () => {
    expect(['3.9', '11.40', '99'].filter((section) => known.has(section))).toEqual([]);
  });
});

it('pages and decisions that the code names exist', () => {
  const named = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\bdocs\/(decisions\/(\d{3})|[a-z-]+\.md)/g)].map(([, name = '', decision]) => ({
      path,
      name,
      decision,
    })),
  );
  const decisions = readdirSync(join(REPOSITORY, 'docs/decisions'));
  const missing = named.filter(({ name, decision }) =>
    decision === undefined
      ? !existsSync(join(REPOSITORY, 'docs', name))
      : !decisions.some((file) => file.startsWith(`${decision}-`)),
  );
  expect(missing.filter(({ path }) => !path.startsWith('test/docs/'))).toEqual([]);
});

it('every decision has a number of its own and says what, why and what else', () => {
  const decisions = readdirSync(join(REPOSITORY, 'docs/decisions')).filter((name) => name !== 'README.md');
  expect(decisions.filter((name) => !/^\d{3}-[a-z0-9-]+\.md$/.test(name))).toEqual([]);
  expect(new Set(decisions.map((name) => name.slice(0, 3))).size).toBe(decisions.length);
  for (const name of decisions) {
    const [title = '', ...rest] = headings(page(`docs/decisions/${name}`).text);
    expect(title.slice(0, 4)).toBe(`${name.slice(0, 3)}.`);
    expect(rest).toEqual(expect.arrayContaining(['Why', 'Considered instead']));
  }
});

function sections(): Set<string> {
  const { text } = page(CONTRACT);
  const known = new Set(headings(text).flatMap((heading) => /^(\d+(?:\.\d+)?)\b/.exec(heading)?.[1] ?? []));
  for (const number of LISTS) {
    const start = text.indexOf(`\n## ${number}. `);
    const end = text.indexOf('\n## ', start + 1);
    const body = prose(text.slice(start, end));
    for (const [, entry] of body.matchAll(/^(\d+)\. /gm)) known.add(`${number}.${entry}`);
    if (body.includes('\n| # |'))
      for (const [entry] of table(body, '#').rows) known.add(`${number}.${entry}`);
  }
  return known;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|js|eta)$/.test(name) && !/(?:^|\/)(?:node_modules|dist)\//.test(name))
    .map((name) => `${folder}/${name}`);
}
