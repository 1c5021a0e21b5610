import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { follow, openShop, sale, type Shop } from './support/shop.js';

const tick = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the loop of look-ups', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop({ verdicts: { sweepInterval: '1h' }, delivery: { shutdownTimeout: '5s' } });
  });
  afterEach(() => shop.close());

  const reads = async () => (await shop.sandbox.requests()).filter(({ method }) => method === 'GET').length;
  const sendOne = async (orderId: string) => {
    await shop.conversions.record(sale(orderId, { clickId: await follow(shop.sandbox) }));
    await shop.dispatcher.drain();
    await shop.query(`UPDATE impact_conversions SET verdict_due_at = 1`);
  };

  it('does not ask the database again and again while look-ups are paused', async () => {
    shop.sandbox.fault({ status: 403, on: 'actions' });
    await sendOne('A-1');
    await shop.verdicts.sweep();
    await shop.query(`UPDATE impact_conversions SET verdict_due_at = 1`);
    let asked = 0;
    const ledger = (
      shop.verdicts as unknown as { ledger: { nextDueIn(stamp: unknown): Promise<number | null> } }
    ).ledger;
    const nextDueIn = ledger.nextDueIn.bind(ledger);
    ledger.nextDueIn = (stamp) => {
      asked += 1;
      return nextDueIn(stamp);
    };
    shop.verdicts.start();
    await tick(300);
    expect(asked).toBe(1);
  });

  it('opens the gate again once a look-up is answered', async () => {
    shop.sandbox.fault({ status: 403, on: 'actions', times: 1 });
    await sendOne('A-1');
    await shop.verdicts.sweep();
    const paused = () => shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`);
    expect(await paused()).toEqual([{ scope: 'reads' }]);
    shop.clock.advance(2 * 3_600_000);
    await shop.sandbox.settle();
    expect(await shop.verdicts.sweep()).toMatchObject({ settled: 1 });
    expect(await paused()).toEqual([]);
  });

  it('ends after the call under way, not after the whole batch', async () => {
    for (let i = 0; i < 10; i += 1) await sendOne(`A-${i}`);
    shop.sandbox.fault({ kind: 'slow', delayMs: 100, on: 'submissions' });
    shop.verdicts.start();
    while ((await reads()) < 2) await tick(5);
    await shop.verdicts.stop();
    expect(await reads()).toBe(2);
    expect(
      await shop.query(`SELECT count(*) AS n FROM impact_conversions WHERE verdict_due_at IS NULL`),
    ).toEqual([{ n: 0 }]);
  });
});
