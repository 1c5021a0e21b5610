// What capture costs a page: CPU of the server process per request, and p99 as the visitor sees it.
import { randomBytes } from 'node:crypto';
import { startChild } from '../lib/child.js';
import { portable, withDatabase, withRaw } from '../lib/databases.js';
import { load } from '../lib/load.js';
import { interleave, pause } from '../lib/rounds.js';
import { percentile, perRound, summary } from '../lib/statistics.js';

export const title = 'Capture: what it adds to a page';
export const databases = ['postgres'];
export const packages = {
  own: ['@nestjs/core', '@nestjs/platform-express', '@nestjs/platform-fastify', 'typeorm'],
};

const CONNECTIONS = 8;
const VARIANTS = ['bare', 'nest-interceptor', 'nest-middleware', 'interceptor', 'middleware'];
const ROUTES = ['empty', 'product'];
const VIAS = ['interceptor', 'middleware'];

const withClick = (route) => `/${route}?im_ref=${randomBytes(12).toString('hex')}`;

/** What is measured on each route: a variant, with or without a click parameter. */
const CELLS = [
  ...VARIANTS.map((variant) => ({ name: variant, variant, click: false })),
  ...VIAS.map((variant) => ({ name: `${variant}, click`, variant, click: true })),
];

export async function run({ quick, findings, say }) {
  // Each process compiles the same code a little differently: several generations of processes even that out.
  const size = quick
    ? { generations: 1, rounds: 3, milliseconds: 300, warmUp: 2100, locks: 1 }
    : { generations: 2, rounds: 5, milliseconds: 500, warmUp: 6000, locks: 2 };
  const rows = [];
  for (const platform of ['express', 'fastify']) {
    const samples = new Map();
    const locked = [];
    for (let generation = 0; generation < size.generations; generation += 1) {
      say(`${platform}, generation ${generation + 1} of ${size.generations}`);
      await withServers(platform, findings, async (servers, database) => {
        for (const route of ROUTES) {
          for (const cell of CELLS) {
            await slice(servers.get(cell.variant), route, cell, size.warmUp / CELLS.length, findings);
          }
          const measured = await interleave(CELLS, size.rounds, (cell) =>
            slice(servers.get(cell.variant), route, cell, size.milliseconds, findings),
          );
          for (const [name, values] of measured) {
            const key = `${route}: ${name}`;
            samples.set(key, [...(samples.get(key) ?? []), ...values]);
          }
        }
        for (let times = 0; times < size.locks; times += 1) {
          locked.push(await whileLocked(database, servers.get('interceptor'), size.milliseconds, findings));
        }
      });
    }
    conclude(platform, samples, locked, findings, rows);
  }
  findings.table(
    'Per request',
    ['Server', 'Route', 'With', 'CPU µs', 'Quartiles', 'Added µs', 'p99 ms'],
    rows,
  );
  findings.note(
    'CPU is that of the server process, all threads, the batched writing of clicks included. "Nest\'s no-op" is an ' +
      'interceptor or a middleware that does nothing: what Nest itself charges for having one.',
  );
  findings.note(
    `p99 under ${CONNECTIONS} connections that ask without a pause, beside the load generator on the same machine: ` +
      'compare it between rows, it is no latency of a shop.',
  );
}

async function withServers(platform, findings, work) {
  await withDatabase('postgres', async (database) => {
    await withRaw(database, async (raw) => {
      await raw.query('CREATE TABLE products (id integer PRIMARY KEY, name text, price numeric(10, 2))');
      await raw.query(
        `INSERT INTO products SELECT n, 'Product ' || n, n % 100 + 0.99 FROM generate_series(1, 10000) n`,
      );
      await raw.query('VACUUM ANALYZE products');
    });
    const servers = new Map();
    for (const variant of VARIANTS) {
      const child = startChild('contenders/capture-server.js');
      const port = await child.ask('start', { platform, variant, database: portable(database) });
      servers.set(variant, { child, port, clicks: 0, requests: 0 });
    }
    try {
      await work(servers, database);
      let clicks = 0;
      for (const [variant, server] of servers) {
        const { calls } = await server.child.ask('usage');
        if (variant.startsWith('nest-')) {
          findings.check(
            `${platform}: Nest's ${variant.slice(5)} saw every request`,
            calls === server.requests,
          );
        }
        clicks += server.clicks;
        // Writes what is still in the buffer.
        await server.child.ask('close');
      }
      const [{ stored }] = await withRaw(database, (raw) =>
        raw.query('SELECT count(*)::int AS stored FROM impact_clicks'),
      );
      findings.check(`${platform}: every click is in the table`, stored === clicks, `${stored} of ${clicks}`);
    } finally {
      await Promise.all([...servers.values()].map(({ child }) => child.stop()));
    }
  });
}

