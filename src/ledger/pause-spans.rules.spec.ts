import { describe, expect, it } from '@jest/globals';
import { type PauseSpan, timePaused, withSpan } from './pause-spans.rules.js';

describe('timePaused', () => {
  it.each<[string, PauseSpan[], number]>([
    ['nothing', [], 0],
    ['a pause inside', [[120, 150]], 30],
    ['a pause that began before', [[50, 150]], 50],
    ['a pause that goes on', [[150, 900]], 50],
    ['a pause around it', [[0, 900]], 100],
    ['a pause before', [[10, 100]], 0],
    ['a pause after', [[200, 300]], 0],
    [
      'two pauses apart, once each',
      [
        [110, 120],
        [150, 160],
      ],
      20,
    ],
    [
      'two pauses that overlap, the shared time once',
      [
        [110, 150],
        [130, 170],
      ],
      60,
    ],
    [
      'a pause inside another',
      [
        [110, 190],
        [130, 140],
      ],
      80,
    ],
    [
      'in any order',
      [
        [150, 160],
        [110, 120],
      ],
      20,
    ],
  ])('between 100 and 200: %s', (_, spans, expected) => {
    expect(timePaused(spans, 100, 200)).toBe(expected);
  });
});

describe('withSpan', () => {
  it('makes one of spans that touch', () => {
    expect(
      withSpan(
        [
          [0, 10],
          [20, 30],
        ],
        [10, 20],
      ),
    ).toEqual([[0, 30]]);
  });

  it('keeps those apart that do not', () => {
    expect(withSpan([[20, 30]], [0, 10])).toEqual([
      [0, 10],
      [20, 30],
    ]);
  });

  it('does not grow without end, and lets the oldest go', () => {
    let spans: PauseSpan[] = [];
    for (let i = 0; i < 1500; i += 1) spans = withSpan(spans, [i * 10, i * 10 + 5]);
    expect(spans).toHaveLength(1000);
    expect(spans.at(-1)).toEqual([14_990, 14_995]);
  });
});
