import type { ImpactModuleOptions } from 'nestjs-impact';

export interface StoreOptions {
  /** TCP port. Default: 0, a free one. */
  port?: number;
  /** SQLite file, created when it is not there. Default `store.sqlite`. */
  databaseFile?: string;
  /** Given to `ImpactModule.forRoot()`. Default: nothing, so that everything comes from `IMPACT_*`. */
  impact?: ImpactModuleOptions;
  /** How long the pretend payment provider waits before it tells us, in milliseconds. Default 2000. */
  paymentNoticeAfter?: number;
}

export const STORE_OPTIONS = Symbol('store options');
