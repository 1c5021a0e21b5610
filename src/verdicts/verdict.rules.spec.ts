import { describe, expect, it } from '@jest/globals';
import type { Action } from '../api/index.js';
import { currentAction, decideVerdict, type Evidence, type SaleFacts } from './verdict.rules.js';

const MINUTE = 60_000;
const PATIENCE = { sweepInterval: 5 * MINUTE, giveUpAfter: 1000 * MINUTE };

const action = (over: Partial<Action>): Action =>
  ({
    id: '1.2.3',
    state: 'PENDING',
    mediaPartnerId: '77',
    amount: '10.00',
    currency: 'USD',
    payout: '0.50',
    creationDate: new Date('2026-01-01T00:00:00Z'),
    lockingDate: null,
    clearedDate: null,
    ...over,
  }) as Action;

const sale = (over: Partial<SaleFacts> = {}): SaleFacts => ({
  attributable: true,
  repeated: false,
  waiting: 20 * MINUTE,
  looks: 1,
  ...over,
});

const submission = (reasonCodes: string[], errorType: string | null = null): Evidence['submission'] => ({
  status: 'COMPLETE',
  errorType,
  reasonCodes,
});

const LATE = { waiting: 1000 * MINUTE };

describe('decideVerdict', () => {
  it.each<[string, SaleFacts, Evidence, object]>([
    [
      'an action credits it',
      sale(),
      { actions: [action({})], submission: null },
      { is: 'action', action: { state: 'CREDITED', actionId: '1.2.3', partnerId: '77' } },
    ],
    [
      'a locked action approves it',
      sale(),
      { actions: [action({ state: 'APPROVED' })], submission: null },
      { is: 'action', action: { state: 'APPROVED' } },
    ],
    [
      'a cleared action clears it',
      sale(),
      { actions: [action({ state: 'APPROVED', clearedDate: new Date() })], submission: null },
      { is: 'action', action: { state: 'CLEARED' } },
    ],
    [
      'an action beats a duplicate',
      sale(),
      { actions: [action({})], submission: submission(['CONV_DUPLICATE']) },
      { is: 'action' },
    ],
    [
      'a reason code rejects it',
      sale(),
      {
        actions: [],
        submission: submission(['CONTRACT_NOT_FOUND', 'RESTRICTED_PROMOCODE'], 'Contract Error'),
      },
      {
        is: 'rejected',
        reasonCodes: ['CONTRACT_NOT_FOUND', 'RESTRICTED_PROMOCODE'],
        errorType: 'Contract Error',
      },
    ],
    [
      'an error type without a code rejects it',
      sale(),
      { actions: [], submission: submission([], 'Validation') },
      { is: 'rejected', reasonCodes: [] },
    ],
    [
      'a duplicate after our own repeat waits for the action of the first attempt',
      sale({ repeated: true }),
      { actions: [], submission: submission(['CONV_DUPLICATE']) },
      { is: 'wait' },
    ],
    [
      'a duplicate after our own repeat is never a rejection',
      sale({ repeated: true, ...LATE }),
      { actions: [], submission: submission(['CONV_DUPLICATE']) },
      { is: 'missing' },
    ],
    [
      'a duplicate that nobody here caused waits too',
      sale(),
      { actions: [], submission: submission(['CONV_DUPLICATE']) },
      { is: 'wait' },
    ],
    [
      'and is a rejection once no action came',
      sale(LATE),
      { actions: [], submission: submission(['CONV_DUPLICATE']) },
      { is: 'rejected' },
    ],
    ['nothing yet: wait', sale(), { actions: [], submission: null }, { is: 'wait', again: 10 * MINUTE }],
    [
      'still queued: wait',
      sale(),
      { actions: [], submission: { status: 'QUEUED', errorType: null, reasonCodes: [] } },
      { is: 'wait' },
    ],
    [
      'finished without an error and without an action: missing',
      sale(LATE),
      { actions: [], submission: submission([]) },
      { is: 'missing' },
    ],
    [
      'no click, no code, no action: unattributed',
      sale({ attributable: false, ...LATE }),
      { actions: [], submission: null },
      { is: 'unattributed' },
    ],
    [
      'no click and no code, but credited all the same',
      sale({ attributable: false, ...LATE }),
      { actions: [action({})], submission: null },
      { is: 'action' },
    ],
  ])('%s', (_, facts, evidence, expected) => {
    expect(decideVerdict(facts, evidence, PATIENCE)).toMatchObject(expected);
  });

  it('stops looking for a missing action when the vendor has forgotten the submission', () => {
    const evidence = { actions: [], submission: null };
    const after = (days: number) =>
      decideVerdict(sale({ waiting: days * 1440 * MINUTE }), evidence, PATIENCE);
    expect(after(89)).toEqual({ is: 'missing', again: 1440 * MINUTE });
    expect(after(90)).toEqual({ is: 'missing', again: null });
  });

  it('doubles the wait with each look, up to six hours', () => {
    const waits = [0, 1, 2, 5, 9, 40].map((looks) => {
      const verdict = decideVerdict(
        sale({ looks, waiting: 0 }),
        { actions: [], submission: null },
        { ...PATIENCE, giveUpAfter: 10_000 * MINUTE },
      );
      return verdict.is === 'wait' ? verdict.again / MINUTE : verdict.is;
    });
    expect(waits).toEqual([5, 10, 20, 160, 360, 360]);
  });

  it('does not sleep past the moment of giving up', () => {
    const facts = sale({ looks: 30, waiting: 998 * MINUTE });
    expect(decideVerdict(facts, { actions: [], submission: null }, PATIENCE)).toEqual({
      is: 'wait',
      again: 2 * MINUTE,
    });
  });
});

describe('amounts of an action', () => {
  it.each([
    ['20', 'USD', '20.00'],
    ['20.5', 'USD', '20.50'],
    ['2000', 'JPY', '2000'],
    ['1.2345', 'USD', '1.2345'],
    ['20', null, '20'],
  ])('%s %s is kept as %s', (amount, currency, kept) => {
    const evidence = { actions: [action({ amount, currency })], submission: null };
    expect(decideVerdict(sale(), evidence, PATIENCE)).toMatchObject({ action: { amount: kept } });
  });
});

describe('currentAction', () => {
  const old = action({ id: 'old', creationDate: new Date('2026-01-01') });
  const recent = action({ id: 'recent', creationDate: new Date('2026-01-05') });

  it('is the newest that is not reversed', () => {
    expect(currentAction([old, { ...recent, state: 'REVERSED' }])?.id).toBe('old');
    expect(currentAction([{ ...old, state: 'REVERSED' }, recent])?.id).toBe('recent');
    expect(currentAction([old, recent])?.id).toBe('recent');
  });

  it('is the newest one when all are reversed', () => {
    expect(
      currentAction([
        { ...old, state: 'REVERSED' },
        { ...recent, state: 'REVERSED' },
      ])?.id,
    ).toBe('recent');
    expect(currentAction([])).toBeNull();
  });
});
