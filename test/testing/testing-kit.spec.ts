import { describe, expect, it } from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  Optional,
  Param,
  Post,
  Query,
  type Type,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ClickIdRepository,
  type ConversionInput,
  ConversionService,
  DeliveryDispatcher,
  IMPACT_OPTIONS,
  ImpactConfigurationError,
  ImpactModule,
  type ImpactModuleOptions,
  NotTheBuyer,
  type ResolvedImpactOptions,
  VerdictService,
} from 'nestjs-impact';
import {
  compileWithImpact,
  ImpactTesting,
  ImpactTestingError,
  ImpactTestingModule,
  type ImpactTestingOptions,
} from 'nestjs-impact/testing';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { useLifetime } from '../support/lifetime.js';

const SLOW_COFFEE = '1234502';
const PAUSED_MEDIA = '1234503';

const sale = (orderId: string, more: Partial<ConversionInput> = {}): ConversionInput =>
  ({
    orderId,
    eventDate: new Date(),
    currency: 'USD',
    items: [{ sku: 'MUG', category: 'kitchen', quantity: 2, price: '12.50' }],
    ...more,
  }) as ConversionInput;

@Controller()
class ShopController {
  constructor(
    @Inject(ClickIdRepository) private readonly clicks: ClickIdRepository,
    @Inject(ConversionService) private readonly sales: ConversionService,
    @Optional() @Inject(DataSource) private readonly database?: DataSource,
  ) {}

  @Get('products/mug')
  mug(): string {
    return 'a mug';
  }

  @Post('checkout/:order')
  async checkout(@Param('order') order: string): Promise<void> {
    await this.clicks.bind({ order });
  }

  @NotTheBuyer()
  @Post('paid/:order')
  async paid(@Param('order') order: string): Promise<void> {
    await (this.database === undefined
      ? this.sales.record(sale(order))
      : this.database.transaction((manager) => this.sales.record(sale(order), { manager })));
  }

  @NotTheBuyer()
  @Post('refunded/:order')
  async refunded(@Param('order') order: string, @Query('key') key: string): Promise<void> {
    await this.sales.refund(order, { key, items: [{ sku: 'MUG', quantity: 1 }] });
  }
}

const IN_MEMORY = { type: 'better-sqlite3', database: ':memory:' } as const;
/** Nobody can open it: an app of a test that does has reached for the real one. */
const REAL = { type: 'better-sqlite3', database: '/nowhere/at/all/shop.sqlite' } as const;

/** As apps set it for production. */
const OPTIONS: ImpactModuleOptions = {
  accountSid: `IR${'b'.repeat(32)}`,
  authToken: 'the-real-token-of-the-real-account',
  campaignId: '4711',
  eventTypeId: '815',
  eventTypeCode: 'PURCHASE',
  mode: 'live',
  migrate: false,
  capture: { parameters: ['im_ref'], policy: 'first-click' },
  delivery: { concurrency: 3 },
};

@Injectable()
class Settings {
  create(): object {
    const { capture, ...options } = OPTIONS;
    return { ...options, capture: { parameters: capture?.parameters, policy: capture?.policy } };
  }
}

function appOf(impact: DynamicModule, database: DynamicModule | null): Type {
  @Module({ imports: [...(database === null ? [] : [database]), impact], controllers: [ShopController] })
  class AppModule {}
  return AppModule;
}

const SHARED = (): DynamicModule => TypeOrmModule.forRoot(IN_MEMORY);

const APPS: readonly [string, () => Type][] = [
  ['forRoot over the app’s data source', () => appOf(ImpactModule.forRoot(OPTIONS), SHARED())],
  [
    'forRootAsync over the app’s data source',
    () => appOf(ImpactModule.forRootAsync({ useClass: Settings }), SHARED()),
  ],
  [
    'forRoot with a connection of its own',
    () => appOf(ImpactModule.forRoot({ ...OPTIONS, database: REAL }), null),
  ],
  [
    'forRootAsync with a connection of its own',
    () => appOf(ImpactModule.forRootAsync({ useClass: Settings, database: REAL }), null),
  ],
];

const lifetime = useLifetime();

