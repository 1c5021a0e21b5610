import { describe, expect, it } from '@jest/globals';
import { linksOf, queryOf } from './dashboard.request.js';

const at = (originalUrl: string) => ({ originalUrl, headers: {} });

describe('links lead to the same pages from everywhere, whatever a proxy has taken away', () => {
  it.each<[string, 0 | 1]>([
    ['/impact', 0],
    ['/impact/', 0],
    ['/impact?days=7', 0],
    ['/impact/sales', 1],
    ['/impact/sales?state=SENT', 1],
    ['/impact/sales/', 1],
  ])('%s', (url, depth) => {
    const { to, home } = linksOf(at(url), '/impact', depth);
    for (const outside of ['https://shop.test', 'https://shop.test/behind/a/proxy']) {
      const resolve = (link: string): string => new URL(link, `${outside}${url}`).href;
      expect(resolve(`${to}owed`)).toBe(`${outside}/impact/owed`);
      expect(resolve(home)).toBe(`${outside}/impact`);
    }
  });
});

it.each([
  ['/impact/order?id=A%201%2F%3F', 'A 1/?'],
  ['/impact/order', null],
  ['/impact/order?id=a&id=b', 'a'],
])('the query of %s', (url, id) => {
  expect(queryOf(at(url)).get('id')).toBe(id);
});
