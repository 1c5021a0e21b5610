import 'reflect-metadata';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ConversionService, ImpactModule } from 'nestjs-impact';
import type { DataSource } from 'typeorm';
import type { Answer, Order, ProcessConfig } from './process.protocol.js';
import { saleOf } from './sale.js';

// A shop in a process of its own, to be killed, stopped and misled. Does what its parent asks for, one thing
// after the other.

@Module({})
class Shop {}

let app: INestApplicationContext | null = null;
const blocked = monitorEventLoopDelay({ resolution: 10 });

async function open({ database, impact }: ProcessConfig): Promise<void> {
  const imports = [TypeOrmModule.forRoot(database), ImpactModule.forRoot(impact)];
  app = await NestFactory.createApplicationContext(
    { module: Shop, imports },
    { logger: ['error'], abortOnError: false },
  );
  app.enableShutdownHooks();
  blocked.enable();
  blocked.reset();
}

async function close(): Promise<void> {
  blocked.disable();
  const closing = app;
  app = null;
  await closing?.close();
}

async function record(orders: readonly string[]): Promise<void> {
  const dataSource = app!.get<DataSource>(getDataSourceToken());
  const conversions = app!.get(ConversionService);
  for (const order of orders) {
    await dataSource.transaction((manager) => conversions.record(saleOf(order), { manager }));
  }
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return open(order.config);
    case 'close':
      return close();
    case 'record':
      return record(order.orders);
    case 'clock':
      return Date.now();
    case 'longest-block':
      return blocked.max / 1e6;
  }
}

const tell = (answer: Answer): void => {
  process.send?.(answer);
};

process.on('message', (order: Order) => {
  obey(order).then(
    (value) => tell({ to: order.id, value }),
    (error: unknown) =>
      tell({ to: order.id, failed: error instanceof Error ? error.message : String(error) }),
  );
});
// Nobody is there any more: neither must this process be.
process.on('disconnect', () => void close());
tell({ to: 0, value: null });
