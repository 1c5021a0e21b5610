import { describe, expect, it } from '@jest/globals';
import { SERVERS } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type FaultShop, openFaultShop } from './support/fault.shop.js';
import { quietSockets } from './support/quiet.sockets.js';
import { Receiver } from './support/receiver.js';
import { MARIADB_INSTALLED, startRestartableMariadb } from './support/restartable.mariadb.js';
import { startRestartablePostgres } from './support/restartable.postgres.js';
import { behindProxy, type RestartableServer } from './support/restartable.server.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { LONG, PATIENCE, scaled, until } from './support/scale.js';

/** Longer than any outage here, so that no lease runs out in one. */
const LEASE = scaled(5_000, 20_000);
/** Milliseconds that the vendor takes for an answer. */
const LATENCY = 15;

const mysqlLike = SERVERS.find(({ dialect }) => dialect === 'mysql');
const BREAKABLE: readonly (readonly [string, () => Promise<RestartableServer>])[] = [
  ['PostgreSQL, shut down at once', () => startRestartablePostgres()],
  ...(MARIADB_INSTALLED
    ? ([['MariaDB, killed', startRestartableMariadb]] as const)
    : mysqlLike === undefined
      ? []
      : ([[`${mysqlLike.name}, cut off at a proxy`, () => behindProxy(mysqlLike)]] as const)),
];

/** Web traffic: eight visitors who pay one order after the other, and who go on when the shop answers with an error. */
class Traffic {
  readonly paid: string[] = [];
  /** The answer was an error, which may have come after the commit. */
  readonly perhaps: string[] = [];
  #ended = false;
  readonly #visitors: Promise<void>[];

  constructor(shop: FaultShop, prefix: string) {
    this.#visitors = Array.from({ length: 8 }, (_, visitor) => this.#visit(shop, `${prefix}${visitor}`));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#visitors);
  }

  async #visit(shop: FaultShop, prefix: string): Promise<void> {
    for (let number = 0; !this.#ended; number += 1) {
      const order = `${prefix}-${number}`;
      try {
        await shop.pay(order);
        this.paid.push(order);
      } catch {
        this.perhaps.push(order);
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }
}

describe.each(BREAKABLE)('%s under load', (_name, start) => {
  const life = useLifetime('test');

  it(
    'twice, and its sessions ended every second: nothing is lost and nothing is sent twice',
    async () => {
      life.keep(null, quietSockets);
      const server = life.keep(await start(), (it) => it.close());
      const vendor = life.keep(await Receiver.start(), (it) => it.close());
      vendor.behaviour = () => ({ do: 'accept', after: LATENCY });
      const place = {
        options: server.options,
        vendor: { url: vendor.urlFor('shop'), credentials: vendor.credentials },
      };
      const shop = life.keep(
        await openFaultShop(place, {
          delivery: {
            pollInterval: '100ms',
            timeout: '2s',
            lease: LEASE,
            backoff: { base: '100ms', cap: '1s' },
          },
        }),
        (it) => it.close(),
      );
      shop.dispatcher.start();
      const traffic = new Traffic(shop, 'O');
      const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

      const outages: number[] = [];
      for (let restart = 0; restart < scaled(2, 20); restart += 1) {
        await pause(400);
        const before = performance.now();
        await server.restart();
        outages.push(performance.now() - before);
        // It was under load, and is again.
        const calls = vendor.calls.length;
        await until('sales are sent again', () => vendor.calls.length > calls + 10);
      }
      expect(Math.max(...outages)).toBeLessThan(LEASE);

      let ended = 0;
      for (let second = 0; second < scaled(2, 120); second += 1) {
        await pause(1000);
        ended += await server.terminateSessions();
      }
      expect(ended).toBeGreaterThan(0);
      const calls = vendor.calls.length;
      await until('sales are sent again', () => vendor.calls.length > calls + 10);
      await traffic.end();

      await until(
        'every delivery is finished',
        async () => (await shop.waiting()) === 0,
        LONG ? 120_000 : 4 * LEASE,
      );
      await shop.dispatcher.stop();
      expect(traffic.paid.length).toBeGreaterThan(100);
      await expectEverySaleSafe(
        shop,
        { taken: vendor.accepted() },
        { orders: traffic.paid, perhaps: traffic.perhaps, repeats: 0 },
      );
    },
    PATIENCE,
  );
});
