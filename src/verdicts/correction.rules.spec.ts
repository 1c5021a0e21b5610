import { describe, expect, it } from '@jest/globals';
import type { CorrectionPicture, CorrectionPlan, StoredCorrection } from '../ledger/index.js';
import { decideCorrections, type SubmissionEvidence } from './correction.rules.js';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PATIENCE = { sweepInterval: 5 * MINUTE, lookupAfter: 15 * MINUTE, giveUpAfter: 7 * DAY };

type Sale = NonNullable<CorrectionPicture['sale']>;
type Action = NonNullable<CorrectionPicture['action']>;

const sale = (state: Sale['state'] = 'CREDITED', more: Partial<Sale> = {}): Sale =>
  ({
    id: 's',
    orderId: 'A',
    state,
    currency: 'USD',
    amountMinor: 10_000n,
    request: [['OrderSubTotalPostDiscount', '100.00']],
    ...more,
  }) as Sale;

const action = (more: Partial<Action> = {}): Action => ({
  actionId: '1.2.3',
  state: 'PENDING',
  partnerId: '77',
  amount: '100.00',
  currency: 'USD',
  payout: '5.00',
  originalAmount: null,
  originalCurrency: null,
  firstAmount: '100.00',
  customerStatus: null,
  eventAt: null,
  createdAt: null,
  lockingAt: NOW + 30 * DAY,
  clearedAt: null,
  modifications: 0,
  ...more,
});

const correction = (key: string, more: Partial<StoredCorrection> = {}): StoredCorrection => ({
  id: `id-${key}`,
  key,
  orderId: 'A',
  kind: 'refund',
  target: { amount: '10.00' },
  state: 'held',
  recordedAt: new Date(NOW),
  sequence: null,
  plan: null,
  actionId: null,
  submissionId: null,
  sentAt: null,
  dueAt: NOW,
  looks: 1,
  reasonCodes: [],
  problems: [],
  claim: null,
  settledAt: null,
  settledBy: null,
  ...more,
});
const PLAN: CorrectionPlan = {
  amount: '90.00',
  currency: 'USD',
  gone: false,
  actionId: '1.2.3',
  form: 'total',
  tried: [],
};
const sent = (key: string, more: Partial<StoredCorrection> = {}): StoredCorrection =>
  correction(key, {
    state: 'sent',
    sequence: 1,
    plan: PLAN,
    actionId: '1.2.3',
    submissionId: 'S-1',
    sentAt: NOW - HOUR,
    ...more,
  });
const reverse = (key: string, more: Partial<StoredCorrection> = {}): StoredCorrection =>
  correction(key, { kind: 'reverse', target: { reason: 'OTHER' }, ...more });

const picture = (
  corrections: readonly StoredCorrection[],
  more: Partial<CorrectionPicture> = {},
): CorrectionPicture => ({
  now: NOW,
  sale: sale(),
  action: action(),
  corrections,
  delivery: { attempted: true, unknown: false, cancelled: false },
  ...more,
});

/** `key what more`, what becomes of the sale, and which submission is asked for. */
function said(of: CorrectionPicture, evidence: Record<string, SubmissionEvidence> = {}): string[] {
  const { moves, sale: ofSale, ask } = decideCorrections(of, new Map(Object.entries(evidence)), PATIENCE);
  return [
    ...moves.map((move) => {
      const more =
        move.is === 'wait'
          ? `${move.again / MINUTE}${move.plan === undefined ? '' : ' done'}`
          : move.is === 'queue'
            ? `${move.kind} ${move.plan.form} ${move.plan.amount} p${move.priority}`
            : move.is === 'refused'
              ? (move.claim?.reason ?? move.problems.join())
              : move.is === 'nothing-to-correct'
                ? move.why
                : '';
      return `${move.correction.key} ${move.is} ${more}`.trim();
    }),
    ...(ofSale === null ? [] : [`sale ${ofSale}`]),
    ...(ask === null ? [] : [`ask ${ask.submissionId}`]),
  ];
}

const unsent = { action: null, delivery: { attempted: false, unknown: false, cancelled: false } };

