// Claim and complete without HTTP, in batches of 100: the package's ledger beside the same statements through the driver.
import { startChild } from '../lib/child.js';
import { KINDS, portable, TITLES, withDatabase, withRaw } from '../lib/databases.js';
import { captureTemplate, ledgerBatch, overlapped, rawBatch } from '../lib/ledger-batch.js';
import { openRaw } from '../lib/raw.js';
import { interleave, timed } from '../lib/rounds.js';
import { seedWaiting } from '../lib/seed.js';
import { openShop } from '../lib/shop.js';
import { ratio, summary } from '../lib/statistics.js';

export const title = 'Claim: claim and complete without HTTP';
export const databases = KINDS;
export const packages = { own: ['typeorm', 'mysql2', 'better-sqlite3'], peers: ['pg', 'graphile-worker'] };

const BATCH = 100;
const ATLEAST = { postgres: 0.8, mariadb: 0.8, sqlite: 0.3 };

export async function run({ quick, findings, say }) {
  const size = quick ? { rounds: 3, batches: 10, warmUp: 5 } : { rounds: 15, batches: 50, warmUp: 50 };
  const rows = [];
  for (const kind of KINDS) {
    say(TITLES[kind]);
    await withDatabase(kind, (database) => besideTheDriver(database, size, findings, rows));
  }
  say('PostgreSQL, batched graphile-worker');
  await besideGraphile(size, findings, rows);
  say('PostgreSQL, with a snapshot held');
  await withSnapshot(quick ? { ...size, batches: 20 } : { ...size, rounds: 8, batches: 200 }, findings, rows);
  findings.table('Sales claimed and completed a second', ['Database', 'By', 'a second', 'Quartiles'], rows);
  findings.note(
    'Batches of 100, one after the other on one connection where nothing else is said. The driver repeats the statements that the package sends, its transactions ' +
      'included, with the ids of the rows that it has claimed.',
  );
  findings.note(
    'A held snapshot is an open REPEATABLE READ transaction of somebody else, older than every claim: no dead row can be ' +
      'cleaned up behind it.',
  );
}

async function besideTheDriver(database, { rounds, batches, warmUp }, findings, rows) {
  const { kind } = database;
  const names = { ours: 'nestjs-impact', raw: 'the same statements, driver' };
  const total = (2 * (rounds * batches + warmUp) + 1) * BATCH;
  await seedWaiting(database, total);
  // A queue that is shared: who comes next goes on behind the place where the last one ended.
  const queue = { place: null };
  const template = await captureTemplate(database, queue, BATCH);
  const shop = await openShop(database);
  const raw = await openRaw(database);
  try {
    const ours = await ledgerBatch(shop, queue, BATCH);
    const contenders = [
      { name: names.ours, batch: ours },
      { name: names.raw, batch: rawBatch(raw, database, template, queue) },
    ];
    for (const contender of contenders) await slice(contender, warmUp);
    const samples = await interleave(contenders, rounds, (contender) => slice(contender, batches));
    await checkDone(database, total, findings);
    findings.ratio(
      `${TITLES[kind]}: rate ÷ the same statements through the driver`,
      ratio(samples.get(names.ours), samples.get(names.raw)),
      { atLeast: ATLEAST[kind] },
    );
    addRows(TITLES[kind], samples, rows);
  } finally {
    await raw.close();
    await shop.close();
  }
}

