import type { DatabaseDialect } from '../dialect.js';

/** One step of the schema. Steps are applied in order and never edited once released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** The statements, one each, for the given database. */
  up(dialect: DatabaseDialect): readonly string[];
}
