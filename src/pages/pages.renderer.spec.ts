import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createPages, stylesheet } from './index.js';

describe('createPages', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pages-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  writeFileSync(
    join(dir, 'hello.eta'),
    `<% layout('@layout', { title: it.name, product: 'Product', home: '/x', stylesheet: '/x.css',
       navigation: [{ href: '/x', label: 'One', current: true }] }) %><p><%= it.name %></p>`,
  );

  test.each([
    ['a path', dir],
    ['a URL', pathToFileURL(`${dir}/`)],
  ])('finds views by %s, wraps them and escapes', (_, viewsDir) => {
    const html = createPages({ viewsDir }).render('hello', { name: `<b>"it's" & so on</b>` });
    expect(html).toContain('<p>&lt;b&gt;&quot;it&#39;s&quot; &amp; so on&lt;/b&gt;</p>');
    expect(html).toContain('<title>&lt;b&gt;');
    expect(html).toContain('<link rel="stylesheet" href="/x.css">');
    expect(html).toContain('<a href="/x" aria-current="page">One</a>');
    expect(html).not.toContain('<script');
  });

  test('says which view is missing', () => {
    expect(() => createPages({ viewsDir: dir }).render('nothing')).toThrow(/nothing/);
  });
});

test('every colour of the stylesheet has a dark twin', () => {
  const css = stylesheet();
  const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)');
  const names = (text: string): string[] =>
    [...text.matchAll(/^\s+(--[a-z0-9-]+): #/gm)].map(([, name]) => name ?? '');
  expect(names(dark)).toEqual(names(light));
  expect(names(light).length).toBeGreaterThan(10);
});
