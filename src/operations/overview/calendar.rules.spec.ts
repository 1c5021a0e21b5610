import { describe, expect, it } from '@jest/globals';
import { dayName, dayOf, daysBetween, monthsBefore } from './calendar.rules.js';

const at = (text: string): number => Date.parse(text);

describe('days', () => {
  it.each([
    ['2026-11-23T00:00:00Z', '2026-11-23'],
    ['2026-11-23T23:59:59.999Z', '2026-11-23'],
    ['1969-12-31T12:00:00Z', '1969-12-31'],
  ])('%s is in %s', (moment, day) => {
    expect(dayName(dayOf(at(moment)))).toBe(day);
  });

  it.each([
    ['2026-02-27T12:00:00Z', '2026-03-01T00:00:00Z', ['2026-02-27', '2026-02-28']],
    ['2026-11-23T00:00:00Z', '2026-11-23T00:00:00.001Z', ['2026-11-23']],
    ['2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', []],
  ])('from %s to %s', (from, to, days) => {
    expect(daysBetween(at(from), at(to)).map(dayName)).toEqual(days);
  });
});

it('months go back over a new year and from a long one to a short one', () => {
  expect(monthsBefore(at('2026-01-31T23:00:00Z'), 3)).toEqual([
    { name: '2026-01', from: at('2026-01-01T00:00:00Z') },
    { name: '2025-12', from: at('2025-12-01T00:00:00Z') },
    { name: '2025-11', from: at('2025-11-01T00:00:00Z') },
  ]);
});
