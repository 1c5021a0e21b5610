import type { DataSource } from 'typeorm';

type Row = Readonly<Record<string, unknown>>;

const query = (dataSource: DataSource, sql: string, ...values: unknown[]): Promise<Row[]> =>
  dataSource.query<Row[]>(sql, values);

const shown = (row: Row): [name: string, value: string][] =>
  Object.entries(row).map(([name, value]) => [name, name.endsWith('_at') ? time(value) : word(value)]);

/** The module's rows behind one order, ready to print: table and columns. They are read here, never written. */
export async function rowsBehind(
  dataSource: DataSource,
  orderNumber: string,
): Promise<[table: string, row: [string, string][]][]> {
  const [sale] = await query(
    dataSource,
    'SELECT order_id, state, click_id, attributed_by, currency, amount_minor, event_at FROM impact_conversions WHERE order_id = ?',
    orderNumber,
  );
  const [click] = await query(
    dataSource,
    'SELECT click_id, parameter, landing_path, partner_parameters, consent, first_seen_at, expires_at ' +
      'FROM impact_clicks WHERE click_id = ?',
    sale?.['click_id'],
  );
  const links = await query(
    dataSource,
    'SELECT kind, subject, linked_at FROM impact_click_links WHERE click = (SELECT id FROM impact_clicks WHERE click_id = ?)',
    sale?.['click_id'],
  );
  return [
    ...(click === undefined ? [] : [['impact_clicks', shown(click)] as [string, [string, string][]]]),
    ...links.map((link): [string, [string, string][]] => ['impact_click_links', shown(link)]),
    ...(sale === undefined ? [] : [['impact_conversions', shown(sale)] as [string, [string, string][]]]),
  ];
}

const word = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? '-'));

const time = (value: unknown): string =>
  `${new Date(Number(value)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
