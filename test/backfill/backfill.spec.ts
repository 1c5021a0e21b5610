import { afterEach, describe, expect, it } from '@jest/globals';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackfillOptions,
  type BackfillProgress,
  BackfillService,
  type ConversionInput,
  ImpactRequestContext,
  type ImpactModuleOptions,
  type RequestClick,
  VerdictService,
} from 'nestjs-impact';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { databasesFor, queryRows, SQLITE, type TestDatabase } from '../support/databases.js';
import { liveOptions, type Shop, simpleSale, startShop } from '../support/shop.app.js';

const DAY = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface Stage {
  readonly shop: Shop;
  readonly sandbox: ImpactSandbox;
  readonly backfill: BackfillService;
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>;
}

async function start(on: TestDatabase = SQLITE, impact: ImpactModuleOptions = {}): Promise<Stage> {
  const sandbox = await ImpactSandbox.start({ settleAfter: '1s', rateLimit: false });
  open.push(sandbox);
  const shop = await startShop({ on, impact: liveOptions(sandbox, impact) });
  open.push(shop);
  return {
    shop,
    sandbox,
    backfill: shop.app.get(BackfillService, { strict: false }),
    rows: (sql) => queryRows(shop.dataSource, sql),
  };
}

const sales = (count: number, more: Partial<ConversionInput> = {}): ConversionInput[] =>
  Array.from({ length: count }, (_, index) =>
    simpleSale(`A-${index + 1}`, { eventDate: daysAgo(3), ...more }),
  );

const file = (...lines: readonly string[]): AsyncIterable<string> =>
  (async function* () {
    yield `${lines.join('\n')}\n`;
  })();

const REAL = { dryRun: false } as const;
const counts = ({ recorded, skipped, already, conflicts, invalid, warned }: BackfillProgress | Omit<BackfillProgress, 'findings'>) => ({ recorded, skipped, already, conflicts, invalid, warned }); // prettier-ignore
const NONE = { recorded: 0, skipped: 0, already: 0, conflicts: 0, invalid: 0, warned: 0 };