async function open(
  module: Type,
  options?: ImpactTestingOptions,
): Promise<{ app: INestApplication; impact: ImpactTesting }> {
  const { module: testing, impact } = await compileWithImpact(
    Test.createTestingModule({ imports: [module] }),
    options,
  );
  const app = testing.createNestApplication();
  lifetime.keep(app, () => app.close());
  await app.init();
  return { app, impact };
}

async function buy(app: INestApplication, path: string, order: string): Promise<void> {
  const buyer = request.agent(app.getHttpServer());
  await buyer.get(path).expect(200);
  await buyer.post(`/checkout/${order}`).expect(201);
  await request(app.getHttpServer()).post(`/paid/${order}`).expect(201);
}

describe.each(APPS)('an unchanged app: %s', (_, build) => {
  it('goes from a partner’s link to credit, correction and approval', async () => {
    const { app, impact } = await open(build());
    const { path, clickId } = await impact.follow({ landingUrl: '/products/mug', partnerId: SLOW_COFFEE });
    expect(path).toMatch(/^\/products\/mug\?.*im_ref=/);
    await buy(app, path, 'A-1');

    expect(await impact.delivered('A-1')).toMatchObject({
      state: 'CREDITED',
      attributedBy: 'order',
      clickId,
      partnerId: SLOW_COFFEE,
      amount: '25.00',
    });

    await request(app.getHttpServer()).post('/refunded/A-1?key=refund-1').expect(201);
    expect(await impact.corrected('A-1', 'refund-1')).toMatchObject({ state: 'confirmed', kind: 'refund' });
    const [action] = await impact.sandbox.actions();
    expect(action).toMatchObject({ orderId: 'A-1', amount: '12.50' });

    impact.travel('+17d');
    expect(await impact.delivered('A-1')).toMatchObject({ state: 'APPROVED' });
  });

  it('keeps what the app has set, and sends to nobody but the sandbox', async () => {
    const { app, impact } = await open(build());
    const options = app.get<ResolvedImpactOptions>(IMPACT_OPTIONS, { strict: false });
    expect(options).toMatchObject({
      capture: { parameters: ['im_ref'], policy: 'first-click' },
      delivery: { concurrency: 3, autoStart: false },
      mode: 'live',
      environment: 'test',
      baseUrl: impact.sandbox.url,
      ...impact.sandbox.credentials,
      authToken: expect.anything(),
    });
    expect(options.authToken).toBe(impact.sandbox.credentials.authToken);
    expect(app.get(DeliveryDispatcher, { strict: false }).isRunning).toBe(false);
  });
});

it('gives a factory that reads variables by itself those that are not set, while it runs', async () => {
  const sid = process.env['IMPACT_ACCOUNT_SID'];
  const read: string[] = [];
  const impactModule = ImpactModule.forRootAsync({
    imports: [ConfigModule],
    inject: [ConfigService],
    useFactory: (config: ConfigService) => {
      read.push(config.getOrThrow('IMPACT_ACCOUNT_SID'), config.getOrThrow('IMPACT_CAMPAIGN_ID'));
      return { accountSid: read[0], authToken: config.getOrThrow<string>('IMPACT_AUTH_TOKEN') };
    },
  });
  process.env['IMPACT_CAMPAIGN_ID'] = '4711';
  try {
    const { impact } = await open(appOf(impactModule, SHARED()));
    expect(read).toEqual([impact.sandbox.credentials.accountSid, '4711']);
    expect(process.env['IMPACT_ACCOUNT_SID']).toBe(sid);
    expect(process.env['IMPACT_CAMPAIGN_ID']).toBe('4711');
  } finally {
    delete process.env['IMPACT_CAMPAIGN_ID'];
  }
});

