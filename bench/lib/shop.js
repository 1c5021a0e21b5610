// A Nest app that uses the package as its users do.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { typeormOptions } from './databases.js';
import { impact } from './package.js';

export const ACCOUNT = 'IRBenchAccount1';
export const ENVIRONMENT = 'bench';

/** Nothing but what is measured: no sweeps, no budget that could end a run. */
export const impactOptions = ({ baseUrl = 'http://127.0.0.1:9', delivery = {}, ...rest } = {}) => ({
  accountSid: ACCOUNT,
  authToken: 'bench-token',
  campaignId: '1000',
  eventTypeId: '2000',
  mode: 'live',
  environment: ENVIRONMENT,
  baseUrl,
  allowAnyBaseUrl: true,
  delivery: { autoStart: false, maxRequestsPerHour: 1_000_000, ...delivery },
  verdicts: { sweepInterval: '1d', lookupAfter: '1d' },
  ...rest,
});

export const moduleOf = (metadata) => {
  class Shop {}
  Module(metadata)(Shop);
  return Shop;
};

/** The app without HTTP. */
export async function openShop(database, options = {}, poolSize = 10) {
  const app = await NestFactory.createApplicationContext(
    moduleOf({
      imports: [
        TypeOrmModule.forRoot(typeormOptions(database, poolSize)),
        impact.ImpactModule.forRoot(impactOptions(options)),
      ],
    }),
    // TypeORM's module warns of every second data source of a process.
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  return {
    app,
    get: (token) => app.get(token, { strict: false }),
    dataSource: app.get(DataSource),
    conversions: app.get(impact.ConversionService),
    dispatcher: app.get(impact.DeliveryDispatcher),
    close: () => app.close(),
  };
}

/** A sale of two lines with a customer and a promo code. */
export const sale = (orderId) => ({
  orderId,
  eventDate: new Date(),
  currency: 'USD',
  customer: { id: 'customer-1', email: 'buyer@example.com' },
  promoCodes: ['SPRING'],
  items: [
    { sku: 'SHOE-41', category: 'shoes', quantity: 1, price: '59.90' },
    { sku: 'SOCK-03', category: 'socks', quantity: 3, price: '4.50' },
  ],
});
