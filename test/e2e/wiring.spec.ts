import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ConversionService,
  DatabaseUnsupportedError,
  DataSourceMissingError,
  ForeignManagerError,
  IMPACT_OPTIONS,
  ImpactConfigurationError,
  ImpactModule,
  ImpactModuleBareError,
  type ImpactModuleExtras,
  ImpactModuleImportedTwiceError,
  type ImpactOptions,
  MigrationsPendingError,
  type ResolvedImpactOptions,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { CapturedLog } from '../support/captured.log.js';
import { Visitor } from '../support/http.client.js';
import { IMPACT_TABLES, impactTables, rowsOf } from '../support/impact.tables.js';
import { useLifetime } from '../support/lifetime.js';
import {
  liveOptions,
  type Shop,
  ShopOrder,
  type ShopOptions,
  simpleSale,
  startShop,
  storeOrder,
} from '../support/shop.app.js';

const ACCOUNT = `IR${'a'.repeat(32)}`;
const TOKEN = 'a-token-that-must-not-be-shown-1234';

const lifetime = useLifetime();
let folder: string;
let sandbox: ImpactSandbox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'impact-wiring-'));
  sandbox = await ImpactSandbox.start({ settleAfter: '1h', rateLimit: false });
});

afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

let files = 0;
const newFile = (): string => join(folder, `shop-${++files}.sqlite`);

const start = async (options: ShopOptions): Promise<Shop> => {
  const shop = await startShop(options);
  return lifetime.keep(shop, () => shop.close());
};

/** What stops the app at boot. */
const refusal = async (options: ShopOptions): Promise<Error> => {
  const outcome = await startShop(options).catch((error: unknown) => error);
  if (outcome instanceof Error) return outcome;
  await (outcome as Shop).close();
  throw new TypeError('The app has started.');
};

const optionsOf = (shop: Shop): ResolvedImpactOptions => shop.app.get(IMPACT_OPTIONS, { strict: false });

type Way = (values: ImpactOptions, extras?: ImpactModuleExtras) => DynamicModule;

const classOf = (values: ImpactOptions) => {
  @Injectable()
  class ImpactSettings {
    create(): ImpactOptions {
      return values;
    }
  }
  return ImpactSettings;
};

const WAYS: readonly [string, Way][] = [
  [
    'forRoot',
    (values, { capture, ...extras } = {}) =>
      ImpactModule.forRoot({
        ...values,
        ...extras,
        ...((values.capture ?? capture) && { capture: { ...values.capture, ...capture } }),
      }),
  ],
  [
    'forRootAsync with useFactory',
    (values, extras) => ImpactModule.forRootAsync({ ...extras, useFactory: async () => values }),
  ],
  [
    'forRootAsync with useClass',
    (values, extras) => ImpactModule.forRootAsync({ ...extras, useClass: classOf(values) }),
  ],
  [
    'forRootAsync with useExisting',
    (values, extras) => {
      const settings = classOf(values);
      @Module({ providers: [settings], exports: [settings] })
      class SettingsModule {}
      return ImpactModule.forRootAsync({ ...extras, imports: [SettingsModule], useExisting: settings });
    },
  ],
];

