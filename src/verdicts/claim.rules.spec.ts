import { expect, it } from '@jest/globals';
import type { CorrectionPicture } from '../ledger/index.js';
import { foldCorrections, type KeptCorrection, soldSale } from '../wire/index.js';
import { claimOf, type ClaimReason } from './claim.rules.js';

const NOW = 1_700_000_000_000;
const refund = (amount: string): KeptCorrection => ({ kind: 'refund', target: { amount } });
const reverse: KeptCorrection = { kind: 'reverse', target: { reason: 'OTHER' } };
const raise: KeptCorrection = { kind: 'modify', target: { reason: 'OTHER', amount: '150.00' } };
type Shown = NonNullable<CorrectionPicture['action']>;

const action = (more: Partial<Shown> = {}): Shown => ({
  actionId: '1.2.3',
  state: 'APPROVED',
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
  lockingAt: NOW - 1,
  clearedAt: null,
  modifications: 0,
  ...more,
});

it.each<
  [
    name: string,
    currency: string,
    correction: KeptCorrection,
    shown: Partial<Shown>,
    reason: ClaimReason,
    claim: Record<string, string | null>,
  ]
>([
  [
    'a part',
    'USD',
    refund('30.00'),
    {},
    'locked',
    { shown: '100.00', wanted: '70.00', amount: '30.00', payout: '1.50' },
  ],
  ['all of it', 'USD', reverse, {}, 'locked', { wanted: '0.00', amount: '100.00', payout: '5.00' }],
  ['too little', 'USD', raise, {}, 'not-shown', { wanted: '150.00', amount: '-50.00', payout: '-2.50' }],
  [
    'in the action’s currency',
    'EUR',
    refund('30.00'),
    { amount: '110.00', firstAmount: '110.00', payout: '5.50' },
    'locked',
    { currency: 'USD', shown: '110.00', wanted: '77.00', amount: '33.00', payout: '1.65' },
  ],
  [
    'rounded half to even',
    'USD',
    refund('0.50'),
    { payout: '1.00' },
    'too-many',
    { amount: '0.50', payout: '0.00' },
  ],
  [
    'an amount that nobody tells',
    'USD',
    refund('30.00'),
    { amount: null },
    'locked',
    { shown: null, wanted: '70.00', amount: null, payout: null },
  ],
  [
    'a currency that nobody tells',
    'USD',
    refund('30.00'),
    { currency: null },
    'locked',
    { shown: null, wanted: null, amount: null, payout: null },
  ],
])('a claim for %s', (_name, currency, correction, shown, reason, claim) => {
  const sold = soldSale([], currency, 10_000n);
  const { worth } = foldCorrections(sold, [correction])[0]!;
  const seen = action(shown);
  expect(claimOf({ sold, worth, action: seen, now: NOW }, seen, reason)).toMatchObject({
    reason,
    at: NOW,
    actionId: '1.2.3',
    partnerId: '77',
    ...claim,
  });
});
