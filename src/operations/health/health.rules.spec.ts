import { describe, expect, it } from '@jest/globals';
import { problemsOf, reportOf } from './health.rules.js';
import type { Situation } from './situation.reader.js';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const LIMITS = {
  oldestUnsent: 15 * MINUTE,
  paused: 15 * MINUTE,
  verdictOverdue: 60 * MINUTE,
  parked: 0,
  openClaims: 2,
};
const FINE: Situation = {
  now: NOW,
  backlog: [],
  pauses: [],
  parked: 0,
  verdictDueAt: null,
  walkedAt: null,
  lockingSoon: 0,
  openClaims: 0,
  budget: { perHour: 1000, left: 900 },
};
const waiting = (minutes: number) => [{ kind: 'sale' as const, count: 3, oldest: NOW - minutes * MINUTE }];
const pause = (minutes: number) => [
  {
    scope: 'sales' as const,
    since: NOW - minutes * MINUTE,
    until: NOW,
    reason: 'The token may not do this (403).',
  },
];

describe('what is a problem', () => {
  it.each<[string, Partial<Situation>, string[]]>([
    ['nothing to do', {}, []],
    ['young calls', { backlog: waiting(15) }, []],
    ['an old call', { backlog: waiting(16) }, ['down oldest-unsent']],
    ['a short pause', { pauses: pause(1) }, ['degraded paused']],
    ['a long pause', { pauses: pause(16) }, ['down paused']],
    ['a verdict that is due', { verdictDueAt: NOW - 60 * MINUTE }, []],
    ['a verdict that is overdue', { verdictDueAt: NOW - 61 * MINUTE }, ['degraded verdict-overdue']],
    ['a verdict of the future', { verdictDueAt: NOW + MINUTE }, []],
    ['parked sales', { parked: 1 }, ['degraded parked']],
    ['corrections near locking', { lockingSoon: 1 }, ['degraded locking-soon']],
    ['as many claims as allowed', { openClaims: 2 }, []],
    ['more claims', { openClaims: 3 }, ['degraded open-claims']],
    [
      'the worst first',
      { parked: 1, pauses: pause(1), backlog: waiting(99) },
      ['down oldest-unsent', 'degraded paused', 'degraded parked'],
    ],
  ])('%s', (_, some, expected) => {
    const problems = problemsOf({ ...FINE, ...some }, LIMITS);
    expect(problems.map(({ what, status }) => `${status} ${what}`)).toEqual(expected);
  });
});

it('the report has the worst status and the figures', () => {
  const situation = { ...FINE, backlog: waiting(20), pauses: pause(2), walkedAt: NOW - MINUTE };
  expect(reportOf(situation, LIMITS, 'live')).toMatchObject({
    status: 'down',
    mode: 'live',
    backlog: 3,
    oldestUnsent: { recordedAt: new Date(NOW - 20 * MINUTE), ageMs: 20 * MINUTE },
    paused: [
      { scope: 'sales', since: new Date(NOW - 2 * MINUTE), reason: 'The token may not do this (403).' },
    ],
    lastWalk: new Date(NOW - MINUTE),
    budget: { perHour: 1000, left: 900 },
  });
  expect(reportOf(FINE, LIMITS, 'dry-run')).toMatchObject({
    status: 'up',
    oldestUnsent: null,
    lastWalk: null,
  });
});
