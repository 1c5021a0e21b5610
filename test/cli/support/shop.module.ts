import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ImpactModule } from 'nestjs-impact';
import { DataSource } from 'typeorm';

/** As an app writes it: loops on, migrations on, options in code. */
@Module({
  imports: [
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    ImpactModule.forRoot({
      database: { type: 'better-sqlite3', database: process.env['SHOP_DATABASE']! },
      capture: { cookie: { domain: '.shop.example' } },
      delivery: { pollInterval: '10ms' },
    }),
  ],
})
export class AppModule {}

/** As TypeORM's own command line wants it. */
export const dataSource = new DataSource({
  type: 'better-sqlite3',
  database: process.env['SHOP_DATABASE']!,
  logging: true,
});

export class NoModule {}
