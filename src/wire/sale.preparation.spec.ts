import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConversionInput } from './conversion.input.js';
import { parseMoney } from './money.rules.js';
import { toParameters } from './sale.parameters.js';
import { eventDateWarnings, prepareSale } from './sale.preparation.js';
import { DEFAULT_SALE_RULES } from './sale.rules.js';
import { InvalidConversionError } from './wire.errors.js';

const now = new Date('2026-03-01T12:00:00Z');
const good: ConversionInput = {
  orderId: '1001',
  eventDate: now,
  currency: 'EUR',
  items: [{ sku: 'A', category: 'C', quantity: 1, subtotal: '10', name: 'x'.repeat(300) }],
};
const prepare = (input: unknown): ReturnType<typeof prepareSale> =>
  prepareSale(input, DEFAULT_SALE_RULES, { now });

const throwing = (name: string): object =>
  Object.defineProperty({ ...good }, name, {
    enumerable: true,
    get: () => {
      throw new TypeError('ada@example.com');
    },
  });

const { proxy: revoked, revoke } = Proxy.revocable({ ...good }, {});
revoke();
const { proxy: revokedList, revoke: revokeList } = Proxy.revocable([], {});
revokeList();

describe('prepareSale', () => {
  it('answers a good sale with everything that recording needs', () => {
    expect(prepare(good)).toMatchObject({
      ok: true,
      creditable: 1000n,
      sale: { orderId: '1001', wireOrderId: '1001', eventDate: '2026-03-01T12:00:00Z', test: false },
      fingerprint: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      warnings: [{ field: 'items[0].name', rule: 'cut' }],
    });
  });

  it('answers a bad sale with its problems and what to store', () => {
    const preparation = prepare({ ...good, currency: 'EURO' });
    expect(preparation).toMatchObject({
      ok: false,
      problems: [{ field: 'currency', rule: 'unknown-currency' }],
      unusable: { orderId: '1001', currency: 'XXX' },
    });
  });

  it.each<[name: string, input: unknown]>([
    ['a getter that throws', throwing('orderId')],
    ['lines that cannot be read', throwing('items')],
    ['a revoked proxy', revoked],
    ['a revoked list', { ...good, items: revokedList }],
    ['a revoked line', { ...good, items: [revoked] }],
    ['a revoked customer', { ...good, customer: revoked }],
    ['a proxy that lies about its length', { ...good, items: new Proxy([], { get: () => Number.NaN }) }],
    ['a cycle', Object.assign(Object.create(null) as object, good, { customer: good, text: good })],
  ])('takes %s for a problem and not for a reason to throw', (_name, input) => {
    const preparation = prepare(input);
    expect(preparation.ok).toBe(false);
    expect(JSON.stringify(preparation)).not.toContain('@example');
  });

  it('throws never, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
        (input) => {
          const preparation = prepare(input);
          expect(preparation.ok || preparation.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('throws never for anything inside a sale, and what it accepts can be sent', () => {
    const fields = [
      'orderId',
      'eventDate',
      'currency',
      'items',
      'amount',
      'discount',
      'expectedTotal',
      'customer',
      'promoCodes',
      'subIds',
      'mediaPartnerId',
      'text',
      'numeric',
      'money',
      'dates',
      'call',
      'clickId',
      'test',
      'ipAddress',
    ];
    const oneItem = fc.record(
      {
        sku: fc.oneof(fc.constant('A'), fc.anything()),
        category: fc.oneof(fc.constant('C'), fc.anything()),
        quantity: fc.oneof(fc.nat(5), fc.anything()),
        subtotal: fc.oneof(fc.nat(500), fc.anything()),
        tax: fc.anything(),
        text: fc.anything(),
      },
      { requiredKeys: ['sku', 'category', 'quantity', 'subtotal'] },
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...fields), fc.oneof(fc.anything(), fc.array(oneItem)), { maxKeys: 3 }),
        (changes) => {
          const preparation = prepare({ ...good, ...changes });
          const parameters = preparation.ok
            ? toParameters(preparation.sale, { campaignId: '1', eventTypeId: '2', clickId: null })
            : [];
          const stored = JSON.stringify(preparation.ok ? preparation.sale : preparation.unusable);
          expect(stored.length).toBeLessThan(18_000);
          expect(parameters.every(([, value]) => typeof value === 'string' && value !== '')).toBe(true);
          expect(new Set(parameters.map(([name]) => name)).size).toBe(parameters.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('credits exactly the sum of the lines less all discounts', () => {
    const lineOf = fc.tuple(fc.nat(10_000_00), fc.nat(100), fc.nat(100)).map(([cents, tax, discount]) => {
      const taxCents = Math.floor((cents * tax) / 200);
      const discountCents = Math.floor(((cents - taxCents) * discount) / 100);
      return { cents, taxCents, discountCents };
    });
    const text = (cents: number): string =>
      `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    fc.assert(
      fc.property(fc.array(lineOf, { minLength: 1, maxLength: 30 }), (lines) => {
        const total = lines.reduce((sum, line) => sum + line.cents - line.taxCents - line.discountCents, 0);
        const preparation = prepare({
          ...good,
          items: lines.map((line, index) => ({
            sku: `S${index}`,
            category: 'C',
            quantity: 1,
            subtotal: line.cents / 100,
            tax: text(line.taxCents),
            totalDiscount: text(line.discountCents),
          })),
          expectedTotal: text(total),
        });
        if (!preparation.ok) throw new InvalidConversionError(preparation.problems);
        expect(preparation.creditable).toBe(BigInt(total));
        // The vendor's own sum over what it is sent (docs/vendor-contract.md §11.4).
        const sent = preparation.sale.items.map(
          (item) => parseMoney(item.subtotal, 'EUR') - parseMoney(item.totalDiscount ?? '0', 'EUR'),
        );
        expect(sent.reduce((sum, part) => sum + part, 0n)).toBe(BigInt(total));
      }),
    );
  });
});

describe('eventDateWarnings', () => {
  it.each<[eventDate: string, clickAt: string | null, rules: string[]]>([
    ['2026-03-01T12:00:00Z', null, []],
    ['2026-03-01T12:01:00Z', null, []],
    ['2026-03-01T12:01:01Z', null, ['in-the-future']],
    ['2026-03-01T11:00:00Z', '2026-03-01T10:59:59Z', []],
    ['2026-03-01T11:00:00Z', '2026-03-01T11:00:00.900Z', []],
    ['2026-03-01T11:00:00Z', '2026-03-01T11:00:01Z', ['before-the-click']],
    ['2027-03-01T11:00:00Z', '2027-03-02T11:00:00Z', ['in-the-future', 'before-the-click']],
  ])('%s after a click at %s: %j', (eventDate, clickAt, rules) => {
    const warnings = eventDateWarnings(eventDate, {
      now,
      clickAt: clickAt === null ? null : new Date(clickAt),
    });
    expect(warnings.map(({ rule }) => rule)).toEqual(rules);
  });
});

describe('InvalidConversionError', () => {
  it('lists each field with its fix', () => {
    const preparation = prepare({ ...good, orderId: null, currency: '$' });
    const error = new InvalidConversionError(preparation.ok ? [] : preparation.problems);
    expect(error.code).toBe('INVALID_CONVERSION');
    expect(error.name).toBe('InvalidConversionError');
    expect(error.message).toBe(
      [
        'This cannot be reported to impact.com: 2 fields need a change.',
        '  - currency: must be an ISO 4217 code; got a text of 1 character. Give three letters such as "EUR", not a sign or a name.',
        "  - orderId: is missing. Give the shop's order id as a string.",
      ].join('\n'),
    );
  });

  it('does not fill the log when everything is wrong', () => {
    const preparation = prepare({ ...good, items: Array.from({ length: 500 }, () => ({})) });
    const error = new InvalidConversionError(preparation.ok ? [] : preparation.problems);
    expect(error.problems).toHaveLength(100);
    expect(error.message.split('\n')).toHaveLength(22);
    expect(error.message).toContain('and 80 more in .problems');
  });
});
