import { describe, expect, it } from '@jest/globals';
import { useLifetime } from '../support/lifetime.js';
import { multiply } from './support/fault.shop.js';
import { accept, type Answer, reset, status } from './support/hostile.answers.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { LONG, PATIENCE, scaled, until } from './support/scale.js';
import { openInstances, type Instances } from './support/shop.instances.js';

const SALES = scaled(200, 10_000);
/** A text that is nowhere else in a request. */
const FIRST = 'order-of-the-outage';
const MINUTES = 5;
const MOST_WASTED = 50;
const SENDING_AGAIN_WITHIN = 60_000;

const OUTAGES: readonly (readonly [string, () => Answer])[] = [
  ['503', () => status(503)],
  ...(LONG ? ([['broken connections', () => reset(false)]] as const) : []),
];

/** In the short run the five minutes are the module's own time, which the test moves two seconds at a time. */
const inFiveMinutes = async ({ clock, drainWhile }: Instances): Promise<void> => {
  const end = clock.now().getTime() + MINUTES * 60_000;
  if (LONG) await new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000));
  else await drainWhile(() => clock.now().getTime() < end, 2000);
};

describe.each(OUTAGES)(`${SALES} sales and five minutes of %s`, (_name, outage) => {
  const life = useLifetime('test');

  it(
    'cost a probe now and then, and sending goes on within a minute of the end',
    async () => {
      const two = await openInstances(life, { delivery: { pollInterval: '1s' } });
      const { vendor, shop, shops, clock, drainWhile } = two;
      await shop.pay(FIRST);
      const orders = [FIRST, ...(await multiply(shop, FIRST, SALES - 1))];
      await shop.query(
        `INSERT INTO shop_orders (id) SELECT order_id FROM impact_conversions WHERE order_id <> ?`,
        [FIRST],
      );
      vendor.sales = outage;
      if (LONG) for (const each of shops) each.dispatcher.start();

      await inFiveMinutes(two);
      const wasted = vendor.posts().length;
      expect(wasted).toBeGreaterThan(0);
      expect(wasted).toBeLessThanOrEqual(MOST_WASTED);

      const recovered = clock.now().getTime();
      vendor.sales = () => accept();
      const sendsAgain = (): boolean => vendor.taken().size > 0;
      if (LONG) await until('sales are sent again', sendsAgain, SENDING_AGAIN_WITHIN);
      else await drainWhile(() => !sendsAgain(), 2000);
      expect(clock.now().getTime() - recovered).toBeLessThanOrEqual(SENDING_AGAIN_WITHIN + 2000);

      const finished = async (): Promise<boolean> => (await shop.waiting()) === 0;
      if (LONG) await until('everything is sent', finished);
      else await drainWhile(async () => !(await finished()), 60_000);
      for (const each of shops) await each.dispatcher.stop();
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders });
    },
    PATIENCE,
  );
});
