import { describe, expect, it } from '@jest/globals';
import type { ClaimedDelivery } from '../ledger/index.js';
import { DeliveryPool, type Ready } from './delivery.pool.js';

const row = (id: string): Ready => ({
  delivery: { id } as ClaimedDelivery,
  pauses: [],
  leaseEnd: Infinity,
  until: Infinity,
  tell: () => {},
});

/** A pool whose calls end when they are told to. */
function pool(slots: number) {
  const under = new Map<string, () => void>();
  let freed = 0;
  const made = new DeliveryPool(
    slots,
    ({ delivery }) => new Promise((resolve) => under.set(delivery.id, resolve)),
    () => {
      freed += 1;
    },
  );
  const end = async (id: string): Promise<void> => {
    under.get(id)!();
    under.delete(id);
    await new Promise(setImmediate);
  };
  return { pool: made, under: () => [...under.keys()], end, freed: () => freed };
}

describe('DeliveryPool', () => {
  it('begins as many calls as it has slots, and the next one when a slot becomes free', async () => {
    const { pool: slots, under, end, freed } = pool(2);
    slots.add([row('a'), row('b'), row('c')]);
    expect(under()).toEqual(['a', 'b']);
    await end('a');
    expect(under()).toEqual(['b', 'c']);
    expect(freed()).toBe(1);
  });

  it('does not let a slow call hold up another slot', async () => {
    const { pool: slots, under, end } = pool(2);
    slots.add([row('slow'), row('a'), row('b'), row('c')]);
    await end('a');
    await end('b');
    await end('c');
    expect(under()).toEqual(['slow']);
    expect(slots.isIdle).toBe(false);
  });

  it('asks for more before its stock runs out, and not while it has enough', () => {
    const { pool: slots } = pool(4);
    expect(slots.wanted).toBe(8);
    slots.add(Array.from({ length: 8 }, (_, index) => row(String(index))));
    expect(slots.wanted).toBe(0);
  });

  it('keeps more in stock when calls are short, and never much', async () => {
    const { pool: slots, end } = pool(4);
    for (let i = 0; i < 60; i += 1) {
      slots.add([row(String(i))]);
      await end(String(i));
    }
    expect(slots.wanted).toBeGreaterThan(50);
    expect(slots.wanted).toBeLessThanOrEqual(104);
  });

  it('gives back what no slot has begun with, and ends with what one has', async () => {
    const { pool: slots, end, under } = pool(1);
    slots.add([row('a'), row('b'), row('c')]);
    expect(slots.takeBack().map(({ delivery }) => delivery.id)).toEqual(['b', 'c']);
    const ended = slots.ended();
    await end('a');
    await ended;
    expect(slots.isIdle).toBe(true);
    expect(under()).toEqual([]);
  });
});
