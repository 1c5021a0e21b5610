import { expect, test } from '@jest/globals';
import type { ActionRecord } from '../state/action.record.js';
import { MAX_MODIFICATIONS, refusalOf } from './correction.rules.js';

const LOCKS = new Date('2026-03-17T07:00:00Z');
const BEFORE = new Date('2026-03-17T06:59:59.999Z');

test.each<[string, Partial<ActionRecord>, string, Date, string | null]>([
  ['a pending action', {}, 'OTHER', BEFORE, null],
  ['one that has just locked', {}, 'OTHER', LOCKS, 'ACTION_LOCKED'],
  ['a reversed one', { reversed: true }, 'OTHER', BEFORE, 'ACTION_REVERSED'],
  ['a reversed one to be restored', { reversed: true }, 'RESET', BEFORE, null],
  ['a reversed one to be restored too late', { reversed: true }, 'RESET', LOCKS, 'ACTION_LOCKED'],
  ['the last modification', { modifications: MAX_MODIFICATIONS - 1 }, 'OTHER', BEFORE, null],
  ['one too many', { modifications: MAX_MODIFICATIONS }, 'OTHER', BEFORE, 'MAX_MODIFICATIONS_REACHED'],
])('%s', (_, over, reason, now, refusal) => {
  const action = { lockingDate: LOCKS, reversed: false, modifications: 0, ...over } as ActionRecord;
  expect(refusalOf(action, reason, now)).toBe(refusal);
});
