import { describe, expect, it } from '@jest/globals';
import { describeUnusable } from './unusable.sale.js';

const input = {
  orderId: '1001',
  eventDate: new Date('2026-03-01T12:00:00Z'),
  currency: 'EUR',
  items: [{ sku: 'A', category: 'C', quantity: '2', subtotal: 0.1 + 0.2, secret: 'x' }],
  customer: { id: 'c-7', email: 'Ada@Example.com', password: 'hunter2', city: 'Köln' },
  text: { 1: 'for bob@example.com', foo: 'bar' },
  ipAddress: '203.0.113.7',
  call: { phoneNumber: '+49 221 5550' },
  promoCodes: ['SAVE10', 7],
  card: '4111111111111111',
};

describe('what is kept of an unusable sale', () => {
  it('is what was understood, without personal data in clear and without fields that are none of ours', () => {
    expect(describeUnusable(input)).toEqual({
      orderId: '1001',
      wireOrderId: '1001',
      currency: 'EUR',
      eventAt: Date.UTC(2026, 2, 1, 12),
      customerId: 'c-7',
      subscription: null,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      understood: {
        orderId: '1001',
        eventDate: '2026-03-01T12:00:00.000Z',
        currency: 'EUR',
        promoCodes: ['SAVE10', 'a number'],
        customer: { id: 'c-7', email: '3ca93ad87e0bb737e653b66ad67731e86bbc050f', city: '[withheld]' },
        call: { phoneNumber: '[withheld]' },
        ipAddress: '[withheld]',
        text: { 1: 'for [e-mail removed]' },
        items: [{ sku: 'A', category: 'C', quantity: '2', subtotal: 0.1 + 0.2 }],
      },
    });
  });

  it.each<[name: string, changes: Record<string, unknown>, same: boolean]>([
    ['the same mistake later', { eventDate: new Date() }, true],
    ['another mistake', { currency: 'USD' }, false],
  ])('has a fingerprint that tells %s', (_name, changes, same) => {
    const again = describeUnusable({ ...input, ...changes });
    expect(again.fingerprint === describeUnusable(input).fingerprint).toBe(same);
  });

  it.each<[name: string, orderId: unknown, key: RegExp]>([
    ['nothing', undefined, /^unusable~[0-9a-f]{32}$/],
    ['an e-mail address', 'ada@example.com', /^unusable~/],
    ['control characters', '1\n2', /^unusable~/],
    ['an object', {}, /^unusable~/],
    ['a number', 1001, /^1001$/],
    ['a text with blanks around', ' 1001 ', /^1001$/],
    ['256 characters', 'x'.repeat(256), /^x{31}~[0-9a-f]{32}$/],
  ])('has a key when the order id is %s', (_name, orderId, key) => {
    expect(describeUnusable({ ...input, orderId }).orderId).toMatch(key);
  });

  it.each<[name: string, large: Record<string, unknown>]>([
    [
      'thousands of lines',
      {
        items: Array.from({ length: 10_000 }, () => ({ sku: 's'.repeat(1000), category: 'c'.repeat(1000) })),
      },
    ],
    ['a megabyte of text', { note: 'n'.repeat(1_000_000), orderId: 'o'.repeat(1_000_000) }],
    [
      'full custom fields',
      { text: Object.fromEntries(Array.from({ length: 999 }, (_, n) => [n, 't'.repeat(500)])) },
    ],
    ['a list of a billion holes', { items: Object.assign([], { length: 1_000_000_000 }) }],
    [
      'text that grows as JSON',
      { text: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [n, '"'.repeat(500)])) },
    ],
  ])('stays small with %s', (_name, large) => {
    expect(JSON.stringify(describeUnusable({ ...input, ...large })).length).toBeLessThan(18_000);
  });

  it.each([undefined, null, 7, 'a sale of ada@example.com', [], () => 1, Symbol('x'), 1n])(
    'can be said of %p',
    (nothing) => {
      const kept = describeUnusable(nothing);
      expect(JSON.stringify(kept)).not.toContain('ada');
      expect(kept).toMatchObject({ currency: 'XXX', eventAt: null, customerId: null });
    },
  );
});
