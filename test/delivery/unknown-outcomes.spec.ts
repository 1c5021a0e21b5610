import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { CapturedLog } from '../support/captured.log.js';
import { databasesFor } from '../support/databases.js';
import { follow, openShop, sale, type Shop } from './support/shop.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(databasesFor('delivery/unknown-outcomes'))(
  'sales that may have arrived, on $name',
  (database) => {
    let sandbox: ImpactSandbox;
    let shop: Shop;
    const open = async (options: Parameters<typeof openShop>[0] = {}): Promise<void> => {
      sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
      shop = await openShop(options, { database, sandbox });
    };
    beforeEach(() => open());
    afterEach(async () => {
      await shop.close();
      await sandbox.close();
    });

    const listings = async () =>
      (await sandbox.requests()).filter(({ operation }) => operation === 'actions');
    const state = async (orderId: string) => (await shop.conversions.find(orderId))?.state;
    const states = () => shop.query(`SELECT state, count(*) AS n FROM impact_conversions GROUP BY state`);
    /** Every sale is taken, and every answer is lost; then the window passes. */
    const loseAnswers = async (count: number): Promise<void> => {
      const clickId = await follow(sandbox);
      sandbox.fault({ kind: 'cut-after-acceptance', on: 'conversions' });
      for (let i = 0; i < count; i += 1) await shop.conversions.record(sale(`A-${i}`, { clickId }));
      for (let round = 0; round < 200 && (await shop.posts()).size < count; round += 1) {
        await shop.dispatcher.drain();
        shop.clock.advance(60_000);
      }
      sandbox.clearFaults();
      await sandbox.settle();
      shop.clock.advance(2 * DAY);
    };

    it('are looked for with one listing, however many they are', async () => {
      await loseAnswers(40);
      const before = new Map(await shop.posts());
      for (let round = 0; round < 3; round += 1) {
        await shop.dispatcher.drain();
        shop.clock.advance(60_000);
      }
      expect(await states()).toEqual([{ state: 'SENT', n: 40 }]);
      expect(await listings()).toHaveLength(1);
      expect(await shop.posts()).toEqual(before);
    });

    it('are neither repeated nor given up while the token may not read, and go on once it may', async () => {
      await loseAnswers(3);
      const log = new CapturedLog();
      shop.app.useLogger(log);
      const before = new Map(await shop.posts());
      sandbox.fault({ status: 403, on: 'actions' });
      for (let day = 0; day < 10; day += 1) {
        await shop.dispatcher.drain();
        shop.clock.advance(DAY);
      }
      // Sales of their own go on all the while.
      await shop.conversions.record(sale('fresh'));
      await shop.dispatcher.drain();
      expect(await state('fresh')).toBe('SENT');
      expect(await states()).toEqual(
        expect.arrayContaining([
          { state: 'RECORDED', n: 3 },
          { state: 'SENT', n: 1 },
        ]),
      );
      expect(new Map([...(await shop.posts())].filter(([order]) => order !== 'fresh'))).toEqual(before);
      // A probe a day, for all of them together; said once, with the fix.
      expect((await listings()).length).toBeLessThanOrEqual(11);
      expect(log.texts('error')).toEqual([expect.stringMatching(/Actions: read/)]);
      expect((await shop.conversions.explain('A-0')).lines.map(({ words }) => words).join()).toMatch(
        /may not read \(403\)/,
      );

      sandbox.clearFaults();
      for (let hour = 0; hour < 3; hour += 1) {
        shop.clock.advance(HOUR);
        await shop.dispatcher.drain();
      }
      expect(await states()).toEqual([{ state: 'SENT', n: 4 }]);
      expect(new Map([...(await shop.posts())].filter(([order]) => order !== 'fresh'))).toEqual(before);
    });

    it('are handed to a person when nobody has mended that for as long as a sale is tried', async () => {
      await shop.close();
      await sandbox.close();
      await open({ delivery: { maxAge: '5d' } });
      await loseAnswers(1);
      sandbox.fault({ status: 403, on: 'actions' });
      for (let day = 0; day < 9; day += 1) {
        await shop.dispatcher.drain();
        shop.clock.advance(DAY);
      }
      const { problems } = (await shop.conversions.find('A-0'))!;
      expect(await state('A-0')).toBe('UNDELIVERABLE');
      expect(problems.join()).toMatch(/Look in impact\.com for an action with this order id/);
    });

    it('take their listing out of the hourly budget, and wait when it is spent', async () => {
      await shop.close();
      await sandbox.close();
      await open({ delivery: { maxRequestsPerHour: 10 } });
      await loseAnswers(1);
      const clickId = await follow(sandbox);
      for (let i = 0; i < 9; i += 1) await shop.conversions.record(sale(`B-${i}`, { clickId }));
      // The sale that may have arrived is due later than those.
      await shop.query(
        `UPDATE impact_deliveries SET due_at = due_at + 864000000 WHERE unknown_since IS NOT NULL`,
      );
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 9 });
      await shop.query(`UPDATE impact_deliveries SET due_at = 1 WHERE unknown_since IS NOT NULL`);
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 0, waiting: 1 });
      expect(await listings()).toHaveLength(0);
      shop.clock.advance(HOUR + 1000);
      await shop.dispatcher.drain();
      expect(await listings()).toHaveLength(1);
      expect(await state('A-0')).toBe('SENT');
    });
  },
);
