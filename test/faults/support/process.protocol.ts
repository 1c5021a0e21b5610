import type { ImpactModuleOptions } from 'nestjs-impact';
import type { DataSourceOptions } from 'typeorm';

/** What one shop is made of: plain data, for it goes to another process. */
export interface ProcessConfig {
  readonly database: DataSourceOptions;
  readonly impact: ImpactModuleOptions;
}

export type Request =
  | { readonly do: 'open'; readonly config: ProcessConfig }
  | { readonly do: 'close' }
  | { readonly do: 'record'; readonly orders: readonly string[] }
  /** The process's own clock. */
  | { readonly do: 'clock' }
  /** The longest time since it was opened that its event loop stood still, in milliseconds. */
  | { readonly do: 'longest-block' };

export type Order = Request & { readonly id: number };

/** To the order with this number; 0 says that the process has loaded everything. */
export type Answer =
  { readonly to: number; readonly value: unknown } | { readonly to: number; readonly failed: string };
