import { describe, expect, it } from '@jest/globals';
import type { Action, ActionItem } from '../../api/index.js';
import { soldSale } from '../../wire/index.js';
import { type ExpectedAction, judgeAction } from './sale.rules.js';
import type { StepName } from './verification.types.js';

const PAID = new Date('2026-11-20T10:00:00.400Z');
const REQUEST = [
  ['OrderPromoCode', 'TEN'],
  ['CustomerStatus', 'NEW'],
  ['ItemSku1', 'MUG'],
  ['ItemQuantity1', '3'],
  ['ItemSubTotal1', '30.00'],
  ['ItemSku2', 'CAP'],
  ['ItemQuantity2', '1'],
  ['ItemSubTotal2', '20.00'],
] as const;

const expected = (
  more: Partial<ExpectedAction['sale']> = {},
  partnerId: string | null = '77',
): ExpectedAction => {
  const sale = {
    orderId: 'A-1',
    wireOrderId: 'A-1',
    currency: 'EUR',
    amountMinor: 5000n,
    eventAt: PAID,
    request: REQUEST,
    ...more,
  };
  return {
    sale,
    sold: soldSale(sale.request, sale.currency, sale.amountMinor),
    eventTypeId: '20001',
    partnerId,
  };
};

const ACTION = {
  id: '1.2.3',
  orderId: 'A-1',
  actionTrackerId: '20001',
  actionTrackerName: null,
  mediaPartnerId: '77',
  mediaPartnerName: null,
  state: 'PENDING',
  amount: '50',
  currency: 'EUR',
  originalAmount: null,
  originalCurrency: null,
  promoCode: 'TEN',
  customerStatus: 'New',
  eventDate: new Date('2026-11-20T10:00:00Z'),
} as Action;

const ITEMS = [
  { sku: 'MUG', quantity: '3' },
  { sku: 'CAP', quantity: '1.0' },
] as ActionItem[];

const judged = (
  step: StepName,
  action: Partial<Action>,
  items: readonly ActionItem[] | null = ITEMS,
  sale = expected(),
) => judgeAction(sale, { ...ACTION, ...action }, items).find((finding) => finding.step === step)!;

describe('comparing an action with its sale', () => {
  it('finds nothing where there is nothing', () => {
    expect(judgeAction(expected(), ACTION, ITEMS).map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'order-id proved',
      'event-type proved',
      'partner proved',
      'amount proved',
      'items proved',
      'promo-code proved',
      'customer-status proved',
      'date proved',
    ]);
  });

  it.each([
    ['order-id', { orderId: 'A-2' }, 'failed'],
    ['order-id', { orderId: null }, 'failed'],
    ['event-type', { actionTrackerId: '20002' }, 'failed'],
    ['event-type', { actionTrackerId: null }, 'not-proved'],
    ['partner', { mediaPartnerId: '78' }, 'failed'],
    ['partner', { mediaPartnerId: null }, 'not-proved'],
    ['amount', { amount: '50.01' }, 'failed'],
    ['amount', { amount: '50.0000' }, 'proved'],
    ['amount', { amount: '500' }, 'failed'],
    ['amount', { amount: null }, 'not-proved'],
    ['amount', { amount: '54', currency: 'USD' }, 'remark'],
    ['amount', { amount: '54', currency: 'USD', originalAmount: '50.00', originalCurrency: 'EUR' }, 'remark'],
    ['amount', { amount: '54', currency: 'USD', originalAmount: '60.00', originalCurrency: 'EUR' }, 'failed'],
    ['amount', { amount: '54', currency: 'USD', originalAmount: '50.00', originalCurrency: 'GBP' }, 'failed'],
    ['promo-code', { promoCode: null }, 'not-proved'],
    ['promo-code', { promoCode: 'ten' }, 'proved'],
    ['promo-code', { promoCode: 'TWENTY' }, 'failed'],
    ['customer-status', { customerStatus: 'EXISTING' }, 'failed'],
    ['customer-status', { customerStatus: null }, 'not-proved'],
    ['date', { eventDate: new Date('2026-11-20T10:05:00Z') }, 'failed'],
    ['date', { eventDate: null }, 'not-proved'],
  ] as const)('%s: %j is %s', (step, action, outcome) => {
    const finding = judged(step, action);
    expect(finding.outcome).toBe(outcome);
    expect(finding.fix?.endsWith('.') ?? false).toBe(outcome === 'failed' || outcome === 'not-proved');
  });

  it.each([
    [[{ sku: 'MUG', quantity: '1' }, ITEMS[1]], 'failed', '1 × MUG, 1 × CAP'],
    [[ITEMS[0]], 'failed', '3 × MUG'],
    [[...ITEMS, { sku: 'SHIPPING', quantity: '1' }], 'failed', '3 × MUG, 1 × CAP, 1 × SHIPPING'],
    [[{ sku: 'MUG', quantity: '1' }, { sku: 'MUG', quantity: '2' }, ITEMS[1]], 'proved', '3 × MUG, 1 × CAP'],
    [[{ sku: 'MUG', quantity: null }, ITEMS[1]], 'failed', '? × MUG, 1 × CAP'],
    [[], 'failed', 'no items'],
    [null, 'not-proved', 'the items could not be read'],
  ] as const)('items (%#)', (items, outcome, seen) => {
    expect(judged('items', {}, items as readonly ActionItem[] | null)).toMatchObject({ outcome, seen });
  });

  it('says the rate of a conversion', () => {
    expect(judged('amount', { amount: '54', currency: 'USD' }).seen).toBe(
      'converted: 54 USD, a rate of 1.08',
    );
  });

  it('does not call what was never sent proved', () => {
    const bare = expected({ request: [] }, null);
    for (const step of ['partner', 'items', 'customer-status'] as const) {
      expect(judged(step, {}, ITEMS, bare).outcome).toBe('not-proved');
    }
    expect(judged('promo-code', { promoCode: null }, ITEMS, bare).outcome).toBe('proved');
    expect(judged('promo-code', { promoCode: 'X' }, ITEMS, bare).outcome).toBe('remark');
  });
});
