import { describe, expect, it } from '@jest/globals';
import { scrubber } from './scrub.rules.js';

describe('taking a person’s values out of what was stored', () => {
  const scrub = scrubber(['c-1', 'New York', 'York', 'a.b+c@d.example', 'US', '']);

  it.each<[string, unknown, unknown]>([
    ['a word of its own', 'CustomerId c-1 is unknown', 'CustomerId [erased] is unknown'],
    ['in other letters', 'C-1?', '[erased]?'],
    ['between quotes', '{"id":"c-1"}', '{"id":"[erased]"}'],
    ['the longest first', 'from New York', 'from [erased]'],
    ['signs that mean something in a pattern', 'is a.b+c@d.example', 'is [erased]'],
    ['not within another word', 'c-12 and xc-1', 'c-12 and xc-1'],
    ['not what is too short to say anything', 'US sales', 'US sales'],
    [
      'in lists and objects',
      { problems: ['bad c-1'], why: { by: 'c-1' } },
      { problems: ['bad [erased]'], why: { by: '[erased]' } },
    ],
    [
      'not where ids and amounts stand',
      { key: 'c-1', clickId: 'c-1', amount: 'c-1' },
      { key: 'c-1', clickId: 'c-1', amount: 'c-1' },
    ],
    ['numbers and nothing', { attempt: 1, none: null }, { attempt: 1, none: null }],
  ])('%s', (_, stored, clean) => {
    expect(scrub(stored)).toEqual(clean);
  });

  it('leaves everything as it is when there is nothing to look for', () => {
    const stored = { why: 'x' };
    expect(scrubber(['', 'DE'])(stored)).toBe(stored);
  });
});
