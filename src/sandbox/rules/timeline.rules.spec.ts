import { expect, test } from '@jest/globals';
import type { ActionRecord } from '../state/action.record.js';
import { timelineOf } from './timeline.rules.js';

const day = (number: number): Date => new Date(Date.UTC(2026, 2, number));
const WEEK = 7 * 86_400_000;
const entry = (kind: string, at: Date) => ({ kind, at, reason: '', deltaAmount: '0', submissionId: null });

test.each<[string, Partial<ActionRecord>, number, string[]]>([
  ['before it locks', {}, 9, ['tracked', 'modified']],
  ['from its locking date on', {}, 10, ['tracked', 'modified', 'approved']],
  ['from its clearing date on', {}, 17, ['tracked', 'modified', 'approved', 'cleared']],
  ['when it was reversed', { reversed: true }, 17, ['tracked', 'modified']],
  // Nobody can change it by then; a difference that was planted can.
  [
    'changed after it had locked',
    { history: [entry('tracked', day(1)), entry('modified', day(12))] as unknown as ActionRecord['history'] },
    17,
    ['tracked', 'approved', 'modified', 'cleared'],
  ],
])('%s', (_, over, today, kinds) => {
  const history = [entry('tracked', day(1)), entry('modified', day(3))];
  const action = { lockingDate: day(10), reversed: false, history, ...over } as unknown as ActionRecord;
  expect(timelineOf(action, WEEK, day(today)).map(({ kind }) => kind)).toEqual(kinds);
});