describe('what is done about a sale without an action', () => {
  it.each<[name: string, of: CorrectionPicture, result: string[]]>([
    ['no sale yet: waits', picture([correction('1')], { sale: null, action: null }), ['1 wait 10']],
    [
      'longer each time',
      picture([correction('1', { looks: 5 })], { sale: null, action: null }),
      ['1 wait 160'],
    ],
    [
      'six hours at most',
      picture([correction('1', { looks: 99 })], { sale: null, action: null }),
      ['1 wait 360'],
    ],
    [
      'sent, nothing known: waits',
      picture([correction('1')], { action: null, sale: sale('SENT') }),
      ['1 wait 10'],
    ],
    [
      'unsent, a part: waits',
      picture([correction('1')], { ...unsent, sale: sale('RECORDED') }),
      ['1 wait 10'],
    ],
    [
      'unsent, everything: not sent',
      picture([reverse('1')], { ...unsent, sale: sale('RECORDED') }),
      ['1 nothing-to-correct the sale was taken back before it was sent', 'sale cancel'],
    ],
    [
      'unsent, everything in parts',
      picture(
        [correction('1', { target: { amount: '60.00' } }), correction('2', { target: { amount: '60.00' } })],
        { ...unsent, sale: sale('RECORDED') },
      ),
      [
        '1 nothing-to-correct the sale was taken back before it was sent',
        '2 nothing-to-correct the sale was taken back before it was sent',
        'sale cancel',
      ],
    ],
    [
      'a dry run, everything',
      picture([reverse('1')], { ...unsent, delivery: null, sale: sale('DRY_RUN') }),
      ['1 nothing-to-correct the sale was taken back before it was sent', 'sale cancel'],
    ],
    [
      'parked, everything',
      picture([reverse('1')], {
        ...unsent,
        delivery: null,
        sale: sale('UNDELIVERABLE', { request: [['understood', '{}']] }),
      }),
      ['1 nothing-to-correct the sale was taken back before it was sent', 'sale cancel'],
    ],
    [
      'refused, everything',
      picture([reverse('1')], { action: null, sale: sale('UNDELIVERABLE') }),
      ['1 nothing-to-correct the sale was taken back before it was sent', 'sale cancel'],
    ],
    [
      'given up, may have arrived',
      picture([reverse('1')], {
        action: null,
        sale: sale('UNDELIVERABLE'),
        delivery: { attempted: true, unknown: true, cancelled: false },
      }),
      ['1 wait 10'],
    ],
    [
      'an attempt has begun: waits',
      picture([reverse('1')], { action: null, sale: sale('RECORDED') }),
      ['1 wait 10'],
    ],
    [
      'a test order is sent',
      picture([reverse('impact:test-action')], { ...unsent, sale: sale('RECORDED') }),
      ['impact:test-action wait 10'],
    ],
    [
      'cancelled, something is left again',
      picture(
        [
          reverse('1', { state: 'nothing-to-correct', sequence: 1, dueAt: null }),
          correction('2', { kind: 'modify', target: { restore: true } }),
        ],
        {
          action: null,
          sale: sale('CANCELLED'),
          delivery: { attempted: false, unknown: false, cancelled: true },
        },
      ),
      ['2 wait 10', 'sale release'],
    ],
    [
      'cancelled, nothing is left',
      picture([reverse('1', { state: 'nothing-to-correct', sequence: 1, dueAt: null }), correction('2')], {
        action: null,
        sale: sale('CANCELLED'),
        delivery: { attempted: false, unknown: false, cancelled: true },
      }),
      ['2 nothing-to-correct the sale was taken back before it was sent'],
    ],
    ...(['SKIPPED', 'UNATTRIBUTED', 'REJECTED'] as const).map(
      (state): [string, CorrectionPicture, string[]] => [
        state,
        picture([correction('1')], { action: null, sale: sale(state) }),
        [expect.stringMatching(/^1 nothing-to-correct ./) as never],
      ],
    ),
    [
      'a line that was not sold',
      picture([correction('1', { target: { items: [{ sku: 'X', quantity: 1 }] } })], {
        action: null,
        sale: sale('SENT'),
      }),
      ['1 refused The sale has no line with the sku "X".'],
    ],
  ])('%s', (_name, of, result) => {
    expect(said(of)).toEqual(result);
  });
});

