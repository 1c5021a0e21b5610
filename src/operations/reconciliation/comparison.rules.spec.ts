import { describe, expect, it } from '@jest/globals';
import type { ShelvedAction } from './action.shelf.js';
import {
  claimsOf,
  compareSale,
  type ComparisonContext,
  judgeAbsence,
  lockingSoon,
  type SaleFacts,
} from './comparison.rules.js';
import { inWords } from './difference.words.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 9, 20);
const CONTEXT: ComparisonContext = {
  now: NOW,
  grace: 7 * DAY,
  locksWithin: 7 * DAY,
  accountCurrency: 'USD',
  mended: new Set(['CONTRACT_NOT_FOUND']),
  appearsWithin: 2 * DAY,
};

const sale = (more: Partial<SaleFacts> = {}): SaleFacts => ({
  id: 'c-1',
  orderId: 'A-1',
  wireOrderId: 'A-1',
  state: 'CREDITED',
  test: false,
  eventAt: NOW - 10 * DAY,
  sentAt: NOW - 10 * DAY,
  currency: 'USD',
  recordedMinor: 2000n,
  expectedMinor: 2000n,
  openCorrections: 0,
  claims: [],
  partnerId: '7',
  submissionId: 'S-1',
  reasonCodes: [],
  attributable: true,
  delivery: { finishedAt: NOW - 10 * DAY, mayHaveArrived: false },
  ...more,
});

const action = (more: Partial<ShelvedAction> = {}): ShelvedAction => ({
  id: '1000.1.1',
  orderId: 'A-1',
  state: 'PENDING',
  partnerId: '7',
  amount: '20',
  currency: 'USD',
  payout: '1.00',
  originalAmount: null,
  originalCurrency: null,
  eventAt: NOW - 10 * DAY,
  createdAt: NOW - 10 * DAY,
  lockingAt: NOW + 20 * DAY,
  clearedAt: null,
  owner: 'nobody',
  counts: false,
  expected: null,
  converted: false,
  ...more,
});

const kinds = (
  more: Partial<SaleFacts>,
  actions: ShelvedAction[],
  context: Partial<ComparisonContext> = {},
): string[] =>
  compareSale(sale(more), actions, { ...CONTEXT, ...context }).findings.map(
    ({ kind, repair }) => `${kind}/${repair}`,
  );

describe('compareSale', () => {
  it.each<[string, Partial<SaleFacts>, Partial<ShelvedAction>, string[]]>([
    ['the same', {}, {}, []],
    ['the same, written otherwise', {}, { amount: '20.000' }, []],
    ['another amount', {}, { amount: '20.01' }, ['amount/correct-amount']],
    ['another amount, locked', { state: 'APPROVED' }, { amount: '19', state: 'APPROVED' }, ['amount/none']],
    ['another amount, past its locking date', {}, { amount: '19', lockingAt: NOW - 1 }, ['amount/none']],
    ['another amount while a correction is open', { openCorrections: 1 }, { amount: '19' }, []],
    ['what a confirmed correction left of it', { expectedMinor: 1500n }, { amount: '15.00' }, []],
    [
      'a confirmed correction that is not there any more',
      { expectedMinor: 1500n },
      {},
      ['amount/correct-amount'],
    ],
    ['an amount that cannot be read', {}, { amount: 'twenty' }, []],
    ['another partner', {}, { partnerId: '8' }, ['partner/read-again']],
    [
      'a partner that the ledger does not know yet',
      { state: 'SENT', partnerId: null },
      {},
      ['state/read-again'],
    ],
    ['too young to be known', { state: 'SENT', partnerId: null, sentAt: NOW - DAY }, {}, []],
    ['approved meanwhile', {}, { state: 'APPROVED' }, ['state/read-again']],
    ['cleared meanwhile', { state: 'APPROVED' }, { state: 'CLEARED' }, ['state/read-again']],
    ['reversed there', {}, { state: 'REVERSED', amount: '0' }, ['state/read-again']],
    ['reversed here and there', { state: 'REVERSED' }, { state: 'REVERSED', amount: '0' }, []],
    ['restored there', { state: 'REVERSED' }, {}, ['state/read-again']],
    ['open again there', { state: 'CLEARED' }, {}, ['state/read-again']],
    ['never sent and yet there', { state: 'SKIPPED' }, {}, ['state/none']],
    ['only tried out beside another integration', { state: 'DRY_RUN', partnerId: null }, {}, []],
    ['tried out, and another amount', { state: 'DRY_RUN' }, { amount: '24' }, ['amount/none']],
    ['a state that nobody knows', {}, { state: 'UNKNOWN' }, []],
    ['an hour later', {}, { eventAt: NOW - 10 * DAY + 3_600_000 }, ['date/none']],
    ['the milliseconds cut', { eventAt: NOW - 10 * DAY + 999 }, {}, []],
    ['no date', {}, { eventAt: null }, []],
    ['another currency than the account has', {}, { currency: 'GBP' }, ['currency/none']],
    [
      'understood in another currency',
      {},
      { originalCurrency: 'EUR', originalAmount: '20' },
      ['currency/none'],
    ],
    [
      'converted, and another amount was sent',
      { currency: 'EUR' },
      { originalCurrency: 'EUR', originalAmount: '21' },
      ['amount/none'],
    ],
    [
      'locks soon with an open correction',
      { openCorrections: 1 },
      { lockingAt: NOW + DAY },
      ['locks-soon/none'],
    ],
    ['locks soon and all is done', {}, { lockingAt: NOW + DAY }, []],
    ['several at once', {}, { amount: '1', partnerId: '8' }, ['amount/correct-amount', 'partner/read-again']],
  ])('%s', (_, ofSale, ofAction, expected) => {
    expect(kinds(ofSale, [action(ofAction)])).toEqual(expected);
  });

  it('leaves a converted amount to the rate', () => {
    const { findings, converted } = compareSale(
      sale({ currency: 'EUR' }),
      [action({ amount: '21.60', originalCurrency: 'EUR', originalAmount: '20' })],
      CONTEXT,
    );
    expect(findings).toEqual([]);
    expect(converted?.action).toMatchObject({ amount: '21.60', converted: true, expected: null });
  });

  it('does not know a foreign currency when it does not know the account', () => {
    expect(kinds({}, [action({ currency: 'GBP' })], { accountCurrency: null })).toEqual([]);
  });

  it('tells of several actions that earn, and compares the newest', () => {
    const old = action({ id: '1000.1.1', amount: '5' });
    const current = action({ id: '1000.1.2', createdAt: NOW - 9 * DAY });
    expect(kinds({}, [old, current])).toEqual(['duplicate/none']);
    expect([old.counts, current.counts]).toEqual([false, true]);
  });

  it('takes a re-attribution for no duplicate: the old action is reversed', () => {
    const old = action({ id: '1000.1.2', state: 'REVERSED', createdAt: NOW });
    expect(kinds({ partnerId: '7' }, [old, action()])).toEqual([]);
  });

  it('marks the actions of a test order and says nothing', () => {
    const one = action({ amount: '1' });
    expect(kinds({ test: true }, [one])).toEqual([]);
    expect(one).toMatchObject({ owner: 'test', counts: false });
  });
});