describe.each(WAYS)('%s', (_, way) => {
  const VARIABLES = {
    IMPACT_ACCOUNT_SID: ACCOUNT,
    IMPACT_AUTH_TOKEN: TOKEN,
    IMPACT_CAMPAIGN_ID: '4711',
    IMPACT_EVENT_TYPE_ID: '20001',
    IMPACT_MODE: 'dry-run',
    IMPACT_ENVIRONMENT: 'staging',
  };

  it('reads the environment through ConfigModule, wherever that is imported', async () => {
    const shop = await start({
      impact: way({}),
      impactFirst: true,
      imports: [await ConfigModule.forRoot({ ignoreEnvFile: true, isGlobal: true, load: [() => VARIABLES] })],
    });
    const options = optionsOf(shop);
    expect(options).toMatchObject({
      accountSid: ACCOUNT,
      campaignId: '4711',
      eventTypeId: '20001',
      mode: 'dry-run',
      environment: 'staging',
      baseUrl: 'https://api.impact.com',
    });
    expect(options.authToken).toBe(TOKEN);
    expect(Object.isFrozen(options)).toBe(true);
  });

  describe('with the process’s own environment', () => {
    const before = { ...process.env };
    beforeEach(() => {
      Object.assign(process.env, VARIABLES);
    });
    afterEach(() => {
      process.env = { ...before };
    });

    it('needs no ConfigModule in the app, and explicit options win', async () => {
      const shop = await start({ impact: way({ campaignId: 99, environment: 'explicit' }) });
      expect(optionsOf(shop)).toMatchObject({
        accountSid: ACCOUNT,
        campaignId: '99',
        environment: 'explicit',
      });
    });
  });

  it('stops at boot with one message that names everything that is wrong, and no secret', async () => {
    const error = await refusal({
      impact: way({ mode: 'live', delivery: { lease: '1s' }, recording: { onInvalid: 'ignore' as never } }),
      imports: [
        await ConfigModule.forRoot({
          ignoreEnvFile: true,
          isGlobal: true,
          load: [
            () => ({ IMPACT_ACCOUNT_SID: TOKEN, IMPACT_AUTH_TOKEN: 'a b', IMPACT_EVENT_TYPE_ID: 'SALE' }),
          ],
        }),
      ],
    });
    expect(error).toBeInstanceOf(ImpactConfigurationError);
    for (const name of [
      'accountSid (IMPACT_ACCOUNT_SID)',
      'authToken (IMPACT_AUTH_TOKEN)',
      'campaignId (IMPACT_CAMPAIGN_ID)',
      'eventTypeId (IMPACT_EVENT_TYPE_ID)',
      'delivery.lease',
      'recording.onInvalid',
    ]) {
      expect(error.message).toContain(name);
    }
    expect(error.message).toContain('"SALE", from IMPACT_EVENT_TYPE_ID');
    expect(error.message).not.toContain(TOKEN);
    expect(error.message).not.toContain('a b');
  });

  it('gives what Nest needs beside the values', async () => {
    const file = newFile();
    const shop = await start({
      impact: way(
        { mode: 'dry-run' },
        {
          database: { type: 'better-sqlite3', database: file },
          capture: { via: 'middleware', routes: ['shoes'] },
        },
      ),
    });
    await new Visitor().get(`${shop.url}/?im_ref=click-1`);
    const visitor = new Visitor();
    await visitor.get(`${shop.url}/shoes?im_ref=click-2`);
    await visitor.post(`${shop.url}/checkout`, { orderId: 'o-1' });
    expect(visitor.received).toHaveLength(1);
    expect(await shop.clicks.findFor({ order: 'o-1' })).toMatchObject({ clickId: 'click-2' });
    expect(await impactTables(shop.dataSource)).toEqual([]);
  });

  it('says what is wrong beside the values in the same message', async () => {
    const wrong = { capture: { via: 'interceptors' as never, routes: ['shoes'] } };
    const error = await refusal({ impact: way({ delivery: { lease: '1s' } }, wrong) });
    expect(error).toBeInstanceOf(ImpactConfigurationError);
    for (const option of ['capture.via', 'capture.routes', 'delivery.lease']) {
      expect(error.message).toContain(option);
    }
  });
});

describe('the module', () => {
  it('is refused when it is imported twice', async () => {
    const error = await refusal({ impact: {}, imports: [ImpactModule.forRoot({})] });
    expect(error).toBeInstanceOf(ImpactModuleImportedTwiceError);
    expect(error.message).toContain('Import ImpactModule.forRoot() once, in your root module');
  });

  it('is refused as a bare class in a feature module, whoever comes first', async () => {
    @Module({ imports: [ImpactModule] })
    class FeatureModule {}

    expect(await refusal({ impact: {}, imports: [FeatureModule] })).toBeInstanceOf(
      ImpactModuleImportedTwiceError,
    );
    expect(await refusal({ impact: {}, impactFirst: true, imports: [FeatureModule] })).toBeInstanceOf(
      ImpactModuleImportedTwiceError,
    );
  });

  it('is refused as a bare class without options', async () => {
    const error = await refusal({ impact: null, bare: true, imports: [ImpactModule] });
    expect(error).toBeInstanceOf(ImpactModuleBareError);
    expect(error.message).toContain('ImpactModule.forRoot()');
  });

  it('lives in as many apps as a process has', async () => {
    const [one, other] = [await start({ impact: {} }), await start({ impact: {} })];
    await one.conversions.record(simpleSale('o-1'));
    expect(await other.conversions.find('o-1')).toBeNull();
  });

  it('hides its providers from modules that do not import it, with isGlobal false', async () => {
    @Injectable()
    class Checkout {
      constructor(@Inject(ConversionService) readonly conversions: ConversionService) {}
    }
    const impact = ImpactModule.forRoot({ isGlobal: false });

    @Module({ imports: [impact], providers: [Checkout] })
    class Importing {}

    @Module({ providers: [Checkout] })
    class Forgetful {}

    const shop = await start({ impact, bare: true, imports: [Importing] });
    expect(shop.app.get(Checkout, { strict: false }).conversions).toBe(shop.conversions);
    const error = await refusal({ impact, bare: true, imports: [Forgetful] });
    expect(error.message).toMatch(/ConversionService/);
  });
});

