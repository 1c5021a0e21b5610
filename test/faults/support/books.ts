import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ConversionService, type ConversionStory, ImpactModule } from 'nestjs-impact';
import type { DataSource } from 'typeorm';
import { type FreshDatabase, queryRows, type TestDatabase } from '../../support/databases.js';
import { shopOptions } from './crew.js';
import { Receiver } from './receiver.js';
import { saleOf } from './sale.js';
import { until } from './scale.js';

/** Milliseconds without any progress; the longest lease and pause of a scenario are far shorter. */
const STUCK_AFTER = 45_000;

export class StuckError extends Error {}

@Module({})
class BackOffice {}

/**
 * The shop's back office, in the process of the test: records sales, sends nothing, and reads what the others
 * have made of them.
 */
export class Books {
  /** When each order was recorded, by `performance.now()`. */
  readonly recordedAt = new Map<string, number>();

  private constructor(
    private readonly app: INestApplicationContext,
    readonly dataSource: DataSource,
    readonly receiver: Receiver,
    private readonly fresh: FreshDatabase,
  ) {}

  /** A fresh database with the module's tables, and a receiver beside it. */
  static async open(database: TestDatabase): Promise<Books> {
    const fresh = await database.create();
    const receiver = await Receiver.start();
    const impact = shopOptions(receiver, 'books', { delivery: { autoStart: false } });
    const app = await NestFactory.createApplicationContext(
      { module: BackOffice, imports: [TypeOrmModule.forRoot(fresh.options), ImpactModule.forRoot(impact)] },
      { logger: ['error'], abortOnError: false },
    );
    return new Books(app, app.get<DataSource>(getDataSourceToken()), receiver, fresh);
  }

  /** The database as another process opens it. */
  get database(): FreshDatabase['options'] {
    return this.fresh.options;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.receiver.close();
    await this.fresh.drop();
  }

  /** Records sales, a hundred per transaction. */
  async record(orders: readonly string[]): Promise<void> {
    const conversions = this.app.get(ConversionService);
    for (let first = 0; first < orders.length; first += 100) {
      const some = orders.slice(first, first + 100);
      await this.dataSource.transaction(async (manager) => {
        for (const order of some) await conversions.record(saleOf(order), { manager });
      });
      const now = performance.now();
      for (const order of some) this.recordedAt.set(order, now);
    }
  }

  rows<T = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return queryRows<T>(this.dataSource, sql, values);
  }

  async count(sql: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`, values);
    return row!.n;
  }

  /** Deliveries that are still to be finished. */
  waiting(): Promise<number> {
    return this.count('impact_deliveries WHERE due_at IS NOT NULL');
  }

  /** Deliveries that some process holds. */
  leased(): Promise<number> {
    return this.count('impact_deliveries WHERE lease_token IS NOT NULL');
  }

  /** Waits for it as long as anything moves, and says what stands in the way when nothing does. */
  async everythingFinished(): Promise<void> {
    let waiting = Infinity;
    let since = performance.now();
    await until('every delivery is finished', async () => {
      const now = await this.waiting();
      if (now !== waiting) since = performance.now();
      waiting = now;
      if (performance.now() - since > STUCK_AFTER) throw new StuckError(await this.#standstill(now));
      return now === 0;
    });
  }

  async #standstill(waiting: number): Promise<string> {
    const rows = await this.rows(
      `SELECT due_at, lease_token, attempts, outcome FROM impact_deliveries WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 3`,
    );
    const accounts = await this.rows(`SELECT * FROM impact_accounts`);
    return `${waiting} deliveries do not move: ${JSON.stringify({ rows, accounts })}`;
  }

  explain(orderId: string): Promise<ConversionStory> {
    return this.app.get(ConversionService).explain(orderId);
  }
}
