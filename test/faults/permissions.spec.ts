import { describe, expect, it } from '@jest/globals';
import { useLifetime } from '../support/lifetime.js';
import type { FaultShop } from './support/fault.shop.js';
import { accept, problem } from './support/hostile.answers.js';
import { expectEverySaleSafe } from './support/sale.checks.js';
import { PATIENCE, scaled } from './support/scale.js';
import { openInstances, SHARED } from './support/shop.instances.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DOWN = scaled(8, 72) * HOUR;

/** What was said loudly about something, by any instance: Nest has one logger for all that are in this process. */
const said = (shops: readonly FaultShop[], what: RegExp): string[] =>
  shops
    .flatMap(({ log }) => log.lines)
    .filter(({ level, text }) => (level === 'error' || level === 'warn') && what.test(text))
    .map(({ text }) => text);

describe(`what the token may not do, in two processes on ${SHARED.name}`, () => {
  const life = useLifetime('test');

  it(
    'a 403 on every read stops no sale, is said once, and is asked again more and more rarely',
    async () => {
      const { vendor, shop, shops, clock, drain } = await openInstances(life);
      vendor.reads = () => problem(403, 'Insufficient scope');
      const orders: string[] = [];
      const steps = scaled(12, 240);
      for (let step = 0; step < steps; step += 1) {
        for (let sale = 0; sale < 2; sale += 1) {
          orders.push(`R-${step}-${sale}`);
          await shop.pay(orders.at(-1)!, { promoCodes: ['PARTNER10'] });
        }
        // Each goes out at once, whatever the reads are told.
        expect(await drain()).toBe(2);
        await Promise.all(shops.map((each) => each.verdicts.sweep()));
        clock.advance(5 * MINUTE);
      }
      expect(vendor.posts()).toHaveLength(orders.length);
      const reads = vendor.calls.length - vendor.posts().length;
      expect(reads).toBeGreaterThan(0);
      // A sweep in each process every five minutes would be two per step, and a look-up per sale more.
      expect(reads).toBeLessThan(steps / 2 + 5);
      // Once in each process.
      expect(said(shops, /403/).slice(shops.length)).toEqual([]);
      expect(said(shops, /403/).join()).toMatch(/: read/);

      // The scope is granted: everything is settled without a hand being laid on it.
      vendor.reads = () => null;
      for (let hour = 0; hour < 8; hour += 1) {
        clock.advance(HOUR);
        await Promise.all(shops.map((each) => each.verdicts.sweep()));
      }
      expect(await shop.query(`SELECT DISTINCT state FROM impact_conversions`)).toEqual([
        { state: 'CREDITED' },
      ]);
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders });
    },
    PATIENCE,
  );

  it(
    'a 401 stops every call, is said once with the remedy, and a probe ends it',
    async () => {
      const { vendor, shop, shops, clock, drain, drainWhile } = await openInstances(life, {
        delivery: { maxAge: '6h', concurrency: 4 },
      });
      const orders = ['settled', ...Array.from({ length: 30 }, (_, number) => `U-${number}`)];
      await shop.pay('settled', { promoCodes: ['PARTNER10'] });
      await drain();
      vendor.sales = () => problem(401, 'Unauthorized');
      vendor.reads = () => problem(401, 'Unauthorized');
      for (const order of orders.slice(1)) await shop.pay(order);
      await drain();
      const firstTry = vendor.calls.length;
      expect(firstTry).toBeLessThanOrEqual(1 + 4 * shops.length);

      // A wrong token for longer than a row may live.
      const end = clock.now().getTime() + DOWN;
      await drainWhile(async () => {
        await Promise.all(shops.map((each) => each.verdicts.sweep()));
        return clock.now().getTime() < end;
      }, 15 * MINUTE);
      // Never more often than a quarter of an hour, whatever is waiting.
      expect(vendor.calls.length - firstTry).toBeLessThanOrEqual(DOWN / (15 * MINUTE));
      const lines = said(shops, /401/);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.slice(shops.length)).toEqual([]);
      for (const line of lines) expect(line).toMatch(/IMPACT_AUTH_TOKEN/);

      vendor.sales = () => accept();
      vendor.reads = () => null;
      vendor.calls.length = 0;
      clock.advance(HOUR);
      // Both processes look at the same moment: one call tries whether the token is good.
      await drain();
      await drainWhile(async () => (await shop.waiting()) > 0, 20 * MINUTE);
      expect(vendor.posts()).toHaveLength(30);
      await expectEverySaleSafe(shop, { taken: vendor.taken() }, { orders });
    },
    PATIENCE,
  );
});
