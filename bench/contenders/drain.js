// Drains a queue and watches its own memory.
import { answerParent } from '../lib/child.js';
import { openShop } from '../lib/shop.js';

const MEGABYTE = 2 ** 20;
let shop;
const samples = [];

answerParent({
  async start({ database, baseUrl, concurrency }) {
    shop = await openShop(database, { baseUrl, delivery: { concurrency } });
    shop.dispatcher.start();
    setInterval(() => {
      const { rss, heapUsed, external } = process.memoryUsage();
      samples.push({ rss: rss / MEGABYTE, heap: heapUsed / MEGABYTE, external: external / MEGABYTE });
    }, 250).unref();
  },
  /** The heap without its garbage: what is really held. */
  heap() {
    globalThis.gc();
    globalThis.gc();
    return process.memoryUsage().heapUsed / MEGABYTE;
  },
  samples: () => samples,
  async close() {
    const waiting = await shop.dataSource.query(
      'SELECT count(*) AS waiting FROM impact_deliveries WHERE due_at IS NOT NULL',
    );
    await shop.close();
    return Number(waiting[0].waiting);
  },
});
