import { afterEach, describe, expect, it } from '@jest/globals';
import { ForeignManagerError, type ImpactModuleOptions } from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { follow, openShop, sale, type Shop, type ShopPlace, ShopOrder } from '../delivery/support/shop.js';
import { DATABASES, type FreshDatabase, SERVERS, SQLITE, type TestDatabase } from '../support/databases.js';
import { startEchoServer } from '../support/echo.server.js';
import { IMPACT_TABLES, impactTables } from '../support/impact.tables.js';
import { liveOptions, simpleSale, startShop } from '../support/shop.app.js';

const opened: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

const fresh = async (database: TestDatabase): Promise<FreshDatabase> => {
  const at = await database.create();
  keep({ close: () => at.drop() });
  return at;
};

const onServer = async (at: FreshDatabase, statements: readonly string[]): Promise<void> => {
  const dataSource = await new DataSource(at.options).initialize();
  for (const sql of statements) await dataSource.query(sql);
  await dataSource.destroy();
};

/** From a click to a credited action, twenty times at once, by two processes; every time is this hour's. */
async function goesTheWholeWay(place: ShopPlace): Promise<void> {
  const one: Shop = keep(await openShop({}, place));
  const two: Shop = keep(await openShop({}, { ...place, sandbox: one.sandbox, at: one.at }));
  const clickId = await follow(one.sandbox);
  const orders = Array.from({ length: 20 }, (_, index) => `A-${index}`);
  const record = (shop: Shop, orderId: string): Promise<unknown> =>
    shop.dataSource.transaction(async (manager) => {
      await manager.insert(ShopOrder, { id: orderId, note: `it's "paid" \\ 100 %` });
      await shop.conversions.record(sale(orderId, { clickId }), { manager });
    });
  // The same rows from both sides would be the shop's own conflict in a stricter isolation level.
  await Promise.all([
    inTurn(orders.slice(0, 10), (orderId) => record(one, orderId)),
    inTurn(orders.slice(10), (orderId) => record(two, orderId)),
  ]);
  const sums = await Promise.all([one.dispatcher.drain(), two.dispatcher.drain()]);
  expect(sums[0].sent + sums[1].sent).toBe(20);
  expect(await one.posts()).toEqual(new Map(orders.map((orderId) => [orderId, 1])));
  await one.sandbox.settle();
  await one.verdicts.hurry();
  const now = Date.now();
  for (const orderId of orders) {
    const found = (await two.conversions.find(orderId))!;
    expect(found).toMatchObject({ state: 'CREDITED', amount: '10.00', clickId });
    expect(Math.abs(found.recordedAt.getTime() - now)).toBeLessThan(60_000);
    for (const { at } of (await two.conversions.explain(orderId)).lines) {
      expect(Math.abs(at.getTime() - now)).toBeLessThan(60_000);
    }
  }
  const due = await one.query<{ n: number }>(
    `SELECT count(*) AS n FROM impact_deliveries WHERE due_at IS NOT NULL`,
  );
  expect(due).toEqual([{ n: 0 }]);
}

async function inTurn<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (const one of list) await work(one);
}

describe.each(DATABASES)('a data source of the module’s own on $name', (database) => {
  it('takes sales and delivers them, holds all tables, and refuses the app’s transaction', async () => {
    const sandbox = keep(await ImpactSandbox.start({ settleAfter: '1s' }));
    const at = await fresh(database);
    const impact: ImpactModuleOptions = { ...liveOptions(sandbox), database: at.options };
    const shop = keep(await startShop({ on: SQLITE, impact }));
    await shop.conversions.record(simpleSale('o-1'));
    expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1 });
    expect(await shop.found('o-1')).toMatchObject({ state: 'SENT' });

    const foreign = shop.dataSource.transaction((manager) =>
      shop.conversions.record(simpleSale('o-2'), { manager }),
    );
    await expect(foreign).rejects.toBeInstanceOf(ForeignManagerError);
    expect(await shop.conversions.find('o-2')).toBeNull();
    // A foreign transaction that stays open is no reason to wait.
    await shop.dataSource.transaction(() => shop.conversions.record(simpleSale('o-3')));
    expect(await shop.found('o-3')).toMatchObject({ state: 'RECORDED' });

    expect(await impactTables(shop.dataSource)).toEqual([]);
    const look = await new DataSource(at.options).initialize();
    keep({ close: () => look.destroy() });
    expect(await impactTables(look)).toEqual([...IMPACT_TABLES].toSorted());
  });

  it('never creates, changes or drops anything for the app, whatever its options say', async () => {
    const at = await fresh(database);
    await onServer(at, ['CREATE TABLE precious (id integer)']);
    const own = {
      ...at.options,
      dropSchema: true,
      synchronize: true,
      entities: [ShopOrder],
    } as DataSourceOptions;
    keep(await startShop({ on: SQLITE, impact: { database: own } }));
    const look = await new DataSource(at.options).initialize();
    keep({ close: () => look.destroy() });
    expect(await look.query('SELECT * FROM precious')).toEqual([]);
    await expect(look.query('SELECT * FROM shop_orders')).rejects.toThrow(/shop_orders/);
  });
});

