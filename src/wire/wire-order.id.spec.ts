import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wireOrderId } from './wire-order.id.js';

describe('wireOrderId', () => {
  it.each(['1', 'ORDER-2026-000123', 'Bestellung Nr. 7', 'x'.repeat(64), 'A&B=C%20', 'café'])(
    'is the id itself: %j',
    (id) => {
      expect(wireOrderId(id)).toBe(id);
    },
  );

  it('keeps the beginning of a long id and adds a digest', () => {
    const id = `marketplace/germany/berlin/store-17/${'9'.repeat(40)}`;
    expect(wireOrderId(id)).toMatch(/^marketplace\/germany\/berlin\/stor~[0-9a-f]{32}$/);
    expect(wireOrderId(id)).toHaveLength(64);
    expect(wireOrderId(id)).toBe(wireOrderId(id));
  });

  it('tells ids apart that differ after the kept beginning', () => {
    expect(wireOrderId(`${'x'.repeat(100)}1`)).not.toBe(wireOrderId(`${'x'.repeat(100)}2`));
  });

  it('gives an order whose own id is the made id of another one an id of its own', () => {
    const made = wireOrderId('x'.repeat(100));
    expect(wireOrderId(made)).not.toBe(made);
  });

  it("never lets the vendor's macro through, which would have an id made up", () => {
    expect(wireOrderId('IR_AN_64_TS')).toMatch(/^IR_AN_64_TS~[0-9a-f]{32}$/);
  });

  it('does not cut a character in half', () => {
    expect(wireOrderId(`${'x'.repeat(30)}${'😀'.repeat(30)}`)).toMatch(/^x{30}~[0-9a-f]{32}$/);
  });

  it('fits, always, and is injective over everything tried', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (id) => {
        const wire = wireOrderId(id);
        expect(wire.length).toBeLessThanOrEqual(64);
        expect(seen.get(wire) ?? id).toBe(id);
        seen.set(wire, id);
      }),
    );
  });
});