describe('the database', () => {
  it('that is missing is explained with the two lines that bring it', async () => {
    const error = await refusal({ impact: {}, database: null, bare: true });
    expect(error).toBeInstanceOf(DataSourceMissingError);
    expect(error.message).toContain('TypeOrmModule.forRoot({');
    expect(error.message).toContain('ImpactModule.forRoot({');
    const named = await refusal({ impact: { database: 'orders' } });
    expect(named).toBeInstanceOf(DataSourceMissingError);
    expect(named.message).toContain('"orders"');
  });

  it('may be one of several by its name', async () => {
    const orders = TypeOrmModule.forRoot({
      name: 'orders',
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [ShopOrder],
      synchronize: true,
    });
    const shop = await start({ impact: { database: 'orders' }, imports: [orders] });
    const named = shop.app.get<DataSource>(getDataSourceToken('orders'), { strict: false });
    expect(await impactTables(named)).toEqual([...IMPACT_TABLES].toSorted());
    expect(await impactTables(shop.dataSource)).toEqual([]);

    await named.transaction(async (manager) => {
      await storeOrder(manager, 'o-1');
      await shop.conversions.record(simpleSale('o-1'), { manager });
    });
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN' });
    await expect(
      shop.dataSource.transaction((manager) => shop.conversions.record(simpleSale('o-2'), { manager })),
    ).rejects.toBeInstanceOf(ForeignManagerError);
  });

  it('may be the module’s own, and then takes no foreign manager', async () => {
    const file = newFile();
    const shop = await start({ impact: { database: { type: 'better-sqlite3', database: file } } });
    await shop.conversions.record(simpleSale('o-1'));
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN' });
    expect(await impactTables(shop.dataSource)).toEqual([]);
    const error: unknown = await shop.dataSource
      .transaction((manager) => shop.conversions.record(simpleSale('o-2'), { manager }))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ForeignManagerError);
    expect(String(error)).toContain('leave the manager out');
    // A foreign transaction that stays open is no reason to wait.
    await shop.dataSource.transaction(async () => shop.conversions.record(simpleSale('o-3')));
    expect(await shop.found('o-3')).not.toBeNull();
  });

  it('of its own needs no data source of the app’s', async () => {
    const shop = await start({
      impact: { database: { type: 'better-sqlite3', database: newFile() } },
      database: null,
      bare: true,
    });
    await expect(shop.conversions.record(simpleSale('o-1'))).resolves.toMatchObject({ state: 'DRY_RUN' });
  });

  it.each<[string, (file: string) => string]>([
    ['the same path', (file) => file],
    ['the same file by another path', (file) => relative(process.cwd(), file)],
  ])('of its own is refused on the file that the app has open: %s', async (_, spelling) => {
    const file = newFile();
    const error = await refusal({
      database: { database: file },
      impact: { database: { type: 'better-sqlite3', database: spelling(file) } },
    });
    expect(error).toBeInstanceOf(DatabaseUnsupportedError);
    expect(error.message).toContain('second connection');
  });

  it('without the tables is refused when migrating is switched off, and taken once they are there', async () => {
    const file = newFile();
    const database = { database: file } as never;
    const error = await refusal({ database, impact: { migrate: false } });
    expect(error).toBeInstanceOf(MigrationsPendingError);
    expect(error.message).toMatch(/0001-first-tables.*"migrate"/s);
    await (await startShop({ database, impact: {} })).close();
    const shop = await start({ database, impact: { migrate: false } });
    await expect(shop.conversions.record(simpleSale('o-1'))).resolves.toMatchObject({ state: 'DRY_RUN' });
  });

  it('stays the app’s: its migration stays pending, and synchronize() leaves our tables alone', async () => {
    class AddCoupons1700000000000 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('CREATE TABLE coupons (code varchar)');
      }
      async down(runner: QueryRunner): Promise<void> {
        await runner.query('DROP TABLE coupons');
      }
    }
    const shop = await start({
      impact: {},
      database: { database: newFile(), migrations: [AddCoupons1700000000000] },
    });
    const tables = await impactTables(shop.dataSource);
    expect(tables).toEqual([...IMPACT_TABLES].toSorted());
    await shop.dataSource.transaction(async (manager) => {
      await storeOrder(manager, 'o-1');
      await shop.conversions.record(simpleSale('o-1'), { manager });
    });
    expect(await shop.dataSource.showMigrations()).toBe(true);

    await shop.dataSource.synchronize();
    expect(await impactTables(shop.dataSource)).toEqual(tables);
    expect(await shop.found('o-1')).toMatchObject({ state: 'DRY_RUN' });

    expect((await shop.dataSource.runMigrations()).map(({ name }) => name)).toEqual([
      'AddCoupons1700000000000',
    ]);
    expect(await shop.dataSource.showMigrations()).toBe(false);
    await shop.dataSource.undoLastMigration();
    expect(await impactTables(shop.dataSource)).toEqual(tables);
    expect(await shop.orders()).toEqual(['o-1']);
    expect(shop.dataSource.entityMetadatas.map(({ tableName }) => tableName)).toEqual(['shop_orders']);
  });
});

