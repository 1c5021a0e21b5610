import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutText, hasUnprintable, isLongerThan, toOneLine } from './text.rules.js';

describe('cutText', () => {
  it.each([
    ['abcdef', 3, 'abc'],
    ['abc', 3, 'abc'],
    ['', 3, ''],
    ['😀😀😀', 2, '😀😀'],
    ['a😀b', 2, 'a😀'],
    ['日本語テキスト', 3, '日本語'],
  ])('%j to %i characters is %j', (text, most, cut) => {
    expect(cutText(text, most)).toBe(cut);
  });

  it('can count UTF-16 units and still leaves no half of a pair', () => {
    expect(cutText('a😀b', 2, 'units')).toBe('a');
    expect(cutText('a😀b', 3, 'units')).toBe('a😀');
  });

  it('never makes ill-formed text of well-formed text, and never a longer one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
        const cut = cutText(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect([...cut].length).toBeLessThanOrEqual(most);
        expect(/\p{Cs}/u.test(cut)).toBe(/\p{Cs}/u.test(text) && /\p{Cs}/u.test(cut));
        expect(isLongerThan(text, most)).toBe([...text].length > most);
      }),
    );
  });
});

describe('unprintable characters', () => {
  it.each(['\u0000', '\n', '\t', '\u007f', '\u2028', '\ud800', 'a\udc00b'])('%j holds one', (text) => {
    expect(hasUnprintable(text)).toBe(true);
  });

  it.each(['Ünïcode', '😀', 'a b', 'שלום', 'e\u0301'])('%j holds none', (text) => {
    expect(hasUnprintable(text)).toBe(false);
  });

  it('become single spaces in one line', () => {
    expect(toOneLine(' Line\r\n\t two \ud800 ')).toBe('Line two');
  });
});
