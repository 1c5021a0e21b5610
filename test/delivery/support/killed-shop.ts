import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ConversionService, ImpactModule } from 'nestjs-impact';
import { Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';

// A shop in a process of its own, to be killed: records sales in transactions, and says so line by line.
const [file, url, credentials, first, count] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: file, enableWAL: true }),
    ImpactModule.forRoot({
      ...(JSON.parse(credentials) as Record<string, string>),
      mode: 'live',
      environment: 'test',
      baseUrl: url,
      allowAnyBaseUrl: true,
      delivery: {
        concurrency: 4,
        pollInterval: '20ms',
        timeout: '2s',
        lease: '2500ms',
        maxRequestsPerHour: 100_000,
      },
    }),
  ],
})
class KilledShop {}

const app = await NestFactory.createApplicationContext(KilledShop, { logger: false });
const dataSource = app.get<DataSource>(getDataSourceToken());
const conversions = app.get(ConversionService);
for (let number = Number(first); number < Number(first) + Number(count); number += 1) {
  await dataSource.transaction(async (manager) => {
    const items = [{ sku: 'S', category: 'c', quantity: 1, price: '5.00' }];
    const customer = { id: `c-${number}` };
    await conversions.record(
      { orderId: `K-${number}`, eventDate: new Date(), currency: 'USD', customer, items },
      { manager },
    );
  });
  process.stdout.write(`K-${number}\n`);
}
process.stdout.write('done\n');
// Whoever closes the pipe wants the shop to go.
process.stdin.resume().on('end', () => void app.close());
