import { describe, expect, it } from '@jest/globals';
import type { ItemizedConversion } from './conversion.input.js';
import { diffFingerprints, fingerprint, type Fingerprint, withoutPersonDigests } from './sale.fingerprint.js';
import { readSale } from './sale.reader.js';
import { DEFAULT_SALE_RULES } from './sale.rules.js';

const base: ItemizedConversion = {
  orderId: '1001',
  eventDate: new Date('2026-03-01T12:00:00Z'),
  currency: 'EUR',
  items: [
    { sku: 'TEE', category: 'Shirts', quantity: 2, subtotal: '40.00' },
    { sku: 'CAP', category: 'Hats', quantity: 1, subtotal: '10.00', totalDiscount: '1.00' },
  ],
  customer: { id: 'c-7', email: 'ada@example.com' },
  promoCodes: ['A', 'B'],
};
const [tee, cap] = base.items as [ItemizedConversion['items'][number], ItemizedConversion['items'][number]];

const of = (changes: Record<string, unknown> = {}): Fingerprint => {
  const { sale, findings } = readSale({ ...base, ...changes }, DEFAULT_SALE_RULES);
  if (sale === null) throw new TypeError(findings.problems.map(({ message }) => message).join('\n'));
  return fingerprint(sale);
};

describe('the fingerprint', () => {
  it.each<[what: string, changes: Record<string, unknown>]>([
    ['another event date', { eventDate: new Date('2026-03-02T00:00:00Z') }],
    ['a click', { clickId: 'abc' }],
    ['another status of the customer', { customer: { ...base.customer, status: 'EXISTING', city: 'Bonn' } }],
    ['the e-mail address in capitals', { customer: { id: 'c-7', email: ' ADA@example.com' } }],
    [
      'the e-mail address as digest',
      { customer: { id: 'c-7', email: '3ca93ad87e0bb737e653b66ad67731e86bbc050f' } },
    ],
    ['texts and custom fields', { note: 'x', text: { 1: 'x' }, paymentType: 'CASH' }],
    ['a margin and an expected total', { margin: '3', expectedTotal: '49' }],
    ['zero for nothing', { discount: 0, shipping: '0.00', tax: '0', test: false }],
    ['the lines in another order', { items: [cap, tee] }],
    ['the codes in another order', { promoCodes: ['B', 'A'] }],
    [
      'numbers for texts',
      {
        items: [
          { ...tee, subtotal: 40 },
          { ...cap, subtotal: 10 },
        ],
      },
    ],
    ['a price for a subtotal', { items: [{ ...tee, subtotal: undefined, price: '20' }, cap] }],
    ['tax taken out of the price', { items: [{ ...tee, subtotal: '47.60', tax: '7.60' }, cap] }],
    ['a name for a line', { items: [{ ...tee, name: 'Tee' }, cap] }],
  ])('stays the same with %s', (_what, changes) => {
    expect(of(changes)).toEqual(of());
  });

  it.each<[fields: string[], changes: Record<string, unknown>]>([
    [['orderId'], { orderId: '1002' }],
    [['test'], { test: true }],
    [['customer.id'], { customer: { ...base.customer, id: 'c-8' } }],
    [['customer.email'], { customer: { id: 'c-7', email: 'eve@example.com' } }],
    [['subscription'], { subscription: 's-1' }],
    [['discount'], { discount: '0.01' }],
    [['shipping'], { shipping: '4.90' }],
    [['tax'], { tax: '4.90' }],
    [['promoCodes'], { promoCodes: ['A'] }],
    [['currency'], { currency: 'USD' }],
    [['items[TEE]'], { items: [{ ...tee, quantity: 3 }, cap] }],
    [['items[TEE]'], { items: [{ ...tee, subtotal: '40.01' }, cap] }],
    [['items[TEE]'], { items: [{ ...tee, category: 'Tops' }, cap] }],
    [['items[CAP]'], { items: [tee, { ...cap, totalDiscount: '2' }] }],
    [['items[CAP]'], { items: [tee] }],
    [['items[TEE#2]'], { items: [tee, { ...tee }, cap] }],
    [['items[CAP]', 'items[HAT]'], { items: [tee, { ...cap, sku: 'HAT' }] }],
    [['amount', 'discount', 'items[CAP]', 'items[TEE]'], { items: undefined, amount: '49' }],
  ])('differs in %j', (fields, changes) => {
    expect(of(changes).hash).not.toBe(of().hash);
    expect(diffFingerprints(of().fields, of(changes).fields)).toEqual(fields);
    expect(diffFingerprints(of(changes).fields, of().fields)).toEqual(fields);
  });

  it('of an erased person names the person only where nothing else differs', () => {
    const erased = withoutPersonDigests(of().fields);
    expect(JSON.stringify(erased)).not.toContain(of().fields['customer.id']);
    const other = of({ customer: { id: 'c-8' } }).fields;
    expect(diffFingerprints(erased, other)).toEqual(['customer.email', 'customer.id']);
    const smaller = of({ customer: { id: 'c-8' }, items: [tee] }).fields;
    expect(diffFingerprints(erased, smaller)).toEqual(['items[CAP]']);
  });

  it('is what it was in earlier versions, because ledgers are full of it', () => {
    expect(of().hash).toBe('180b85f679e44f7d2675a0b6bf632a7f23b1c8e3bc068e825e8a9e2c8117b2ef');
    expect(of().fields['items[TEE]']).toMatch(/^[0-9a-f]{12}$/);
  });
});
