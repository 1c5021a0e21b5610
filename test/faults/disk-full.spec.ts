import { describe, expect, it } from '@jest/globals';
import { SQLITE } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { type FaultShop, openFaultShop, sale } from './support/fault.shop.js';
import { Receiver } from './support/receiver.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE, scaled, until } from './support/scale.js';

const TABLES = ['shop_orders', 'impact_conversions', 'impact_deliveries', 'impact_story', 'impact_clicks'];

/** SQLite's own limit of pages: what is over it fails with SQLITE_FULL, as on a disk without space. */
class Disk {
  constructor(private readonly shop: FaultShop) {}

  /** @param pages that are left. */
  async fill(pages = 0): Promise<void> {
    const [row] = await this.shop.query<{ page_count: number }>('PRAGMA page_count');
    await this.shop.query(`PRAGMA max_page_count = ${row!.page_count + pages}`);
  }

  async makeRoom(): Promise<void> {
    await this.shop.query('PRAGMA max_page_count = 1000000');
  }
}

describe('a full disk under SQLite', () => {
  const life = useLifetime('test');

  it(
    'fails the caller cleanly, leaves nothing half stored, and costs no sale and no repeat',
    async () => {
      const fresh = life.keep(await SQLITE.create(), (it) => it.drop());
      const vendor = life.keep(await Receiver.start(), (it) => it.close());
      const shop = life.keep(
        await openFaultShop(
          { options: fresh.options, vendor: { url: vendor.urlFor('shop'), credentials: vendor.credentials } },
          { delivery: { pollInterval: '30ms', timeout: '2s', lease: '20s' } },
        ),
        (it) => it.close(),
      );
      const disk = new Disk(shop);
      const orders: string[] = [];
      const untilFull = async (
        prefix: string,
        pays: (order: string) => Promise<unknown>,
      ): Promise<string> => {
        for (let number = 0; ; number += 1) {
          const order = `${prefix}-${number}`;
          try {
            await pays(order);
            orders.push(order);
          } catch (error) {
            if ((error as { code?: string }).code !== 'SQLITE_FULL') throw error;
            return order;
          }
        }
      };
      const traces = async (order: string): Promise<number> => {
        const [row] = await shop.query<{ n: number }>(
          `SELECT (SELECT count(*) FROM shop_orders WHERE id = ?) + (SELECT count(*) FROM impact_conversions WHERE order_id = ?) AS n`,
          [order, order],
        );
        return row!.n;
      };
      const sizes = async (): Promise<unknown> =>
        Promise.all(TABLES.map((table) => shop.query(`SELECT '${table}' AS t, count(*) AS n FROM ${table}`)));
      const belongsTogether = async (): Promise<void> => {
        for (const [table, column] of [
          ['impact_deliveries', 'conversion'],
          ['impact_story', 'conversion'],
        ]) {
          expect(
            await shop.query(
              `SELECT id FROM ${table} WHERE ${column} NOT IN (SELECT id FROM impact_conversions)`,
            ),
          ).toEqual([]);
        }
        expect(
          await shop.query(
            `SELECT id FROM impact_conversions WHERE id NOT IN (SELECT conversion FROM impact_deliveries) ` +
              `OR id NOT IN (SELECT conversion FROM impact_story)`,
          ),
        ).toEqual([]);
      };

      for (let round = 0; round < scaled(2, 20); round += 1) {
        // Some calls are under way when the disk becomes full: their outcomes have nowhere to go.
        vendor.behaviour = () => ({ do: 'hang' });
        for (let number = 0; number < 8; number += 1) {
          orders.push(`under-way-${round}-${number}`);
          await shop.pay(orders.at(-1)!);
        }
        shop.dispatcher.start();
        await until('calls are under way', () => vendor.underWay().length === 8);
        await disk.fill();

        const failed = await untilFull(`full-${round}`, (order) => shop.pay(order));
        expect(await traces(failed)).toBe(0);
        const before = await sizes();
        await expect(shop.conversions.record(sale(`alone-${round}`))).rejects.toMatchObject({
          code: 'SQLITE_FULL',
        });
        await expect(shop.pay(`again-${round}`)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
        expect(await sizes()).toEqual(before);
        await belongsTogether();

        // Page by page: each time it is another statement that finds no room.
        for (let page = 0; page < 12; page += 1) {
          await disk.fill(1);
          await untilFull(`page-${round}-${page}`, async (order) => {
            await shop.conversions.record(sale(order));
          });
          await belongsTogether();
        }

        vendor.behaviour = () => ({ do: 'accept' });
        vendor.release();
        await new Promise((resolve) => setTimeout(resolve, 150));
        // Whatever could be written was written whole.
        await belongsTogether();
        await disk.makeRoom();

        await shop.pay(failed);
        orders.push(failed);
        await until('every delivery is finished', async () => (await shop.waiting()) === 0);
        await shop.dispatcher.stop();
      }
      // Recorded without an order of the shop's own.
      await shop.query(
        `INSERT INTO shop_orders (id) SELECT order_id FROM impact_conversions WHERE order_id LIKE 'page-%'`,
      );
      await expectEverySaleSafe(shop, { taken: vendor.accepted() }, { orders, repeats: 0 });
    },
    PATIENCE,
  );
});
