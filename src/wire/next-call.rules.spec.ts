import { describe, expect, it } from '@jest/globals';
import type { KeptCorrection } from './kept-correction.js';
import { type CallPlan, nextCall, type ShownAction, wantedAmount } from './next-call.rules.js';
import { encodeForm } from './sale.parameters.js';
import { type SoldSale, soldSale } from './sold-lines.rules.js';
import { firstWorth, foldCorrections } from './worth.rules.js';

const NOW = 1_700_000_000_000;
const sold = (
  currency: string,
  amount: bigint,
  lines: [string, number, string][],
  more: [string, string][] = [],
): SoldSale =>
  soldSale(
    [
      ...more,
      ...lines.flatMap(([sku, quantity, subtotal], index): [string, string][] => [
        [`ItemSku${index + 1}`, sku],
        [`ItemQuantity${index + 1}`, String(quantity)],
        [`ItemSubTotal${index + 1}`, subtotal],
      ]),
    ],
    currency,
    amount,
  );
const CART: [string, number, string][] = [
  ['A', 2, '60.00'],
  ['B', 1, '40.00'],
];
const usd = sold('USD', 10_000n, CART);
const eur = sold('EUR', 10_000n, CART);
const action = (more: Partial<ShownAction> = {}): ShownAction => ({
  actionId: '1.2.3',
  state: 'PENDING',
  amount: '100.00',
  currency: 'USD',
  firstAmount: '100.00',
  customerStatus: null,
  lockingAt: NOW + 1,
  modifications: 0,
  ...more,
});
const back = (sku: string, quantity: number, amount?: string): KeptCorrection => ({
  kind: 'refund',
  target: { items: [{ sku, quantity, ...(amount === undefined ? {} : { amount }) }] },
});
const given = (amount: string): KeptCorrection => ({ kind: 'refund', target: { amount } });
const reverse: KeptCorrection = { kind: 'reverse', target: { reason: 'CONS_FRAUD' } };
const restore: KeptCorrection = { kind: 'modify', target: { reason: 'ORDER_UPDATE', restore: true } };
const status = (customerStatus: string): KeptCorrection => ({
  kind: 'modify',
  target: { reason: 'ORDER_UPDATE', customerStatus },
});
const total = (amount: string): KeptCorrection => ({
  kind: 'modify',
  target: { reason: 'ORDER_UPDATE', amount },
});

/** The plan of the last of some corrections. */
function planOf(
  of: SoldSale,
  corrections: readonly KeptCorrection[],
  more: Partial<CallPlan> = {},
): CallPlan {
  const steps = foldCorrections(of, corrections);
  return {
    sold: of,
    before: steps.at(-2)?.worth ?? firstWorth(of),
    worth: steps.at(-1)!.worth,
    restores: corrections.at(-1) === restore,
    reason: 'ORDER_UPDATE',
    disposition: 'ITEM_RETURNED',
    action: action(),
    now: NOW,
    called: false,
    tried: [],
    ...more,
  };
}

const said = (plan: CallPlan): string => {
  const next = nextCall(plan);
  if (next.is !== 'call') return next.is;
  return `${next.form} ${encodeForm(next.request).replace('ActionId=1.2.3&', '').replace('Reason=ORDER_UPDATE&', '')}`;
};

