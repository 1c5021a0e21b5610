import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Conversion, ConversionConflictError } from 'nestjs-impact';
import { DATABASES } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type Shop, simpleSale, startShop } from '../support/shop.app.js';
import { settingsOf } from './support/isolation.settings.js';
import { LIVE } from './support/live.options.js';
import {
  named,
  ONE,
  openOrder,
  type OrderTransaction,
  orphans,
  stored,
} from './support/order.transaction.js';

describe.each(DATABASES)('recording in the order’s transaction on $name', (database) => {
  const lifetime = useLifetime('file');
  let shop: Shop;
  let orders = 0;
  const nextOrder = (): string => `order-${++orders}`;

  beforeAll(async () => {
    shop = await startShop({ on: database, impact: LIVE });
    lifetime.keep(shop, () => shop.close());
  });

  describe.each(settingsOf(database))('in $name', ({ level, session }) => {
    const open = (orderId: string) => openOrder(shop, orderId, level, session);
    const recordIn = ({ manager }: OrderTransaction, orderId: string, more = {}): Promise<Conversion> =>
      shop.conversions.record(simpleSale(orderId, more), { manager });

    it('stores a new order with its transaction, and nothing of it without', async () => {
      const [kept, dropped] = [nextOrder(), nextOrder()];
      const order = await open(kept);
      const sale = await recordIn(order, kept);
      await order.commit();
      expect(await shop.conversions.find(kept)).toEqual(sale);
      expect(await stored(shop, kept)).toMatchObject(ONE);

      const lost = await open(dropped);
      await recordIn(lost, dropped);
      await lost.rollback();
      expect((await stored(shop, dropped)).sales).toEqual([]);
      expect(await orphans(shop)).toBe(0);
    });

    it('knows an order that it recorded itself', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      const first = await recordIn(order, orderId);
      expect(await recordIn(order, orderId)).toEqual(first);
      await expect(recordIn(order, orderId, { currency: 'EUR' })).rejects.toThrow(ConversionConflictError);
      await order.commit();
      expect(await stored(shop, orderId)).toMatchObject(ONE);
      expect(await shop.orders()).toContain(`${orderId}-after`);
    });

    it.each(['the same', 'other'])(
      'knows an order that was recorded before, with %s content',
      async (content) => {
        const orderId = nextOrder();
        const first = await shop.conversions.record(simpleSale(orderId));
        const order = await open(orderId);
        const same = content === 'the same';
        const answer: unknown = await recordIn(order, orderId, same ? {} : { currency: 'EUR' }).catch(
          (error: unknown) => error,
        );
        expect(named(answer)).toBe(same ? first.id : 'ConversionConflictError');
        await order.commit();
        expect(await stored(shop, orderId)).toMatchObject({ ...ONE, sales: [{ id: first.id }] });
        expect(await shop.orders()).toContain(`${orderId}-after`);
      },
    );

    it('mends an order that was parked before', async () => {
      const orderId = nextOrder();
      const parked = await shop.conversions.record(simpleSale(orderId, { currency: '?' }));
      expect(parked.state).toBe('UNDELIVERABLE');
      const order = await open(orderId);
      expect(await recordIn(order, orderId)).toMatchObject({ id: parked.id, state: 'RECORDED' });
      await order.commit();
      expect(await stored(shop, orderId)).toMatchObject({
        deliveries: ['sale'],
        story: ['parked', 'mended', 'recorded'],
      });
    });

    it('takes corrections before and after the sale, and tells of them', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      const { manager } = order;
      const early = await shop.conversions.refund(orderId, { key: 'r', amount: '5.00' }, { manager });
      await recordIn(order, orderId);
      expect((await shop.conversions.explain(orderId, { manager })).lines.map(({ words }) => words)).toEqual([
        'Recorded and waiting to be sent. No click is known for it.',
        '1 correction(s) had arrived before the sale and belong to it now.',
      ]);
      expect(await shop.conversions.refund(orderId, { key: 'r', amount: 5 }, { manager })).toEqual(early);
      await shop.conversions.reverse(orderId, { key: 'v', reason: 'OTHER' }, { manager });
      await order.commit();
      const told = (await shop.story(orderId)).lines.map(({ what }) => what);
      expect(told.slice(0, 3)).toEqual(['recorded', 'correction-recorded', 'correction-recorded']);
      // Taken back at once, unless the snapshot could not tell whether somebody has begun to send it.
      expect([[], ['cancelled', 'nothing-to-correct', 'nothing-to-correct']]).toContainEqual(told.slice(3));
    });
  });
});