async function besideGraphile({ rounds, batches, warmUp }, findings, rows) {
  const names = {
    ours: 'nestjs-impact, one batch after the other',
    overlapped: 'nestjs-impact, claiming while outcomes are written',
    graphile: 'graphile-worker, batched, jobs that do nothing',
  };
  const jobs = batches * BATCH;
  await withDatabase('postgres', (database) =>
    withDatabase('postgres', async (peer) => {
      const total = (2 * rounds * batches + warmUp) * BATCH;
      await seedWaiting(database, total);
      const shop = await openShop(database);
      const worker = startChild('contenders/claim-graphile.js');
      try {
        await worker.ask('start', { database: portable(peer) });
        const queue = { place: null };
        const batch = await ledgerBatch(shop, queue, BATCH);
        const contenders = [
          { name: names.ours, run: () => timed(() => repeat(batch, batches)) },
          { name: names.overlapped, run: () => timed(() => overlapped(shop, queue, BATCH, batches)) },
          {
            name: names.graphile,
            async run() {
              const { elapsed, done, left } = await worker.ask('work', jobs);
              findings.check(
                'graphile-worker did every job',
                done === jobs && left === 0,
                `${done}, ${left} left`,
              );
              return elapsed;
            },
          },
        ];
        await repeat(batch, warmUp);
        await worker.ask('work', jobs);
        const samples = await interleave(
          contenders,
          rounds,
          async ({ run }) => (jobs * 1000) / (await run()),
        );
        await checkDone(database, total, findings);
        const graphile = samples.get(names.graphile);
        findings.ratio(
          'PostgreSQL: rate ÷ batched graphile-worker, which also overlaps',
          ratio(samples.get(names.overlapped), graphile),
          { atLeast: 1 },
        );
        findings.ratio(
          'PostgreSQL: rate one batch after the other ÷ batched graphile-worker',
          ratio(samples.get(names.ours), graphile),
        );
        addRows(TITLES.postgres, samples, rows);
      } finally {
        await worker.stop();
        await shop.close();
      }
    }),
  );
}

/** The same work in two databases: somebody holds a snapshot in one of them, from before the first claim on. */
async function withSnapshot({ rounds, batches, warmUp }, findings, rows) {
  const names = { free: 'nestjs-impact, no snapshot held', held: 'nestjs-impact, a snapshot held' };
  const total = (rounds * batches + warmUp) * BATCH;
  await withDatabase('postgres', (free) =>
    withDatabase('postgres', async (held) => {
      const shops = [];
      const contenders = [];
      for (const [name, database] of [
        [names.free, free],
        [names.held, held],
      ]) {
        await seedWaiting(database, total);
        const shop = await openShop(database);
        shops.push(shop);
        contenders.push({ name, batch: await ledgerBatch(shop, { place: null }, BATCH) });
      }
      try {
        await withRaw(held, async (raw) => {
          await raw.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
          await raw.query('SELECT count(*) FROM impact_deliveries');
          for (const contender of contenders) await slice(contender, warmUp);
          const samples = await interleave(contenders, rounds, (contender) => slice(contender, batches));
          await raw.commit();
          await checkDone(free, total, findings);
          await checkDone(held, total, findings);
          findings.ratio(
            'PostgreSQL: rate with a snapshot held ÷ without',
            ratio(samples.get(names.held), samples.get(names.free)),
            { atLeast: 0.8 },
          );
          addRows(TITLES.postgres, samples, rows);
        });
      } finally {
        for (const shop of shops) await shop.close();
      }
    }),
  );
}

async function repeat(batch, times) {
  for (let done = 0; done < times; done += 1) await batch();
}

/** Sales a second over so many batches. */
async function slice({ batch }, count) {
  return (count * BATCH * 1000) / (await timed(() => repeat(batch, count)));
}

async function checkDone(database, expected, findings) {
  const count = (what) =>
    withRaw(database, async (raw) => Number((await raw.query(`SELECT count(*) AS n FROM ${what}`))[0].n));
  const name = TITLES[database.kind];
  const finished = await count(
    `impact_deliveries WHERE due_at IS NULL AND outcome = 'sent' AND lease_token IS NULL`,
  );
  findings.check(`${name}: every delivery is finished`, finished === expected, `${finished} of ${expected}`);
  const sent = await count(`impact_conversions WHERE state = 'SENT'`);
  findings.check(`${name}: every sale is sent`, sent === expected, `${sent} of ${expected}`);
  const told = await count(`impact_story WHERE what = 'sent'`);
  findings.check(`${name}: every story says so`, told === expected, `${told} of ${expected}`);
}

function addRows(database, samples, rows) {
  for (const [name, values] of samples) {
    const { median, low, high } = summary(values);
    rows.push([database, name, median, `${low.toFixed(0)} to ${high.toFixed(0)}`]);
  }
}
