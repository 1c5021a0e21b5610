// A Nest app with two routes: an empty one, and one with one indexed SQL read.
// As it is, with a no-op interceptor or middleware of Nest's own, or with the package.
import 'reflect-metadata';
import { Controller, Get, Inject } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { answerParent } from '../lib/child.js';
import { typeormOptions } from '../lib/databases.js';
import { impact } from '../lib/package.js';
import { impactOptions, moduleOf } from '../lib/shop.js';

const PRODUCTS = 10_000;
let calls = 0;

class ShopController {
  #last = 0;

  constructor(dataSource) {
    this.dataSource = dataSource;
  }

  empty() {
    return 'ok';
  }

  async product() {
    this.#last = (this.#last % PRODUCTS) + 1;
    const [product] = await this.dataSource.query('SELECT id, name, price FROM products WHERE id = $1', [
      this.#last,
    ]);
    return product;
  }
}
Inject(DataSource)(ShopController, undefined, 0);
for (const name of ['empty', 'product']) {
  Get(name)(ShopController.prototype, name, Object.getOwnPropertyDescriptor(ShopController.prototype, name));
}
Controller()(ShopController);

class NoInterceptor {
  intercept(_context, next) {
    calls += 1;
    return next.handle();
  }
}

class NoMiddleware {
  use(_request, _response, next) {
    calls += 1;
    next();
  }
}

/** What stands between the bare route and the visitor. */
const VARIANTS = {
  bare: {},
  'nest-interceptor': { providers: [{ provide: APP_INTERCEPTOR, useClass: NoInterceptor }] },
  'nest-middleware': { middleware: NoMiddleware },
  interceptor: { imports: [impact.ImpactModule.forRoot(impactOptions({ capture: { via: 'interceptor' } }))] },
  middleware: { imports: [impact.ImpactModule.forRoot(impactOptions({ capture: { via: 'middleware' } }))] },
};

let app;
answerParent({
  async start({ platform, variant, database }) {
    const { imports = [], providers = [], middleware } = VARIANTS[variant];
    const Shop = moduleOf({
      imports: [TypeOrmModule.forRoot(typeormOptions(database)), ...imports],
      controllers: [ShopController],
      providers,
    });
    if (middleware !== undefined) {
      Shop.prototype.configure = (consumer) => consumer.apply(middleware).forRoutes('{*path}');
    }
    const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
    app = await NestFactory.create(Shop, adapter, { logger: ['error', 'warn'], abortOnError: false });
    await app.listen(0, '127.0.0.1');
    return Number(new URL(await app.getUrl()).port);
  },
  /** Microseconds of CPU so far, all threads of the process. */
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, calls };
  },
  close: () => app.close(),
});
