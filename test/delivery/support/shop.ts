import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  readonly file: string;
  /** Rows of any statement. */
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

export async function openShop(
  options: Omit<ImpactModuleOptions, 'database'> = {},
  given: { sandbox?: ImpactSandbox; file?: string } = {},
): Promise<Shop> {
  const folder = given.file === undefined ? mkdtempSync(join(tmpdir(), 'impact-')) : null;
  const file = given.file ?? join(folder!, 'shop.sqlite');
  const sandbox = given.sandbox ?? (await ImpactSandbox.start({ settleAfter: '1s', rateLimit: 100_000 }));
  const clock = new TestClock();
  const { delivery, ...rest } = options;
  const module = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: file,
        enableWAL: true,
        entities: [ShopOrder],
        synchronize: true,
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
    file,
    conversions: app.get(ConversionService),
    dispatcher: app.get(DeliveryDispatcher),
    verdicts: app.get(VerdictService),
    query: (sql, values = []) => dataSource.query(sql, values),
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
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}
