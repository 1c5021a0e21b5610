import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ReconciliationInputError,
  type ReconciliationOptions,
  ReconciliationPausedError,
  ReconciliationService,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { follow, openShop, sale, type Shop } from '../delivery/support/shop.js';
import { databasesFor } from '../support/databases.js';
import { books, compare, credited, DAY, settled, told, travel } from './support/books.js';

describe.each(databasesFor('reconciliation/compare'))(
  'comparing the ledger with impact.com, on $name',
  (database) => {
    const { start, closeAll } = books(database);
    afterEach(closeAll);

    const actionReads = (shop: Shop): number => shop.sandbox.calls('GET /Actions');

    it('finds nothing where nothing differs, and costs one reading', async () => {
      const shop = await start();
      await credited(shop, ['A-1', 'A-2', 'A-3']);
      await shop.conversions.record(sale('O-1', { customer: { id: 'c-9' } }));
      await shop.conversions.record(sale('O-2', { customer: undefined }));
      await settled(shop);
      shop.sandbox.clearCalls();
      const result = await compare(shop);
      expect(result.differences).toEqual([]);
      expect(result.counts).toMatchObject({
        sales: 5,
        actions: 3,
        matched: 3,
        withoutAction: { organic: 1, notSent: 1 },
        calls: 2,
      });
      expect(shop.sandbox.calls()).toEqual({ 'GET /Actions': 1, 'GET /CompanyInformation': 1 });
      expect(result.timeZone).toEqual({ name: 'Etc/GMT+7', toldBy: 'impact.com' });
      expect(result.totals.byCurrency).toMatchObject([
        {
          currency: 'USD',
          sales: 3,
          actions: 3,
          amount: '30.00',
          expected: '30.00',
          pending: { amount: '30.00' },
        },
      ]);
      expect(result.summary()).toMatch(/no differences/);
      // The account is asked once.
      await compare(shop);
      expect(shop.sandbox.calls('GET /CompanyInformation')).toBe(1);
    });

    it('finds every planted difference and no other', async () => {
      const shop = await start();
      const ids = Array.from({ length: 12 }, (_, index) => `A-${index + 1}`);
      await credited(shop, ids);
      const other = (await shop.sandbox.actions())[0]!.partnerId === '1234501' ? '1234502' : '1234501';
      const { sandbox } = shop;
      sandbox.office('A-1', 'hide');
      sandbox.office('A-2', { amount: '12.34' });
      sandbox.office('A-3', { partnerId: other });
      sandbox.office('A-4', 'reverse');
      sandbox.office('A-5', { eventDate: new Date(Date.now() - 3 * DAY) });
      sandbox.office('A-6', 'duplicate');
      sandbox.office('A-7', 'approve');
      sandbox.plant({ orderId: 'X-1', amount: '77.00' });
      // What is a test, or reversed already, is nobody's concern.
      sandbox.plant({ orderId: 'X-2', amount: '5.00' });
      sandbox.office('X-2', 'reverse');
      const { differences, counts } = await compare(shop);
      expect(told(differences)).toEqual([
        'A-1 missing-at-vendor',
        'A-2 amount',
        'A-3 partner',
        'A-4 state',
        'A-5 date',
        'A-6 duplicate',
        'A-7 state',
        'X-1 unknown-to-ledger',
      ]);
      const byOrder = new Map(differences.map((one) => [one.orderId, one]));
      expect(byOrder.get('A-2')).toMatchObject({
        ledger: { amount: '10.00', currency: 'USD', state: 'CREDITED' },
        vendor: { amount: '12.34', currency: 'USD', state: 'PENDING' },
        expected: '10.00',
        repair: 'correct-amount',
        repaired: false,
      });
      expect(byOrder.get('A-3')?.vendor?.partnerId).toBe(other);
      expect(counts.differences).toMatchObject({ state: 2, duplicate: 1 });
      expect(await shop.query('SELECT id FROM impact_corrections')).toEqual([]);
    });

    it('searches what was updated since before it calls a sale missing', async () => {
      const shop = await start();
      await credited(shop, ['A-1']);
      // The vendor dates a late sale by its arrival.
      shop.sandbox.office('A-1', { eventDate: new Date(Date.now() + 10 * DAY) });
      travel(shop, 12);
      const now = Date.now();
      const { differences, counts } = await compare(shop, {
        from: new Date(now - DAY),
        to: new Date(now + DAY),
      });
      expect(told(differences)).toEqual(['A-1 date']);
      expect(counts.matched).toBe(1);
    });

    it('takes an action of the window whose sale has another date for known', async () => {
      const shop = await start();
      await credited(shop, ['A-1']);
      shop.sandbox.office('A-1', { eventDate: new Date(Date.now() - 9 * DAY) });
      const now = Date.now();
      const { differences } = await compare(shop, {
        from: new Date(now - 10 * DAY),
        to: new Date(now - 8 * DAY),
      });
      expect(told(differences)).toEqual(['A-1 date']);
    });

    it('compares an order id that had to be made shorter', async () => {
      const shop = await start();
      const long = `order-${'x'.repeat(100)}`;
      await credited(shop, [long]);
      expect((await compare(shop)).differences).toEqual([]);
      // Also when only the vendor's id leads to it.
      const { eventDate } = (await shop.sandbox.actions())[0]!;
      await shop.query('UPDATE impact_conversions SET event_at = event_at - ?', [5 * DAY]);
      const { differences } = await compare(shop, {
        from: new Date(eventDate.getTime() - DAY),
        to: new Date(eventDate.getTime() + DAY),
      });
      expect(told(differences)).toEqual([`${long} date`]);
    });

    it('leaves sales that are young, waiting, rejected, parked by a dry run or tests alone', async () => {
      const shop = await start({}, { actionDelay: '30d' });
      const clickId = await follow(shop.sandbox);
      await shop.conversions.record(sale('YOUNG', { clickId }));
      await shop.conversions.record(sale('TEST', { test: true }));
      await settled(shop);
      await shop.conversions.record(sale('WAITING', { clickId }));
      await shop.query(`UPDATE impact_conversions SET state = 'DRY_RUN' WHERE order_id = 'TEST'`);
      const result = await compare(shop);
      expect(result.differences).toEqual([]);
      expect(result.counts).toMatchObject({ sales: 2, withoutAction: { young: 1, waiting: 1 } });
      travel(shop, 8);
      expect(told((await compare(shop)).differences)).toEqual(['YOUNG missing-at-vendor']);
      expect((await compare(shop, { grace: '9d' })).differences).toEqual([]);
    });

    it('counts no test action, whether the ledger knows its order or not', async () => {
      const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
      const { partnerId } = sandbox.plant({ orderId: 'X-1', amount: '5.00', test: true });
      const options = { recording: { test: { partners: [partnerId] } } };
      const shop = await openShop(options, { sandbox, database });
      try {
        await credited(shop, ['A-1']);
        expect(await sandbox.actions()).toHaveLength(2);
        const result = await compare(shop);
        expect(result.differences).toEqual([]);
        expect(result.counts).toMatchObject({ actions: 1, matched: 1 });
        expect(result.totals.byCurrency).toMatchObject([{ actions: 1, amount: '10.00' }]);
      } finally {
        await shop.close();
        await sandbox.close();
      }
    });

    it('lists claims until they are settled, and actions that lock while a correction is open', async () => {
      const shop = await start();
      await credited(shop, ['A-1', 'A-2', 'A-3']);
      const insert = async (order: string, state: string, claim: string | null): Promise<void> => {
        await shop.query(
          `INSERT INTO impact_corrections (id, account, environment, program, event_type, order_id, correction_key, kind, ` +
            `target, fingerprint, state, recorded_at, looks, claim) SELECT '${order}', account, environment, program, ` +
            `event_type, order_id, 'r-1', 'refund', '{}', 'f', ?, recorded_at, 0, ${claim === null ? 'NULL' : `'${claim}'`} ` +
            `FROM impact_conversions WHERE order_id = ?`,
          [state, order],
        );
      };
      await insert('A-1', 'refused', '{"amount":"4.00"}');
      await insert('A-2', 'queued', null);
      await insert('A-3', 'queued', null);
      shop.sandbox.office('A-2', { lockingDate: new Date(Date.now() + 3 * DAY) });
      shop.sandbox.office('A-3', { lockingDate: new Date(Date.now() + 8 * DAY) });
      const { differences } = await compare(shop);
      expect(told(differences)).toEqual(['A-1 claim', 'A-2 locks-soon']);
      expect(differences.find(({ kind }) => kind === 'claim')).toMatchObject({
        correctionKey: 'r-1',
        claim: { amount: '4.00' },
      });
      expect(told((await compare(shop, { locksWithin: '9d' })).differences)).toContain('A-3 locks-soon');
      await shop.query(`UPDATE impact_corrections SET settled_at = 1 WHERE order_id = 'A-1'`);
      expect(told((await compare(shop)).differences)).toEqual(['A-2 locks-soon']);
    });

    it('expects what the newest confirmed correction left of a sale', async () => {
      const shop = await start();
      await credited(shop, ['A-1']);
      const add = (id: string, sequence: number, state: string, amount: string): Promise<unknown> =>
        shop.query(
          `INSERT INTO impact_corrections (id, account, environment, program, event_type, order_id, correction_key, kind, ` +
            `target, fingerprint, state, recorded_at, looks, sequence) SELECT ?, account, environment, program, ` +
            `event_type, order_id, ?, 'refund', ?, 'f', ?, recorded_at, 0, ? FROM impact_conversions`,
          [id, id, JSON.stringify({ amount }), state, sequence],
        );
      await add('r-1', 1, 'confirmed', '2.00');
      await add('r-2', 2, 'confirmed', '1.50');
      await add('r-3', 3, 'refused', '5.50');
      shop.sandbox.office('A-1', { amount: '6.50' });
      expect((await compare(shop)).differences).toEqual([]);
      shop.sandbox.office('A-1', { amount: '8.00' });
      expect((await compare(shop)).differences).toMatchObject([{ kind: 'amount', expected: '6.50' }]);
    });

    it('expects what a correction asked for that the action showed already', async () => {
      const shop = await start();
      await credited(shop, ['A-1']);
      shop.sandbox.office('A-1', { amount: '8.00' });
      await shop.conversions.refund('A-1', { key: 'r', amount: '2.00' });
      travel(shop, 1);
      await settled(shop);
      await settled(shop);
      const { corrections } = await shop.conversions.explain('A-1');
      expect(corrections).toMatchObject([{ key: 'r', state: 'confirmed' }]);
      expect(shop.sandbox.calls('PUT /Actions')).toBe(0);
      expect((await compare(shop)).differences).toEqual([]);
    });

    it.each(['listed', 'postbacks'] as const)(
      'calls a converted amount converted, and finds the one that is wrong (originals: %s)',
      async (originalAmounts) => {
        const shop = await start({}, { originalAmounts, rates: { EUR: '1.08' } });
        await credited(shop, ['E-1', 'E-2'], { currency: 'EUR' });
        const few = await compare(shop);
        expect(few.differences).toEqual([]);
        expect(few.counts).toMatchObject({ converted: 0, notJudged: 2 });
        expect(few.summary()).toMatch(/2 in another currency and not judged/);
        await credited(shop, ['E-3', 'E-4', 'E-5'], { currency: 'EUR' });
        const right = await compare(shop);
        expect(right.differences).toEqual([]);
        expect(right.counts).toMatchObject({ converted: 5, notJudged: 0 });
        expect(right.totals.byCurrency[0]).toMatchObject({
          currency: 'USD',
          expected: '0.00',
          converted: { actions: 5, amount: right.totals.byCurrency[0]!.amount },
        });
        shop.sandbox.office('E-2', { amount: '5.00' });
        const { differences } = await compare(shop, { repair: 'apply' });
        expect(differences).toMatchObject([
          { kind: 'amount', orderId: 'E-2', expected: '10.80', repair: 'none', repaired: false },
        ]);
        // No amount in one currency is written into an action of another.
        expect(await shop.query('SELECT id FROM impact_corrections')).toEqual([]);
      },
    );

    it('counts days and months in the time zone of the account', async () => {
      const shop = await start({ verdicts: { accountTimeZone: 'Pacific/Kiritimati' } });
      const clickId = await follow(shop.sandbox);
      const eventDate = new Date();
      await shop.conversions.record(sale('A-1', { clickId, eventDate }));
      await settled(shop);
      // Fourteen hours ahead of Greenwich.
      const day = new Date(eventDate.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
      const next = new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
      const result = await compare(shop, { from: day, to: next });
      expect(result.timeZone).toEqual({ name: 'Pacific/Kiritimati', toldBy: 'option' });
      expect(result.window.from.toISOString()).toBe(
        new Date(Date.parse(`${day}T00:00:00Z`) - 14 * 3_600_000).toISOString(),
      );
      expect(result.counts.sales).toBe(1);
      expect(result.totals.rows).toMatchObject([{ month: day.slice(0, 7), actions: 1 }]);
      expect((await compare(shop, { from: next, to: '2099-01-01' })).counts.sales).toBe(0);
      expect(shop.sandbox.calls('GET /CompanyInformation')).toBe(0);
    });

    it('counts in UTC where nobody tells another zone, and reads on where the token may not ask', async () => {
      const shop = await start({}, { disabledScopes: ['account'] });
      await credited(shop, ['A-1']);
      const result = await compare(shop);
      expect(result.timeZone).toEqual({ name: 'UTC', toldBy: 'nobody' });
      expect(result.counts.matched).toBe(1);
      expect(result.summary()).toMatch(/months in UTC/);
      // Nobody else waits for it.
      expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([]);
    });

    it('tells a failure to everybody, and goes on when it is over', async () => {
      const shop = await start({ verdicts: { accountTimeZone: 'UTC' } });
      shop.sandbox.fault({ on: 'actions', status: 503, times: 1 });
      await expect(compare(shop)).rejects.toThrow(/503/);
      await expect(compare(shop)).rejects.toThrow(ReconciliationPausedError);
      shop.clock.advance(3_600_000);
      expect((await compare(shop)).differences).toEqual([]);
      expect(await shop.query(`SELECT scope FROM impact_accounts WHERE failures > 0`)).toEqual([]);
    });

    it('reads in dry-run mode and repairs nothing there', async () => {
      const shop = await start({ mode: 'dry-run' });
      shop.sandbox.plant({ orderId: 'A-1', amount: '12.00' });
      await shop.conversions.record(sale('A-1', { clickId: await follow(shop.sandbox) }));
      const { differences } = await compare(shop);
      expect(differences).toMatchObject([{ kind: 'amount', repair: 'none', ledger: { state: 'DRY_RUN' } }]);
      await expect(compare(shop, { repair: 'apply' })).rejects.toThrow(/dry-run/);
    });

    it('refuses what makes no sense, before any call', async () => {
      const shop = await start();
      const wrong: Partial<ReconciliationOptions>[] = [
        { from: '2026-10-32' },
        { from: '2026-11-01', to: '2026-11-01' },
        { to: new Date(Number.NaN) },
        { repair: 'yes' as 'apply' },
        { rateTolerance: 3 },
      ];
      for (const options of wrong)
        await expect(compare(shop, options)).rejects.toThrow(ReconciliationInputError);
      expect(shop.sandbox.calls()).toEqual({});
    });

    it('says when to try again where the budget is used up, and waits where it is asked to', async () => {
      const shop = await start({
        delivery: { maxRequestsPerHour: 1 },
        verdicts: { accountTimeZone: 'UTC' },
      });
      await compare(shop);
      expect(actionReads(shop)).toBe(1);
      const refused = await compare(shop).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ReconciliationPausedError);
      expect(refused).toMatchObject({ why: 'budget' });
      expect((refused as ReconciliationPausedError).retryAt.getTime()).toBeGreaterThan(Date.now());
      expect(actionReads(shop)).toBe(1);
      const ends = new AbortController();
      const waiting = compare(shop, { wait: true, signal: ends.signal });
      ends.abort();
      await expect(waiting).rejects.toThrow(/aborted/);
      // A pause that is over soon is waited for.
      shop.clock.advance(3_601_000);
      await shop.query(
        `UPDATE impact_accounts SET failures = 1, reason = 'test', paused_until = ? WHERE scope = 'all'`,
        [shop.clock.now().getTime() + 300],
      );
      const { counts } = await compare(shop, { wait: true });
      expect(counts.calls).toBe(1);
      expect(actionReads(shop)).toBe(2);
    });

    it('tells one difference at a time to who cannot hold them all', async () => {
      const shop = await start();
      for (const id of ['X-1', 'X-2', 'X-3']) shop.sandbox.plant({ orderId: id, amount: '1.00' });
      const now = Date.now();
      const stream = shop.app
        .get(ReconciliationService)
        .stream({ from: new Date(now - DAY), to: new Date(now + DAY) });
      const kinds: string[] = [];
      let step = await stream.next();
      for (; step.done !== true; step = await stream.next()) kinds.push(step.value.kind);
      expect(kinds).toEqual(['unknown-to-ledger', 'unknown-to-ledger', 'unknown-to-ledger']);
      expect(step.value.counts).toMatchObject({ actions: 3, differences: { 'unknown-to-ledger': 3 } });
    });
  },
);
