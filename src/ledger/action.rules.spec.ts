import { describe, expect, it } from '@jest/globals';
import {
  changeOf,
  currentAction,
  isSame,
  lookAgainAt,
  merged,
  type ShownAction,
  type StoredAction,
} from './action.rules.js';
import type { SeenAction } from './action.types.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LOCKING = new Date('2026-03-01T00:00:00Z');

const seen = (over: Partial<SeenAction> = {}): SeenAction => ({
  actionId: '1.2.3',
  orderId: 'A-1',
  state: 'PENDING',
  partnerId: '77',
  amount: '20',
  currency: 'USD',
  payout: '1.5',
  creationDate: new Date('2026-02-01T00:00:00Z'),
  lockingDate: LOCKING,
  clearedDate: null,
  ...over,
});

const stored = (over: Partial<SeenAction> = {}): StoredAction => merged(null, seen(over), 'walk');

const shown = (action: StoredAction, over: Partial<ShownAction> = {}): ShownAction => ({
  attempted: true,
  actionId: action.actionId,
  amount: action.amount,
  currency: action.currency,
  partnerId: action.partnerId,
  payout: action.payout,
  lockingAt: action.lockingAt,
  clearedAt: action.clearedAt,
  state: 'CREDITED',
  ...over,
});

const NEW: ShownAction = {
  state: 'SENT',
  attempted: true,
  actionId: null,
  amount: null,
  currency: null,
  partnerId: null,
  payout: null,
  lockingAt: null,
  clearedAt: null,
};

describe('what is known of an action', () => {
  it.each([
    ['20', 'USD', '20.00'],
    ['20.5', 'USD', '20.50'],
    ['2000', 'JPY', '2000'],
    ['1.2345', 'USD', '1.2345'],
    ['20', null, '20'],
  ])('keeps %s %s as %s', (amount, currency, kept) => {
    expect(stored({ amount, currency }).amount).toBe(kept);
  });

  it('stays as it is where a source does not tell', () => {
    const known = stored();
    const less = merged(known, { actionId: '1.2.3', state: 'PENDING', amount: '15' }, 'postback');
    expect(less).toEqual({ ...known, amount: '15.00' });
  });

  it('is emptied where a source tells that it is empty', () => {
    const cleared = stored({ state: 'APPROVED', clearedDate: LOCKING });
    expect(merged(cleared, seen({ state: 'APPROVED' }), 'walk').clearedAt).toBeNull();
  });

  it('keeps what it was worth at first', () => {
    const known = stored({ amount: '15', intendedAmount: '20' });
    expect(known.firstAmount).toBe('20.00');
    expect(merged(known, seen({ amount: '5', intendedAmount: '5' }), 'walk').firstAmount).toBe('20.00');
    expect(stored({ amount: '15' }).firstAmount).toBe('15.00');
  });

  it.each([
    ['postback', 'APPROVED', 'APPROVED'],
    ['postback', 'REVERSED', 'REVERSED'],
    ['walk', 'APPROVED', 'PENDING'],
    ['walk', 'REVERSED', 'PENDING'],
    ['look-up', 'REVERSED', 'PENDING'],
  ] as const)('a late %s about one that was %s leaves it %s', (source, was, is) => {
    expect(merged(stored({ state: was }), seen(), source).state).toBe(is);
  });

  it('leaves out what no column holds', () => {
    const long = stored({ partnerId: 'x'.repeat(33), currency: 'DOLLARS', payout: '9'.repeat(40) });
    expect(long).toMatchObject({ partnerId: null, currency: null, payout: null });
  });

  it('is the same when it is told twice', () => {
    expect(isSame(stored(), merged(stored(), seen(), 'walk'))).toBe(true);
    expect(isSame(stored(), merged(stored(), seen({ payout: '1.51' }), 'walk'))).toBe(false);
  });
});

describe('the action that counts', () => {
  const old = stored({ actionId: 'old', creationDate: new Date('2026-01-01') });
  const recent = stored({ actionId: 'recent', creationDate: new Date('2026-01-05') });

  it('is the newest that is not reversed', () => {
    expect(currentAction([old, { ...recent, state: 'REVERSED' }])?.actionId).toBe('old');
    expect(currentAction([{ ...old, state: 'REVERSED' }, recent])?.actionId).toBe('recent');
    expect(currentAction([old, recent])?.actionId).toBe('recent');
  });

  it('is the newest one when all are reversed', () => {
    expect(
      currentAction([
        { ...old, state: 'REVERSED' },
        { ...recent, state: 'REVERSED' },
      ])?.actionId,
    ).toBe('recent');
    expect(currentAction([])).toBeNull();
  });

  it('is told by its id when both are as old', () => {
    const at = { creationDate: new Date('2026-01-01') };
    expect(
      currentAction([stored({ actionId: '1.2.9', ...at }), stored({ actionId: '1.2.10', ...at })])?.actionId,
    ).toBe('1.2.10');
  });
});