describe('the next call', () => {
  it.each<[name: string, corrections: KeptCorrection[], more: Partial<CallPlan>, result: string]>([
    ['units that came back', [back('A', 1)], {}, 'lines Sku=A&Quantity=1&Amount=30.00'],
    ['money on goods that stay', [back('A', 0, '5.00')], {}, 'lines Sku=A&Quantity=2&Amount=55.00'],
    ['a line that is gone', [back('B', 1)], {}, 'lines Sku=B&Quantity=0'],
    [
      'a line without units that is worth something',
      [back('A', 1), back('B', 1, '5.00')],
      {},
      'total Amount=65.00',
    ],
    [
      'a line after a line',
      [back('A', 1), back('B', 0, '5.00')],
      {},
      'lines Sku=A&Quantity=1&Amount=30.00&Sku2=B&Quantity2=1&Amount2=35.00',
    ],
    [
      'every line after a total',
      [given('10.00'), back('A', 1)],
      {},
      'lines Sku=A&Quantity=1&Amount=27.00&Sku2=B&Quantity2=1&Amount2=36.00',
    ],
    ['an amount given back', [given('10.00')], {}, 'total Amount=90.00'],
    ['a status', [status('OLD')], {}, 'status CustomerStatus=OLD'],
    ['a status beside a total', [total('80.00'), status('OLD')], {}, 'total Amount=80.00&CustomerStatus=OLD'],
    ['everything', [reverse], {}, 'reverse DispositionCode=ITEM_RETURNED'],
    ['every unit', [back('A', 2), back('B', 1)], {}, 'reverse DispositionCode=ITEM_RETURNED'],
    ['more than everything', [given('999.00')], {}, 'reverse DispositionCode=ITEM_RETURNED'],
    ['nothing more to do', [back('A', 1)], { action: action({ amount: '70.00' }) }, 'shown'],
    ['a zero is a reversal', [reverse], { action: action({ amount: '0.00' }) }, 'shown'],
    ['reversed by whomever', [reverse], { action: action({ state: 'REVERSED', amount: '0.00' }) }, 'shown'],
    [
      'reversed by others',
      [back('A', 1)],
      { action: action({ state: 'REVERSED', amount: '0.00' }) },
      'reversed-by-others',
    ],
    [
      'reversed by us before',
      [reverse, total('50.00')],
      { action: action({ state: 'REVERSED', amount: '0.00' }) },
      'reset Reason=RESET',
    ],
    [
      'and put back, of which a part is wanted',
      [reverse, total('50.00')],
      { tried: [] },
      'total Amount=50.00',
    ],
    [
      'a reversal of others taken back',
      [restore],
      { action: action({ state: 'REVERSED', amount: '0.00' }) },
      'reset Reason=RESET',
    ],
    [
      'a refund taken back',
      [back('A', 1), restore],
      { action: action({ amount: '70.00' }) },
      'reset Reason=RESET',
    ],
    ['a refund taken back that was never made', [restore], {}, 'shown'],
    [
      'a reset that showed nothing',
      [back('A', 1), restore],
      { action: action({ amount: '70.00' }), tried: ['reset'] },
      'total Amount=100.00',
    ],
    [
      'lines that did not lead there',
      [back('A', 1)],
      { action: action({ amount: '70.01' }), tried: ['lines'] },
      'total Amount=70.00',
    ],
    [
      'nothing led there',
      [back('A', 1)],
      { action: action({ amount: '70.01' }), tried: ['lines', 'total'] },
      'not-shown',
    ],
    ['locked by its date', [back('A', 1)], { action: action({ lockingAt: NOW }) }, 'locked'],
    ['locked by hand', [back('A', 1)], { action: action({ state: 'APPROVED' }) }, 'locked'],
    [
      'locked, and right already',
      [back('A', 1)],
      { action: action({ state: 'APPROVED', amount: '70.00' }) },
      'shown',
    ],
    ['changed a thousand times', [back('A', 1)], { action: action({ modifications: 1000 }) }, 'too-many'],
    ['an amount that nobody tells', [back('A', 1)], { action: action({ amount: null }) }, 'unreadable'],
    ['a status that the account does not show', [status('OLD')], { called: true }, 'shown'],
    [
      'another status than wanted',
      [status('OLD')],
      { called: true, action: action({ customerStatus: 'NEW' }), tried: ['status'] },
      'not-shown',
    ],
    ['all units back but not all of their money', [back('A', 2, '50.00')], {}, 'total Amount=50.00'],
  ])('%s', (_name, corrections, more, result) => {
    expect(said(planOf(usd, corrections, more))).toBe(result);
  });

  it('gives every line when the vendor has spread a discount, and the total when a sku has two lines', () => {
    const discounted = sold('USD', 9000n, CART, [['OrderDiscount', '10.00']]);
    expect(said(planOf(discounted, [back('A', 1)]))).toBe(
      'lines Sku=A&Quantity=1&Amount=27.00&Sku2=B&Quantity2=1&Amount2=36.00',
    );
    const twice = sold('USD', 10_000n, [
      ['A', 1, '30.00'],
      ['A', 1, '30.00'],
      ['B', 1, '40.00'],
    ]);
    expect(said(planOf(twice, [back('A', 1)]))).toBe('total Amount=70.00');
  });

  it.each<[name: string, corrections: KeptCorrection[], more: Partial<CallPlan>, result: string]>([
    ['quantities alone', [back('A', 1)], {}, 'quantities Sku=A&Quantity=1'],
    ['its own amount scaled', [given('10.00')], {}, 'total Amount=97.20'],
    ['scaled once an amount was in it', [back('A', 0, '10.00'), back('A', 1)], {}, 'total Amount=70.20'],
    ['a total', [total('33.33')], {}, 'total Amount=36.00'],
    [
      'what the vendor made of quantities',
      [back('A', 1)],
      { called: true, action: { amount: '75.61' } as never },
      'shown',
    ],
    [
      'not near enough',
      [back('A', 1)],
      { called: true, action: { amount: '75.90' } as never, tried: ['quantities'] },
      'total Amount=75.60',
    ],
    [
      'as near, but nobody was called',
      [back('A', 1)],
      { action: { amount: '75.61' } as never },
      'quantities Sku=A&Quantity=1',
    ],
    [
      'a status after quantities',
      [back('A', 1), status('OLD')],
      { action: { amount: '75.61' } as never },
      'status CustomerStatus=OLD',
    ],
    ['put back', [restore], { action: { amount: '75.61' } as never }, 'reset Reason=RESET'],
  ])('in the currency of the action only: %s', (_name, corrections, more, result) => {
    const own = action({ amount: '108.00', firstAmount: '108.00', ...(more.action as Partial<ShownAction>) });
    expect(said(planOf(eur, corrections, { ...more, action: own }))).toBe(result);
  });

  it('never rounds what is left to nothing, which would reverse the action', () => {
    const yen = sold('JPY', 100_000n, []);
    const own = action({ amount: '2.00', firstAmount: '2.00' });
    expect(said(planOf(yen, [total('1')], { action: own }))).toBe('total Amount=0.01');
  });

  it('does not take a change for done that is smaller than the tolerance', () => {
    const dear = sold('EUR', 10_000_000n, [
      ['A', 1, '99999.99'],
      ['B', 1, '0.01'],
    ]);
    const own = action({ amount: '108000.00', firstAmount: '108000.00' });
    expect(said(planOf(dear, [back('B', 1)], { action: own, called: true }))).toBe(
      'quantities Sku=B&Quantity=0',
    );
  });

  it.each<[currency: string, amount: bigint, first: string, actionCurrency: string, wanted: bigint]>([
    ['JPY', 1000n, '6.70', 'USD', 335n],
    ['KWD', 10_000n, '32.55', 'USD', 1628n],
    ['USD', 1000n, '1500', 'JPY', 750n],
    ['USD', 1000n, '3.075', 'KWD', 1538n],
  ])('half of %s %s, which were %s %s, is %s', (currency, amount, first, actionCurrency, wanted) => {
    const of = sold(currency, amount, []);
    const half = String(Number(amount) / 2 / 10 ** ({ JPY: 0, KWD: 3 }[currency] ?? 2));
    const { worth } = foldCorrections(of, [total(half)])[0]!;
    const own = action({ amount: first, firstAmount: first, currency: actionCurrency });
    expect(wantedAmount({ sold: of, worth, action: own })).toBe(wanted);
  });
});
