import { describe, expect, it } from '@jest/globals';
import type { DatabaseDialect } from './dialect.js';
import { mysqlDialect, postgresDialect, sqliteDialect } from './dialects/index.js';
import { MIGRATIONS, migrationsAsSql } from './migration.runner.js';

const DIALECTS: [string, DatabaseDialect][] = [
  ['sqlite', sqliteDialect],
  ['postgres', postgresDialect],
  ['mysql', mysqlDialect],
];

const INSERT = { table: 't', columns: ['a', 'b'], computed: { c: 'now()' }, rows: 2, conflict: ['a'] };

describe('dialects', () => {
  it.each([
    [
      'sqlite',
      sqliteDialect,
      'INSERT INTO t (a, b, c) VALUES (?, ?, now()), (?, ?, now()) ON CONFLICT (a) DO NOTHING',
    ],
    [
      'postgres',
      postgresDialect,
      'INSERT INTO t (a, b, c) VALUES (?, ?, now()), (?, ?, now()) ON CONFLICT (a) DO NOTHING',
    ],
    [
      'mysql',
      mysqlDialect,
      'INSERT INTO t (a, b, c) VALUES (?, ?, now()), (?, ?, now()) ON DUPLICATE KEY UPDATE a = t.a',
    ],
  ])('%s leaves an existing row as it is', (_, dialect, sql) => {
    expect(dialect.insertIgnore(INSERT)).toBe(sql);
  });

  it.each([
    ['sqlite', sqliteDialect, 'ON CONFLICT (a) DO UPDATE SET b = excluded.b'],
    ['postgres', postgresDialect, 'ON CONFLICT (a) DO UPDATE SET b = excluded.b'],
    ['mysql', mysqlDialect, 'ON DUPLICATE KEY UPDATE b = VALUES(b)'],
  ])('%s updates an existing row', (_, dialect, ending) => {
    const sql = dialect.upsert(INSERT, (excluded) => ({ b: excluded('b') }));
    expect(sql.endsWith(ending)).toBe(true);
  });

  it('reads MySQL’s clock in UTC: one local hour of the year comes twice', () => {
    expect(mysqlDialect.currentMillis).toContain('UTC_TIMESTAMP');
    expect(mysqlDialect.currentMillis).not.toMatch(/SYSDATE|NOW|UNIX_TIMESTAMP/);
  });

  it('numbers placeholders for PostgreSQL only', () => {
    expect(postgresDialect.placeholders('a = ? AND b = ?')).toBe('a = $1 AND b = $2');
    expect(sqliteDialect.placeholders('a = ?')).toBe('a = ?');
    expect(mysqlDialect.placeholders('a = ?')).toBe('a = ?');
  });

  it.each(DIALECTS)('%s gets one statement per step, and every table', (_, dialect) => {
    const statements = MIGRATIONS.flatMap((migration) => migration.up(dialect));
    for (const sql of statements) expect(sql).not.toMatch(/;\s*\S/);
    const tables = statements.flatMap((sql) => /CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? []);
    expect(tables).toEqual([
      'impact_clicks',
      'impact_click_links',
      'impact_conversions',
      'impact_actions',
      'impact_corrections',
      'impact_deliveries',
      'impact_story',
      'impact_accounts',
      'impact_reconciliations',
      'impact_promo_codes',
    ]);
  });

  it.each(['better-sqlite3', 'postgres', 'mariadb'] as const)(
    '%s has no index whose name is longer than PostgreSQL keeps',
    (type) => {
      const names = [
        ...migrationsAsSql(type).matchAll(/(?:INDEX IF NOT EXISTS|INDEX|CONSTRAINT) (\w+)/g),
      ].map(([, name]) => name!);
      expect(names.length).toBeGreaterThan(10);
      expect(names.filter((name) => name.length > 63)).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    },
  );

  it('compares identifiers byte for byte everywhere', () => {
    expect(postgresDialect.types.exact(64)).toContain('COLLATE "C"');
    expect(mysqlDialect.types.exact(64)).toContain('utf8mb4_bin');
    // SQLite's default collation is BINARY.
    expect(sqliteDialect.types.exact(64)).not.toMatch(/NOCASE/);
  });
});