describe('judgeAbsence', () => {
  const parked = { state: 'UNDELIVERABLE', submissionId: null } as const;
  const unknown = (finishedAt: number): Partial<SaleFacts> => ({
    ...parked,
    delivery: { finishedAt, mayHaveArrived: true },
  });
  it('never takes a duplicate for mended', () => {
    const context = { ...CONTEXT, mended: new Set(['CONV_DUPLICATE']) };
    expect(judgeAbsence(sale({ state: 'REJECTED', reasonCodes: ['CONV_DUPLICATE'] }), context)).toBe(
      'rejected',
    );
  });

  it.each<[string, Partial<SaleFacts>, string]>([
    ['waits to be sent', { state: 'RECORDED', sentAt: null }, 'waiting'],
    ['was sent a day ago', { state: 'SENT', sentAt: NOW - DAY }, 'young'],
    ['was sent long ago with a click', { state: 'SENT' }, 'missing/none'],
    ['was sent long ago without click and code', { state: 'SENT', attributable: false }, 'organic'],
    ['was credited', {}, 'missing/none'],
    ['was cleared', { state: 'CLEARED' }, 'missing/none'],
    ['was reversed', { state: 'REVERSED' }, 'not-sent'],
    ['was given to nobody', { state: 'UNATTRIBUTED' }, 'organic'],
    ['was skipped', { state: 'SKIPPED' }, 'not-sent'],
    ['was tried out', { state: 'DRY_RUN' }, 'not-sent'],
    ['was refused', { state: 'REJECTED', reasonCodes: ['MALFORMED'] }, 'rejected'],
    ['was refused, and nobody said why', { state: 'REJECTED' }, 'rejected'],
    [
      'was refused for what is mended',
      { state: 'REJECTED', reasonCodes: ['CONTRACT_NOT_FOUND'] },
      'missing/send-again',
    ],
    [
      'was refused for that and more',
      { state: 'REJECTED', reasonCodes: ['CONTRACT_NOT_FOUND', 'MALFORMED'] },
      'rejected',
    ],
    ['was given up', parked, 'missing/send-again'],
    ['was given up after an attempt that may have arrived', unknown(NOW - 3 * DAY), 'missing/send-again'],
    ['was given up after one that may still appear', unknown(NOW - DAY), 'missing/none'],
    ['was given up, and a submission of it exists', { state: 'UNDELIVERABLE' }, 'missing/none'],
    ['could not be recorded', { ...parked, delivery: null }, 'missing/none'],
    [
      'is being sent again',
      { ...parked, delivery: { finishedAt: null, mayHaveArrived: false } },
      'missing/none',
    ],
  ])('a sale that %s', (_, more, expected) => {
    const absence = judgeAbsence(sale(more), CONTEXT);
    expect(typeof absence === 'string' ? absence : `missing/${absence.repair}`).toBe(expected);
  });
});

describe('what is said', () => {
  it('has words and advice for every kind', () => {
    const findings = [
      ...compareSale(
        sale({ openCorrections: 0 }),
        [action({ amount: '1', partnerId: '8', state: 'APPROVED', eventAt: NOW }), action({ id: '2' })],
        CONTEXT,
      ).findings,
      ...compareSale(sale(), [action({ currency: 'GBP' })], CONTEXT).findings,
      ...claimsOf(sale({ claims: [{ key: 'r-1', claim: {} }] }), []),
      lockingSoon(sale(), action({ lockingAt: NOW + DAY }), 'unfulfilled', CONTEXT)!,
      judgeAbsence(sale(), CONTEXT),
    ];
    for (const finding of findings) {
      if (typeof finding === 'string') throw new TypeError('this sale is missing');
      const { words, advice } = inWords(finding);
      expect(words).toMatch(/^[A-Zi\d].*\.$/);
      expect(advice).toMatch(/\.$/);
      expect(words + advice).not.toMatch(/undefined|null|\[object/);
    }
  });
});