describe.each(databasesFor('backfill/backfill'))('an import on $name', (database) => {
  it('records nothing in a dry run, which is the default', async () => {
    const { backfill, rows } = await start(database);
    const report = await backfill.import(sales(250));
    expect(report).toMatchObject({ dryRun: true, aborted: false, line: 250, next: 251, findings: [] });
    expect(counts(report)).toEqual({ ...NONE, recorded: 250 });
    for (const table of ['impact_conversions', 'impact_deliveries', 'impact_story']) {
      expect(await rows(`SELECT * FROM ${table}`)).toEqual([]);
    }
  });

  it('records once, whatever is imported again, and delivers behind everything else', async () => {
    const { shop, sandbox, backfill, rows } = await start(database);
    await shop.conversions.record(simpleSale('A-7', { eventDate: daysAgo(3) }));
    const first = await backfill.import(sales(250), REAL);
    expect(counts(first)).toEqual({ ...NONE, recorded: 249, already: 1 });
    const again = await backfill.import(sales(260), REAL);
    expect(counts(again)).toEqual({ ...NONE, recorded: 10, already: 250 });
    expect(await rows('SELECT count(*) AS n FROM impact_conversions')).toEqual([{ n: 260 }]);
    expect(await rows(`SELECT what, count(*) AS n FROM impact_story GROUP BY what`)).toEqual([
      { what: 'recorded', n: 260 },
    ]);
    await shop.conversions.record(simpleSale('live', { clickId: 'a-click' }));
    expect(await rows('SELECT priority, count(*) AS n FROM impact_deliveries GROUP BY priority ORDER BY priority')).toEqual([{ priority: 0, n: 1 }, { priority: 2, n: 260 }]); // prettier-ignore
    await shop.dispatcher.drain();
    expect(new Set((await sandbox.submissions()).map(({ orderId }) => orderId)).size).toBe(261);
    expect((await shop.found('A-260')).state).toBe('SENT');
  });

  it('asks why a sale with a click or a code was refused, as of any other', async () => {
    const { shop, sandbox, backfill } = await start(database);
    const keys = { clickId: 'nobody-gave-this-click', customer: {} };
    await backfill.import([simpleSale('A-1', { ...keys, eventDate: daysAgo(3) })], REAL);
    await shop.dispatcher.drain();
    await sandbox.settle();
    await shop.app.get(VerdictService, { strict: false }).hurry();
    const { state, reasonCodes } = await shop.found('A-1');
    expect({ state, reasonCodes }).toEqual({ state: 'REJECTED', reasonCodes: ['ACTION_REF_NOT_FOUND'] });
  });

  it('reports conflicts, invalid lines and old ones by line, and goes on', async () => {
    const { shop, backfill } = await start(database);
    await shop.conversions.record(simpleSale('A-1'));
    const lines = [
      { ...simpleSale('A-1'), items: [{ sku: 'OTHER', category: 'Kitchen', quantity: 1, subtotal: '9.00' }] },
      { ...simpleSale('A-2'), currency: 'EURO' },
      simpleSale('A-3', { eventDate: daysAgo(100) }),
      simpleSale('A-4', { eventDate: daysAgo(85) }),
      simpleSale('A-5', { eventDate: daysAgo(100), mediaPartnerId: '77' }),
      simpleSale('A-6'),
      simpleSale('A-6'),
    ] as ConversionInput[];
    const dry = await backfill.import(lines);
    const real = await backfill.import(lines, REAL);
    for (const report of [dry, real]) {
      expect(counts(report)).toEqual({
        recorded: 3,
        skipped: 0,
        already: 1,
        conflicts: 1,
        invalid: 2,
        warned: 1,
      });
      expect(report.findings.map(({ line, level, field, rule }) => [line, level, field, rule])).toEqual([
        [1, 'error', 'orderId', 'conflict'],
        [2, 'error', 'currency', 'unknown-currency'],
        [3, 'error', 'eventDate', 'too-old'],
        [4, 'warning', 'eventDate', 'nearly-too-old'],
      ]);
      expect(JSON.stringify(report)).not.toMatch(/EURO|customer-of/);
    }
    expect((await shop.found('A-1')).amount).toBe('20.00');
    const old = await backfill.import(lines, { ...REAL, allowOld: true });
    expect(counts(old)).toMatchObject({ recorded: 1, already: 4, conflicts: 1, invalid: 1, warned: 1 });
  });

  it('reads a file, order by order', async () => {
    const { shop, backfill } = await start(database);
    const at = daysAgo(2).toISOString();
    const report = await backfill.import(
      file(
        '\uFEFForderId;eventDate;currency;sku;category;quantity;price;customerId;colour',
        `B-1;${at};EUR;S1;Shoes;2;10.00;c-1;red`,
        `B-1;;;S2;Hats;1;5.50;;`,
        `B-2;${at};JPY;S1;Shoes;1;1000;c-2;`,
        `B-3;2026-01-01;EUR;S1;Shoes;1,5;10.00;c-3;`,
        `"B-4";${at};EUR;"S;1";Hats;1;10.00;jane@example.com;"two\nlines"`,
        `B-5;${at};EUR;S1;Shoes;1;10.00;c-5;`,
      ),
      REAL,
    );
    expect(counts(report)).toEqual({ ...NONE, recorded: 3, invalid: 2 });
    expect(report.ignoredColumns).toEqual(['colour']);
    expect(report.findings.map(({ line, field, rule }) => [line, field, rule])).toEqual([
      [5, 'eventDate', 'bad-shape'],
      [5, 'quantity', 'wrong-type'],
      [6, 'customerId', 'personal-data'],
    ]);
    expect(JSON.stringify(report)).not.toContain('jane');
    expect(report).toMatchObject({ line: 8, next: 9 });
    expect(await shop.found('B-1')).toMatchObject({ amount: '25.50', currency: 'EUR', state: 'RECORDED' });
    expect(await shop.found('B-2')).toMatchObject({ amount: '1000', currency: 'JPY' });
  });

  it('records once when two imports of the same sales meet', async () => {
    const { backfill, rows } = await start(database);
    const all = sales(300);
    const reports = await Promise.all([backfill.import(all, REAL), backfill.import(all.toReversed(), REAL)]);
    expect(reports.map(({ conflicts, invalid }) => conflicts + invalid)).toEqual([0, 0]);
    for (const table of ['impact_conversions', 'impact_deliveries', 'impact_story']) {
      expect(await rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 300 }]);
    }
  });

  it('warns of clicks that do not fit, when it knows them', async () => {
    const { shop, backfill } = await start(database);
    await shop.clicks.remember({ clickId: 'early', capturedAt: daysAgo(50), parameter: 'im_ref' });
    await shop.clicks.remember({ clickId: 'late', capturedAt: daysAgo(1), parameter: 'im_ref' });
    const report = await backfill.import([
      simpleSale('A-1', { eventDate: daysAgo(5), clickId: 'early' }),
      simpleSale('A-2', { eventDate: daysAgo(5), clickId: 'late' }),
      simpleSale('A-3', { eventDate: daysAgo(5), clickId: 'unheard-of' }),
    ]);
    expect(report.findings.map(({ line, rule }) => [line, rule])).toEqual([
      [1, 'outside-referral-window'],
      [2, 'before-the-click'],
    ]);
    expect(counts(report)).toEqual({ ...NONE, recorded: 3, warned: 2 });
  });
});