describe('what actions make of a sale', () => {
  const action = stored();
  const kinds = (sale: ShownAction, before: StoredAction[], after: StoredAction[]) => {
    const { facts, lines } = changeOf(sale, before, after);
    return { state: facts?.state ?? null, lines: lines.map(({ what }) => what) };
  };

  it.each<[string, ShownAction, StoredAction[], StoredAction[], string | null, string[]]>([
    ['a first action', NEW, [], [action], 'CREDITED', ['credited']],
    ['one that is approved already', NEW, [], [stored({ state: 'APPROVED' })], 'APPROVED', ['approved']],
    ['one that is known', shown(action), [action], [action], null, []],
    ['one that waits for a sale that is sent at last', NEW, [action], [action], 'CREDITED', ['credited']],
    ['another amount', shown(action), [action], [stored({ amount: '15' })], 'CREDITED', ['changed']],
    ['another partner', shown(action), [action], [stored({ partnerId: '78' })], 'CREDITED', ['changed']],
    ['another payout', shown(action), [action], [stored({ payout: '1' })], 'CREDITED', ['changed']],
    [
      'another locking date, without a word',
      shown(action),
      [action],
      [stored({ lockingDate: null })],
      'CREDITED',
      [],
    ],
    ['an approval', shown(action), [action], [stored({ state: 'APPROVED' })], 'APPROVED', ['approved']],
    [
      'an approval of another amount',
      shown(action),
      [action],
      [stored({ state: 'APPROVED', amount: '15' })],
      'APPROVED',
      ['changed', 'approved'],
    ],
    [
      'clearing',
      shown(action, { state: 'APPROVED' }),
      [action],
      [stored({ state: 'APPROVED', clearedDate: LOCKING })],
      'CLEARED',
      ['cleared'],
    ],
    [
      'a reversal, which says itself that it is worth nothing',
      shown(action),
      [action],
      [stored({ state: 'REVERSED', amount: '0', payout: '0' })],
      'REVERSED',
      ['reversed'],
    ],
    [
      'a restored action',
      shown(action, { state: 'REVERSED' }),
      [stored({ state: 'REVERSED' })],
      [action],
      'CREDITED',
      ['credited'],
    ],
    [
      're-attribution',
      shown(action),
      [action],
      [stored({ state: 'REVERSED' }), stored({ actionId: '1.2.4', partnerId: '78' })],
      'CREDITED',
      ['reattributed'],
    ],
    [
      'a second action that counts',
      shown(action),
      [action],
      [action, stored({ actionId: '1.2.4' })],
      'CREDITED',
      ['reattributed', 'second-action'],
    ],
    [
      'two actions at once',
      NEW,
      [],
      [action, stored({ actionId: '1.2.4' })],
      'CREDITED',
      ['credited', 'second-action'],
    ],
    [
      'an older one that is seen later',
      shown(action),
      [action],
      [action, stored({ actionId: '1.2.1', creationDate: new Date('2026-01-01') })],
      null,
      ['second-action'],
    ],
    ['a rejected sale', { ...NEW, state: 'REJECTED' }, [], [action], 'CREDITED', ['credited']],
    ['an unattributed sale', { ...NEW, state: 'UNATTRIBUTED' }, [], [action], 'CREDITED', ['credited']],
    ['a sale that may have arrived', { ...NEW, state: 'RECORDED' }, [], [action], 'CREDITED', ['credited']],
    ['a sale given up', { ...NEW, state: 'UNDELIVERABLE' }, [], [action], 'CREDITED', ['credited']],
    ['a sale never attempted', { ...NEW, state: 'RECORDED', attempted: false }, [], [action], null, []],
    ['a sale never sent on purpose', { ...NEW, state: 'SKIPPED' }, [], [action], null, []],
    ['a sale taken back', { ...NEW, state: 'CANCELLED' }, [], [action], null, []],
    ['a dry run', { ...NEW, state: 'DRY_RUN' }, [], [action], null, []],
  ])('%s', (_, sale, before, after, state, lines) => {
    expect(kinds(sale, before, after)).toEqual({ state, lines });
  });

  it('tells before and after of a change', () => {
    const { lines } = changeOf(shown(action), [action], [stored({ amount: '15', partnerId: '78' })]);
    expect(lines[0]!.data).toEqual({
      actionId: '1.2.3',
      before: { amount: '20.00', currency: 'USD', partnerId: '77', payout: '1.50' },
      after: { amount: '15.00', currency: 'USD', partnerId: '78', payout: '1.50' },
    });
  });
});

describe('when an action is looked at again', () => {
  const NOW = Date.UTC(2026, 0, 1, 1);
  const GRID = 6 * HOUR;
  it.each<[string, Parameters<typeof lookAgainAt>, number | null]>([
    ['pending: when it locks', ['CREDITED', NOW + 9 * DAY, 0, NOW], NOW + 9 * DAY + HOUR],
    ['pending without a locking date: tomorrow', ['CREDITED', null, 0, NOW], NOW - HOUR + DAY + GRID],
    ['pending past its locking date: tomorrow', ['CREDITED', NOW - DAY, 0, NOW], NOW - HOUR + DAY + GRID],
    ['approved: tomorrow', ['APPROVED', NOW - DAY, 0, NOW], NOW - HOUR + DAY + GRID],
    ['approved for long: in a week', ['APPROVED', NOW - 60 * DAY, 9, NOW], NOW - HOUR + 7 * DAY + GRID],
    ['approved and never cleared: no more', ['APPROVED', NOW - 181 * DAY, 9, NOW], null],
    ['cleared: never', ['CLEARED', NOW - DAY, 0, NOW], null],
    ['reversed: tomorrow', ['REVERSED', NOW + 9 * DAY, 0, NOW], NOW - HOUR + DAY + GRID],
    ['reversed and about to lock: when it locks', ['REVERSED', NOW + HOUR, 0, NOW], NOW + 2 * HOUR],
    ['reversed and locked: never', ['REVERSED', NOW - DAY, 0, NOW], null],
    ['reversed without a locking date: a few times', ['REVERSED', null, 4, NOW], null],
  ])('%s', (_, given, at) => {
    expect(lookAgainAt(...given)).toBe(at);
  });
});
