import {
  Module,
  type DynamicModule,
  type INestApplication,
  type MiddlewareConsumer,
  type NestModule,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { DataSource } from 'typeorm';
import {
  CAPTURE_PROVIDERS,
  CaptureCounters,
  captureInterceptor,
  createBrowserEndpointController,
  ImpactCaptureMiddleware,
  LandingCapture,
  RequestGate,
} from '../../../src/capture/index.js';
import {
  CLICK_PROVIDERS,
  ClickBuffer,
  ClickIdRepository,
  ImpactRequestContext,
} from '../../../src/clicks/index.js';
import {
  IMPACT_OPTIONS,
  resolveOptions,
  type BrowserEndpointOptions,
  type CaptureOptions,
} from '../../../src/config/index.js';
import {
  databaseOver,
  IMPACT_CLOCK,
  IMPACT_DATABASE,
  migrate,
  type Clock,
  type ImpactDatabase,
} from '../../../src/database/index.js';
import { TestClock } from '../../../src/testing/index.js';
import { type FreshDatabase, queryRows, type TestDatabase } from '../../support/databases.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

export interface CaptureAppOptions {
  platform: Platform;
  via?: 'interceptor' | 'middleware' | 'both' | 'none';
  capture?: CaptureOptions;
  endpoint?: Required<BrowserEndpointOptions>;
  /** Default: SQLite in memory. */
  database?: TestDatabase;
  /** A database that is there already, which the app then leaves behind. */
  at?: FreshDatabase;
  controllers?: Type<unknown>[];
  providers?: Provider[];
  /** Before the app listens. */
  configure?: (app: INestApplication) => void;
}

export interface CaptureApp {
  readonly app: INestApplication;
  readonly http: ReturnType<typeof supertest>;
  readonly url: string;
  readonly clock: TestClock;
  readonly database: ImpactDatabase;
  readonly dataSource: DataSource;
  readonly clicks: ClickIdRepository;
  readonly buffer: ClickBuffer;
  readonly context: ImpactRequestContext;
  readonly counters: CaptureCounters;
  /** Rows of a table, after everything that waits was written. */
  rows(table: 'impact_clicks' | 'impact_click_links'): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function startCaptureApp(given: CaptureAppOptions): Promise<CaptureApp> {
  const lent = await given.database?.lend();
  const at = given.at ?? lent;
  const dataSource = await new DataSource(
    at?.options ?? { type: 'better-sqlite3', database: ':memory:' },
  ).initialize();
  const clock = new TestClock();
  const database = databaseOver(dataSource, clock);
  await migrate(database);

  const testing = await Test.createTestingModule({
    imports: [captureModule(given, database, clock)],
  }).compile();
  const app = testing.createNestApplication(
    given.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
    { logger: false },
  );
  given.configure?.(app);
  await app.listen(0, '127.0.0.1');
  if (given.platform === 'fastify')
    await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  const buffer = app.get(ClickBuffer);
  const url = await app.getUrl();
  return {
    app,
    http: supertest(url),
    url,
    clock,
    database,
    dataSource,
    buffer,
    clicks: app.get(ClickIdRepository),
    context: app.get(ImpactRequestContext),
    counters: app.get(CaptureCounters),
    rows: async (table) => {
      await buffer.flush();
      return queryRows(dataSource, `SELECT * FROM ${table} ORDER BY id`);
    },
    close: async () => {
      await app.close();
      await dataSource.destroy();
      await lent?.drop();
    },
  };
}

function captureModule(given: CaptureAppOptions, database: ImpactDatabase, clock: Clock): DynamicModule {
  const via = given.via ?? 'interceptor';
  const { options } = resolveOptions({ capture: given.capture ?? {} }, () => undefined, 'test');

  @Module({})
  class CaptureTestModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      if (via === 'middleware' || via === 'both')
        consumer.apply(ImpactCaptureMiddleware).forRoutes('{*path}');
    }
  }

  return {
    module: CaptureTestModule,
    global: true,
    controllers: [
      ...(given.controllers ?? []),
      ...(given.endpoint === undefined ? [] : [createBrowserEndpointController(given.endpoint)]),
    ],
    providers: [
      { provide: IMPACT_OPTIONS, useValue: options },
      { provide: IMPACT_DATABASE, useValue: database },
      { provide: IMPACT_CLOCK, useValue: clock },
      ...CLICK_PROVIDERS,
      ...CAPTURE_PROVIDERS,
      ...captureInterceptor({ via: via === 'both' ? 'interceptor' : via }),
      ...(given.providers ?? []),
    ],
    exports: [ClickIdRepository, ImpactRequestContext, LandingCapture, RequestGate, CaptureCounters],
  };
}

/** Every `Set-Cookie` of a response. */
export const setCookies = (response: { headers: Record<string, unknown> }): string[] =>
  [response.headers['set-cookie'] ?? []].flat() as string[];

/** What a browser would send back. */
export const cookieOf = (response: { headers: Record<string, unknown> }): string =>
  setCookies(response)
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
