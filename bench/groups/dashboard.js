// What each page of the dashboard costs in a shop with many sales, from the request to the last byte.
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KINDS, TITLES, typeormOptions, withDatabase, withRaw } from '../lib/databases.js';
import { inserter, plantReconciliation, plantSales } from '../lib/many-sales.js';
import { impact } from '../lib/package.js';
import { timed } from '../lib/rounds.js';
import { analyze } from '../lib/seed.js';
import { ACCOUNT, ENVIRONMENT, impactOptions, moduleOf } from '../lib/shop.js';
import { summary } from '../lib/statistics.js';

export const title = 'Dashboard: what a page costs';
export const databases = KINDS;
export const packages = { own: ['typeorm', 'pg', 'mysql2', 'better-sqlite3', 'uplot', 'eta'] };

const TARGET = 200;
const PATH = '/impact';
const CLICK = `click${String(30).padStart(27, '0')}`;

const PAGES = {
  'overview, 30 days': '',
  'overview, 90 days': '?days=90',
  'sales of every state': '/sales',
  'sales of the most frequent state': '/sales?state=CLEARED',
  'sales of a rare state': '/sales?state=UNDELIVERABLE',
  owed: '/owed',
  differences: '/differences',
  'story of a sale': '/order?id=ORDER-00000050',
  'search by the beginning of an order': '/sales?q=ORDER-000',
  'search by click': `/sales?q=${CLICK}`,
  'search that finds nothing': '/sales?q=nothing',
};

export async function run({ quick, findings, say }) {
  const sales = quick ? 2000 : 100_000;
  const rounds = quick ? 3 : 25;
  const rows = [];
  for (const kind of KINDS) {
    say(`${TITLES[kind]}: ${sales} sales`);
    await withDatabase(kind, async (database) => {
      const app = await openDashboard(database);
      try {
        const settings = { sales, now: Date.now(), account: ACCOUNT, environment: ENVIRONMENT };
        await withRaw(database, async (raw) => {
          await plantSales(inserter(raw, kind), settings);
          await plantReconciliation(inserter(raw, kind), settings);
          await analyze(raw, database);
        });
        const url = `${await app.getUrl()}${PATH}`;
        for (const [name, page] of Object.entries(PAGES)) {
          const times = [];
          let answer;
          for (let round = -2; round < rounds; round += 1) {
            const took = await timed(async () => {
              answer = await fetch(url + page, { redirect: 'manual' });
              await answer.text();
            });
            if (round >= 0) times.push(took);
          }
          const expected = page.includes(CLICK) ? 303 : 200;
          findings.check(`${TITLES[kind]}: ${name}`, answer.status === expected, answer.status);
          const { median, low, high } = summary(times);
          findings.ratio(`${TITLES[kind]}: ${name}`, summary(times), { atMost: TARGET }, ' ms');
          rows.push([
            TITLES[kind],
            name,
            median,
            `${low.toFixed(1)} to ${high.toFixed(1)}`,
            Math.max(...times),
          ]);
        }
      } finally {
        await app.close();
      }
    });
  }
  findings.table(`Pages with ${sales} sales`, ['Database', 'Page', 'ms', 'Quartiles', 'slowest'], rows);
  findings.note(
    `${sales} sales of 90 days with about twice as many clicks, six in ten credited, in one process that serves nothing else.`,
  );
}

async function openDashboard(database) {
  const app = await NestFactory.create(
    moduleOf({
      imports: [
        TypeOrmModule.forRoot(typeormOptions(database)),
        impact.ImpactModule.forRoot(impactOptions({ dashboard: { path: PATH, guards: [() => true] } })),
      ],
    }),
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  await app.listen(0, '127.0.0.1');
  return app;
}
