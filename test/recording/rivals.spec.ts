import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Conversion, ConversionConflictError, CorrectionConflictError } from 'nestjs-impact';
import { ImpactRequestContext, RequestScope } from '../../src/clicks/index.js';
import { queryRows, SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type Shop, simpleSale, startShop } from '../support/shop.app.js';
import { settingsOf } from './support/isolation.settings.js';
import { LIVE } from './support/live.options.js';
import {
  aMoment,
  named,
  ONE,
  openOrder,
  type OrderTransaction,
  orphans,
  stored,
} from './support/order.transaction.js';

describe.each(SERVERS)('recording beside another transaction on $name', (database) => {
  const lifetime = useLifetime('file');
  let shop: Shop;
  let orders = 0;
  const nextOrder = (): string => `order-${++orders}`;

  beforeAll(async () => {
    shop = await startShop({ on: database, impact: LIVE });
    lifetime.keep(shop, () => shop.close());
  });

  describe.each(settingsOf(database))('in $name', ({ level, session, blind }) => {
    const open = (orderId: string) => openOrder(shop, orderId, level, session);
    const recordIn = ({ manager }: OrderTransaction, orderId: string, more = {}): Promise<Conversion> =>
      shop.conversions.record(simpleSale(orderId, more), { manager });
    /** The end of every story here: the shop's order is stored, and the sale is there once. */
    const isOneSale = async (orderId: string): Promise<void> => {
      expect(await shop.orders()).toContain(`${orderId}-after`);
      const { sales, ...rest } = await stored(shop, orderId);
      expect(sales).toHaveLength(1);
      expect(rest).toEqual(ONE);
      expect(await orphans(shop)).toBe(0);
    };

    it('answers a sale that was committed after the snapshot', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      const theirs = await shop.conversions.record(simpleSale(orderId));
      expect(await recordIn(order, orderId)).toEqual(theirs);
      await order.commit();
      await isOneSale(orderId);
    });

    it('names the conflict with a sale that was committed after the snapshot', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      await shop.conversions.record(simpleSale(orderId));
      const error: unknown = await recordIn(order, orderId, { currency: 'EUR' }).catch(
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(ConversionConflictError);
      expect((error as ConversionConflictError).fields).toEqual(['currency']);
      await order.commit();
      await isOneSale(orderId);
    });

    it('keeps a good sale that was committed after the snapshot, and tells of the unusable repeat', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      const theirs = await shop.conversions.record(simpleSale(orderId));
      expect(await recordIn(order, orderId, { currency: '?' })).toEqual(theirs);
      await order.commit();
      expect((await stored(shop, orderId)).story).toEqual(['recorded', 'repeat-unusable']);
    });

    it('answers a sale that was changed after the snapshot', async () => {
      const orderId = nextOrder();
      const { id } = await shop.conversions.record(simpleSale(orderId));
      const order = await open(orderId);
      await queryRows(shop.dataSource, `UPDATE impact_conversions SET state = 'SENT' WHERE id = ?`, [id]);
      expect(await recordIn(order, orderId)).toMatchObject({ id, orderId });
      await order.commit();
      await isOneSale(orderId);
    });

    it('waits for another that records the same order and commits', async () => {
      const orderId = nextOrder();
      const other = await openOrder(shop, `${orderId}-other`, 'READ COMMITTED', session);
      const theirs = await recordIn(other, orderId);
      const order = await open(orderId);
      const ours = recordIn(order, orderId);
      await aMoment();
      await other.commit();
      expect(await ours).toEqual(theirs);
      await order.commit();
      await isOneSale(orderId);
    });

    it('waits for another that records the same order and rolls back', async () => {
      const orderId = nextOrder();
      const other = await openOrder(shop, `${orderId}-other`, 'READ COMMITTED', session);
      await recordIn(other, orderId);
      const order = await open(orderId);
      const ours = recordIn(order, orderId);
      await aMoment();
      await other.rollback();
      const { id } = await ours;
      await order.commit();
      await isOneSale(orderId);
      expect((await shop.found(orderId)).id).toBe(id);
    });

    it('never leaves the transaction unusable when it cannot mend a sale that was parked after the snapshot', async () => {
      const orderId = nextOrder();
      const order = await open(orderId);
      const parked = await shop.conversions.record(simpleSale(orderId, { currency: '?' }));
      const answer: unknown = await recordIn(order, orderId).catch((error: unknown) => error);
      await order.commit();
      expect(await shop.orders()).toContain(`${orderId}-after`);
      expect(named(answer)).toBe(blind ? 'StaleSnapshotError' : parked.id);
      // Where the snapshot does not show the row, the caller runs its transaction again.
      await shop.conversions.record(simpleSale(orderId));
      expect(await shop.found(orderId)).toMatchObject({ id: parked.id, state: 'RECORDED' });
      expect((await stored(shop, orderId)).story).toEqual(['parked', 'mended', 'recorded']);
    });

    it('answers a correction that was committed after the snapshot, and names a conflict with it', async () => {
      const orderId = nextOrder();
      await shop.conversions.record(simpleSale(orderId));
      const order = await open(orderId);
      const { manager } = order;
      const theirs = await shop.conversions.refund(orderId, { key: 'r', amount: '5.00' });
      expect(await shop.conversions.refund(orderId, { key: 'r', amount: '5.00' }, { manager })).toEqual(
        theirs,
      );
      for (const write of [
        () => shop.conversions.refund(orderId, { key: 'r', amount: '6.00' }, { manager }),
        () => shop.conversions.modify(orderId, { key: 'r', amount: '6.00' }, { manager }),
        () => shop.conversions.reverse(orderId, { key: 'r', reason: 'OTHER' }, { manager }),
      ]) {
        await expect(write()).rejects.toThrow(CorrectionConflictError);
      }
      await order.commit();
      await isOneSaleWith(orderId, ['correction-recorded']);
    });

    it('links and binds a click that was captured after the snapshot, twice', async () => {
      const [linked, bound] = [nextOrder(), nextOrder()];
      const [first, second] = [`click-${linked}`, `click-${bound}`];
      const order = await open(linked);
      const { manager } = order;
      await shop.clicks.remember({ clickId: first });
      await shop.clicks.remember({ clickId: second });
      const click = { clickId: second, capturedAt: new Date(), source: 'cookie' as const };
      const bind = () =>
        shop.app
          .get(ImpactRequestContext, { strict: false })
          .run(new RequestScope(() => click), () =>
            shop.clicks.bind({ order: bound, customer: bound }, { manager }),
          );
      for (let time = 0; time < 2; time += 1) {
        await shop.clicks.link(first, { order: linked, customer: linked }, { manager });
        expect(await bind()).toMatchObject({ clickId: second });
      }
      await order.commit();
      expect(await shop.clicks.findFor({ order: linked })).toMatchObject({ clickId: first });
      expect(await shop.clicks.findFor({ order: bound })).toMatchObject({ clickId: second });
    });

    it('ties a click that somebody else has tied after the snapshot', async () => {
      const orderId = nextOrder();
      const clickId = `click-${orderId}`;
      await shop.clicks.remember({ clickId });
      const order = await open(orderId);
      await shop.clicks.link(clickId, { order: orderId, customer: orderId });
      await shop.clicks.link(clickId, { order: orderId, customer: orderId }, { manager: order.manager });
      await order.commit();
      expect(await shop.clicks.findFor({ order: orderId })).toMatchObject({ clickId });
      expect(await shop.orders()).toContain(`${orderId}-after`);
    });

    const isOneSaleWith = async (orderId: string, more: string[]): Promise<void> => {
      expect(await shop.orders()).toContain(`${orderId}-after`);
      expect(await stored(shop, orderId)).toMatchObject({ ...ONE, story: [...ONE.story, ...more] });
    };
  });
});
