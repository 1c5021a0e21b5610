import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  ClickIdRepository,
  type ConversionInput,
  ConversionService,
  DeliveryDispatcher,
  IMPACT_CLOCK,
  ImpactModule,
  type ImpactModuleOptions,
  VerdictService,
} from 'nestjs-impact';
import { TestClock } from 'nestjs-impact/testing';
import { DataSource, type DataSourceOptions, Entity, PrimaryColumn } from 'typeorm';
import { CapturedLog } from '../../support/captured.log.js';
import { queryRows } from '../../support/databases.js';

@Entity('shop_orders')
export class ShopOrder {
  @PrimaryColumn('varchar', { length: 64 })
  id!: string;
}

export interface FaultShop {
  readonly app: INestApplication;
  readonly log: CapturedLog;
  readonly clock: TestClock;
  readonly dataSource: DataSource;
  readonly conversions: ConversionService;
  readonly clicks: ClickIdRepository;
  readonly dispatcher: DeliveryDispatcher;
  readonly verdicts: VerdictService;
  /** Rows of a statement, which marks its parameters with `?`; numbers are numbers on every database. */
  query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  /** What the shop's web traffic does: the order and its sale, in one transaction. */
  pay(orderId: string, more?: Partial<ConversionInput>): Promise<void>;
  /** Deliveries that are still to be finished. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

export interface FaultPlace {
  readonly options: DataSourceOptions;
  /** Where impact.com is, and who calls. */
  readonly vendor: { readonly url: string; readonly credentials: Readonly<Record<string, string>> };
  /** Shared by shops that are to live in the same time. */
  readonly clock?: TestClock;
}

export function sale(orderId: string, more: Partial<ConversionInput> = {}): ConversionInput {
  return {
    orderId,
    eventDate: new Date(),
    currency: 'USD',
    customer: { id: `c-${orderId}` },
    items: [{ sku: 'S-1', category: 'shoes', quantity: 1, price: '10.00' }],
    ...more,
  } as ConversionInput;
}

/** A shop on a database that may break, which talks to a vendor that may break. */
export async function openFaultShop(
  { options, vendor, clock = new TestClock() }: FaultPlace,
  { delivery, ...more }: Omit<ImpactModuleOptions, 'database'> = {},
): Promise<FaultShop> {
  const log = new CapturedLog();
  const module = await Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({ ...options, entities: [ShopOrder], synchronize: true, retryAttempts: 1 }),
      ImpactModule.forRoot({
        ...vendor.credentials,
        mode: 'live',
        environment: 'test',
        baseUrl: vendor.url,
        allowAnyBaseUrl: true,
        delivery: { autoStart: false, maxRequestsPerHour: 1_000_000, ...delivery },
        ...more,
      }),
    ],
  })
    .overrideProvider(IMPACT_CLOCK)
    .useValue(clock)
    .setLogger(log)
    .compile();
  const app = module.createNestApplication();
  await app.init();
  const dataSource = app.get<DataSource>(getDataSourceToken());
  const conversions = app.get(ConversionService);
  const query: FaultShop['query'] = (sql, values = []) => queryRows(dataSource, sql, values);
  return {
    app,
    log,
    clock,
    dataSource,
    conversions,
    clicks: app.get(ClickIdRepository),
    dispatcher: app.get(DeliveryDispatcher),
    verdicts: app.get(VerdictService),
    query,
    waiting: async () => (await query(`SELECT id FROM impact_deliveries WHERE due_at IS NOT NULL`)).length,
    pay: async (orderId, given) => {
      await dataSource.transaction(async (manager) => {
        await manager.insert(ShopOrder, { id: orderId });
        await conversions.record(sale(orderId, given), { manager });
      });
    },
    close: () => app.close(),
  };
}

/**
 * Makes `count` sales of one that was recorded, by statement: ten thousand are there in a moment. PostgreSQL
 * and SQLite.
 */
export async function multiply(shop: FaultShop, orderId: string, count: number): Promise<string[]> {
  const orders = Array.from({ length: count }, (_, index) => `${orderId}-${index + 1}`);
  const numbers = `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count}) `;
  const [original] = await shop.query<{ id: string }>(
    `SELECT id FROM impact_conversions WHERE order_id = ?`,
    [orderId],
  );
  // The id is a UUID: its last characters are replaced by the number.
  const numbered = (column: string): string =>
    `substr(${column}, 1, 24) || substr('000000000000' || CAST(n AS varchar(12)), length('000000000000' || CAST(n AS varchar(12))) - 11)`;
  const ordered = (column: string): string =>
    `replace(${column}, '${orderId}', '${orderId}-' || CAST(n AS varchar(12)))`;
  const copy = async (
    table: string,
    key: string,
    changed: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const [row] = await shop.query(`SELECT * FROM ${table} WHERE ${key} = ?`, [original!.id]);
    const columns = Object.keys(row!).filter((column) => changed[column] !== '');
    await shop.query(
      `INSERT INTO ${table} (${columns.join(', ')}) ${numbers}` +
        `SELECT ${columns.map((column) => changed[column] ?? column).join(', ')} FROM ${table}, numbers WHERE ${key} = ?`,
      [original!.id],
    );
  };
  await copy('impact_conversions', 'id', {
    id: numbered('id'),
    order_id: ordered('order_id'),
    wire_order_id: ordered('wire_order_id'),
    request: ordered('request'),
  });
  await copy('impact_deliveries', 'conversion', { id: numbered('id'), conversion: numbered('conversion') });
  await copy('impact_story', 'conversion', { id: '', conversion: numbered('conversion') });
  return orders;
}
