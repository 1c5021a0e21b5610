// The package as it comes: its loop, its ledger, on any of its databases.
import { openShop } from '../lib/shop.js';

export async function prepare({ database, baseUrl, concurrency }) {
  const shop = await openShop(database, { baseUrl, delivery: { concurrency } });
  return {
    start: () => shop.dispatcher.start(),
    stop: () => shop.dispatcher.stop(),
    async left() {
      const [row] = await shop.dataSource.query(
        `SELECT (SELECT count(*) FROM impact_deliveries WHERE due_at IS NOT NULL) + ` +
          `(SELECT count(*) FROM impact_conversions WHERE state <> 'SENT') AS waiting`,
      );
      await shop.close();
      return Number(row.waiting);
    },
  };
}
