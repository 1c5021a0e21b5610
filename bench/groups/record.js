// What recording a sale adds to the transaction that stores the order, beside the same inserts by the raw driver.
import { KINDS, TITLES, withDatabase, withRaw } from '../lib/databases.js';
import { internal } from '../lib/package.js';
import { openRaw } from '../lib/raw.js';
import { interleave, timed } from '../lib/rounds.js';
import { openShop, sale } from '../lib/shop.js';
import { spyOn } from '../lib/spy.js';
import { median, perRound, ratio, summary } from '../lib/statistics.js';

export const title = "Record: what a sale adds to the order's transaction";
export const databases = KINDS;
export const packages = { own: ['typeorm', 'pg', 'mysql2', 'better-sqlite3'] };

const { newId } = await internal('database/ids.js');
const CONNECTIONS = 8;
const SEED = 'RECORDED-SEED';

export async function run({ quick, findings, say }) {
  const size = quick
    ? { rounds: 3, transactions: 60, warmUp: 40 }
    : { rounds: 25, transactions: 200, warmUp: 400 };
  const rows = [];
  for (const kind of KINDS) {
    // TypeORM has one connection per SQLite data source: transactions come one after the other.
    for (const workers of kind === 'sqlite' ? [1] : [1, CONNECTIONS]) {
      say(`${TITLES[kind]}, ${workers} at a time`);
      await withDatabase(kind, (database) => measure(database, workers, size, findings, rows));
    }
  }
  findings.table(
    'Transactions',
    ['Database', 'At a time', 'Transaction', 'a second', 'ms each', 'Quartiles', 'ms added'],
    rows,
  );
  findings.note(
    '"The same inserts" are three plain ones of the rows that the package writes for this sale, with the same content; ' +
      'its own statements are also repeated as they are. What is added is the difference to the transaction with the ' +
      'order alone, what the commit pays for it included; "ms added" is the part before the commit.',
  );
}

async function measure(database, workers, size, findings, rows) {
  const { kind } = database;
  await withRaw(database, createTables(kind));
  const templates = await templatesFrom(database);
  const shop = await openShop(database, {}, workers);
  const raws = await Promise.all(Array.from({ length: workers }, () => openRaw(database)));
  try {
    const contenders = contendersOf(kind, shop, raws, templates);
    const slice = (contender, transactions) => transact(contender, workers, transactions);
    for (const contender of contenders) await slice(contender, size.warmUp);
    const samples = await interleave(contenders, size.rounds, (contender) =>
      slice(contender, size.transactions),
    );
    await checkRows(database, contenders, findings);
    conclude(database, workers, samples, findings, rows);
  } finally {
    await Promise.all(raws.map((raw) => raw.close()));
    await shop.close();
  }
}

/** The order's own insert, and what a shop without the package would write beside it. */
function plainOf(kind) {
  let last = 0;
  const mark = kind === 'postgres' ? (index) => `$${index}` : () => '?';
  const into = (table, columns) =>
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => mark(index + 1)).join(', ')})`;
  const order = into('shop_orders', ['id', 'customer', 'total', 'paid_at']);
  const ownSale = into('own_sales', ['order_id', 'customer', 'currency', 'amount', 'request']);
  const outbox = into('own_outbox', ['order_id', 'payload', 'created_at']);
  return {
    nextOrder: () => `RECORDED-${String(++last).padStart(8, '0')}`,
    order: (id) => [order, [id, 'customer-1', 7340, Date.now()]],
    sale: (id, request) => [ownSale, [id, 'customer-1', 'USD', 7340, request]],
    outbox: (id, request) => [outbox, [id, request, Date.now()]],
  };
}

const createTables = (kind) => async (raw) => {
  const text = kind === 'mariadb' ? 'longtext' : 'text';
  await raw.query(
    `CREATE TABLE shop_orders (id varchar(64) PRIMARY KEY, customer varchar(64), total bigint, paid_at bigint)`,
  );
  await raw.query(
    `CREATE TABLE own_sales (order_id varchar(64) PRIMARY KEY, customer varchar(64), currency char(3), amount bigint, request ${text})`,
  );
  await raw.query(
    `CREATE TABLE own_outbox (order_id varchar(64) PRIMARY KEY, payload ${text}, created_at bigint)`,
  );
};

/** What the package writes for a sale: its rows, and the statements that it writes them with. */
async function templatesFrom(database) {
  const shop = await openShop(database);
  let statements;
  try {
    const spy = spyOn(shop.dataSource);
    statements = await spy.during(() =>
      shop.dataSource.transaction((manager) => shop.conversions.record(sale(SEED), { manager })),
    );
  } finally {
    await shop.close();
  }
  const mark = database.kind === 'postgres' ? (index) => `$${index + 1}` : () => '?';
  const inserts = [];
  await withRaw(database, async (raw) => {
    for (const table of ['impact_conversions', 'impact_deliveries', 'impact_story']) {
      const [row] = await raw.query(`SELECT * FROM ${table}`);
      // The story numbers its own lines.
      const columns = Object.keys(row).filter((name) => table !== 'impact_story' || name !== 'id');
      const marks = columns.map((_, index) => mark(index)).join(', ');
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`;
      inserts.push({ sql, values: columns.map((name) => row[name]) });
    }
  });
  const own = statements.filter(({ sql }) => !/^(BEGIN|START|COMMIT|SET )/i.test(sql));
  const request = inserts[0].values.find(
    (value) => typeof value === 'string' && value.includes('CampaignId'),
  );
  return {
    inserts: again(inserts),
    own: again(own),
    statements: own.length,
    request: (order) => request.replaceAll(SEED, order),
  };
}

