import { describe, expect, it } from '@jest/globals';
import {
  advanced,
  type Gap,
  LATE_COMMIT,
  MOST_GAPS,
  pauseChanges,
  positionOf,
  settled,
  type TailPosition,
} from './tail.rules.js';

const NOW = 1_000_000;
const at = (id: number, gaps: readonly Gap[] = []): TailPosition => ({ id, gaps, pauses: {} });

describe('the position after lines were told', () => {
  it.each<[string, TailPosition, number[], TailPosition]>([
    ['nothing', at(4), [], at(4)],
    ['the next ones', at(4), [5, 6], at(6)],
    ['one with a gap before it', at(4), [7], at(7, [[5, 6, NOW]])],
    [
      'two gaps',
      at(0),
      [2, 5],
      at(5, [
        [1, 1, NOW],
        [3, 4, NOW],
      ]),
    ],
    ['in any order', at(4), [7, 5], at(7, [[6, 6, NOW]])],
    ['the only one of a gap', at(9, [[5, 5, 1]]), [5], at(9)],
    ['the first of a gap', at(9, [[5, 7, 1]]), [5], at(9, [[6, 7, 1]])],
    ['the last of a gap', at(9, [[5, 7, 1]]), [7], at(9, [[5, 6, 1]])],
    [
      'the middle of a gap',
      at(9, [[5, 7, 1]]),
      [6],
      at(9, [
        [5, 5, 1],
        [7, 7, 1],
      ]),
    ],
    ['one that was told already', at(9, [[5, 5, 1]]), [8], at(9, [[5, 5, 1]])],
  ])('%s', (_, before, ids, after) => {
    expect(advanced(before, ids, NOW)).toEqual(after);
  });

  it('gives the oldest gaps up when there are too many', () => {
    const ids = Array.from({ length: MOST_GAPS + 10 }, (_, i) => 2 * (i + 1));
    const { gaps } = advanced(at(0), ids, NOW);
    expect(gaps).toHaveLength(MOST_GAPS);
    expect(gaps[0]).toEqual([21, 21, NOW]);
  });
});

it('a gap is asked for until no transaction can still be open', () => {
  const position = at(9, [
    [5, 5, NOW - LATE_COMMIT],
    [7, 7, NOW - LATE_COMMIT + 1],
  ]);
  expect(settled(position, NOW).gaps).toEqual([[7, 7, NOW - LATE_COMMIT + 1]]);
});

describe('what is new about pauses', () => {
  const pause = (scope: 'all' | 'sales', since: number) =>
    ({ scope, since, until: since + 1, reason: 'Why.', failures: 1 }) as const;

  it.each([
    ['nothing', {}, [], []],
    ['one that stands', { all: 5 }, [pause('all', 5)], []],
    ['one that began', {}, [pause('all', 5)], ['all paused']],
    ['one that ended', { all: 5 }, [], ['all resumed']],
    ['one in the place of another', { all: 5 }, [pause('all', 9)], ['all resumed', 'all paused']],
    ['another scope', { all: 5 }, [pause('all', 5), pause('sales', 6)], ['sales paused']],
  ])('%s', (_, told, standing, expected) => {
    const changes = pauseChanges(told, standing);
    expect(
      changes.map((change) =>
        change.is === 'paused' ? `${change.pause.scope} paused` : `${change.scope} resumed`,
      ),
    ).toEqual(expected);
  });
});

it.each([
  ['{"id":4,"gaps":[[1,2,3]],"pauses":{"all":1}}', { id: 4, gaps: [[1, 2, 3]], pauses: { all: 1 } }],
  ['{"id":4}', at(4)],
  ['{}', null],
  ['no JSON', null],
])('reads the stored position %s', (stored, position) => {
  expect(positionOf(stored)).toEqual(position);
});
