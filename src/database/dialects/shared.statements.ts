import type { DatabaseDialect, InsertShape } from '../dialect.js';

export const insertInto = ({ table, columns, computed = {}, rows = 1 }: InsertShape): string => {
  const row = [...columns.map(() => '?'), ...Object.values(computed)].join(', ');
  const names = [...columns, ...Object.keys(computed)].join(', ');
  return `INSERT INTO ${table} (${names}) VALUES ${Array.from({ length: rows }, () => `(${row})`).join(', ')}`;
};

export const assignments = (updates: Readonly<Record<string, string>>): string =>
  Object.entries(updates)
    .map(([column, expression]) => `${column} = ${expression}`)
    .join(', ');

/** Row values compare as the index sorts. */
export const rowValuesAfter: DatabaseDialect['sortsAfter'] = (first, second) => ({
  sql: `(${first}, ${second}) > (?, ?)`,
  values: (a, b) => [a, b],
});

export const updateFromList: DatabaseDialect['updateFrom'] = (table, recordset, on, sets) =>
  `UPDATE ${table} SET ${assignments(sets)} FROM ${recordset} WHERE ${on}`;

const insertOrNothing: DatabaseDialect['insertIgnore'] = (insert) =>
  `${insertInto(insert)} ON CONFLICT (${insert.conflict.join(', ')}) DO NOTHING`;

export const onConflict: Pick<DatabaseDialect, 'insertIgnore' | 'insertNew' | 'upsert'> = {
  insertIgnore: insertOrNothing,
  insertNew: insertOrNothing,
  upsert: (insert, updates) =>
    `${insertInto(insert)} ON CONFLICT (${insert.conflict.join(', ')}) ` +
    `DO UPDATE SET ${assignments(updates((column) => `excluded.${column}`))}`,
};
