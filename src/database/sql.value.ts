/** What a parameter or a column can hold. */
export type SqlValue = string | number | bigint | null;

export type Row = Record<string, SqlValue | undefined>;

/** What a statement answered. */
export interface StatementResult {
  readonly rows: Row[];
  /** Rows inserted, changed or deleted; 0 for reads. */
  readonly affected: number;
}
