import { describe, expect, it } from '@jest/globals';
import { reusableFor, searchFrom, searchTo, serves } from './search.rules.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (date: string): number => Date.parse(date);

describe('which actions are read', () => {
  const now = at('2026-11-22T15:00:00Z');

  it.each([
    ['two days before the sale, at midnight', '2026-11-20T13:00:00Z', '2026-11-18T00:00:00Z'],
    ['the same for every sale of that day', '2026-11-20T23:59:59Z', '2026-11-18T00:00:00Z'],
    ['no further back than the vendor keeps them', '2001-01-01T00:00:00Z', '2023-11-24T00:00:00Z'],
  ])('%s', (_name, event, from) => {
    expect(new Date(searchFrom(at(event), now)).toISOString()).toBe(new Date(from).toISOString());
  });

  it('up to past the present, because a late sale is dated by its arrival', () => {
    expect(searchTo(now) - now).toBe(2 * DAY);
  });
});

describe('a reading serves', () => {
  const reading = { from: 1000, begunAt: 50_000 };

  it.each([
    ['a row that was claimed before it began', { from: 1000, claimedAt: 49_999, reusableFor: 0 }, true],
    ['not one that was claimed after it began', { from: 1000, claimedAt: 50_001, reusableFor: 0 }, false],
    ['unless the window allows it', { from: 1000, claimedAt: 50_001, reusableFor: 20_000 }, true],
    ['and only for so long', { from: 1000, claimedAt: 50_001, reusableFor: 10_000 }, false],
    ['not one whose sale is older than what was read', { from: 999, claimedAt: 0, reusableFor: 1e9 }, false],
  ])('%s', (_name, wanted, expected) => {
    expect(serves(reading, wanted, 60_000)).toBe(expected);
  });
});

describe('how long a reading may be used again', () => {
  it.each([
    ['ten minutes, with the defaults', { age: DAY, duplicateWindow: DAY }, 15 * 60_000, 600_000],
    ['what the window leaves', { age: DAY, duplicateWindow: 20 * 60_000 }, 15 * 60_000, 300_000],
    ['not at all in a short window', { age: DAY, duplicateWindow: 60_000 }, 15 * 60_000, 0],
    ['not at all for a row that is given up', { age: 30 * DAY, duplicateWindow: DAY }, 15 * 60_000, 0],
  ])('%s', (_name, row, lookupAfter, expected) => {
    expect(reusableFor({ maxAge: 30 * DAY, ...row }, lookupAfter)).toBe(expected);
  });
});
