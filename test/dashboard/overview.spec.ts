import { afterEach, describe, expect, it } from '@jest/globals';
import { OverviewQueryError, OverviewService } from 'nestjs-impact';
import { plantSales } from '../../bench/lib/many-sales.js';
import { databasesFor, queryRows } from '../support/databases.js';
import { type Shop, startShop } from '../support/shop.app.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ACCOUNT = 'IRaccount1';

const open: Shop[] = [];
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close();
});

type Row = Record<string, string | number | null>;

describe.each(databasesFor('dashboard/overview'))('the overview on $name', (database) => {
  async function start(): Promise<{ shop: Shop; overview: OverviewService }> {
    const shop = await startShop({
      on: database,
      impact: {
        accountSid: ACCOUNT,
        authToken: 'a-secret-token',
        campaignId: '1000',
        eventTypeId: '2000',
        mode: 'live',
        environment: 'test',
        delivery: { autoStart: false },
      },
    });
    open.push(shop);
    return { shop, overview: shop.app.get(OverviewService, { strict: false }) };
  }

  const insertInto =
    ({ dataSource }: Shop) =>
    async (table: string, rows: Row[]): Promise<void> => {
      const columns = Object.keys(rows[0]!);
      const marks = rows.map(() => `(${columns.map(() => '?').join(', ')})`);
      await queryRows(
        dataSource,
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${marks.join(', ')}`,
        rows.flatMap((row) => columns.map((column) => row[column] ?? null)),
      );
    };

  const plant = (shop: Shop, sales: number, { account = ACCOUNT, first = 0 } = {}): Promise<unknown> =>
    plantSales(insertInto(shop), { sales, first, chunk: 50, now: Date.now(), account, environment: 'test' });

  const count = async (shop: Shop, sql: string): Promise<number> =>
    (await queryRows<{ n: number }>(shop.dataSource, `SELECT count(*) AS n FROM ${sql}`))[0]!.n;

  it('of an empty database is empty', async () => {
    const { overview } = await start();
    const status = await overview.status();
    expect(Object.values(status.states).every((sales) => sales === 0)).toBe(true);
    expect(status).toMatchObject({
      backlog: { sales: 0, corrections: 0, oldestAt: null, oldestAge: null },
      needPerson: 0,
      walkedAt: null,
    });
    expect(await overview.pauses()).toEqual({
      pauses: [],
      budget: { perHour: 1000, used: 0, left: 1000, since: null },
    });
    expect(await overview.list()).toEqual({ sales: [], next: null });
    expect(await overview.owed()).toEqual([]);
    expect([await overview.locksSoon(), await overview.claims(), await overview.verdictsByReason()]).toEqual([
      [],
      [],
      [],
    ]);
    expect(await overview.search('A-1')).toEqual([]);
    const now = new Date();
    const funnel = await overview.funnel({ from: new Date(now.getTime() - DAY), to: now });
    expect(funnel.map(({ clicks, sales, cleared }) => clicks + sales + cleared)).toEqual([0, 0]);
  });

  it('counts what the tables hold, and nothing of another account', async () => {
    const { shop, overview } = await start();
    await plant(shop, 200, { account: 'IRsomebodyElse', first: 5000 });
    // Clicks belong to no account.
    for (const table of ['impact_clicks', 'impact_click_links'])
      await queryRows(shop.dataSource, `DELETE FROM ${table}`);
    expect((await overview.list()).sales).toEqual([]);
    await plant(shop, 400);
    const own = `account = '${ACCOUNT}'`;
    const { states, backlog, needPerson } = await overview.status();
    for (const state of ['CREDITED', 'CLEARED', 'UNATTRIBUTED', 'REJECTED'] as const) {
      expect([state, states[state]]).toEqual([
        state,
        await count(shop, `impact_conversions WHERE ${own} AND state = '${state}'`),
      ]);
    }
    expect(Object.values(states).reduce((sum, each) => sum + each, 0)).toBe(400);
    expect(needPerson).toBe(states.UNDELIVERABLE);
    expect(backlog.sales).toBe(states.RECORDED);

    const to = new Date();
    const funnel = await overview.funnel({ from: new Date(to.getTime() - 120 * DAY), to });
    const total = (column: Exclude<keyof (typeof funnel)[number], 'day'>): number =>
      funnel.reduce((sum, day) => sum + day[column], 0);
    expect(total('sales')).toBe(400);
    expect(total('cleared')).toBe(states.CLEARED);
    expect(total('credited')).toBe(states.CREDITED + states.APPROVED + states.CLEARED);
    expect(total('clicks')).toBe(await count(shop, 'impact_clicks'));
    expect(total('links')).toBe(await count(shop, 'impact_click_links'));

    const owed = await overview.owed({ months: 12 });
    const payouts = await queryRows<{ payout: string }>(
      shop.dataSource,
      `SELECT payout FROM impact_actions WHERE ${own} AND state <> 'REVERSED'`,
    );
    const cents = (texts: string[]): number =>
      texts.reduce((sum, text) => sum + Math.round(Number(text) * 100), 0);
    expect(cents(owed.flatMap(({ pending, approved, cleared }) => [pending, approved, cleared]))).toBe(
      cents(payouts.map(({ payout }) => payout)),
    );
    expect(owed.reduce((sum, { actions }) => sum + actions, 0)).toBe(payouts.length);
    expect(owed.map(({ month }) => month)).toEqual(
      owed
        .map(({ month }) => month)
        .toSorted()
        .toReversed(),
    );

    const reasons = await overview.verdictsByReason();
    expect(reasons.reduce((sum, { count: times }) => sum + times, 0)).toBe(states.REJECTED);
    expect(await overview.pauses()).toMatchObject({ budget: { used: 412, left: 588 } });
  });

  it('lists every sale once, page by page, newest first', async () => {
    const { shop, overview } = await start();
    await plant(shop, 130);
    const listed: { orderId: string; eventAt: Date }[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const { sales, next } = await overview.list({ limit: 50, ...(after === undefined ? {} : { after }) });
      listed.push(...sales);
      after = next;
    }
    expect(new Set(listed.map(({ orderId }) => orderId)).size).toBe(130);
    expect(listed).toHaveLength(130);
    const times = listed.map(({ eventAt }) => eventAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const { sales } = await overview.list({ state: 'CLEARED', limit: 500 });
    expect(sales.map(({ state }) => state)).toEqual(sales.map(() => 'CLEARED'));
    expect(sales.length).toBe((await overview.status()).states.CLEARED);
  });

  it('lists sales that were paid in the same moment once', async () => {
    const { shop, overview } = await start();
    await plant(shop, 30);
    await queryRows(shop.dataSource, `UPDATE impact_conversions SET event_at = 1000`);
    const first = await overview.list({ limit: 20 });
    const second = await overview.list({ limit: 20, after: first.next! });
    expect(new Set([...first.sales, ...second.sales].map(({ id }) => id)).size).toBe(30);
    expect(second.next).toBeNull();
  });

  it('finds sales by order, its beginning, click, submission and action', async () => {
    const { shop, overview } = await start();
    await plant(shop, 60);
    const all = (await overview.list({ limit: 100 })).sales;
    const sale = all.find(({ actionId, clickId }) => actionId !== null && clickId !== null)!;
    for (const sought of [
      sale.orderId,
      sale.actionId!,
      sale.submissionId!,
      sale.clickId!,
      ` ${sale.orderId} `,
    ]) {
      expect([sought, (await overview.search(sought)).map(({ orderId }) => orderId)]).toContainEqual(
        expect.arrayContaining([sale.orderId]),
      );
    }
    expect(await overview.search('ORDER-0000')).toHaveLength(50);
    expect(await overview.search('order-0000')).toEqual([]);
    expect(await overview.search('ORDER_0000%')).toEqual([]);
    for (const nothing of ['', ' ', '\0', 'x'.repeat(300)])
      expect(await overview.search(nothing)).toEqual([]);
  });

  it('tells what locks soon, and what is a claim', async () => {
    const { shop, overview } = await start();
    await plant(shop, 4000);
    const locking = await overview.locksSoon();
    const within = Date.now() + 7 * DAY;
    const held = `impact_corrections k JOIN impact_conversions c ON c.id = k.conversion WHERE k.state = 'held' AND c.state = 'CREDITED' AND c.locking_at <= ${within}`;
    expect(locking.length).toBe(await count(shop, held));
    expect(locking.length).toBeGreaterThan(0);
    expect(locking.every(({ locksAt }) => locksAt.getTime() <= within)).toBe(true);
    const claims = await overview.claims();
    expect(claims.length).toBe(await count(shop, 'impact_corrections WHERE claim IS NOT NULL'));
    expect(claims.length).toBeGreaterThan(0);
  }, 60_000);

  it('refuses what makes no sense', async () => {
    const { overview } = await start();
    const now = new Date();
    await expect(overview.list({ limit: 0 })).rejects.toBeInstanceOf(OverviewQueryError);
    await expect(overview.list({ after: "'; --" })).rejects.toBeInstanceOf(OverviewQueryError);
    await expect(overview.list({ state: 'NOTHING' as never })).rejects.toBeInstanceOf(OverviewQueryError);
    await expect(overview.funnel({ from: now, to: new Date(now.getTime() - DAY) })).rejects.toBeInstanceOf(
      OverviewQueryError,
    );
    await expect(overview.funnel({ from: new Date(0), to: now })).rejects.toBeInstanceOf(OverviewQueryError);
    await expect(overview.owed({ months: 0 })).rejects.toBeInstanceOf(OverviewQueryError);
  });
});
