// What grows with the tables, and what must not: claims, memory, and the time from commit to call.
import { startChild } from '../lib/child.js';
import { portable, TITLES, withDatabase } from '../lib/databases.js';
import { ledgerBatch, ledgerLook } from '../lib/ledger-batch.js';
import { interleave, pause, timed } from '../lib/rounds.js';
import { addSales, plantSeed, removeSeed, seedWaiting } from '../lib/seed.js';
import { openShop } from '../lib/shop.js';
import { median, percentile, ratio, summary } from '../lib/statistics.js';

export const title = 'Growth: full tables, long queues, memory, and from commit to call';
export const databases = ['postgres', 'mariadb', 'sqlite'];
export const packages = { own: ['typeorm', 'pg', 'mysql2', 'better-sqlite3'] };

const BATCH = 100;
const FEW = 1000;
/** Rows that are due in every database but the one with a long queue. */
const DUE = 1000;
const WARM_UP = 10;

export async function run({ quick, findings, say }) {
  const rows = [];
  for (const kind of databases) {
    const many = quick ? 20_000 : 1_000_000;
    const between = kind === 'postgres' && !quick ? [10_000, 100_000] : [];
    const queue = quick ? 10_000 : 100_000;
    const tables = [
      ...[FEW, ...between, many].map((finished) => ({ finished, waiting: DUE })),
      { finished: FEW, waiting: queue },
    ].map((table) => ({ ...table, name: `${table.finished} finished, ${table.waiting} waiting` }));
    say(`${TITLES[kind]}: claims over ${tables.map(({ name }) => name).join('; ')}`);
    await claims(kind, tables, quick ? 4 : 30, findings, rows);
  }
  findings.table(
    'One claim of 100 from the beginning of the queue, and one look at it',
    ['Database', 'Rows', 'claim ms', 'Quartiles', 'look ms', 'Quartiles'],
    rows,
  );
  await withStub(async (stub, baseUrl) => {
    const total = quick ? 4000 : 100_000;
    say(`memory while draining ${total}`);
    await memory({ stub, baseUrl, total, findings });
    for (const kind of databases) {
      say(`${TITLES[kind]}: from commit to call`);
      await commitToCall({ stub, baseUrl, kind, count: quick ? 40 : 1000, findings });
    }
  });
}

async function withStub(work) {
  const stub = startChild('contenders/stub.js');
  try {
    await work(stub, `http://127.0.0.1:${await stub.ask('start')}`);
  } finally {
    await stub.stop();
  }
}

/** Databases of different sizes, asked in turn. */
async function claims(kind, tables, rounds, findings, rows) {
  const open = [];
  const inDatabases = async (index) => {
    if (index < tables.length) {
      await withDatabase(kind, async (database) => {
        const { name, finished, waiting } = tables[index];
        await plantSeed(database);
        await addSales(database, 1, finished, { finished: true });
        // Every claim takes rows away, and as many are there afterwards as in the other databases.
        await addSales(database, finished + 1, finished + waiting + (rounds + WARM_UP) * BATCH);
        await removeSeed(database);
        const shop = await openShop(database);
        open.push({ name, finished, waiting, shop });
        try {
          await inDatabases(index + 1);
        } finally {
          await shop.close();
        }
      });
      return;
    }
    const contenders = [];
    for (const table of open) {
      const batch = await ledgerBatch(table.shop, { place: null }, BATCH, { fromBeginning: true });
      const look = ledgerLook(table.shop);
      contenders.push({ ...table, batch, look });
    }
    for (let times = 0; times < WARM_UP; times += 1) for (const { batch } of contenders) await batch();
    const samples = await interleave(contenders, rounds, async ({ batch, look }) => {
      const looks = [];
      for (let times = 0; times < 10; times += 1) looks.push(await timed(look));
      const { claim } = await batch();
      return { claim, look: median(looks) };
    });
    conclude(kind, tables, samples, findings, rows);
  };
  await inDatabases(0);
}

