import { type DynamicModule, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ImpactModule } from 'nestjs-impact';
import { Cart } from './cart/cart.entity.js';
import { CartModule } from './cart/cart.module.js';
import { VisitorMiddleware } from './cart/visitor.middleware.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { Customer } from './customers/customer.entity.js';
import { CustomersModule } from './customers/customers.module.js';
import { ShopDatabaseModule } from './database/shop-database.module.js';
import { OrderLine } from './orders/order-line.entity.js';
import { Order } from './orders/order.entity.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { STORE_OPTIONS, type StoreOptions } from './store.options.js';
import { ErrorPageFilter } from './views/error-page.filter.js';

@Module({
  imports: [CatalogModule, CartModule, CustomersModule, OrdersModule, PaymentsModule, ShopDatabaseModule],
  providers: [{ provide: APP_FILTER, useClass: ErrorPageFilter }],
})
export class AppModule implements NestModule {
  static with(options: StoreOptions): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: options.databaseFile ?? 'store.sqlite',
          enableWAL: true,
          // The shop's own entities only: ImpactModule looks after its tables itself.
          entities: [Cart, Customer, Order, OrderLine],
          synchronize: true,
        }),
        ImpactModule.forRoot(options.impact),
      ],
      providers: [{ provide: STORE_OPTIONS, useValue: options }],
      exports: [STORE_OPTIONS],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(VisitorMiddleware).exclude('assets/*path', 'webhooks/*path').forRoutes('{*path}');
  }
}
