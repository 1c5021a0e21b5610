/** What a parameter or a column can hold. */
export type SqlValue = string | number | bigint | null;
