import 'reflect-metadata';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  ConversionService,
  type ConversionInput,
  DeliveryDispatcher,
  IMPACT_CLOCK,
  ImpactModule,
  type ImpactModuleOptions,
  VerdictService,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { TestClock } from 'nestjs-impact/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import {
  type FreshDatabase,
  openDataSource,
  queryRows,
  SQLITE,
  type TestDatabase,
} from '../../support/databases.js';

@Entity('shop_orders')
export class ShopOrder {
  @PrimaryColumn()
  id!: string;

  @Column()
  note!: string;
}

const nothing = (): void => {};
const SILENT: LoggerService = { log: nothing, warn: nothing, error: nothing };

export interface Shop {
  readonly app: INestApplication;
  readonly sandbox: ImpactSandbox;
  readonly clock: TestClock;
  readonly dataSource: DataSource;
  readonly conversions: ConversionService;
  readonly dispatcher: DeliveryDispatcher;
  readonly verdicts: VerdictService;
  /** Where its tables are; hand it to another shop to have two processes on one database. */
  readonly at: FreshDatabase;
  /** Rows of any statement, which marks its parameters with `?`; numbers are numbers on every database. */
  query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  /** How often the sandbox was asked to take each order. */
  posts(): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** A click id that a partner's link really gave. */
export async function follow(sandbox: ImpactSandbox): Promise<string> {
  const link = sandbox.trackingLink({ landingUrl: 'http://shop.test/' });
  const { headers } = await fetch(link, { redirect: 'manual' });
  return new URL(headers.get('location')!).searchParams.get('im_ref')!;
}

export function sale(orderId: string, more: Partial<ConversionInput> = {}): ConversionInput {
  return {
    orderId,
    eventDate: new Date(),
    currency: 'USD',
    customer: { id: 'c-1' },
    items: [{ sku: 'S-1', category: 'shoes', quantity: 1, price: '10.00' }],
    ...more,
  } as ConversionInput;
}

export interface ShopPlace {
  /** A running sandbox, which the shop then leaves running. */
  readonly sandbox?: ImpactSandbox;
  /** On which kind of database; SQLite unless told otherwise. */
  readonly database?: TestDatabase;
  /** A database that is there already, which the shop then leaves behind. */
  readonly at?: FreshDatabase;
  /** Statements that set up each connection of the shop. */
  readonly session?: readonly string[];
}

export async function openShop(
  options: Omit<ImpactModuleOptions, 'database'> = {},
  given: ShopPlace = {},
): Promise<Shop> {
  const at = given.at ?? (await (given.database ?? SQLITE).lend());
  const sandbox = given.sandbox ?? (await ImpactSandbox.start({ settleAfter: '1s', rateLimit: 100_000 }));
  const clock = new TestClock();
  const { delivery, ...rest } = options;
  const module = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({ ...at.options, entities: [ShopOrder], synchronize: true }),
        dataSourceFactory: (typeOrm) => openDataSource(typeOrm!, given.session),
      }),
      ImpactModule.forRoot({
        ...sandbox.credentials,
        mode: 'live',
        environment: 'test',
        baseUrl: sandbox.url,
        allowAnyBaseUrl: true,
        // Full jitter may be nothing at all: from a long step it is hardly ever due within the same drain.
        delivery: {
          autoStart: false,
          maxRequestsPerHour: 100_000,
          backoff: { base: '10m', cap: '15m' },
          ...delivery,
        },
        ...rest,
      }),
    ],
  })
    .overrideProvider(IMPACT_CLOCK)
    .useValue(clock)
    .setLogger(SILENT)
    .compile();
  const app = module.createNestApplication();
  await app.init();
  const dataSource = app.get<DataSource>(getDataSourceToken());
  return {
    app,
    sandbox,
    clock,
    dataSource,
    at,
    conversions: app.get(ConversionService),
    dispatcher: app.get(DeliveryDispatcher),
    verdicts: app.get(VerdictService),
    query: (sql, values = []) => queryRows(dataSource, sql, values),
    posts: async () => {
      const counts = new Map<string, number>();
      for (const { method, path, parameters } of await sandbox.requests()) {
        if (method !== 'POST' || !path.includes('/Conversions')) continue;
        const order = parameters['OrderId'] ?? '';
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      return counts;
    },
    close: async () => {
      await app.close();
      if (given.sandbox === undefined) await sandbox.close();
      if (given.at === undefined) await at.drop();
    },
  };
}
