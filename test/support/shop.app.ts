import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  type DynamicModule,
  type INestApplication,
  Module,
  Post,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ClickIdRepository,
  type Conversion,
  type ConversionInput,
  ConversionService,
  type ConversionStory,
  DeliveryDispatcher,
  IMPACT_CLOCK,
  ImpactModule,
  type ImpactModuleOptions,
  NotTheBuyer,
  VerdictService,
} from 'nestjs-impact';
import type { ImpactSandbox } from 'nestjs-impact/sandbox';
import { TestClock } from 'nestjs-impact/testing';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  type EntityManager,
  PrimaryColumn,
} from 'typeorm';
import { CapturedLog } from './captured.log.js';
import type { TestDatabase } from './databases.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

/** The shop's own table. */
@Entity('shop_orders')
export class ShopOrder {
  @PrimaryColumn('varchar')
  id!: string;

  @Column('varchar')
  paidAt!: string;
}

/** What the webhook learns about an order; filled in by the test. */
@Injectable()
export class OrderBook {
  readonly sales = new Map<string, ConversionInput>();
}

@Controller()
class ShopController {
  constructor(
    @Inject(ClickIdRepository) private readonly clicks: ClickIdRepository,
    @Inject(ConversionService) private readonly conversions: ConversionService,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(OrderBook) private readonly book: OrderBook,
  ) {}

  @Get()
  landing(): string {
    return 'welcome';
  }

  @Get('shoes')
  shoes(): string {
    return 'shoes';
  }

  @Post('checkout')
  async checkout(@Body() { orderId }: { orderId: string }): Promise<{ clickId: string | null }> {
    const click = await this.clicks.bind({ order: orderId });
    return { clickId: click?.clickId ?? null };
  }

  @Post('sign-in')
  async signIn(@Body() { customer }: { customer: string }): Promise<{ clickId: string | null }> {
    const click = await this.clicks.bind({ customer });
    return { clickId: click?.clickId ?? null };
  }

  /** The buyer pays on our own page: the sale is recorded in the request itself. */
  @Post('pay')
  async pay(@Body() { orderId }: { orderId: string }): Promise<{ state: string }> {
    return this.#paid(orderId);
  }

  @NotTheBuyer()
  @Post('webhooks/paid')
  async paid(@Body() { orderId, fail }: { orderId: string; fail?: boolean }): Promise<{ state: string }> {
    return this.#paid(orderId, fail);
  }

  async #paid(orderId: string, fail = false): Promise<{ state: string }> {
    const sale = this.book.sales.get(orderId)!;
    return this.dataSource.transaction(async (manager) => {
      await storeOrder(manager, orderId);
      const { state } = await this.conversions.record(sale, { manager });
      if (fail) throw new ShopError('the shop changed its mind');
      return { state };
    });
  }
}

export class ShopError extends Error {}

export const storeOrder = async (manager: EntityManager, id: string): Promise<void> => {
  await manager.insert(ShopOrder, { id, paidAt: new Date().toISOString() });
};

export interface ShopOptions {
  readonly platform?: Platform;
  /** Options of `ImpactModule.forRoot()`, or a module that imports it in another way, or none. */
  readonly impact?: ImpactModuleOptions | DynamicModule | null;
  /** The app's default data source, SQLite in memory unless it has another type; `null` for an app without one. */
  readonly database?: Partial<DataSourceOptions> | null;
  /** On a database of this kind instead, and without anything left there at the end. */
  readonly on?: TestDatabase;
  readonly imports?: (DynamicModule | Type)[];
  readonly controllers?: Type[];
  readonly providers?: Provider[];
  /** Import the module before TypeORM's. */
  readonly impactFirst?: boolean;
  /** Leave out the shop's controller, which needs the module's providers to be global. */
  readonly bare?: boolean;
  readonly log?: CapturedLog;
}

export interface Shop {
  readonly app: INestApplication;
  readonly url: string;
  readonly clock: TestClock;
  readonly log: CapturedLog;
  readonly book: OrderBook;
  readonly dataSource: DataSource;
  readonly conversions: ConversionService;
  readonly clicks: ClickIdRepository;
  readonly dispatcher: DeliveryDispatcher;
  readonly verdicts: VerdictService;
  orders(): Promise<string[]>;
  story(orderId: string): Promise<ConversionStory>;
  found(orderId: string): Promise<Conversion>;
  close(): Promise<void>;
}

