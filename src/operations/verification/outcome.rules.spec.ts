import { describe, expect, it } from '@jest/globals';
import type { Action, Submission } from '../../api/index.js';
import { judgeMissing, judgeSingle, judgeSubmission } from './outcome.rules.js';

const ACTION = {
  id: '1.2.3',
  orderId: 'A-1',
  actionTrackerId: '20001',
  mediaPartnerId: '77',
  state: 'PENDING',
} as Action;
const ORDER = { sale: { wireOrderId: 'A-1' }, eventTypeId: '20001' };

describe('the submission', () => {
  const submission = (more: Partial<Submission>): Submission =>
    ({ status: 'COMPLETE', errorType: null, reasonCodes: [], ...more }) as Submission;

  it.each([
    [submission({}), false, 'proved', 'complete, no error'],
    [null, false, 'not-proved', 'could not be looked up'],
    [submission({ status: 'IN_PROGRESS' }), false, 'not-proved', 'it is in progress'],
    [
      submission({ errorType: 'Validation', reasonCodes: ['CONV_DUPLICATE'] }),
      false,
      'failed',
      'CONV_DUPLICATE',
    ],
    [
      submission({ errorType: 'Validation', reasonCodes: ['CONV_DUPLICATE'] }),
      true,
      'remark',
      'the first attempt had arrived',
    ],
    [
      submission({ errorType: 'Contract Error', reasonCodes: ['CONTRACT_NOT_FOUND'] }),
      true,
      'failed',
      'Contract Error: CONTRACT_NOT_FOUND',
    ],
    [submission({ errorType: 'Validation' }), false, 'failed', 'Validation: no reason code'],
  ])('%#', (given, repeated, outcome, seen) => {
    const finding = judgeSubmission('A-9', given, repeated);
    expect(finding.outcome).toBe(outcome);
    expect(finding.seen).toContain(seen);
  });
});

describe('actions of one order', () => {
  const other = (more: Partial<Action>): Action => ({ ...ACTION, id: '1.2.4', ...more });

  it.each([
    [[ACTION], 'proved', 'one'],
    [[], 'not-proved', 'the listing shows none'],
    [[ACTION, other({ orderId: 'A-2' })], 'proved', 'one'],
    [[ACTION, other({ state: 'REVERSED' })], 'proved', 'one'],
    [[ACTION, other({})], 'failed', 'reported twice'],
    [[ACTION, other({ actionTrackerId: '20002' })], 'failed', 'second event type'],
    [null, 'not-proved', 'could not be listed'],
  ] as const)('%#', (actions, outcome, words) => {
    const finding = judgeSingle(ORDER, actions);
    expect(finding.outcome).toBe(outcome);
    expect(`${finding.seen} ${finding.fix}`).toContain(words);
  });
});

describe('a sale without an action', () => {
  const sale = { wireOrderId: 'A-1', state: 'SENT', reasonCodes: [] as string[] } as const;

  it.each([
    [sale, [], 'the sale is SENT', 'half an hour'],
    [sale, null, 'the sale is SENT', 'half an hour'],
    [sale, [ACTION], 'the app has not read it yet', 'sweepInterval'],
    [
      sale,
      [{ ...ACTION, actionTrackerId: '20002' }],
      'action 1.2.3 under event type 20002',
      'IMPACT_EVENT_TYPE_ID',
    ],
    [
      { ...sale, state: 'REJECTED', reasonCodes: ['OID_MISSING'] },
      [],
      'the sale is REJECTED: OID_MISSING (',
      'Mend what',
    ],
  ] as const)('%#', (given, actions, seen, fix) => {
    const finding = judgeMissing(given, '20001', actions);
    expect(finding).toMatchObject({ step: 'action', outcome: 'failed' });
    expect(finding.seen).toContain(seen);
    expect(finding.fix).toContain(fix);
  });
});
