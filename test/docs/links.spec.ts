import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { allPages, anchors, links, type Page, REPOSITORY } from './support/markdown.js';

const PAGES = allPages();
const isRelative = (target: string): boolean => !/^[a-z][a-z0-9+.-]*:/i.test(target);

describe.each(PAGES.map((page) => [page.path, page] as const))('%s', (path, page) => {
  it('has no dead link', () => {
    expect(links(page.text).filter(isRelative).flatMap(deadIn(page))).toEqual([]);
  });

  it('can be reached from README.md', () => {
    expect([...reachable('README.md')]).toContain(path);
  });
});

it('finds a dead page and a dead anchor', () => {
  const page = {
    path: 'docs/made-up.md',
    text: '# One\n\n[a](#two) [b](nowhere.md) [c](#one) [d](capture.md)',
  };
  expect(links(page.text).flatMap(deadIn(page))).toEqual(['#two', 'nowhere.md']);
});

function deadIn({ path, text }: Page): (target: string) => string[] {
  return (target) => {
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? path : normalize(join(dirname(path), file));
    if (file !== '' && !existsSync(join(REPOSITORY, to))) return [target];
    if (anchor === undefined) return [];
    const content = file === '' ? text : readFileSync(join(REPOSITORY, to), 'utf8');
    return anchors(content).has(anchor) ? [] : [target];
  };
}

function reachable(start: string, seen = new Set<string>()): Set<string> {
  const page = PAGES.find(({ path }) => path === start);
  if (page === undefined || seen.has(start)) return seen;
  seen.add(start);
  for (const target of links(page.text).filter(isRelative)) {
    reachable(normalize(join(dirname(start), target.split('#')[0]!)), seen);
  }
  return seen;
}
