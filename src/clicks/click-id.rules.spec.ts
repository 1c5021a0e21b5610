import { describe, expect, it } from '@jest/globals';
import { decodeClickId, isClickId } from './click-id.rules.js';

const USUAL = 'RxT1k2xyMxyNUZ3wUx0Mo3cWUkASqwZ1XJ1Wz00';

describe('decodeClickId', () => {
  it.each([
    ['the usual 39 characters', USUAL, USUAL],
    ['upper and lower case apart', 'aBcD', 'aBcD'],
    ['an encoded colon', 'a%3Ab', 'a:b'],
    ['an encoded tilde', 'a%7Eb', 'a~b'],
    ['the whole alphabet', 'Az09:_~.-', 'Az09:_~.-'],
    ['64 characters', 'x'.repeat(64), 'x'.repeat(64)],
    ['64 encoded characters', '%3A'.repeat(64), ':'.repeat(64)],
    ['one character', '1', '1'],
  ])('takes %s', (_, raw, clickId) => {
    expect(decodeClickId(raw)).toBe(clickId);
  });

  it.each([
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['a double-encoded colon', 'a%253Ab'],
    ['a broken escape', 'a%3'],
    ['a lone percent', '%'],
    ['invalid UTF-8', '%ff'],
    ['a line break', 'a%0d%0aSet-Cookie:x'],
    ['a NUL', 'a%00'],
    ['a trailing line break', 'a%0A'],
    ['a space', 'a%20b'],
    ['a plus', 'a+b'],
    ['a quote', "a'b"],
    ['letters beyond ASCII', '%C3%A9'],
    ['an unfilled macro', '{clickid}'],
  ])('refuses %s', (_, raw) => {
    expect(decodeClickId(raw)).toBeNull();
  });
});

describe('isClickId', () => {
  it.each([undefined, null, 7, ['a'], { toString: () => 'a' }, 'a\n'])('refuses %p', (value) => {
    expect(isClickId(value)).toBe(false);
  });
});
