import { describe, expect, it } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { openFaultShop, sale, ShopOrder } from './support/fault.shop.js';
import { quietSockets } from './support/quiet.sockets.js';
import { Receiver } from './support/receiver.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE, scaled, until } from './support/scale.js';

const VISITORS = 8;
const ORDERS = scaled(4, 500);

const withPool = (options: DataSourceOptions, connections: number): DataSourceOptions => ({
  ...options,
  extra: options.type === 'postgres' ? { max: connections } : { connectionLimit: connections },
});

describe.each(SERVERS)('on $name, with a pool of', (database) => {
  const life = useLifetime('test');

  it.each([2, 1])(
    '%i: web traffic and delivery share it, nobody waits for himself, and nothing is stuck',
    async (connections) => {
      life.keep(null, quietSockets);
      const fresh = life.keep(await database.create(), (it) => it.drop());
      const vendor = life.keep(await Receiver.start(), (it) => it.close());
      vendor.behaviour = () => ({ do: 'accept', after: 5 });
      const place = { url: vendor.urlFor('shop'), credentials: vendor.credentials };
      const shop = life.keep(
        await openFaultShop(
          { options: withPool(fresh.options, connections), vendor: place },
          { delivery: { pollInterval: '20ms', timeout: '5s', lease: '20s' } },
        ),
        (it) => it.close(),
      );
      shop.dispatcher.start();
      shop.verdicts.start();

      const orders: string[] = [];
      const attributed: unknown[] = [];
      const visit = async (visitor: number): Promise<void> => {
        for (let number = 0; number < ORDERS; number += 1) {
          const order = `P-${visitor}-${number}`;
          const clickId = `click-${visitor}-${number}`;
          await shop.dataSource.transaction(async (manager) => {
            // As a checkout does: the click is written, tied, and used, all while this connection is held.
            await shop.clicks.remember({ clickId }, { manager });
            await shop.clicks.link(clickId, { order }, { manager });
            await manager.insert(ShopOrder, { id: order });
            await shop.conversions.record(sale(order), { manager });
            await shop.conversions.find(order, { manager });
            await new Promise((resolve) => setTimeout(resolve, 2));
          });
          orders.push(order);
          // Outside every transaction too, where the module takes a connection of its own.
          if (number % 2 === 0) attributed.push((await shop.conversions.find(order))?.attributedBy);
        }
      };
      await Promise.all(Array.from({ length: VISITORS }, (_, visitor) => visit(visitor)));
      expect(new Set(attributed)).toEqual(new Set(['order']));
      await until('every sale is sent', () => vendor.accepted().size === VISITORS * ORDERS);
      await until('every outcome is written', async () => (await shop.waiting()) === 0);
      await Promise.all([shop.dispatcher.stop(), shop.verdicts.stop()]);
      await expectEverySaleSafe(shop, { taken: vendor.accepted() }, { orders });
    },
    PATIENCE,
  );
});
