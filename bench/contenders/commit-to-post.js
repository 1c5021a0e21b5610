// A shop whose loop is running and idle: records sales one at a time and says when each transaction has committed.
import { answerParent } from '../lib/child.js';
import { monotonic, pause } from '../lib/rounds.js';
import { orderIdOf } from '../lib/seed.js';
import { openShop, sale } from '../lib/shop.js';

let shop;
answerParent({
  async start({ database, baseUrl }) {
    shop = await openShop(database, { baseUrl, delivery: { autoStart: true } });
  },
  async record({ first, count }) {
    const committedAt = [];
    for (let number = first; number < first + count; number += 1) {
      await shop.dataSource.transaction((manager) =>
        shop.conversions.record(sale(orderIdOf(number)), { manager }),
      );
      committedAt[number] = monotonic();
      // Never in step with any timer.
      await pause(10 + Math.random() * 40);
    }
    return committedAt;
  },
  close: () => shop.close(),
});
