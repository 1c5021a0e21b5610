import { describe, expect, it } from '@jest/globals';
import { SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { openFaultShop, sale, ShopOrder } from './support/fault.shop.js';
import { quietSockets } from './support/quiet.sockets.js';
import { Receiver } from './support/receiver.js';
import { throughProxy } from './support/restartable.server.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE, scaled, until } from './support/scale.js';

const ROUNDS = scaled(2, 200);

describe.each(SERVERS)('the line to $name is lost inside the order’s transaction', (database) => {
  const life = useLifetime('test');

  it(
    'and the order and its sale are there together or not at all, while the dispatcher goes on',
    async () => {
      life.keep(null, quietSockets);
      const fresh = life.keep(await database.create(), (it) => it.drop());
      const { proxy, options } = await throughProxy(fresh.options);
      life.keep(proxy, (it) => it.close());
      const vendor = life.keep(await Receiver.start(), (it) => it.close());
      const place = { options, vendor: { url: vendor.urlFor('shop'), credentials: vendor.credentials } };
      const shop = life.keep(
        await openFaultShop(place, {
          delivery: {
            pollInterval: '50ms',
            timeout: '2s',
            lease: '4s',
            backoff: { base: '50ms', cap: '1s' },
          },
        }),
        (it) => it.close(),
      );
      shop.dispatcher.start();

      const outcome = { committed: [] as string[], lost: [] as string[], perhaps: [] as string[] };
      const goesThrough = async (order: string): Promise<void> => {
        await until('a sale can be recorded again', () =>
          shop.pay(order).then(
            () => true,
            () => false,
          ),
        );
        outcome.committed.push(order);
      };
      const breaksAt = async (
        order: string,
        when: 'before the sale' | 'after the sale' | 'at the commit',
      ) => {
        let broken = false;
        const transaction = () =>
          shop.dataSource.transaction(async (manager) => {
            await manager.insert(ShopOrder, { id: order });
            broken = true;
            if (when === 'before the sale') proxy.cut();
            await shop.conversions.record(sale(order), { manager });
            if (when === 'after the sale') proxy.cut();
            if (when === 'at the commit') {
              // The commit arrives, and nobody hears of it.
              proxy.swallowAnswers();
              setTimeout(() => proxy.cut(), 100);
            }
          });
        // The pool may still hand out a connection that an earlier cut has ended.
        while (!broken) await expect(transaction()).rejects.toBeInstanceOf(Error);
      };

      for (let round = 0; round < ROUNDS; round += 1) {
        await goesThrough(`before-${round}`);
        for (const when of ['before the sale', 'after the sale', 'at the commit'] as const) {
          const order = `${when.replaceAll(' ', '-')}-${round}`;
          await breaksAt(order, when);
          outcome[when === 'at the commit' ? 'perhaps' : 'lost'].push(order);
        }
        await goesThrough(`after-${round}`);
      }

      await until('every delivery is finished', async () => (await shop.waiting()) === 0);
      await shop.dispatcher.stop();
      const { committed, lost, perhaps } = outcome;
      await expectEverySaleSafe(shop, { taken: vendor.accepted() }, { orders: committed, perhaps });
      // The transaction was gone, and with it the sale: it was never sent.
      expect(lost.filter((order) => vendor.of(order).length > 0)).toEqual([]);
      // The commits arrived, so these are sales like any other although their shop was told of an error.
      expect(perhaps.filter((order) => vendor.of(order).length === 1)).toEqual(perhaps);
    },
    PATIENCE,
  );
});