function conclude(kind, tables, samples, findings, rows) {
  const of = (table, what) => samples.get(table.name).map((sample) => sample[what]);
  const [few] = tables;
  const many = tables.at(-2);
  const queue = tables.at(-1);
  findings.ratio(
    `${TITLES[kind]}: claim with ${many.finished} finished rows ÷ with ${few.finished}`,
    ratio(of(many, 'claim'), of(few, 'claim')),
    { atMost: 1.5 },
  );
  findings.ratio(
    `${TITLES[kind]}: look with ${many.finished} finished rows ÷ with ${few.finished}`,
    ratio(of(many, 'look'), of(few, 'look')),
  );
  findings.ratio(
    `${TITLES[kind]}: claim with ${queue.waiting} waiting rows ÷ with ${few.waiting}`,
    ratio(of(queue, 'claim'), of(few, 'claim')),
  );
  for (const table of tables) {
    const [claim, look] = [summary(of(table, 'claim')), summary(of(table, 'look'))];
    rows.push([
      TITLES[kind],
      table.name,
      ...[claim, look].flatMap(({ median: middle, low, high }) => [
        middle,
        `${low.toFixed(2)} to ${high.toFixed(2)}`,
      ]),
    ]);
  }
}

async function memory({ stub, baseUrl, total, findings }) {
  await withDatabase('postgres', async (database) => {
    await seedWaiting(database, total);
    await stub.ask('expect', { count: total, delay: 0 });
    const child = startChild('contenders/drain.js', { execArgv: ['--expose-gc'] });
    try {
      await child.ask('start', { database: portable(database), baseUrl, concurrency: 50 });
      const warm = await reached(stub, total * 0.1);
      const [heapBefore, before] = [await child.ask('heap'), (await child.ask('samples')).length];
      await stub.ask('finished', 900_000);
      const { distinct, repeats } = await stub.ask('report');
      const heapAfter = await child.ask('heap');
      const samples = (await child.ask('samples')).slice(before);
      await pause(200);
      const left = await child.ask('close');
      findings.check(
        'drain sent every sale once',
        distinct === total && repeats === 0,
        `${distinct}, ${repeats} twice`,
      );
      findings.check('drain left nothing', left === 0, left);
      const rss = samples.map((sample) => sample.rss);
      const start = median(rss.slice(0, Math.max(1, Math.ceil(rss.length * 0.05))));
      findings.ratio(
        `Draining ${total} sales: resident memory at most above what it was after ${Math.round(warm)}`,
        Math.max(...rss) - start,
        { atMost: 50 },
        ' MB',
      );
      findings.ratio(
        `Draining ${total} sales: live heap at the end above what it was after ${Math.round(warm)}`,
        heapAfter - heapBefore,
        { atMost: 50 },
        ' MB',
      );
      findings.table(
        `Memory while draining ${total} sales, MB`,
        ['', 'first', 'lowest', 'median', 'highest', 'last'],
        ['rss', 'heap', 'external'].map((what) => {
          const values = samples.map((sample) => sample[what]);
          return [what, values[0], Math.min(...values), median(values), Math.max(...values), values.at(-1)];
        }),
      );
    } finally {
      await child.stop();
    }
  });
}

/** Waits until so many sales have arrived. */
async function reached(stub, count) {
  for (;;) {
    const { distinct } = await stub.ask('report');
    if (distinct >= count) return distinct;
    await pause(100);
  }
}

async function commitToCall({ stub, baseUrl, kind, count, findings }) {
  await withDatabase(kind, async (database) => {
    const warmUp = 20;
    await stub.ask('expect', { count: warmUp + count, delay: 0 });
    const child = startChild('contenders/commit-to-post.js');
    try {
      await child.ask('start', { database: portable(database), baseUrl });
      await child.ask('record', { first: 1, count: warmUp });
      const committed = await child.ask('record', { first: warmUp + 1, count });
      await stub.ask('finished', 30_000);
      const arrived = await stub.ask('arrivals');
      const numbers = Array.from({ length: count }, (_, index) => warmUp + 1 + index);
      const missing = numbers.filter((number) => arrived[number] === undefined).length;
      findings.check(`${TITLES[kind]}: every sale was sent`, missing === 0, missing);
      const waits = numbers
        .filter((number) => arrived[number] !== undefined)
        .map((number) => arrived[number] - committed[number]);
      const name = `${TITLES[kind]}: from commit to the call's arrival`;
      findings.ratio(`${name}, p50`, percentile(waits, 0.5), { atMost: 20 }, ' ms');
      findings.ratio(`${name}, p99`, percentile(waits, 0.99), {}, ' ms');
      await child.ask('close');
    } finally {
      await child.stop();
    }
  });
}