describe('what is sent', () => {
  const requestsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = (await sandbox.requests()).length;
    await work();
    return (await sandbox.requests()).length - before;
  };

  it('is nothing in dry-run mode, and the log says so loudly', async () => {
    const log = new CapturedLog();
    const shop = await start({
      log,
      impact: liveOptions(sandbox, { mode: 'dry-run', delivery: { autoStart: true } }),
    });
    expect(log.texts('warn', 'ImpactModule').join()).toMatch(/dry-run.*nothing is sent to impact\.com/s);
    const requests = await requestsOf(async () => {
      expect(await shop.conversions.record(simpleSale('o-1', { promoCodes: ['HARBOUR10'] }))).toMatchObject({
        state: 'DRY_RUN',
      });
      shop.dispatcher.start();
      expect(await shop.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
      expect(await shop.verdicts.hurry()).toEqual({ looked: 0, settled: 0, waiting: 0 });
    });
    expect(requests).toBe(0);
    const story = await shop.story('o-1');
    expect(story.lines[0]!.words).toContain('dry-run mode: nothing is sent');
    expect(Object.fromEntries(story.request)).toMatchObject({ OrderId: 'o-1', OrderPromoCode: 'HARBOUR10' });
    expect(story.advice).toContain('IMPACT_MODE=live');
  });

  it('says nothing of a dry run when it is live', async () => {
    const log = new CapturedLog();
    await start({ log, impact: liveOptions(sandbox) });
    expect(log.texts('warn', 'ImpactModule')).toEqual([]);
  });

  it('is never a row of a dry run, of another environment or of another account', async () => {
    const file = newFile();
    const boot = async (impact: ImpactOptions, work: (shop: Shop) => Promise<void>): Promise<void> => {
      const shop = await startShop({
        database: { database: file } as never,
        impact: liveOptions(sandbox, impact),
      });
      try {
        await work(shop);
      } finally {
        await shop.close();
      }
    };
    await boot(
      { mode: 'dry-run' },
      async (shop) => void (await shop.conversions.record(simpleSale('rehearsed'))),
    );
    await boot(
      { environment: 'production' },
      async (shop) => void (await shop.conversions.record(simpleSale('real'))),
    );
    const others: ImpactOptions[] = [
      { environment: 'staging' },
      { environment: 'production', accountSid: ACCOUNT },
    ];
    for (const other of others) {
      await boot(other, async (shop) => {
        const requests = await requestsOf(async () => {
          expect(await shop.dispatcher.drain()).toEqual({ sent: 0, retried: 0, parked: 0, waiting: 0 });
          await shop.verdicts.hurry();
        });
        expect(requests).toBe(0);
      });
    }
    await boot({ environment: 'production' }, async (shop) => {
      expect(await shop.dispatcher.drain()).toMatchObject({ sent: 1, waiting: 0 });
      expect(await shop.found('real')).toMatchObject({ state: 'SENT' });
      expect(await shop.found('rehearsed')).toMatchObject({ state: 'DRY_RUN' });
    });
    // Verdicts too: a copy of the database looks nothing up.
    await boot({ environment: 'staging' }, async (shop) => {
      expect(await requestsOf(() => shop.verdicts.hurry())).toBe(0);
    });
  });
});

