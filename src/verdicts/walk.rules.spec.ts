import { describe, expect, it } from '@jest/globals';
import type { WalkAgenda, WalkPositions } from '../ledger/index.js';
import { planWalks } from './walk.rules.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const AT = 1000 * DAY;
const TIMES = { sweepInterval: 5 * MINUTE, rereadFor: 2 * DAY };

const agenda = (over: Partial<WalkAgenda> = {}): WalkAgenda => ({
  sent: 0,
  settled: 0,
  lockedFrom: null,
  lockedTo: null,
  missingSince: null,
  unsettledSince: null,
  corrections: 0,
  ...over,
});

describe('the walks of a pass', () => {
  it.each<[string, WalkAgenda, WalkPositions, boolean, object]>([
    ['none when nothing is due', agenda(), {}, false, { updates: null, locking: null, deep: false }],
    [
      'from the oldest unsettled sale when nothing was ever read',
      agenda({ sent: 1, unsettledSince: AT - DAY }),
      {},
      false,
      { updates: { from: AT - 3 * DAY, to: AT } },
    ],
    [
      'from where the last one ended',
      agenda({ sent: 1, unsettledSince: AT - 90 * DAY }),
      { updatesUntil: AT - MINUTE },
      false,
      { updates: { from: AT - MINUTE - 2 * DAY, to: AT } },
    ],
    [
      'not from a position that is months old, when everything since is settled',
      agenda({ sent: 1, unsettledSince: AT - DAY }),
      { updatesUntil: AT - 200 * DAY },
      false,
      { updates: { from: AT - 3 * DAY, to: AT } },
    ],
    [
      'from a position that is months old, while a sale is unsettled that long',
      agenda({ settled: 1, unsettledSince: AT - 300 * DAY }),
      { updatesUntil: AT - 200 * DAY },
      false,
      { updates: { from: AT - 202 * DAY, to: AT } },
    ],
    [
      'up to the present after the clock was set back',
      agenda({ sent: 1, unsettledSince: AT - DAY }),
      { updatesUntil: AT + DAY },
      false,
      { updates: { from: AT - 2 * DAY, to: AT } },
    ],
    [
      'for a correction that was sent',
      agenda({ corrections: 1 }),
      { updatesUntil: AT - MINUTE },
      false,
      { updates: { from: AT - MINUTE - 2 * DAY, to: AT } },
    ],
    ['none for what is watched, too soon', agenda(), { walkedAt: AT - 59 * MINUTE }, true, { updates: null }],
    [
      'one an hour for what is watched',
      agenda(),
      { walkedAt: AT - 60 * MINUTE, updatesUntil: AT - 60 * MINUTE },
      true,
      { updates: { from: AT - 60 * MINUTE - 2 * DAY, to: AT } },
    ],
    [
      'back to a sale that is missing',
      agenda({ sent: 1, missingSince: AT - 80 * DAY, unsettledSince: AT - 80 * DAY }),
      { updatesUntil: AT - MINUTE, deepAt: AT - DAY },
      false,
      { updates: { from: AT - 82 * DAY, to: AT }, deep: true },
    ],
    [
      'back to it once a day',
      agenda({ sent: 1, missingSince: AT - 80 * DAY, unsettledSince: AT - 80 * DAY }),
      { updatesUntil: AT - MINUTE, deepAt: AT - DAY / 2 },
      false,
      { updates: { from: AT - MINUTE - 2 * DAY, to: AT }, deep: false },
    ],
    [
      'over the locking dates that are past',
      agenda({ settled: 2, lockedFrom: AT - 5 * DAY, lockedTo: AT - DAY }),
      { updatesUntil: AT },
      false,
      { locking: { from: AT - 5 * DAY - 1000, to: AT - DAY + 1000 } },
    ],
  ])('%s', (_, what, positions, watched, expected) => {
    expect(planWalks(what, positions, { at: AT, watched }, TIMES)).toMatchObject(expected);
  });

  it('reads three years at most', () => {
    const at = 5000 * DAY;
    const { updates } = planWalks(agenda({ sent: 1, unsettledSince: 0 }), {}, { at, watched: false }, TIMES);
    expect(updates).toEqual({ from: at - (3 * 365 - 1) * DAY, to: at });
  });
});