describe('an import', () => {
  it('estimates the hours before it begins, with what waits already', async () => {
    const { shop, backfill } = await start(SQLITE, { delivery: { maxRequestsPerHour: 100 } });
    for (let index = 0; index < 30; index += 1) await shop.conversions.record(simpleSale(`live-${index}`));
    const told: BackfillProgress[] = [];
    const report = await backfill.import(sales(150), {
      expected: 170,
      onProgress: (one) => void told.push(one),
    });
    expect(told.map(({ line, hoursToSend }) => [line, hoursToSend])).toEqual([
      [0, 2],
      [100, 2],
      [150, 2],
    ]);
    expect((await backfill.import(sales(150))).hoursToSend).toBe(1.8);
    expect(report.hoursToSend).toBe(2);
  });

  it('reads no further than it has recorded', async () => {
    const { backfill } = await start();
    let read = 0;
    const source = (async function* () {
      for (const sale of sales(1000)) {
        read += 1;
        yield sale;
      }
    })();
    const ahead: number[] = [];
    for await (const { line } of backfill.run(source, REAL)) ahead.push(read - line);
    expect(ahead).toHaveLength(11);
    expect(Math.max(...ahead)).toBe(0);
  });

  it('reads a file no further than a few kilobytes ahead', async () => {
    const { backfill } = await start();
    const at = daysAgo(2).toISOString();
    let read = 0;
    const source = (async function* () {
      yield 'orderId,eventDate,currency,amount,customerId\n';
      for (let index = 1; index <= 2000; index += 1) {
        read += 1;
        yield `A-${index},${at},EUR,10.00,c-${index}\n`;
      }
    })();
    const ahead: number[] = [];
    for await (const { line } of backfill.run(source, REAL)) ahead.push(read - line);
    expect(ahead).toHaveLength(21);
    expect(Math.max(...ahead)).toBeLessThan(600);
  });

  it('stops at its signal between two batches, and goes on where it was', async () => {
    const { shop, backfill } = await start();
    const stop = new AbortController();
    const first = await backfill.import(sales(500), {
      ...REAL,
      signal: stop.signal,
      onProgress: ({ line }) => {
        if (line === 200) stop.abort();
      },
    });
    expect(first).toMatchObject({ aborted: true, line: 200, next: 201, recorded: 200 });
    const rest = await backfill.import(sales(500), { ...REAL, from: first.next });
    expect(counts(rest)).toEqual({ ...NONE, recorded: 300 });
    expect((await shop.found('A-500')).state).toBe('RECORDED');
  });

  it('stops at its signal while the source keeps it waiting, and records no half of an order', async () => {
    const { shop, backfill } = await start();
    const stop = new AbortController();
    const at = daysAgo(2).toISOString();
    const source = (async function* () {
      yield 'orderId,eventDate,currency,sku,category,quantity,price\n';
      yield `B-1,${at},EUR,S1,Shoes,1,10.00\n`;
      stop.abort();
      await new Promise(() => undefined);
      yield `B-1,${at},EUR,S2,Shoes,1,10.00\n`;
    })();
    const report = await backfill.import(source, { ...REAL, signal: stop.signal });
    expect(report).toMatchObject({ aborted: true, next: 1, recorded: 0 });
    expect(await shop.conversions.find('B-1')).toBeNull();
  });

  it('goes on in a file, also from the middle of an order', async () => {
    const { shop, backfill } = await start();
    const at = daysAgo(2).toISOString();
    const lines = [
      'orderId,eventDate,currency,sku,category,quantity,price,customerId',
      `B-1,${at},EUR,S1,Shoes,1,10.00,c`,
      `B-2,${at},EUR,S1,Shoes,1,10.00,c`,
      `B-2,${at},EUR,S2,Shoes,1,10.00,c`,
      `B-3,${at},EUR,S1,Shoes,1,10.00,c`,
    ];
    const report = await backfill.import(file(...lines), { ...REAL, from: 4 });
    expect(counts(report)).toEqual({ ...NONE, recorded: 1 });
    expect(await shop.conversions.find('B-2')).toBeNull();
    const whole = await backfill.import(file(...lines), REAL);
    expect(counts(whole)).toEqual({ ...NONE, recorded: 2, already: 1 });
    expect(whole.findings).toEqual([]);
    expect(await shop.found('B-2')).toMatchObject({ amount: '20.00' });
  });

  it('reads a stream from the disk', async () => {
    const { backfill } = await start();
    const folder = mkdtempSync(join(tmpdir(), 'backfill-'));
    try {
      const path = join(folder, 'sales.csv');
      const at = daysAgo(2).toISOString();
      writeFileSync(path, `Bestellung,Datum,amount,Kunde\r\nB-1,${at},10.00,c-1\r\nB-2,${at},11.00,c-2\r\n`);
      const options: BackfillOptions = {
        columns: { Bestellung: 'orderId', Datum: 'eventDate', Kunde: 'customerId' },
        currency: 'EUR',
      };
      const report = await backfill.import(createReadStream(path, { highWaterMark: 7 }), options);
      expect(counts(report)).toEqual({ ...NONE, recorded: 2 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps what came before a broken line, and names the line', async () => {
    const { shop, backfill } = await start();
    const at = daysAgo(2).toISOString();
    const good = Array.from({ length: 150 }, (_, index) => `B-${index + 1},${at},EUR,10.00,c`);
    const told: number[] = [];
    const broken = backfill.import(
      file('orderId,eventDate,currency,amount,customerId', ...good, 'B-151,"x"y,EUR,1,c'),
      {
        ...REAL,
        onProgress: ({ next }) => void told.push(next),
      },
    );
    await expect(broken).rejects.toMatchObject({ code: 'BACKFILL_FORMAT', line: 152 });
    expect(told).toEqual([1, 102, 151]);
    // The last one may go on in the line that cannot be read.
    expect((await shop.found('B-149')).state).toBe('RECORDED');
    expect(await shop.conversions.find('B-150')).toBeNull();
  });

  it('keeps a thousand findings and hands on all', async () => {
    const { backfill } = await start();
    let told = 0;
    const report = await backfill.import(sales(1100, { currency: 'XXXX' }), {
      onProgress: ({ findings }) => void (told += findings.length),
    });
    expect(report).toMatchObject({ invalid: 1100, moreFindings: 100 });
    expect([report.findings.length, told]).toEqual([1000, 1100]);
  });

  it('says when nothing can attribute a sale, and counts it when it is kept unsent', async () => {
    const { backfill } = await start();
    const [sale] = sales(1, { customer: {} });
    const report = await backfill.import([sale!], REAL);
    expect(counts(report)).toEqual({ ...NONE, recorded: 1, skipped: 1, warned: 1 });
    expect(report.findings).toEqual([expect.objectContaining({ rule: 'no-key', level: 'warning' })]);
  });

  it('does not take the click of the request that it is started in', async () => {
    const { shop, backfill } = await start();
    const context = shop.app.get(ImpactRequestContext, { strict: false });
    const click = { clickId: 'of-the-back-office', capturedAt: new Date() } as unknown as RequestClick;
    await context.runHeld({ click, notTheBuyer: false, ended: false }, () =>
      backfill.import([simpleSale('A-1')], REAL),
    );
    expect((await shop.found('A-1')).clickId).toBeNull();
    // Whereas a sale that is recorded there does.
    await context.runHeld({ click, notTheBuyer: false, ended: false }, () =>
      shop.conversions.record(simpleSale('A-2')),
    );
    expect((await shop.found('A-2')).clickId).toBe('of-the-back-office');
  });

  it('takes what is no sale for an invalid line', async () => {
    const { backfill } = await start();
    const junk = [null, 7, {}, [], { orderId: {} }] as unknown as ConversionInput[];
    const report = await backfill.import(junk, REAL);
    expect(counts(report)).toEqual({ ...NONE, invalid: 5 });
  });

  it('mends what could not be sent', async () => {
    const { shop, backfill } = await start(SQLITE, { recording: { onInvalid: 'park' } });
    await shop.conversions.record({ ...simpleSale('A-1'), currency: 'EURO' });
    expect((await shop.found('A-1')).state).toBe('UNDELIVERABLE');
    expect(counts(await backfill.import(sales(1), REAL))).toEqual({ ...NONE, recorded: 1 });
    expect((await shop.found('A-1')).state).toBe('RECORDED');
    // What is invalid is reported and not parked.
    await backfill.import([{ ...simpleSale('A-2'), currency: 'EURO' }], REAL);
    expect(await shop.conversions.find('A-2')).toBeNull();
  });

  it('records nothing in mode dry-run, where it would never be sent', async () => {
    const { backfill } = await start(SQLITE, { mode: 'dry-run' });
    await expect(backfill.import(sales(1), REAL)).rejects.toMatchObject({ code: 'BACKFILL_REFUSED' });
    expect(counts(await backfill.import(sales(1)))).toEqual({ ...NONE, recorded: 1 });
  });

  it.each([
    { from: 0 },
    { from: 1.5 },
    { delimiter: '' },
    { delimiter: '"' },
    { delimiter: ',,' },
    { currency: 'eur' },
  ])('refuses %j', async (options) => {
    const { backfill } = await start();
    await expect(backfill.import(sales(1), options)).rejects.toMatchObject({ code: 'BACKFILL_REFUSED' });
  });
});
