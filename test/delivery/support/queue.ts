import { TestClock } from '../../../src/testing/test.clock.js';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseOver, type ImpactDatabase, migrate, newId, run } from '../../../src/database/index.js';
import {
  AccountGate,
  BEGINNING,
  type ClaimedDelivery,
  DeliveryLedger,
  type DeliveryOutcome,
  type Stamp,
  type Wish,
} from '../../../src/ledger/index.js';
import { type FreshDatabase, queryRows, type TestDatabase } from '../../support/databases.js';

export const STAMP: Stamp = { account: 'IR1', environment: 'test' };

/** The statements of the queue over a database of their own, without an app. */
export interface Queue {
  readonly at: FreshDatabase;
  readonly dataSource: DataSource;
  readonly database: ImpactDatabase;
  readonly clock: TestClock;
  readonly gate: AccountGate;
  readonly ledger: DeliveryLedger;
  /** Adds a sale with one call that is due `ago` milliseconds ago; answers the ids of both. */
  add(row?: Partial<QueueRow>): Promise<{ delivery: string; conversion: string }>;
  claim(wish?: Partial<Wish>): Promise<readonly ClaimedDelivery[]>;
  finish(...outcomes: readonly [ClaimedDelivery, DeliveryOutcome][]): Promise<void>;
  rows<T = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export interface QueueRow {
  readonly priority: number;
  readonly kind: string;
  readonly sequence: number;
  readonly ago: number;
  readonly conversion: string;
  readonly stamp: Stamp;
}

export const SENT: Extract<DeliveryOutcome, { is: 'sent' }> = {
  is: 'sent',
  submissionId: 'S-1',
  actionId: null,
  reached: ['all', 'sales'],
};

export async function openQueue(kind: TestDatabase, place?: FreshDatabase): Promise<Queue> {
  const at = place ?? (await kind.create());
  const dataSource = await new DataSource(at.options satisfies DataSourceOptions).initialize();
  const clock = new TestClock();
  const database = databaseOver(dataSource, clock);
  await migrate(database);
  const gate = new AccountGate(database);
  const ledger = new DeliveryLedger(database, gate);
  return {
    at,
    dataSource,
    database,
    clock,
    gate,
    ledger,
    add: async (row = {}) => {
      const { priority = 0, kind: call = 'sale', sequence = 0, ago = 1000, stamp = STAMP } = row;
      const delivery = newId();
      const conversion = row.conversion ?? newId();
      await database.write(function* () {
        if (row.conversion === undefined) yield* insertSale(database, conversion, stamp);
        yield* run(
          `INSERT INTO impact_deliveries (id, conversion, account, environment, kind, sequence, priority, due_at, attempts, recorded_at) ` +
            `VALUES (?, ?, ?, ?, ?, ?, ?, ${database.now()} - ${ago}, 0, ${database.now()} - ${ago})`,
          [delivery, conversion, stamp.account, stamp.environment, call, sequence, priority],
        );
      });
      return { delivery, conversion };
    },
    claim: async (wish = {}) => {
      const { claimed } = await ledger.claim(STAMP, { ...WISH, ...wish });
      return claimed;
    },
    finish: (...outcomes) =>
      ledger.finish(
        STAMP,
        outcomes.map(([delivery, outcome]) => ({ delivery, outcome })),
        60_000,
      ),
    rows: (sql, values = []) => queryRows(dataSource, sql, values),
    close: async () => {
      await dataSource.destroy();
      if (place === undefined) await at.drop();
    },
  };
}

export const WISH: Wish = { priority: 0, after: BEGINNING, limit: 100, lease: 60_000, maxAge: 2_592_000_000 };

function* insertSale(database: ImpactDatabase, id: string, { account, environment }: Stamp) {
  const now = database.now();
  yield* run(
    `INSERT INTO impact_conversions (id, account, environment, program, event_type, order_id, wire_order_id, state, ` +
      `recorded_at, event_at, attribution, currency, amount_minor, fingerprint, fingerprint_fields, request, problems, ` +
      `is_test, reason_codes, verdict_looks) VALUES (?, ?, ?, 'default', 'default', ?, ?, 'RECORDED', ${now}, ${now}, ` +
      `'{}', 'USD', 100, 'f', '{}', '[]', '[]', 0, '[]', 0)`,
    [id, account, environment, id, id],
  );
}