describe('a test of single services', () => {
  @Injectable()
  class RefundDesk {
    constructor(@Inject(ConversionService) private readonly sales: ConversionService) {}

    async giveBack(order: string): Promise<void> {
      await this.sales.refund(order, { key: `${order}-back`, amount: '5.00' });
    }
  }

  const openDesk = async (options?: Parameters<typeof ImpactTestingModule.forRoot>[0]) => {
    const module = await Test.createTestingModule({
      imports: [ImpactTestingModule.forRoot(options)],
      providers: [RefundDesk],
    }).compile();
    lifetime.keep(module, () => module.close());
    return {
      impact: module.get(ImpactTesting),
      sales: module.get(ConversionService),
      desk: module.get(RefundDesk),
    };
  };

  it('has a database, a sandbox and a clock without any setting', async () => {
    const { impact, sales, desk } = await openDesk();
    await sales.record(sale('B-1', { clickId: await impact.clickFrom(SLOW_COFFEE) }));
    await sales.record(sale('B-2', { clickId: await impact.clickFrom() }));
    await desk.giveBack('B-1');

    expect(await impact.corrected('B-1', 'B-1-back')).toMatchObject({ state: 'confirmed' });
    expect((await impact.sandbox.actions()).map(({ orderId, amount }) => [orderId, amount])).toEqual([
      ['B-1', '20.00'],
      ['B-2', '25.00'],
    ]);
    expect((await impact.sales()).map(({ orderId, state }) => [orderId, state])).toEqual([
      ['B-1', 'CREDITED'],
      ['B-2', 'CREDITED'],
    ]);
    expect((await impact.story('B-1')).lines.map(({ what }) => what)).toContain('correction-confirmed');
  });

  it('takes the module’s options and the sandbox’s', async () => {
    const { impact, sales } = await openDesk({
      impact: { recording: { send: 'attributable' } },
      sandbox: { partners: [{ id: '77', name: 'Only One', contract: { payoutRate: '10' } }] },
    });
    await sales.record(sale('B-1', { clickId: await impact.clickFrom() }));
    await sales.record(sale('B-2'));
    expect(await impact.delivered('B-1')).toMatchObject({ partnerId: '77', payout: '2.50' });
    expect(await impact.delivered('B-2')).toMatchObject({ state: 'SKIPPED' });
  });

  it('shows the vendor’s refusal with its reason', async () => {
    const { impact, sales } = await openDesk();
    await sales.record(sale('B-1', { clickId: await impact.clickFrom(PAUSED_MEDIA) }));
    expect(await impact.delivered('B-1')).toMatchObject({
      state: 'REJECTED',
      reasonCodes: ['PARTNER_NOT_ACTIVE'],
    });
  });

  it('moves sandbox, module and database together', async () => {
    const { impact, sales } = await openDesk();
    impact.travel(new Date('2031-05-06T07:08:09Z'));
    const { recordedAt } = await sales.record(sale('B-1', { eventDate: impact.clock.now() }));
    expect(recordedAt.toISOString()).toMatch(/^2031-05-06T07:08/);
    expect(impact.sandbox.now().toISOString()).toMatch(/^2031-05-06T07:08/);
    impact.travel('-1d');
    expect(impact.clock.now().toISOString()).toMatch(/^2031-05-05T07:08/);
  });

  it('answers a correction that nothing came of as well', async () => {
    const { impact, sales, desk } = await openDesk();
    // No click, no code: nobody is told of this sale.
    await sales.record(sale('B-1'));
    await desk.giveBack('B-1');
    expect(await impact.corrected('B-1', 'B-1-back')).toMatchObject({ state: 'nothing-to-correct' });
  });
});

