// Sales a second from the table to a local stub, beside what the same calls could at best be, and beside what a user
// would pick instead for durable jobs.
import { startChild } from '../lib/child.js';
import { portable, TITLES, withDatabase, withRaw } from '../lib/databases.js';
import { interleave, pause } from '../lib/rounds.js';
import { analyze, plantSeed, seedWaiting } from '../lib/seed.js';
import { ratio, summary } from '../lib/statistics.js';

export const title = 'Deliver: sales a second to a local stub';
export const databases = ['postgres', 'mariadb', 'sqlite'];
export const packages = {
  own: ['typeorm', 'axios', '@nestjs/axios', 'mysql2', 'better-sqlite3'],
  peers: ['undici', 'graphile-worker', 'pg-boss', 'bullmq', 'ioredis', 'pg'],
  outbox: ['@fullstackhouse/nestjs-outbox', '@nestjs/core', 'typeorm'],
};

const OURS = 'nestjs-impact, PostgreSQL';
const LOOP = 'bare loop, axios';
const durable = (name, file, more = {}) => ({ name, file: `contenders/${file}.js`, durable: true, ...more });
const loop = (client) => ({ name: `bare loop, ${client}`, file: 'contenders/deliver-loop.js', client });

const CONTENDERS = [
  durable(OURS, 'deliver-package', { kind: 'postgres', seeded: true }),
  loop('axios'),
  loop('undici'),
  loop('own client'),
  durable('graphile-worker', 'deliver-graphile', { kind: 'postgres' }),
  durable('graphile-worker, batched', 'deliver-graphile', { kind: 'postgres', batched: true }),
  durable('pg-boss', 'deliver-pg-boss', { kind: 'postgres' }),
  durable('BullMQ', 'deliver-bullmq'),
  { name: '@fullstackhouse/nestjs-outbox', file: 'outbox/contender.js', durable: true, kind: 'postgres' },
];
const OTHER_DATABASES = ['mariadb', 'sqlite'].map((kind) =>
  durable(`nestjs-impact, ${TITLES[kind]}`, 'deliver-package', { kind, seeded: true, own: true }),
);

const SLOW = { every: 20, delay: 2000 };

/** Answers after so many milliseconds; `limit` is what the concurrency allows, where the answers set it. */
const scenarios = (quick) => {
  const concurrency = 50;
  return [
    {
      name: 'at 0 ms',
      concurrency,
      delay: 0,
      count: quick ? 1500 : 6000,
      rounds: quick ? 1 : 3,
      contenders: [...CONTENDERS, ...OTHER_DATABASES],
    },
    {
      name: 'at 100 ms',
      concurrency,
      delay: 100,
      count: quick ? 1000 : 2000,
      rounds: quick ? 1 : 2,
      contenders: CONTENDERS,
      limit: concurrency / 0.1,
      atLeast: 0.95,
    },
    {
      name: 'at 100 ms, 5 % at 2 s',
      concurrency,
      delay: 100,
      slow: SLOW,
      // Until the first slow answers have come, everybody is faster than the limit.
      skip: 4000,
      count: quick ? 1800 : 2000,
      rounds: quick ? 1 : 2,
      contenders: CONTENDERS,
      limit: concurrency / (0.1 + (SLOW.delay / 1000 - 0.1) / SLOW.every),
      atLeast: 0.8,
    },
  ];
};

export async function run({ quick, findings, say }) {
  const template = await withDatabase('sqlite', plantSeed);
  const stub = startChild('contenders/stub.js');
  try {
    const baseUrl = `http://127.0.0.1:${await stub.ask('start')}`;
    for (const scenario of scenarios(quick)) {
      const samples = await interleave(scenario.contenders, scenario.rounds, (contender, round) => {
        say(`${scenario.name}, round ${round + 1} of ${scenario.rounds}: ${contender.name}`);
        return deliver(contender, { stub, baseUrl, template, scenario, findings });
      });
      conclude(scenario, samples, findings);
    }
  } finally {
    await stub.stop();
  }
  findings.note(
    'The rate is counted at the receiver, over the middle eight tenths of the sales (with slow answers without the first ' +
      'four seconds): nobody is charged for starting or for the last slow answer. Every contender makes the same calls with at most 50 under way.',
  );
  findings.note(
    "The durable contenders call the package's own client, with its deadline, its limits and its proof of acceptance; " +
      'the bare loops store nothing and promise nothing. BullMQ is as durable as its Redis, which flushes nothing per job.',
  );
  findings.note('CPU is that of the sender alone, in the whole of its process, per sale.');
}