/** One contender for a moment. */
async function slice(server, route, { name, click }, milliseconds, findings) {
  const before = await server.child.ask('usage');
  const { latencies, requests, good, cookies } = await load({
    port: server.port,
    connections: CONNECTIONS,
    milliseconds,
    path: click ? () => withClick(route) : () => `/${route}`,
  });
  // The last clicks are written within the flush interval.
  if (click) await pause(100);
  const after = await server.child.ask('usage');
  server.requests += requests;
  if (click) server.clicks += requests;
  if (good !== requests) findings.check(`${name} served every page`, false, `${good} of ${requests}`);
  if (cookies !== (click ? requests : 0))
    findings.check(`${name} set cookies where it should`, false, cookies);
  return { cpu: (after.cpu - before.cpu) / requests, p99: percentile(latencies, 0.99) };
}

/** The table of clicks is locked by somebody else: no page may wait for that, and what is left is the page's own part. */
async function whileLocked(database, server, milliseconds, findings) {
  const cell = { name: 'interceptor, click, table locked', click: true };
  const free = await slice(server, 'empty', cell, milliseconds, findings);
  const locked = await withRaw(database, async (raw) => {
    await raw.begin();
    await raw.query('LOCK TABLE impact_clicks IN ACCESS EXCLUSIVE MODE');
    const measured = await slice(server, 'empty', cell, milliseconds, findings);
    await raw.commit();
    return measured;
  });
  // What has been waiting is written before anything else is measured.
  await pause(1000);
  return { free, locked };
}

function conclude(platform, samples, locked, findings, rows) {
  const cpu = (route, name) => samples.get(`${route}: ${name}`).map((value) => value.cpu);
  const minus = (a, b) => perRound((x, y) => x - y, a, b);
  const name = platform === 'express' ? 'Express' : 'Fastify';

  for (const via of VIAS) {
    const bare = cpu('empty', 'bare');
    const nest = minus(cpu('empty', `nest-${via}`), bare);
    const ours = minus(cpu('empty', via), bare);
    findings.ratio(
      `${name}, empty route, ${via}, no click: added CPU ÷ what Nest's no-op ${via} adds`,
      ratioOfMedians(ours, nest),
      { atMost: 1.1 },
    );
    findings.ratio(
      `${name}, empty route, ${via}, click: added to the same without a click`,
      summary(minus(cpu('empty', `${via}, click`), cpu('empty', via))),
      { atMost: 20 },
      ' µs',
    );
    for (const [suffix, words, atMost] of [
      ['', 'no click', 2],
      [', click', 'click', 10],
    ]) {
      const read = cpu('product', 'bare');
      const share = (baseline) =>
        summary(perRound((a, b, c) => ((a - b) / c) * 100, cpu('product', via + suffix), baseline, read));
      findings.ratio(
        `${name}, route with a read, ${via}, ${words}: added to the route`,
        share(read),
        { atMost },
        ' %',
      );
      findings.ratio(
        `${name}, route with a read, ${via}, ${words}: of it not Nest's own`,
        share(cpu('product', `nest-${via}`)),
        {},
        ' %',
      );
    }
  }
  findings.ratio(
    `${name}, empty route, interceptor, click: p99 while the table of clicks is locked ÷ while it is free`,
    summary(locked.map((pair) => pair.locked.p99 / pair.free.p99)),
  );
  findings.ratio(
    `${name}, empty route, interceptor, click: CPU of writing it, later and in batches`,
    summary(locked.map((pair) => pair.free.cpu - pair.locked.cpu)),
    {},
    ' µs',
  );

  for (const route of ROUTES) {
    const bare = cpu(route, 'bare');
    for (const cell of CELLS) {
      const values = samples.get(`${route}: ${cell.name}`);
      const { median, low, high } = summary(values.map((value) => value.cpu));
      rows.push([
        name,
        route === 'empty' ? 'empty' : 'one SQL read',
        LABELS[cell.name],
        median,
        `${low.toFixed(1)} to ${high.toFixed(1)}`,
        cell.name === 'bare' ? '' : summary(minus(cpu(route, cell.name), bare)).median,
        summary(values.map((value) => value.p99)).median,
      ]);
    }
  }
}

/** Of small differences a ratio per round says nothing: the middles are compared, the quartiles with the other's middle. */
function ratioOfMedians(a, b) {
  const [ours, theirs] = [summary(a), summary(b)];
  return {
    median: ours.median / theirs.median,
    low: ours.low / theirs.median,
    high: ours.high / theirs.median,
    runs: ours.runs,
  };
}

const LABELS = {
  bare: 'nothing',
  'nest-interceptor': "Nest's no-op interceptor",
  'nest-middleware': "Nest's no-op middleware",
  interceptor: 'the package by interceptor, no click',
  middleware: 'the package by middleware, no click',
  'interceptor, click': 'the package by interceptor, click',
  'middleware, click': 'the package by middleware, click',
};