describe('what is done about a sale with an action', () => {
  it.each<
    [name: string, of: CorrectionPicture, result: string[], evidence?: Record<string, SubmissionEvidence>]
  >([
    ['the first call', picture([correction('1')]), ['1 queue modification total 90.00 p2']],
    [
      'sooner near the lock',
      picture([correction('1')], { action: action({ lockingAt: NOW + 7 * DAY }) }),
      ['1 queue modification total 90.00 p1'],
    ],
    ['a reversal', picture([reverse('1')]), ['1 queue reversal reverse 0.00 p2']],
    ['shown already', picture([correction('1')], { action: action({ amount: '90.00' }) }), ['1 confirmed']],
    [
      'the second waits for the first',
      picture([correction('1'), correction('2')]),
      ['1 queue modification total 90.00 p2', '2 wait 10'],
    ],
    [
      'the second goes on from the first',
      picture(
        [
          correction('1', { state: 'confirmed', sequence: 1, dueAt: null, actionId: '1.2.3' }),
          correction('2'),
        ],
        { action: action({ amount: '90.00' }) },
      ),
      ['2 queue modification total 80.00 p2'],
    ],
    [
      'one that is refused in the same look counts no longer for the next one',
      picture([sent('1'), correction('2', { target: { amount: '20.00' } })]),
      [expect.stringMatching(/^1 refused SOMETHING/) as never, '2 queue modification total 80.00 p2'],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: ['SOMETHING'] } },
    ],
    [
      'tried again by hand behind a later one: both count, and the later one is not taken back',
      picture(
        [
          correction('1', { sequence: 1 }),
          correction('2', { state: 'confirmed', sequence: 2, dueAt: null, actionId: '1.2.3' }),
        ],
        { action: action({ amount: '90.00' }) },
      ),
      ['1 queue modification total 80.00 p2'],
    ],
    [
      'reopened behind a later one: says what the later one said',
      picture(
        [
          correction('1', { state: 'nothing-to-correct', sequence: 1 }),
          reverse('2', { state: 'confirmed', sequence: 2, actionId: '1.2.3' }),
        ],
        { action: action() },
      ),
      ['1 queue reversal reverse 0.00 p2', '2 wait 10'],
    ],
    [
      'reopened while a later one is under way: one at a time',
      picture([
        correction('1', { state: 'nothing-to-correct', sequence: 1 }),
        correction('2', { state: 'queued', sequence: 2, dueAt: null }),
      ]),
      ['1 wait 10'],
    ],
    [
      'one that was refused counts no longer',
      picture([correction('1', { state: 'refused' }), correction('2')]),
      ['1 clear', '2 queue modification total 90.00 p2'],
    ],
    [
      'behind one under way',
      picture([correction('1', { state: 'queued', sequence: 1, dueAt: null }), correction('2')]),
      ['2 wait 10'],
    ],
    [
      'confirmed, and the next at once',
      picture([sent('1'), correction('2')], { action: action({ amount: '90.00' }) }),
      ['1 confirmed', '2 queue modification total 80.00 p2'],
    ],
    ['asks for the submission', picture([sent('1')]), ['1 wait 10', 'ask S-1']],
    ['not before its time', picture([sent('1', { sentAt: NOW - MINUTE })]), ['1 wait 14']],
    ['without a submission it waits', picture([sent('1', { submissionId: null })]), ['1 wait 10']],
    ['still queued there', picture([sent('1')]), ['1 wait 10'], { 'id-1': { is: 'queued' } }],
    ['forgotten there', picture([sent('1')]), ['1 wait 10'], { 'id-1': { is: 'unknown' } }],
    [
      'done there: given time to be seen',
      picture([sent('1')]),
      ['1 wait 10 done'],
      { 'id-1': { is: 'done', errorType: null, reasonCodes: [] } },
    ],
    [
      'done, and still not to be seen',
      picture([sent('1', { plan: { ...PLAN, doneAt: NOW - HOUR } })]),
      ['1 wait 10'],
    ],
    [
      'lines done, and not to be seen: by total',
      picture([sent('1', { plan: { ...PLAN, form: 'lines', doneAt: NOW - HOUR } })]),
      ['1 queue modification total 90.00 p2'],
    ],
    [
      'given up',
      picture([sent('1', { sentAt: NOW - 7 * DAY, plan: { ...PLAN, doneAt: NOW - HOUR } })]),
      ['1 refused not-shown'],
    ],
    [
      'refused as locked',
      picture([sent('1')]),
      ['1 refused locked'],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: ['ACTION_LOCKED'] } },
    ],
    [
      'refused as one too many',
      picture([sent('1')]),
      ['1 refused too-many'],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: ['MAX_MODIFICATIONS_REACHED'] } },
    ],
    [
      'refused because the action moved: read again first',
      picture([sent('1')]),
      ['1 wait 10'],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: ['ACTION_REVERSED'] } },
    ],
    [
      'refused otherwise',
      picture([sent('1')]),
      [expect.stringMatching(/^1 refused SOMETHING/) as never],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: ['SOMETHING'] } },
    ],
    [
      'refused without a code',
      picture([sent('1')]),
      ['1 refused Validation, without a reason code.'],
      { 'id-1': { is: 'done', errorType: 'Validation', reasonCodes: [] } },
    ],
    [
      'locked before anything was sent',
      picture([correction('1')], { action: action({ state: 'APPROVED' }) }),
      ['1 refused locked'],
    ],
    [
      'locked while it was under way: the vendor decides',
      picture([sent('1')], { action: action({ lockingAt: NOW - 1 }) }),
      ['1 wait 10', 'ask S-1'],
    ],
    [
      're-attributed while it was under way',
      picture([sent('1')], { action: action({ actionId: '1.2.9' }) }),
      ['1 queue modification total 90.00 p2'],
    ],
    [
      're-attributed afterwards: the last word again',
      picture(
        [
          correction('1', { state: 'confirmed', sequence: 1, actionId: '1.2.3' }),
          correction('2', { state: 'confirmed', sequence: 2, actionId: '1.2.3' }),
        ],
        { action: action({ actionId: '1.2.9' }) },
      ),
      ['1 clear', '2 queue modification total 80.00 p2'],
    ],
    [
      'changed by hand afterwards: left alone',
      picture([correction('1', { state: 'confirmed', sequence: 1, actionId: '1.2.3' })]),
      ['1 clear'],
    ],
    [
      'reversed by others',
      picture([correction('1')], { action: action({ state: 'REVERSED', amount: '0.00' }) }),
      ['1 nothing-to-correct somebody else has reversed the action'],
    ],
    [
      'told once',
      picture([correction('1', { state: 'nothing-to-correct', sequence: 1 })], {
        action: action({ state: 'REVERSED', amount: '0.00' }),
      }),
      ['1 clear'],
    ],
    [
      'and reopened when somebody is credited',
      picture([correction('1', { state: 'nothing-to-correct', sequence: 1 })]),
      ['1 queue modification total 90.00 p2'],
    ],
    [
      'the first of two calls is done',
      picture([
        reverse('0', { state: 'confirmed', sequence: 1, dueAt: null }),
        sent('1', {
          kind: 'modify',
          target: { reason: 'ORDER_UPDATE', amount: '50.00' },
          plan: { ...PLAN, form: 'reset' },
        }),
      ]),
      ['1 queue modification total 50.00 p2'],
    ],
    [
      'decimals that the currency has not',
      picture([correction('1', { target: { amount: '1.005' } })]),
      [expect.stringMatching(/^1 refused Its amount USD has 2 decimals/) as never],
    ],
    [
      'an action that tells no amount',
      picture([correction('1')], { action: action({ amount: null }) }),
      ['1 wait 10'],
    ],
  ])('%s', (_name, of, result, evidence = {}) => {
    expect(said(of, evidence)).toEqual(result);
  });
});

