import { describe, expect, it } from '@jest/globals';
import { MIGRATIONS } from '../../src/database/index.js';
import { sqliteDialect } from '../../src/database/dialects/index.js';
import { CUSTOM_FIELDS, ITEM_FIELDS, ORDER_FIELDS } from '../../src/wire/field.catalog.js';
import { codes, page, table } from '../docs/support/markdown.js';

const { text } = page('docs/privacy.md');

/** Table → its columns, from the statements that make them. */
const columns = new Map(
  MIGRATIONS.flatMap((migration) => migration.up(sqliteDialect)).flatMap((sql): [string, string[]][] => {
    const [, name, body] = /^CREATE TABLE IF NOT EXISTS (\w+) \(\n([\s\S]*)\n\)/.exec(sql) ?? [];
    if (name === undefined || body === undefined) return [];
    const lines = body.split('\n').map((line) => line.trim().split(' ')[0]!);
    return [[name, lines.filter((column) => column !== 'CONSTRAINT')]];
  }),
);

/** Every column that the section of a table names. */
function told(name: string): string[] {
  const start = text.indexOf(`### \`${name}\``);
  if (start !== -1 && name !== 'impact_reconciliations') {
    return table(text.slice(start), 'Column').rows.flatMap(([cell = '']) => codes(cell));
  }
  const rows = table(text, 'Table', 'Columns').rows;
  return rows.flatMap(([cell = '', listed = '']) => (codes(cell)[0] === name ? codes(listed) : []));
}

describe('the inventory in docs/privacy.md', () => {
  it('is of every table', () => {
    expect(columns.size).toBeGreaterThan(8);
  });

  it.each([...columns.keys()])('has every column of %s, and none that is not there', (name) => {
    expect(told(name).toSorted()).toEqual(columns.get(name)!.toSorted());
  });

  it('tells of every parameter that goes with its customer', () => {
    const [customer, free] = table(text, 'Says', 'Parameters').rows.map(([, cell = '']) => codes(cell));
    const marked = (mark: string): string[] =>
      [...ORDER_FIELDS, ...ITEM_FIELDS]
        .filter(({ personal }) => personal === mark)
        .map(({ parameter }) => parameter);
    expect(customer).toEqual(marked('customer'));
    const custom = Object.values(CUSTOM_FIELDS)
      .filter(({ personal }) => personal === 'free')
      .flatMap(({ parameter, last }) => [`${parameter}1`, `${parameter}${last}`]);
    expect(free!.toSorted()).toEqual([...marked('free'), ...custom].toSorted());
  });
});
