import type { Row } from './impact.database.js';

/** Readers of result columns: drivers give big integers as numbers or as text. */
export const text = (row: Row, column: string): string => String(row[column]);

export const textOrNull = (row: Row, column: string): string | null => {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
};

export const integer = (row: Row, column: string): number => Number(row[column]);

export const integerOrNull = (row: Row, column: string): number | null => {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
};

export const bigint = (row: Row, column: string): bigint => BigInt(String(row[column]));

export const date = (row: Row, column: string): Date => new Date(integer(row, column));

export const dateOrNull = (row: Row, column: string): Date | null => {
  const value = integerOrNull(row, column);
  return value === null ? null : new Date(value);
};

export const json = (row: Row, column: string): unknown => JSON.parse(text(row, column));

/** Text of somebody else's that every database can store: no NUL, no half of a character. */
export const storable = (value: string): string =>
  Buffer.from(value.replaceAll('\0', ''), 'utf8').toString('utf8');

/** What somebody else has sent, if a column of that length can hold it: a value too long must not block its row for ever. */
export const fitting = (value: string | null, length: number): string | null =>
  value === null || value.length > length ? null : storable(value);

/** `?, ?, ?` for a list of values. */
export const placeholders = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

const SIZES = [1, 4, 16, 64, 128, 256, 512];

/** Fills a list of ids up with one that is in it, so that lists of many lengths make few different statements. */
export function padded(ids: readonly string[]): string[] {
  const size = SIZES.find((each) => each >= ids.length) ?? ids.length;
  return [...ids, ...Array.from({ length: size - ids.length }, () => ids[0]!)];
}
