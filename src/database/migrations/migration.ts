import type { DatabaseDialect } from '../dialect.js';

/**
 * One step of the schema. Steps are applied in order and never edited once released.
 *
 * Each statement can be run again: where DDL commits by itself, a process that is killed between two of
 * them leaves the first ones behind, and the step starts over.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** The statements, one each, for the given database. */
  up(dialect: DatabaseDialect): readonly string[];
}