describe.each(DATABASES)('what a hostile vendor writes on $name', (database) => {
  it.each([
    [
      'a refusal',
      {
        status: 400,
        body: `{"errors":[{"field":"\\u0000ItemSku1","level":"error","message":"\\u0000 \\ud800 😀 ' \\\\ \\" %s ? $1"}]}`,
      },
    ],
    [
      'a refusal of the account',
      { status: 401, body: `{"Status":"ERROR","Message":"\\u0000 \\ud800 😀 ' \\\\ ?"}` },
    ],
    [
      'a success',
      {
        status: 200,
        body: `{"Status":"QUEUED","QueuedUri":"/Advertisers/x/APISubmissions/A-\\u0000\\ud800'"}`,
      },
    ],
  ])('cannot keep %s from being written down', async (_, { status, body }) => {
    const echo = keep(await startEchoServer());
    echo.answer = { status, type: 'application/json', body };
    const shop = keep(await openShop({ baseUrl: echo.url }, { database }));
    for (const orderId of ['A-1', 'A-2', 'A-3']) await shop.conversions.record(sale(orderId));
    await shop.dispatcher.drain();
    const leased = `SELECT count(*) AS n FROM impact_deliveries WHERE lease_token IS NOT NULL`;
    expect(await shop.query(leased)).toEqual([{ n: 0 }]);
    for (const orderId of ['A-1', 'A-2', 'A-3']) {
      const { lines } = await shop.conversions.explain(orderId);
      expect(lines.map(({ words }) => words).join()).not.toContain('\0');
    }
    const [first] = (await shop.conversions.explain('A-1')).lines.slice(1);
    expect(first).toBeDefined();
  });
});

// Loops and not `describe.each`, which refuses an empty list; the end of the run says which server was not there.
const POSTGRES = SERVERS.filter(({ dialect }) => dialect === 'postgres');
const MYSQL = SERVERS.filter(({ dialect }) => dialect === 'mysql');

for (const database of POSTGRES) {
  describe(`an app on ${database.name}`, () => {
    it.each([
      ['transactions serializable by default', [`default_transaction_isolation TO 'serializable'`]],
      ['transactions repeatable-read by default', [`default_transaction_isolation TO 'repeatable read'`]],
      ['an odd time zone and date style', [`timezone TO 'Asia/Kolkata'`, `datestyle TO 'SQL, DMY'`]],
      ['short time-outs', [`lock_timeout TO '5s'`, `idle_in_transaction_session_timeout TO '5s'`]],
    ])('may have %s', async (_, settings) => {
      const at = await fresh(database);
      await onServer(
        at,
        settings.map((setting) => `ALTER DATABASE ${at.name} SET ${setting}`),
      );
      await goesTheWholeWay({ at });
    });

    it('may keep its tables in a schema of its own', async () => {
      const at = await fresh(database);
      await onServer(at, [
        'CREATE SCHEMA "Shop Two"',
        `ALTER DATABASE ${at.name} SET search_path TO "Shop Two"`,
      ]);
      await goesTheWholeWay({ at });
      const look = await new DataSource(at.options).initialize();
      keep({ close: () => look.destroy() });
      const where = await look.query<{ schema: string }[]>(
        `SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename LIKE 'impact%'`,
      );
      expect(where).toEqual([{ schema: 'Shop Two' }]);
    });

    it('may share a database with another app that has the tables in another schema', async () => {
      const at = await fresh(database);
      await onServer(at, ['CREATE SCHEMA one', 'CREATE SCHEMA two']);
      const inSchema = (schema: string): FreshDatabase => ({
        ...at,
        options: { ...at.options, extra: { options: `-c search_path=${schema}` } },
      });
      const one = keep(await openShop({}, { at: inSchema('one') }));
      const two = keep(await openShop({}, { at: inSchema('two') }));
      await one.conversions.record(sale('A-1'));
      expect(await two.conversions.find('A-1')).toBeNull();
      expect(await two.dispatcher.drain()).toMatchObject({ sent: 0 });
      expect(await one.dispatcher.drain()).toMatchObject({ sent: 1 });
    });
  });
}

/** What MySQL 8 comes with, and MariaDB not. */
const MODES_OF_MYSQL =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

for (const database of MYSQL) {
  describe(`an app on ${database.name}`, () => {
    it.each([
      ['ANSI quotes and pipes', [`SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE'`]],
      ['no strict mode', [`SET SESSION sql_mode = ''`]],
      ['the modes that MySQL 8 comes with', [`SET SESSION sql_mode = '${MODES_OF_MYSQL}'`]],
      ['an odd time zone', [`SET SESSION time_zone = '+05:30'`]],
      ['serializable transactions by default', [`SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE`]],
      ['uncommitted reads by default', [`SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED`]],
      ['a session in latin1', [`SET NAMES latin1`]],
    ])('may have %s', async (_, session) => {
      await goesTheWholeWay({ at: await fresh(database), session });
    });
  });
}