/** Timers are watched by the lifetime, which knows the test runner's from ours. */
const openSockets = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !['Timeout', 'Immediate'].includes(kind))
    .toSorted();

describe('shutting down', () => {
  const rowsAfter = async (file: string, table: 'impact_clicks' | 'impact_conversions') => {
    const dataSource = await new DataSource({ type: 'better-sqlite3', database: file }).initialize();
    try {
      return await rowsOf(dataSource, table);
    } finally {
      await dataSource.destroy();
    }
  };

  it.each<[string, (file: string) => ShopOptions]>([
    ['the app’s data source, imported before', (file) => ({ database: { database: file }, impact: {} })],
    [
      'the app’s data source, imported after',
      (file) => ({ database: { database: file }, impact: {}, impactFirst: true }),
    ],
    [
      'a data source of its own',
      (file) => ({ impact: { database: { type: 'better-sqlite3', database: file } } }),
    ],
  ])('writes the clicks that still wait in memory: %s', async (_, options) => {
    const file = newFile();
    const shop = await startShop(options(file));
    expect((await new Visitor().get(`${shop.url}/?im_ref=last-click`)).status).toBe(200);
    await shop.close();
    expect(shop.log.texts('error')).toEqual([]);
    expect(await rowsAfter(file, 'impact_clicks')).toMatchObject([{ click_id: 'last-click' }]);
  });

  it('waits for the call under way, stores its outcome, begins no other and leaves nothing open', async () => {
    const file = newFile();
    const before = openSockets();
    sandbox.fault({ kind: 'slow', delayMs: 60, on: 'conversions', times: 1 });
    const shop = await startShop({
      database: { database: file } as never,
      impact: liveOptions(sandbox, { delivery: { autoStart: true, concurrency: 1 } }),
    });
    const known = (await sandbox.requests()).length;
    await shop.conversions.record(simpleSale('first'));
    while ((await sandbox.requests()).length === known) await nextTurn();
    await shop.conversions.record(simpleSale('second'));
    await shop.close();

    expect((await sandbox.requests()).length).toBe(known + 1);
    const rows = await rowsAfter(file, 'impact_conversions');
    expect(rows.map((row) => [row['order_id'], row['state']])).toEqual([
      ['first', 'SENT'],
      ['second', 'RECORDED'],
    ]);
    expect(shop.log.texts('error')).toEqual([]);
    expect(openSockets()).toEqual(before);
  });

  it('leaves nothing open when the app does not even start', async () => {
    const before = openSockets();
    await refusal({ impact: { database: 'nowhere' } });
    expect(openSockets()).toEqual(before);
  });

  it('follows SIGTERM once the app enables it', async () => {
    const shop = await startShop({ impact: liveOptions(sandbox, { delivery: { autoStart: true } }) });
    const told: string[] = [];
    // Nest ends the process by the same signal once every hook has run.
    const kill = process.kill.bind(process);
    const ended = new Promise<void>((resolve) => {
      process.kill = (_pid: number, signal: string) => {
        told.push(signal);
        resolve();
        return true;
      };
    });
    try {
      shop.app.enableShutdownHooks(['SIGTERM']);
      process.emit('SIGTERM', 'SIGTERM');
      await ended;
    } finally {
      process.kill = kill;
    }
    expect(told).toEqual(['SIGTERM']);
    await shop.close();
  });
});