/** The same for another order, with fresh ids. */
function again(statements) {
  const isId = (value) => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
  const ids = new Set(statements.flatMap(({ values }) => values.filter(isId)));
  return (order) => {
    const fresh = new Map([...ids].map((id) => [id, newId()]));
    return statements.map(({ sql, values }) => [
      sql,
      values.map((value) =>
        typeof value === 'string' ? (fresh.get(value) ?? value.replaceAll(SEED, order)) : value,
      ),
    ]);
  };
}

function contendersOf(kind, shop, raws, templates) {
  const plain = plainOf(kind);
  const raw = (statementsOf) => async (worker) => {
    const order = plain.nextOrder();
    const driver = raws[worker];
    const statements = statementsOf(order);
    await driver.begin();
    await driver.query(...plain.order(order));
    const added = await timed(async () => {
      for (const [sql, values] of statements) await driver.query(sql, values);
    });
    await driver.commit();
    return added;
  };
  const typeorm = (rest) => () => {
    const order = plain.nextOrder();
    return shop.dataSource.transaction(async (manager) => {
      await manager.query(...plain.order(order));
      return timed(() => rest(order, manager));
    });
  };
  return [
    { name: 'order alone, TypeORM', work: typeorm(async () => {}) },
    {
      name: 'order and record()',
      work: typeorm((order, manager) => shop.conversions.record(sale(order), { manager })),
      sales: 1,
    },
    { name: 'order alone, driver', work: raw(() => []) },
    {
      name: 'order and two plain inserts, driver',
      work: raw((order) => {
        const request = templates.request(order);
        return [plain.sale(order, request), plain.outbox(order, request)];
      }),
      own: 1,
    },
    { name: "order and the package's rows by three inserts, driver", work: raw(templates.inserts), sales: 1 },
    {
      name: `order and the package's own statements (${templates.statements}), driver`,
      work: raw(templates.own),
      sales: 1,
    },
  ].map((contender) => ({ done: 0, sales: 0, own: 0, ...contender }));
}

/** Milliseconds per transaction, and of those spent on what is added to the order, with so many workers side by side. */
async function transact(contender, workers, transactions) {
  let left = transactions;
  let added = 0;
  const elapsed = await timed(() =>
    Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        while (left > 0) {
          left -= 1;
          added += await contender.work(worker);
        }
      }),
    ),
  );
  contender.done += transactions;
  return { each: elapsed / transactions, added: added / transactions };
}

async function checkRows(database, contenders, findings) {
  const total = (what) => contenders.reduce((sum, contender) => sum + contender.done * contender[what], 0);
  const expected = {
    shop_orders: contenders.reduce((sum, { done }) => sum + done, 0),
    // And the seed.
    impact_conversions: total('sales') + 1,
    impact_deliveries: total('sales') + 1,
    impact_story: total('sales') + 1,
    own_sales: total('own'),
    own_outbox: total('own'),
  };
  await withRaw(database, async (raw) => {
    for (const [table, count] of Object.entries(expected)) {
      const [row] = await raw.query(`SELECT count(*) AS stored FROM ${table}`);
      const stored = Number(row.stored);
      findings.check(
        `${TITLES[database.kind]}: ${table} has every row`,
        stored === count,
        `${stored} of ${count}`,
      );
    }
  });
}

function conclude({ kind }, workers, samples, findings, rows) {
  const entries = [...samples];
  const [alone, recorded, rawAlone, plain, inserts, own] = entries.map(([, values]) => values);
  const name = `${TITLES[kind]}, ${workers} at a time`;
  findings.ratio(
    `${name}: added by record() ÷ added by the same inserts through the driver`,
    addedRatio([recorded, alone], [inserts, rawAlone]),
    { atMost: 1.4 },
  );
  findings.ratio(
    `${name}: added by record() ÷ added by its own statements through the driver`,
    addedRatio([recorded, alone], [own, rawAlone]),
  );
  if (workers === 1) {
    const inside = (values) => values.map(({ added }) => added);
    findings.ratio(
      `${name}: record() until it resolves ÷ the same inserts, both without the commit`,
      ratio(inside(recorded), inside(inserts)),
    );
  }
  const each = (values) => values.map((value) => value.each);
  findings.ratio(
    `${name}: sales a second with record() ÷ with two plain inserts through the driver`,
    ratio(each(plain), each(recorded)),
  );
  for (const [contender, values] of entries) {
    const { median: middle, low, high } = summary(each(values));
    rows.push([
      TITLES[kind],
      workers,
      contender,
      1000 / middle,
      middle,
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      workers > 1 || contender.includes('alone') ? '' : median(values.map(({ added }) => added)),
    ]);
  }
}

/**
 * What is added is the difference to the order alone: of two numbers that are each mostly commit. So the middles are
 * compared, and the quartiles with the other's middle.
 */
function addedRatio([ours, oursAlone], [theirs, theirsAlone]) {
  const difference = (values, alone) => perRound((a, b) => a.each - b.each, values, alone);
  const divisor = median(difference(theirs, theirsAlone));
  const { median: middle, low, high, runs } = summary(difference(ours, oursAlone));
  return { median: middle / divisor, low: low / divisor, high: high / divisor, runs };
}