const isModule = (impact: ImpactModuleOptions | DynamicModule): impact is DynamicModule => 'module' in impact;

const IN_MEMORY = { type: 'better-sqlite3', database: ':memory:' } as const;

/** The whole app: the shop, its data source and the module under test. */
function shopModule(options: ShopOptions, opened: DataSource[]): DynamicModule {
  @Module({})
  class ShopModule {}

  const { impact } = options;
  const database: (DynamicModule | Type)[] =
    options.database === null
      ? []
      : [
          TypeOrmModule.forRootAsync({
            useFactory: () =>
              ({
                ...(options.database?.type === undefined ? IN_MEMORY : {}),
                entities: [ShopOrder],
                synchronize: true,
                ...options.database,
              }) as DataSourceOptions,
            dataSourceFactory: async (typeOrm) => {
              const dataSource = await new DataSource(typeOrm!).initialize();
              opened.push(dataSource);
              return dataSource;
            },
          }),
        ];
  const module =
    impact === null ? [] : [impact !== undefined && isModule(impact) ? impact : ImpactModule.forRoot(impact)];
  return {
    module: ShopModule,
    imports: [
      ...(options.impactFirst === true ? [...module, ...database] : [...database, ...module]),
      ...(options.imports ?? []),
    ],
    controllers: [...(options.bare === true ? [] : [ShopController]), ...(options.controllers ?? [])],
    providers: [OrderBook, ...(options.providers ?? [])],
  };
}

/** Builds the shop and lets it listen. Rejects with what stops the app at boot. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const clock = new TestClock();
  const log = options.log ?? new CapturedLog();
  const opened: DataSource[] = [];
  const at = await options.on?.lend();
  const database = at === undefined ? options.database : { ...at.options, ...options.database };
  const given = { ...options, database } as ShopOptions;
  const testing = await Test.createTestingModule({ imports: [shopModule(given, opened)] })
    .overrideProvider(IMPACT_CLOCK)
    .useValue(clock)
    .setLogger(log)
    .compile()
    .catch(async (error: unknown) => {
      // No app was built that could close it.
      for (const dataSource of opened) await dataSource.destroy();
      await at?.drop();
      throw error;
    });
  const app = testing.createNestApplication(
    options.platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
  );
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    await at?.drop();
    throw error;
  }
  const get = <T>(token: Type<T>): T => app.get(token, { strict: false });
  const conversions = get(ConversionService);
  return {
    app,
    url: await app.getUrl(),
    clock,
    log,
    book: get(OrderBook),
    get dataSource() {
      return get(DataSource);
    },
    conversions,
    clicks: get(ClickIdRepository),
    dispatcher: get(DeliveryDispatcher),
    verdicts: get(VerdictService),
    orders: async () => {
      const rows = await get(DataSource).manager.find(ShopOrder, { order: { id: 'ASC' } });
      return rows.map(({ id }) => id);
    },
    story: async (orderId) => await conversions.explain(orderId),
    found: async (orderId) => (await conversions.find(orderId))!,
    close: async () => {
      await app.close();
      await at?.drop();
    },
  };
}

/** Options of an app that talks to the sandbox, delivers only when it is told, and is safe in `NODE_ENV=test`. */
export function liveOptions(sandbox: ImpactSandbox, more: ImpactModuleOptions = {}): ImpactModuleOptions {
  return {
    ...sandbox.credentials,
    mode: 'live',
    environment: 'test',
    baseUrl: sandbox.url,
    allowAnyBaseUrl: true,
    ...more,
    delivery: { autoStart: false, ...more.delivery },
  };
}

/** A sale of one line: 20 of the given currency. */
export function simpleSale(orderId: string, more: Partial<ConversionInput> = {}): ConversionInput {
  return {
    orderId,
    eventDate: new Date(),
    currency: 'USD',
    items: [{ sku: 'MUG', category: 'Kitchen', quantity: 2, subtotal: '20.00' }],
    customer: { id: `customer-of-${orderId}` },
    ...more,
  } as ConversionInput;
}
