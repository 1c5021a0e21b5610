import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { IMPACT_DATABASE, type ImpactDatabase, type Script } from '../../src/database/index.js';
import { VerdictLedger, type WalkLedger } from '../../src/ledger/index.js';
import { CapturedLog } from '../support/captured.log.js';
import { databasesFor } from '../support/databases.js';
import { follow, openShop, sale, type Shop } from './support/shop.js';

const tick = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(databasesFor('delivery/look-ups'))('the loop of look-ups, on $name', (database) => {
  let shop: Shop;
  let sandbox: ImpactSandbox;
  beforeEach(async () => {
    // Nothing is settled by itself, however slow the machine is.
    sandbox = await ImpactSandbox.start({ settleAfter: '1h', rateLimit: false });
    shop = await openShop(
      { verdicts: { sweepInterval: '1h' }, delivery: { shutdownTimeout: '5s' } },
      { database, sandbox },
    );
  });
  afterEach(async () => {
    await shop.close();
    await sandbox.close();
  });

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
    const ledger = (shop.verdicts as unknown as { ledger: Pick<WalkLedger, 'outlook'> }).ledger;
    const outlook = ledger.outlook.bind(ledger);
    ledger.outlook = (stamp) => {
      asked += 1;
      return outlook(stamp);
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

  it('says once that reads are refused, and once that they are not any more', async () => {
    const log = new CapturedLog();
    shop.app.useLogger(log);
    sandbox.fault({ status: 403, on: 'actions', times: 3 });
    await sendOne('A-1');
    await sandbox.settle();
    for (let look = 0; look < 5; look += 1) {
      await shop.query(`UPDATE impact_conversions SET verdict_due_at = 1 WHERE verdict_due_at IS NOT NULL`);
      await shop.verdicts.sweep();
      shop.clock.advance(1_800_000);
    }
    expect(log.texts('error')).toEqual([expect.stringMatching(/Actions: read.*Submissions: read/)]);
    expect(log.texts('warn')).toEqual([]);
    expect(log.texts('log')).toEqual([expect.stringMatching(/^Look-ups are not paused any more/)]);
    expect(await shop.conversions.find('A-1')).toMatchObject({ state: 'CREDITED' });
  });

  it('does not let a submission that cannot be read hold up the others', async () => {
    for (let i = 0; i < 5; i += 1) await sendOne(`A-${i}`);
    const [{ submission_id: poison }] = (await shop.query<{ submission_id: string }>(
      `SELECT submission_id FROM impact_conversions WHERE order_id = 'A-0'`,
    )) as [{ submission_id: string }];
    sandbox.fault({ status: 500, on: ({ path }) => path.endsWith(poison) });
    await shop.verdicts.sweep();
    const asked = (await sandbox.requests()).filter(({ path }) => path.includes('APISubmissions'));
    expect(asked).toHaveLength(5);
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([]);
  });

  it('pauses look-ups, and nothing else, when none can be read', async () => {
    for (let i = 0; i < 8; i += 1) await sendOne(`A-${i}`);
    sandbox.fault({ status: 500, on: 'submissions' });
    await shop.verdicts.sweep();
    const asked = (await sandbox.requests()).filter(({ path }) => path.includes('APISubmissions'));
    expect(asked).toHaveLength(3);
    expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([
      { scope: 'reads' },
    ]);
  });

  it('claims and asks with a number of statements that does not grow with the sales', async () => {
    const statements = countedStatements(shop.app.get<ImpactDatabase>(IMPACT_DATABASE));
    const claim = async (): Promise<number> => {
      const ledger = shop.app.get(VerdictLedger);
      const stamp = { account: sandbox.credentials.accountSid, environment: 'test' };
      const before = statements();
      const due = await ledger.claim(stamp, 100, 60_000);
      expect(new Set(due.map(({ until }) => until)).size).toBe(1);
      await shop.query(`UPDATE impact_conversions SET verdict_due_at = 1`);
      return statements() - before;
    };
    await sendOne('A-1');
    const one = await claim();
    for (let i = 2; i < 20; i += 1) await sendOne(`A-${i}`);
    expect(await claim()).toBe(one);
  });

  it('costs one statement per interval while nothing is due', async () => {
    await shop.verdicts.stop();
    const statements = countedStatements(shop.app.get<ImpactDatabase>(IMPACT_DATABASE));
    shop.verdicts.start();
    await tick(100);
    expect(statements()).toBe(1);
    await shop.verdicts.stop();
    await shop.conversions.record(sale('A-1', { clickId: await follow(sandbox) }));
    await shop.dispatcher.drain();
    const before = statements();
    shop.verdicts.start();
    await tick(100);
    expect(statements() - before).toBe(1);
  });
});

/** Counts every statement of a database door from now on. */
function countedStatements(database: ImpactDatabase): () => number {
  let count = 0;
  function* counted<T>(script: () => Script<T>): Script<T> {
    const inner = script();
    let step = inner.next();
    while (step.done !== true) {
      count += 1;
      step = inner.next(yield step.value);
    }
    return step.value;
  }
  for (const name of ['read', 'write'] as const) {
    const original = database[name].bind(database);
    database[name] = <T>(script: () => Script<T>) => original(() => counted(script));
  }
  return () => count;
}
