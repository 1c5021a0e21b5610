import { type DynamicModule, Module } from '@nestjs/common';
import { ImpactModule, type ImpactOptions } from 'nestjs-impact';
import { OrdersController } from './orders.controller.js';

export interface ApiOptions {
  /** Where the front end lives, for example `https://www.beans.example`. */
  pageOrigin: string;
  /** SQLite file for the module alone: this API has no database of its own. */
  databaseFile: string;
  impact: Omit<ImpactOptions, 'capture'>;
  /** TCP port. Default: 0, a free one. */
  port?: number;
}

@Module({})
export class ApiModule {
  static with({ pageOrigin, databaseFile, impact }: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ImpactModule.forRoot({
          ...impact,
          database: { type: 'better-sqlite3', database: databaseFile, enableWAL: true },
          capture: { endpoint: { origins: [pageOrigin] } },
        }),
      ],
      controllers: [OrdersController],
    };
  }
}
