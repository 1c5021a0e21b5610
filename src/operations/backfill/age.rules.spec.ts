import { describe, expect, it } from '@jest/globals';
import { ageFindings, clickFindings } from './age.rules.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY);

describe('ageFindings', () => {
  it.each([
    [0, false, false, []],
    [80, false, false, []],
    [82, false, false, ['warning nearly-too-old']],
    [88, false, false, ['warning nearly-too-old']],
    [89, false, false, ['error too-old']],
    [89, false, true, ['warning too-old']],
    [89, true, false, []],
    [392, true, false, ['warning nearly-too-old']],
    [399, true, false, ['error too-old']],
    [399, true, true, ['warning too-old']],
    [-5, false, false, []],
  ])('%i days, with a partner: %p, allowed: %p → %j', (days, hasPartner, allowOld, expected) => {
    const found = ageFindings({ eventAt: daysAgo(days), now: NOW, hasPartner, allowOld });
    expect(found.map(({ level, rule }) => `${level} ${rule}`)).toEqual(expected);
  });

  it('says what helps', () => {
    const [found] = ageFindings({ eventAt: daysAgo(100), now: NOW, hasPartner: false, allowOld: false });
    expect(found?.message).toBe(
      'eventDate: lies 100 days back, and impact.com processes at most 88 (398 with mediaPartnerId). ' +
        'Leave it out, or send it all the same with allowOld.',
    );
  });
});

describe('clickFindings', () => {
  it.each([
    [10, 20, []],
    [10, 10, []],
    [20, 10, ['before-the-click']],
    [10, 40, []],
    [10, 41, ['outside-referral-window']],
  ])('event %i days ago, click %i days ago → %j', (event, click, expected) => {
    const found = clickFindings(daysAgo(event), daysAgo(click), 30 * DAY, NOW);
    expect(found.map(({ rule }) => rule)).toEqual(expected);
    expect(found.every(({ level }) => level === 'warning')).toBe(true);
  });
});