async function deliver(contender, run) {
  if (contender.kind === undefined) return race(contender, null, run);
  return withDatabase(contender.kind, async (database) => {
    if (contender.seeded) await seedWaiting(database, run.scenario.count);
    return race(contender, database, run);
  });
}

async function race(contender, database, { stub, baseUrl, template, scenario, findings }) {
  const { count, delay, slow, skip, concurrency } = scenario;
  const child = startChild('contenders/host.js');
  try {
    await stub.ask('expect', { count, delay, slow, skip });
    const { file, client, batched } = contender;
    await child.ask('prepare', {
      file,
      client,
      batched,
      template,
      count,
      baseUrl,
      concurrency,
      database: database === null ? null : portable(database),
    });
    // Everybody's rows have just been written, and are looked at before the start.
    if (database?.kind === 'postgres' && !contender.seeded) {
      await withRaw(database, (raw) => analyze(raw, database));
    }
    await child.ask('start');
    await stub.ask('finished', 120_000);
    // Outcomes that are gathered are written a moment later.
    await pause(200);
    const { left, cpu } = await child.ask('stop');
    const { distinct, repeats, rate } = await stub.ask('report');
    const name = `${scenario.name}: ${contender.name}`;
    findings.check(`${name} sent every sale`, distinct === count, `${distinct} of ${count}`);
    findings.check(`${name} sent none twice`, repeats === 0, repeats);
    findings.check(`${name} has nothing left to do`, left === 0, left);
    return { rate, cpu: cpu / count };
  } finally {
    await child.stop();
  }
}

function conclude({ name, limit, atLeast, contenders, concurrency }, samples, findings) {
  const rates = (contender) => samples.get(contender).map(({ rate }) => rate);
  const ours = rates(OURS);
  if (limit === undefined) {
    findings.ratio(`${name}: sales a second ÷ ${LOOP}`, ratio(ours, rates(LOOP)), { atLeast: 0.7 });
  } else {
    const shares = ours.map((rate) => rate / limit);
    findings.ratio(`${name}: sales a second ÷ concurrency ÷ latency`, summary(shares), { atLeast });
    findings.ratio(`${name}: sales a second ÷ ${LOOP}`, ratio(ours, rates(LOOP)));
  }
  findings.ratio(`${name}: sales a second ÷ bare loop, undici`, ratio(ours, rates('bare loop, undici')));
  for (const contender of contenders) {
    if (!contender.durable || contender.name.startsWith('nestjs-impact')) continue;
    // Where the answers set the limit, nobody can be ahead of those who reach it.
    findings.ratio(`${name}: sales a second ÷ ${contender.name}`, ratio(ours, rates(contender.name)), {
      atLeast: limit === undefined ? 1 : 0.98,
    });
  }
  findings.table(
    `Sales a second ${name}, ${concurrency} under way`,
    ['Contender', 'a second', 'Quartiles', ...(limit === undefined ? [] : ['of the limit']), 'CPU µs a sale'],
    [...samples]
      .map(([contender, values]) => ({
        contender,
        rate: summary(values.map((value) => value.rate)),
        cpu: summary(values.map((value) => value.cpu)).median,
      }))
      .toSorted((a, b) => b.rate.median - a.rate.median)
      .map(({ contender, rate, cpu }) => [
        contender,
        rate.median,
        `${rate.low.toFixed(0)} to ${rate.high.toFixed(0)}`,
        ...(limit === undefined ? [] : [rate.median / limit]),
        cpu,
      ]),
  );
}