it('opens claims for what each of them asked for, and not for the same money twice', () => {
  const locked = { action: action({ state: 'APPROVED' }) };
  const two = [correction('1'), correction('2', { target: { amount: '20.00' } })];
  const { moves } = decideCorrections(picture(two, locked), new Map(), PATIENCE);
  expect(moves.map((move) => (move.is === 'refused' ? move.claim?.amount : move.is))).toEqual([
    '10.00',
    '20.00',
  ]);
});

it('moves everything that is due, so that nothing is looked at in a circle', () => {
  const states = ['held', 'queued', 'sent', 'confirmed', 'nothing-to-correct', 'refused'] as const;
  for (const first of states) {
    for (const second of states) {
      for (const shown of [
        null,
        action(),
        action({ amount: '90.00' }),
        action({ actionId: '1.2.9' }),
        action({ state: 'REVERSED' }),
      ]) {
        const corrections = [first, second].map((state, index) =>
          sent(String(index), { state, sequence: state === 'held' ? null : index + 1 }),
        );
        const { moves } = decideCorrections(picture(corrections, { action: shown }), new Map(), PATIENCE);
        expect([first, second, new Set(moves.map(({ correction: { key } }) => key)).size]).toEqual([
          first,
          second,
          2,
        ]);
      }
    }
  }
});
