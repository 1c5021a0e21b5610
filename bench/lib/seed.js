// Fills the package's tables with many sales: one is recorded by the package itself, the others are copies of its
// rows, so that what is measured later reads what the package would have written.
import { withRaw } from './databases.js';
import { openShop, sale } from './shop.js';

const SEED = 'SEED-ORDER';
export const orderIdOf = (number) => `ORDER-${String(number).padStart(8, '0')}`;

const CHUNK = 50_000;

/** Statements that differ between databases. */
const SQL = {
  postgres: {
    numbers: (from, to) => `generate_series(${from}, ${to}) AS numbers(n)`,
    concat: (...parts) => parts.join(' || '),
    padded: (number, length) => `lpad(CAST(${number} AS text), ${length}, '0')`,
    columns: (table) =>
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() ` +
      `AND table_name = '${table}' AND is_identity = 'NO'`,
  },
  mariadb: {
    numbers: (from, to) => `(SELECT seq AS n FROM seq_${from}_to_${to}) AS numbers`,
    concat: (...parts) => `concat(${parts.join(', ')})`,
    padded: (number, length) => `lpad(${number}, ${length}, '0')`,
    columns: (table) =>
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = database() ` +
      `AND table_name = '${table}' AND extra NOT LIKE '%auto_increment%'`,
  },
  sqlite: {
    numbers: (from, to) =>
      `(WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to}) ` +
      `SELECT n FROM numbers) AS numbers`,
    concat: (...parts) => parts.join(' || '),
    padded: (number, length) => `printf('%0${length}d', ${number})`,
    columns: (table) =>
      `SELECT name FROM pragma_table_info('${table}') WHERE pk = 0 OR lower(type) <> 'integer'`,
  },
};

const TABLES = ['impact_conversions', 'impact_deliveries', 'impact_story'];

/** Values of the columns that differ from the copied row, as SQL over `n`. */
function differing(sql, finished, last) {
  const order = sql.concat(`'ORDER-'`, sql.padded('numbers.n', 8));
  // The shape of the package's ids: rows written later sort behind.
  const id = (part) => sql.concat(`'01900000-0000-700${part}-8000-'`, sql.padded('numbers.n', 12));
  const done = finished
    ? {
        impact_conversions: { state: `'SENT'`, sent_at: 'seed.recorded_at', submission_id: order },
        impact_deliveries: {
          due_at: 'NULL',
          attempts: '1',
          first_attempt_at: 'seed.recorded_at',
          finished_at: 'seed.recorded_at',
          outcome: `'sent'`,
        },
      }
    : { impact_deliveries: { due_at: `seed.due_at - (${last} - numbers.n)` } };
  return {
    impact_conversions: {
      id: id(1),
      order_id: order,
      wire_order_id: order,
      request: `replace(seed.request, '${SEED}', ${order})`,
      ...done.impact_conversions,
    },
    impact_deliveries: { id: id(2), conversion: id(1), ...done.impact_deliveries },
    impact_story: { conversion: id(1) },
  };
}

/** Records the sale whose rows are copied; answers the request that the package would send for it. */
export async function plantSeed(database) {
  const shop = await openShop(database);
  try {
    await shop.conversions.record(sale(SEED));
    const [row] = await shop.dataSource.query('SELECT request FROM impact_conversions');
    return { orderId: SEED, parameters: JSON.parse(row.request) };
  } finally {
    await shop.close();
  }
}

/**
 * Adds the sales `first` to `last`; the seed must be there.
 *
 * @param finished sent long ago, instead of due now.
 */
export async function addSales(database, first, last, { finished = false } = {}) {
  const sql = SQL[database.kind];
  await withRaw(database, async (raw) => {
    for (let from = first; from <= last; from += CHUNK) {
      const values = differing(sql, finished, last);
      await raw.begin();
      for (const table of TABLES) {
        const columns = (await raw.query(sql.columns(table))).map(({ name }) => name);
        await raw.query(
          `INSERT INTO ${table} (${columns.join(', ')}) ` +
            `SELECT ${columns.map((name) => values[table][name] ?? `seed.${name}`).join(', ')} ` +
            `FROM ${table} seed CROSS JOIN ${sql.numbers(from, Math.min(last, from + CHUNK - 1))} ` +
            `WHERE seed.${table === 'impact_conversions' ? 'id' : 'conversion'} = ` +
            `(SELECT id FROM (SELECT id FROM impact_conversions WHERE order_id = '${SEED}') AS one)`,
        );
      }
      await raw.commit();
    }
  });
}

/** Takes the seed out again and lets the database look at what it has. */
export async function removeSeed(database) {
  await withRaw(database, async (raw) => {
    const [{ id }] = await raw.query(`SELECT id FROM impact_conversions WHERE order_id = '${SEED}'`);
    await raw.query(`DELETE FROM impact_story WHERE conversion = '${id}'`);
    await raw.query(`DELETE FROM impact_deliveries WHERE conversion = '${id}'`);
    await raw.query(`DELETE FROM impact_conversions WHERE id = '${id}'`);
    await analyze(raw, database);
  });
}

export async function analyze(raw, { kind }) {
  if (kind === 'mariadb') await raw.query(`ANALYZE TABLE ${TABLES.join(', ')}`);
  else if (kind === 'postgres') await raw.query(`VACUUM ANALYZE`);
  else await raw.query('ANALYZE');
}

/** Sales that are due, and nothing else. */
export async function seedWaiting(database, count) {
  const template = await plantSeed(database);
  await addSales(database, 1, count);
  await removeSeed(database);
  return template;
}

/** The request of one of the copies. */
export const parametersOf = ({ orderId, parameters }, number) =>
  parameters.map(([name, value]) => [name, value === orderId ? orderIdOf(number) : value]);
