import { describe, expect, it } from '@jest/globals';
import { DATABASES } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { openFaultShop, sale } from './support/fault.shop.js';
import { HostileServer } from './support/hostile.server.js';
import { quietSockets } from './support/quiet.sockets.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE } from './support/scale.js';

const DAY = 86_400_000;
/** One of each kind is enough: the stamp is compared by the same statement on every server. */
const KINDS = DATABASES.slice(0, 2);

describe.each(KINDS)('a copy of production, opened as staging on $name', (database) => {
  const life = useLifetime('test');

  it(
    'is silent: no call, no claim, nothing changed; and production goes on where it was',
    async () => {
      life.keep(null, quietSockets);
      const fresh = life.keep(await database.create(), (it) => it.drop());
      const vendor = life.keep(await HostileServer.start(), (it) => it.close());
      const delivery = { pollInterval: '10ms', lease: '40s' } as const;
      const verdicts = { sweepInterval: '10ms', lookupAfter: '0s' } as const;

      const production = await openFaultShop(
        { options: fresh.options, vendor: vendor.seenBy('production') },
        { environment: 'production', delivery },
      );
      // Unsettled sales, waiting sales, and one whose attempt may have arrived.
      await production.pay('sent-1', { promoCodes: ['PARTNER10'] });
      await production.pay('sent-2');
      await production.dispatcher.drain();
      for (const order of ['waiting-1', 'waiting-2', 'claimed']) await production.pay(order);
      await production.conversions.refund('sent-1', { key: 'r-1', amount: '1.00' });
      await production.query(
        `UPDATE impact_deliveries SET lease_token = 'of a process that was copied too', attempts = 1, unknown_since = recorded_at ` +
          `WHERE conversion = (SELECT id FROM impact_conversions WHERE order_id = 'claimed')`,
      );
      await production.close();
      vendor.calmDown();

      const staging = await openFaultShop(
        { options: fresh.options, vendor: vendor.seenBy('staging') },
        { environment: 'staging', delivery, verdicts },
      );
      const tables = ['impact_conversions', 'impact_deliveries', 'impact_story', 'impact_corrections'];
      const content = async (): Promise<unknown[][]> => {
        const all: unknown[][] = [];
        for (const table of tables) all.push(await staging.query(`SELECT * FROM ${table} ORDER BY id`));
        return all;
      };
      const before = await content();
      staging.clock.advance(2 * DAY);
      expect(await staging.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
      expect(await staging.verdicts.sweep()).toEqual({ looked: 0, settled: 0, waiting: 0 });
      expect(await staging.verdicts.hurry()).toEqual({ looked: 0, settled: 0, waiting: 0 });
      staging.dispatcher.start();
      staging.verdicts.start();
      // What a tester does: pays the order that production has already.
      await staging.conversions.record(sale('sent-2'));
      await staging.conversions.record(sale('waiting-1'));
      await new Promise((resolve) => setTimeout(resolve, 250));
      await staging.dispatcher.stop();
      await staging.verdicts.stop();
      expect(await content()).toEqual(before);
      expect(vendor.calls).toEqual([]);

      // Staging's own sales are staging's to send.
      await staging.pay('of-staging');
      expect(await staging.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
      await staging.close();
      expect(vendor.posts().map(({ from, orderId }) => [from, orderId])).toEqual([['staging', 'of-staging']]);

      const again = await openFaultShop(
        { options: fresh.options, vendor: vendor.seenBy('production') },
        { environment: 'production', delivery },
      );
      life.keep(again, (it) => it.close());
      again.clock.advance(DAY / 2);
      await again.dispatcher.drain();
      expect(vendor.posts().filter(({ from }) => from === 'production')).toHaveLength(3);
      const orders = ['sent-1', 'sent-2', 'waiting-1', 'waiting-2', 'claimed', 'of-staging'];
      await expectEverySaleSafe(again, { taken: vendor.taken() }, { orders });
    },
    PATIENCE,
  );
});
