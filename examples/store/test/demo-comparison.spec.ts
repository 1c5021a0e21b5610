import { describe, expect, it } from '@jest/globals';
import type { Conversion } from 'nestjs-impact';
import type { SandboxAction, SandboxSubmission } from 'nestjs-impact/sandbox';
import { compareCredited, compareOrganic, type Sides } from '../../../scripts/demo/comparison.rules.js';
import { Order } from '../src/orders/order.entity.js';

const paidAt = new Date('2026-03-04T05:06:07.890Z');

const orderIn = (currency: 'USD' | 'JPY', merchandise: number): Order =>
  Object.assign(new Order(), {
    number: 'FC-1',
    paidAt,
    customerId: null,
    customerStatus: 'NEW',
    currency,
    coupon: 'COFFEE5',
    merchandise,
    lines: [{ sku: 'GRINDER-H1', quantity: 1 }],
  });

const action = {
  id: '1000.1.1',
  orderId: 'FC-1',
  partnerId: '7',
  clickId: 'click',
  eventDate: new Date('2026-03-04T05:06:07Z'),
  currency: 'USD',
  amount: '101.150',
  originalCurrency: 'USD',
  originalAmount: '101.15',
  items: [{ sku: 'GRINDER-H1', quantity: 1 }],
  promoCode: 'COFFEE5',
  customerId: '',
  customerStatus: 'NEW',
  payout: '8.09',
} as unknown as SandboxAction;

const submission = {
  type: 'Conversion',
  status: 'Complete',
  reasonCodes: [],
} as unknown as SandboxSubmission;

const conversion = { state: 'CREDITED', actionId: '1000.1.1', payout: '8.09', clickId: null } as Conversion;

const sides: Sides = {
  order: orderIn('USD', 10_115),
  conversion,
  submissions: [submission],
  actions: [action],
  clickId: 'click',
  partnerId: '7',
  accountCurrency: 'USD',
};

const different = (checks: ReturnType<typeof compareCredited>): string[] =>
  checks.filter(({ holds }) => !holds).map(({ field }) => field);

describe('the demo’s comparison', () => {
  it('agrees when both sides say the same', () => {
    expect(different(compareCredited(sides))).toEqual([]);
  });

  it.each<[string, Partial<SandboxAction>]>([
    ['order id', { orderId: 'FC-2' }],
    ['partner', { partnerId: '8' }],
    ['click', { clickId: 'CLICK' }],
    ['paid at', { eventDate: new Date('2026-03-04T05:06:08Z') }],
    ['currency', { currency: 'EUR' }],
    ['amount', { amount: '101.16' }],
    ['items', { items: [{ ...action.items[0]!, quantity: 2 }] }],
    ['promo code', { promoCode: '' }],
    ['customer', { customerId: 'C-1' }],
    ['customer status', { customerStatus: 'EXISTING' }],
    ['action id here', { id: '1000.1.2' }],
    ['payout here', { payout: '8.1' }],
  ])('notices another %s', (field, change) => {
    expect(different(compareCredited({ ...sides, actions: [{ ...action, ...change }] }))).toEqual([field]);
  });

  it.each<[string, Partial<Sides>]>([
    ['no action', { actions: [] }],
    ['two actions', { actions: [action, action] }],
  ])('notices %s', (_, change) => {
    expect(different(compareCredited({ ...sides, ...change }))).toEqual(['actions of this order']);
  });

  it('notices a sale that was sent twice, and one that is not credited here', () => {
    expect(different(compareCredited({ ...sides, submissions: [submission, submission] }))).toEqual([
      'times sent',
    ]);
    expect(different(compareCredited({ ...sides, conversion: { ...conversion, state: 'SENT' } }))).toEqual([
      'state here',
    ]);
    expect(different(compareCredited({ ...sides, conversion: null }))).toEqual([
      'state here',
      'action id here',
      'payout here',
    ]);
  });

  it('compares a sale in another currency as it was sold, and names the rate', () => {
    const yen: Sides = {
      ...sides,
      order: orderIn('JPY', 6800),
      actions: [{ ...action, originalCurrency: 'JPY', originalAmount: '6800.00', amount: '45.56' }],
    };
    const checks = compareCredited(yen);
    expect(different(checks)).toEqual([]);
    expect(checks.find(({ field }) => field === 'amount as sold')?.note).toBe(
      'converted to 45.56 USD at 0.0067',
    );
    expect(
      different(compareCredited({ ...yen, actions: [{ ...yen.actions[0]!, originalAmount: '6801' }] })),
    ).toEqual(['amount as sold']);
  });

  it('wants no action for a sale without a partner', () => {
    const organic: Sides = {
      ...sides,
      conversion: { ...conversion, state: 'UNATTRIBUTED' },
      actions: [],
      clickId: null,
    };
    expect(different(compareOrganic(organic))).toEqual([]);
    expect(different(compareOrganic({ ...organic, actions: [action] }))).toEqual(['actions of this order']);
    const refused = { ...submission, reasonCodes: ['CONV_DUPLICATE'] };
    expect(different(compareOrganic({ ...organic, submissions: [refused] }))).toEqual(['submission']);
  });
});
