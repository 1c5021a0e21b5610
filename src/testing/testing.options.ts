import type { DataSourceOptions } from 'typeorm';
import type { SandboxOptions } from '../sandbox/index.js';

export interface ImpactTestingOptions {
  /** Settings of the sandbox, e.g. `{ partners }`. Default: its own, without a limit on calls. */
  sandbox?: SandboxOptions;
  /**
   * What takes the place of a connection of the module's own (its `database` option, when that is no name).
   * Default: SQLite in memory. An app's data source that the module shares stays what it is.
   */
  database?: DataSourceOptions;
}

/** Needs `better-sqlite3`, and nothing is left of it. */
export const IN_MEMORY: DataSourceOptions = { type: 'better-sqlite3', database: ':memory:' };
