import { describe, expect, it } from '@jest/globals';
import { counted, cut, minute, padded, pairs, plain, span, table, wrap } from './layout.rules.js';

describe('wrap', () => {
  it.each([
    ['short', 20, 0, ['short']],
    ['one two three', 8, 0, ['one two', 'three']],
    ['one two three four', 10, 2, ['one two', '  three', '  four']],
    ['abcdefghijklmnop', 10, 0, ['abcdefghij', 'klmnop']],
    ['- a bcdefghijklmnop', 10, 2, ['- a', '  bcdefghi', '  jklmnop']],
    ['', 10, 0, ['']],
    ['as long as it is', Infinity, 2, ['as long as it is']],
  ])('%j in %d places', (text, width, hang, lines) => {
    expect(wrap(text, width, hang)).toEqual(lines);
  });
});

describe('table', () => {
  const columns = [{ title: 'order', gives: true }, { title: 'amount', right: true }, { title: 'why' }];
  const rows = [
    ['A-1', '7.00', ''],
    ['A-very-long-order-id', '12.00', 'because of it'],
  ];

  it('is as wide as its content in a pipe', () => {
    expect(table(columns, rows, Infinity)).toEqual([
      'order                 amount  why',
      'A-1                     7.00',
      'A-very-long-order-id   12.00  because of it',
    ]);
  });

  it('is cut where it is too wide', () => {
    const lines = table(columns, rows, 32);
    expect(lines[2]).toBe('A-very-l…   12.00  because of it');
    expect(Math.max(...table(columns, rows, 26).map(({ length }) => length))).toBeLessThanOrEqual(26);
  });

  it('has nothing of others in it that moves the cursor', () => {
    expect(table([{ title: 'a' }], [['x\u001b[2Jy\nz']], Infinity)).toEqual(['a', 'x [2Jy z']);
  });
});

it('pairs go on under themselves', () => {
  expect(
    pairs(
      [
        ['a', 'one two three four five six'],
        ['long', 'x'],
      ],
      20,
    ),
  ).toEqual(['a     one two three four', '      five six', 'long  x']);
});

it.each([
  ['a\u0007b', 'a b'],
  ['\u202eabc', ' abc'],
  ['ümläut €', 'ümläut €'],
])('plain(%j)', (text, shown) => {
  expect(plain(text)).toBe(shown);
});

it('measures without colours', () => {
  expect(padded('\u001b[31mred\u001b[0m', 5)).toBe('\u001b[31mred\u001b[0m  ');
  expect(cut('abcdef', 4)).toBe('abc…');
});

it.each([
  [900, '1 s'],
  [119_000, '119 s'],
  [3_600_000, '60 min'],
  [9_000_000, '2 h 30 min'],
  [180_000_000, '2 days 2 h'],
])('%d ms is %s', (milliseconds, words) => {
  expect(span(milliseconds)).toBe(words);
});

it('says moments and counts', () => {
  expect(minute(new Date('2026-11-23T00:15:59.999Z'))).toBe('2026-11-23 00:15');
  expect([counted(1, 'sale'), counted(2, 'sale'), counted(0, 'entry', 'entries')]).toEqual([
    '1 sale',
    '2 sales',
    '0 entries',
  ]);
});
