// @fullstackhouse/nestjs-outbox with its TypeORM driver, on the Nest and TypeORM that it asks for.
// What it calls is the same client as everybody's, out of the package next door.
import 'reflect-metadata';
import nestjsOutbox from '@fullstackhouse/nestjs-outbox';
import typeormDriver from '@fullstackhouse/nestjs-outbox-typeorm-driver';
import common from '@nestjs/common';
import core from '@nestjs/core';
import { DataSource } from 'typeorm';
import { requests, sendBy } from '../lib/http.js';

const { OutboxModule, OnEvent, TransactionalEventEmitter } = nestjsOutbox;
const { OutboxTransportEventMigrations, TypeORMDatabaseDriverFactory, TypeOrmOutboxTransportEvent } =
  typeormDriver;

// Its TypeORM calls the driver in a way that the driver warns of.
process.noDeprecation = true;

const EVENT = 'SalePaid';
const CHUNK = 500;

export async function prepare({ database, template, count, baseUrl, concurrency }) {
  const send = sendBy(baseUrl);
  const parameters = requests(template);
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 10,
    entities: [TypeOrmOutboxTransportEvent],
  }).initialize();
  // Run by hand: TypeORM refuses the name of one of them.
  const runner = dataSource.createQueryRunner();
  for (const Migration of OutboxTransportEventMigrations) await new Migration().up(runner);
  await runner.release();

  class Reporter {
    async report(event) {
      await send(event.parameters);
    }
  }
  OnEvent(EVENT)(Reporter.prototype, 'report', Object.getOwnPropertyDescriptor(Reporter.prototype, 'report'));
  common.Injectable()(Reporter);

  class Shop {}
  common.Module({
    imports: [
      OutboxModule.registerAsync({
        imports: [],
        enableDefaultMiddlewares: false,
        useFactory: () => ({
          driverFactory: new TypeORMDatabaseDriverFactory(dataSource),
          events: [
            {
              name: EVENT,
              listeners: {
                retentionPeriod: 86_400_000,
                maxExecutionTime: 30_000,
                maxRetries: 5,
                // Its own first step of a second would make rows due again while a slow answer is awaited.
                retryStrategy: () => 60_000,
              },
            },
          ],
          pollingInterval: 50,
          maxEventsPerPoll: concurrency,
        }),
      }),
    ],
    providers: [Reporter],
  })(Shop);

  const rows = dataSource.getRepository(TypeOrmOutboxTransportEvent);
  for (let first = 1; first <= count; first += CHUNK) {
    await rows.insert(
      Array.from({ length: Math.min(CHUNK, count - first + 1) }, (_, index) =>
        new TypeOrmOutboxTransportEvent().create(
          EVENT,
          { name: EVENT, parameters: parameters(first + index) },
          Date.now() + 86_400_000,
          Date.now(),
        ),
      ),
    );
  }
  let app;
  return {
    async start() {
      app = await core.NestFactory.createApplicationContext(Shop, { logger: ['error'], abortOnError: false });
      app.get(TransactionalEventEmitter, { strict: false });
    },
    stop: () => app.close(),
    async left() {
      const left = await rows.count();
      await dataSource.destroy();
      return left;
    },
  };
}