describe('what is wrong is said', () => {
  const messageOf = async (wrong: Promise<unknown>): Promise<string> => {
    const outcome = await wrong.catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(ImpactTestingError);
    return (outcome as ImpactTestingError).message;
  };

  const openShop = () => open(APPS[0]![1]());

  it('an order that was never recorded, beside those that were', async () => {
    const { app, impact } = await openShop();
    expect(await messageOf(impact.delivered('C-9'))).toContain(
      '"C-9" was never recorded; recorded are none.',
    );
    for (const order of ['C-1', 'C-2']) await app.get(ConversionService).record(sale(order));
    expect(await messageOf(impact.delivered('C-9'))).toContain('recorded are "C-1", "C-2".');
    expect(await messageOf(impact.story('C-9'))).toContain('never recorded');
  });

  it('a correction that was never recorded, beside those that were', async () => {
    const { app, impact } = await openShop();
    await app.get(ConversionService).record(sale('C-1'));
    expect(await messageOf(impact.corrected('C-1'))).toContain(
      'has no correction; recorded for it are none.',
    );
    await app.get(ConversionService).refund('C-1', { key: 'first', amount: '1.00' });
    expect(await messageOf(impact.corrected('C-1', 'second'))).toContain(
      'no correction "second"; recorded for it are "first".',
    );
  });

  it.each([
    ['DeliveryDispatcher', DeliveryDispatcher],
    ['VerdictService', VerdictService],
  ] as const)('a %s that the app has started', async (name, service) => {
    const { app, impact } = await openShop();
    await app.get(ConversionService).record(sale('C-1'));
    app.get(service).start();
    expect(await messageOf(impact.delivered('C-1'))).toContain(`${name} runs in the background`);
    await app.get(service).stop();
    expect(await impact.delivered('C-1')).toMatchObject({ state: 'SKIPPED' });
  });

  it('an app without the module', async () => {
    expect(await messageOf(compileWithImpact(Test.createTestingModule({})))).toContain(
      'Nothing in this testing module imports ImpactModule',
    );
  });

  it('what would stop the app at boot, extras included', async () => {
    const wrong = appOf(
      ImpactModule.forRoot({
        ...OPTIONS,
        capture: { via: 'magic' as 'none' },
        delivery: { concurrency: 0 },
      }),
      SHARED(),
    );
    const outcome = await open(wrong).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(ImpactConfigurationError);
    expect(String(outcome)).toMatch(/capture\.via[\s\S]*delivery\.concurrency/);
  });

  it('a run in production', async () => {
    const stage = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      expect(await messageOf(openShop())).toContain('does not run under NODE_ENV=production');
    } finally {
      process.env['NODE_ENV'] = stage;
    }
  });

  it('a partner that the sandbox has not', async () => {
    const { impact } = await openShop();
    await expect(impact.clickFrom('1')).rejects.toThrow('there is no such partner');
  });
});

it('serves an app on Fastify as well', async () => {
  const { module, impact } = await compileWithImpact(Test.createTestingModule({ imports: [APPS[0]![1]()] }));
  const app = lifetime.keep(
    module.createNestApplication<NestFastifyApplication>(new FastifyAdapter()),
    (made) => made.close(),
  );
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const landingUrl = 'https://shop.example/products/mug';
  const { path } = await impact.follow({ partnerId: SLOW_COFFEE, landingUrl });
  await buy(app, path, 'F-1');
  expect(await impact.delivered('F-1')).toMatchObject({ state: 'CREDITED', partnerId: SLOW_COFFEE });
});

it('shows what becomes of a sale while impact.com is away, and afterwards', async () => {
  const { app, impact } = await open(APPS[0]![1]());
  impact.sandbox.fault({ status: 503, on: 'conversions' });
  await app.get(ConversionService).record(sale('G-1', { clickId: await impact.clickFrom() }));
  expect(await impact.delivered('G-1')).toMatchObject({ state: 'RECORDED' });
  impact.sandbox.clearFaults();
  impact.travel('+1h');
  expect(await impact.delivered('G-1')).toMatchObject({ state: 'CREDITED' });
});

it('closes the sandbox with the app, and has one of its own again', async () => {
  const { app, impact } = await open(APPS[0]![1]());
  const { url } = impact.sandbox;
  expect((await fetch(url)).ok).toBe(true);
  await app.close();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  await impact.close();
});

it('lets a test put a database in memory in the place of the app’s own', async () => {
  const app = appOf(
    ImpactModule.forRoot(OPTIONS),
    TypeOrmModule.forRoot({ ...REAL, entities: [], retryAttempts: 0 }),
  );
  const { module, impact } = await compileWithImpact(
    Test.createTestingModule({ imports: [app] })
      .overrideProvider(DataSource)
      .useFactory({ factory: () => new DataSource({ ...IN_MEMORY, entities: [] }).initialize() }),
  );
  lifetime.keep(module, () => module.close());
  await module.get(ConversionService).record(sale('D-1', { clickId: await impact.clickFrom() }));
  expect(await impact.delivered('D-1')).toMatchObject({ state: 'CREDITED' });
});
