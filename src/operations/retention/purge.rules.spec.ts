import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, planPurge, positionsOf, type PurgeOutlook, walked, walkFrom } from './purge.rules.js';
import { NOWHERE, type PurgePosition } from './retention.types.js';

const NOW = 1_000 * DAY;
const KEEPING = { customerData: 400 * DAY, deliveries: 180 * DAY };
const left: PurgePosition = { after: 'm', left: 'c' };

describe('whether there is anything to purge', () => {
  const idle: PurgeOutlook = {
    now: NOW,
    positions: { ...NOWHERE, ranAt: NOW - 2 * HOUR, deepAt: NOW - HOUR },
    next: { customerData: null, deliveries: null },
    clicks: false,
  };
  const at = (more: Partial<PurgeOutlook>): PurgeOutlook => ({ ...idle, ...more });

  it.each<[string, PurgeOutlook, ReturnType<typeof planPurge>]>([
    ['nothing', idle, { is: 'wait', for: HOUR }],
    [
      'sales that are too young',
      at({ next: { customerData: NOW - 400 * DAY + 1, deliveries: NOW } }),
      { is: 'wait', for: HOUR },
    ],
    [
      'a sale of that age',
      at({ next: { customerData: NOW - 400 * DAY, deliveries: null } }),
      { is: 'purge', deep: false },
    ],
    [
      'calls of that age',
      at({ next: { customerData: null, deliveries: NOW - 180 * DAY } }),
      { is: 'purge', deep: false },
    ],
    ['clicks that expired', at({ clicks: true }), { is: 'purge', deep: false }],
    [
      'clicks that expired, and somebody purged just now',
      at({ clicks: true, positions: { ...NOWHERE, ranAt: NOW - HOUR / 4 } }),
      { is: 'wait', for: (HOUR / 4) * 3 },
    ],
    [
      'a clock that was put back',
      at({ clicks: true, positions: { ...NOWHERE, ranAt: NOW + DAY } }),
      { is: 'purge', deep: false },
    ],
    [
      'what was left, looked at an hour ago',
      at({ positions: { ...NOWHERE, deliveries: left, deepAt: NOW - HOUR } }),
      { is: 'wait', for: HOUR },
    ],
    [
      'what was left, looked at a day ago',
      at({ positions: { ...NOWHERE, deliveries: left, deepAt: NOW - DAY } }),
      { is: 'purge', deep: true },
    ],
  ])('%s', (_, outlook, plan) => {
    expect(planPurge(outlook, KEEPING)).toEqual(plan);
  });
});

describe('the way through the sales', () => {
  const page = (...ids: string[]) =>
    ids.map((id) => ({ id: id.toLowerCase(), left: id !== id.toLowerCase() }));

  it('goes on behind what was looked at, and remembers the first that was left', () => {
    const first = walked(walkFrom({ after: '', left: null }, false), page('a', 'B', 'c'), false);
    expect(first.position).toEqual({ after: 'c', left: 'b' });
    expect(first.cursor).toEqual({ id: 'c', inclusive: false });
    const second = walked(first, page('D'), true);
    expect(second.position).toEqual({ after: 'd', left: 'b' });
  });

  it('finds nothing new and stays', () => {
    expect(walked(walkFrom({ after: 'c', left: 'b' }, false), [], true).position).toEqual({
      after: 'c',
      left: 'b',
    });
  });

  it('goes through what was left, and can be broken off anywhere', () => {
    const begun = walkFrom({ after: 'f', left: 'b' }, true);
    expect(begun.cursor).toEqual({ id: 'b', inclusive: true });
    const first = walked(begun, page('b', 'c'), false);
    expect(first.position).toEqual({ after: 'f', left: 'c' });
    const second = walked(first, page('d', 'E'), false);
    expect(second.position).toEqual({ after: 'f', left: 'e' });
    expect(walked(second, page('f', 'g'), true).position).toEqual({ after: 'g', left: 'e' });
  });

  it('forgets the mark when nothing is left', () => {
    expect(walked(walkFrom({ after: 'f', left: 'b' }, true), page('b', 'f'), true).position).toEqual({
      after: 'f',
      left: null,
    });
  });

  it('is deep only where something was left', () => {
    expect(walkFrom({ after: 'f', left: null }, true)).toMatchObject({
      deep: false,
      cursor: { id: 'f', inclusive: false },
    });
  });
});

describe('stored positions', () => {
  it.each([null, '{', 'null', '{}'])('%s count for nothing', (stored) => {
    expect(positionsOf(stored)).toEqual(NOWHERE);
  });

  it('are read back', () => {
    const positions = { ...NOWHERE, deliveries: left, ranAt: 7 };
    expect(positionsOf(JSON.stringify(positions))).toEqual(positions);
  });
});
