import type { DataSource } from 'typeorm';
import { queryRows } from '../../support/databases.js';

const information = (schema: string): readonly string[] => [
  `SELECT table_name AS a, column_name AS b, data_type AS c, is_nullable AS d, collation_name AS e ` +
    `FROM information_schema.columns WHERE table_schema = ${schema} AND table_name LIKE 'impact%'`,
];

const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': [
    `SELECT name AS a, tbl_name AS b, sql AS c FROM sqlite_master WHERE tbl_name LIKE 'impact%'`,
  ],
  postgres: [
    ...information('current_schema()'),
    `SELECT indexname AS a, indexdef AS b FROM pg_indexes WHERE schemaname = current_schema() AND tablename LIKE 'impact%'`,
  ],
  mysql: [
    ...information('DATABASE()'),
    `SELECT table_name AS a, index_name AS b, seq_in_index AS c, column_name AS d, non_unique AS e ` +
      `FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name LIKE 'impact%'`,
  ],
};

/** Every column and index of the module's tables, in words that can be compared. */
export async function schemaOf(dataSource: DataSource): Promise<string[]> {
  const { type } = dataSource.options;
  const lines: string[] = [];
  for (const sql of STATEMENTS[type === 'mariadb' ? 'mysql' : type] ?? []) {
    lines.push(...(await queryRows(dataSource, sql)).map((row) => JSON.stringify(Object.values(row))));
  }
  return lines.toSorted();
}
