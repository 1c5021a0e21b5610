import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { compiled } from '../support/sources.mjs';
import { databasesFor, type FreshDatabase, openDataSource, queryRows, SQLITE } from '../support/databases.js';
import { useLifetime } from '../support/lifetime.js';
import { inProcess, readable, type Said, spawned } from './support/command.js';
import { ConversionService, DeliveryDispatcher, VerdictService } from 'nestjs-impact';
import { CANARY, emptyStage, fullStage, shopOn, type Stage } from './support/stage.js';

const TIMEOUT = 60_000;

interface Place {
  readonly stage: Stage;
  readonly database: FreshDatabase;
  readonly cwd: string;
  run(...args: string[]): Promise<Said>;
  onTerminal(...args: string[]): Promise<Said>;
  json(...args: string[]): Promise<{ code: number | null; data: Record<string, unknown> }>;
}

async function placeOn(database: FreshDatabase, stage: Stage, cwd: string): Promise<Place> {
  const around = { env: stage.env, cwd };
  return {
    stage,
    database,
    cwd,
    run: (...args) => inProcess(args, around),
    onTerminal: (...args) => inProcess(args, { ...around, columns: 80 }),
    json: async (...args) => {
      const { code, stdout } = await inProcess([...args, '--json'], around);
      return { code, data: JSON.parse(stdout) as Record<string, unknown> };
    },
  };
}

const ACT = ['--by', 'ann', '--why', 'mended the feed'];
const life = useLifetime('file');

const folder = (): string =>
  life.keep(mkdtempSync(join(tmpdir(), 'impact-cli-')), (path) =>
    rmSync(path, { recursive: true, force: true }),
  );

describe.each(databasesFor('cli/commands'))('on $name', (server) => {
  let place: Place;

  it(
    'has a stage',
    async () => {
      const database = life.keep(await server.create(), (each) => each.drop());
      const stage = life.keep(await fullStage(database.options), (each) => each.close());
      place = await placeOn(database, stage, folder());
      expect(place.stage.env['IMPACT_DATABASE_URL']).toBeTruthy();
    },
    TIMEOUT,
  );

  it('doctor finds nothing bad, and says what is not proved', async () => {
    const { code, data } = await place.json('doctor', '--site', 'https://www.shop.example');
    const findings = data['findings'] as { about: string; level: string; says: string }[];
    expect(code).toBe(0);
    expect(findings.filter(({ level }) => level === 'bad')).toEqual([]);
    const levels = new Map(findings.map(({ about, level }) => [about, level]));
    expect(Object.fromEntries(levels)).toMatchObject({
      database: 'good',
      migrations: 'good',
      'clock of database': 'good',
      'clock of impact.com': 'good',
      credentials: 'good',
      'scope Account: read': 'good',
      'scope Actions: read': 'good',
      'scope Submissions: read': 'good',
      'scope Promo codes: read': 'good',
      'scope Conversions: write': 'good',
      'scope Actions: write': 'warning',
      'event type': 'good',
      cookie: 'good',
      'dry run': 'warning',
    });
  });

  it('status, list and explain tell the same', async () => {
    const { data: status } = await place.json('status');
    expect(status['states']).toMatchObject({
      DRY_RUN: 2,
      REJECTED: 1,
      UNDELIVERABLE: 2,
      CREDITED: 1,
      APPROVED: 1,
    });
    const first = await place.json('list', '--state', 'dry-run', '--limit', '1');
    const orders = (first.data['sales'] as { orderId: string }[]).map(({ orderId }) => orderId);
    const second = await place.json('list', '--state', 'DRY_RUN', '--after', String(first.data['next']));
    expect([
      ...orders,
      ...(second.data['sales'] as { orderId: string }[]).map(({ orderId }) => orderId),
    ]).toEqual(['2002', '2001']);
    const { stdout } = await place.run('explain', '1042');
    expect(stdout).toContain('1042  CREDITED');
    expect(stdout).toContain('Credited: action');
  });

  it('retry makes a refused sale due again, and the story knows who and why', async () => {
    expect(await place.run('retry', '1043', ...ACT)).toMatchObject({ code: 0 });
    const { data } = await place.json('explain', '1043');
    expect(data['conversion']).toMatchObject({ state: 'RECORDED', problems: [] });
    expect((data['lines'] as { what: string }[]).at(-1)).toMatchObject({
      what: 'by-hand',
      data: { did: 'retry', by: 'ann', why: 'mended the feed' },
    });
    expect((await place.run('retry', '1043', ...ACT)).stderr).toContain('it is RECORDED');
  });

  it.each([
    ['a sale that is credited', ['retry', '1042'], 'it is CREDITED'],
    ['a sale that breaks a rule', ['retry', '1044'], 'Record the order again with corrected data'],
    ['a sale of the dry run', ['retry', '2001'], 'Release it instead'],
    ['a correction that is a claim', ['retry', '1041', '--correction', 'refund-77'], 'settle the claim'],
    ['a correction that is not there', ['retry', '1041', '--correction', 'x'], 'Give one of: refund-77'],
    ['an order that nobody knows', ['retry', '9999'], 'was never recorded'],
    ['a sale that was sent', ['release', '--order', '1042'], 'it is CREDITED'],
  ])('refuses %s', async (_, args, words) => {
    const { code, stdout, stderr } = await place.run(...args, ...ACT);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('release lets the dry run out, and drain sends it once', async () => {
    const rehearsal = await place.json('release', '--all', '--dry-run', ...ACT);
    expect(rehearsal.data).toMatchObject({ released: 2, kept: [], dryRun: true });
    expect((await place.json('release', '--order', '2001', ...ACT)).data).toMatchObject({ released: 1 });
    expect((await place.json('release', '--all', ...ACT)).data).toMatchObject({ released: 1 });
    expect((await place.json('release', '--all', ...ACT)).data).toMatchObject({ released: 0 });
    const { data } = await place.json('explain', '2001');
    expect((data['lines'] as { words: string }[]).at(-1)!.words).toBe(
      'Released by ann (mended the feed): it will be sent.',
    );
    const before = place.stage.sandbox.calls('POST /Conversions');
    expect((await place.json('drain')).data).toMatchObject({ mode: 'live', sent: 4, parked: 0, waiting: 0 });
    expect(place.stage.sandbox.calls('POST /Conversions') - before).toBe(4);
    expect((await place.json('drain')).data).toMatchObject({ sent: 0 });
  });

  it('claims are listed and settled once', async () => {
    const { data } = await place.json('claims');
    const [claim] = data['claims'] as { id: string; amount: string }[];
    expect(claim).toMatchObject({ amount: '15.00' });
    expect(await place.run('claims', 'settle', claim!.id, ...ACT)).toMatchObject({
      code: 0,
      stdout: 'Settled. 0 claims open.\n',
    });
    expect((await place.run('claims', 'settle', claim!.id, ...ACT)).code).toBe(1);
  });

  it('retry makes a refused correction due again, and it is confirmed', async () => {
    const { sandbox } = place.stage;
    const refund = { key: 'refund-9', items: [{ sku: 'BEANS', quantity: 1 }] };
    const shop = life.keep(await shopOn(place.stage, place.database.options), (each) => each.close());
    const [conversions, verdicts, dispatcher] = [ConversionService, VerdictService, DeliveryDispatcher].map(
      (token) => shop.get<unknown>(token, { strict: false }),
    ) as [ConversionService, VerdictService, DeliveryDispatcher];
    const stateOf = async (): Promise<string> =>
      (await conversions.explain('1042')).corrections.find(({ key }) => key === 'refund-9')!.state;
    await conversions.refund('1042', refund);
    await verdicts.hurry();
    sandbox.fault({ status: 400, on: 'corrections', times: 1 });
    await dispatcher.drain();
    await verdicts.hurry();
    expect(await stateOf()).toBe('refused');
    expect(await place.run('retry', '1042', '--correction', 'refund-9', ...ACT)).toMatchObject({ code: 0 });
    expect(await stateOf()).toBe('held');
    for (const _ of [1, 2]) {
      await verdicts.hurry();
      await dispatcher.drain();
      await sandbox.settle();
    }
    await verdicts.hurry();
    expect(await stateOf()).toBe('confirmed');
    expect((await place.run('explain', '1042')).stdout).toContain(
      'Made due again by ann (mended the feed): correction refund-9.',
    );
  });

  it('backfill checks first and records then', async () => {
    writeFileSync(
      join(place.cwd, 'past.csv'),
      `order_id,event_date,currency,amount,customer_id\nP-1,${new Date().toISOString()},EUR,19.99,c-1\nP-2,x,EUR,1.00,c-2\n`,
    );
    const checked = await place.run('backfill', 'past.csv');
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain('line 3: error: eventDate');
    expect(checked.stdout).toContain('Nothing was recorded. Give --apply to record.');
    const recorded = await place.json('backfill', 'past.csv', '--apply');
    expect(recorded.data).toMatchObject({ dryRun: false, recorded: 1, invalid: 1 });
    expect((await place.run('explain', 'P-1')).code).toBe(0);
  });

  it('says how to go on when somebody ends it', async () => {
    const around = { env: place.stage.env, cwd: place.cwd, signal: AbortSignal.abort() };
    const backfill = await inProcess(['backfill', 'past.csv', '--apply'], around);
    expect(backfill).toMatchObject({ code: 130, stdout: '' });
    expect(backfill.stderr).toContain('Go on with --from 1.');
    expect(await inProcess(['release', '--all', ...ACT], around)).toMatchObject({ code: 130 });
    expect(await inProcess(['drain'], around)).toMatchObject({ code: 130 });
  });

  it('reconcile finds what differs, writes it down, and says who repaired it', async () => {
    place.stage.sandbox.office('1042', { amount: '40.00' });
    const day = (offset: number): string =>
      new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const window = ['--from', day(-2), '--to', day(2)];
    const found = await place.json('reconcile', ...window, '--csv', 'differences.csv');
    expect(found.code).toBe(1);
    const kinds = (found.data['differences'] as { kind: string; orderId: string }[]).map(
      ({ kind, orderId }) => `${orderId} ${kind}`,
    );
    expect(kinds).toContain('1042 amount');
    expect(readFileSync(join(place.cwd, 'differences.csv'), 'utf8')).toContain('amount,1042');
    expect((await place.run('reconcile', ...window, '--repair', 'apply')).code).toBe(2);
    await place.run('reconcile', ...window, '--repair', 'apply', ...ACT);
    const { data } = await place.json('explain', '1042');
    const told = (data['lines'] as { what: string; data: object }[]).filter(({ what }) => what === 'by-hand');
    expect(told.at(-1)).toMatchObject({ data: { did: 'reconcile', by: 'ann' } });
  });

  it('erase takes the customer out, and purge counts', async () => {
    const { code, data } = await place.json('erase', '--customer', CANARY.customer, ...ACT);
    expect(code).toBe(0);
    expect(Number(data['conversions'])).toBeGreaterThan(0);
    expect((await place.json('purge', '--dry-run')).data).toMatchObject({ done: true, dryRun: true });
    expect((await place.json('purge', '--default-retention')).data).toMatchObject({
      done: true,
      dryRun: false,
    });
    const source = await openDataSource(place.database.options);
    try {
      const rows = await queryRows(
        source,
        'SELECT customer_id FROM impact_conversions WHERE customer_id = ?',
        [CANARY.customer],
      );
      expect(rows).toEqual([]);
    } finally {
      await source.destroy();
    }
  });

  it('migrate makes the tables of an empty database, once', async () => {
    const fresh = life.keep(await server.create(), (each) => each.drop());
    const { options } = fresh as { options: { url?: string; database?: string } };
    const at = ['--database', options.url ?? options.database!];
    const printed = await place.run('migrate', '--print', ...at);
    expect(printed.stdout).toContain('CREATE TABLE IF NOT EXISTS impact_conversions');
    expect(await place.json('migrate', ...at)).toMatchObject({
      code: 0,
      data: { applied: ['0001-first-tables'] },
    });
    expect(await place.json('migrate', ...at)).toMatchObject({ code: 0, data: { applied: [] } });
  });
});

describe('a command as a process', () => {
  let place: Place;

  it(
    'has a stage',
    async () => {
      const database = life.keep(await SQLITE.create(), (each) => each.drop());
      const stage = life.keep(await fullStage(database.options), (each) => each.close());
      place = await placeOn(database, stage, folder());
      expect(place.cwd).toBeTruthy();
    },
    TIMEOUT,
  );

  it(
    'reads its settings from a file, ends with its code, and answers one document',
    async () => {
      writeFileSync(
        join(place.cwd, 'shop.env'),
        Object.entries(place.stage.env)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      const around = { env: {}, cwd: place.cwd };
      const status = await spawned(['status', '--env-file', 'shop.env', '--json'], around);
      expect(status).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(status.stdout)).toMatchObject({ environment: 'staging', mode: 'live' });
      const wrong = await spawned(['list', '--limit', 'many', '--json'], around);
      expect(wrong).toMatchObject({ code: 2, stderr: '' });
      expect(JSON.parse(wrong.stdout)).toMatchObject({
        error: {
          code: 'CLI_USAGE',
          exitCode: 2,
          message: expect.stringContaining('whole number from 1 to 500'),
        },
      });
    },
    TIMEOUT,
  );

  it(
    'runs a sandbox until Ctrl-C',
    async () => {
      const said = await spawned(['sandbox', '--port', '0'], { env: {}, cwd: place.cwd }, (text, kill) => {
        if (text.includes('Ctrl-C ends it.')) kill('SIGINT');
      });
      expect(said).toMatchObject({ code: 0, stderr: '' });
      expect(said.stdout).toMatch(/^impact\.com sandbox: http:\/\/127\.0\.0\.1:\d+\n/);
    },
    TIMEOUT,
  );
});

describe("the app's own", () => {
  let place: Place;
  let file = '';

  it(
    'has a stage',
    async () => {
      const database = life.keep(await SQLITE.create(), (each) => each.drop());
      const stage = life.keep(await fullStage(database.options), (each) => each.close());
      const { IMPACT_DATABASE_URL: url, ...env } = stage.env;
      place = await placeOn(database, { ...stage, env: { ...env, SHOP_DATABASE: url! } }, folder());
      file = fileURLToPath(await compiled(new URL('./support/shop.module.ts', import.meta.url)));
      expect(file).toMatch(/\.js$/);
    },
    TIMEOUT,
  );

  const json = async (...args: string[]): Promise<{ said: Said; data: Record<string, unknown> }> => {
    const said = await spawned([...args, '--json'], { env: place.stage.env, cwd: place.cwd });
    return { said, data: JSON.parse(said.stdout) as Record<string, unknown> };
  };

  it(
    'module is started with its own options, and sends nothing by itself',
    async () => {
      const before = place.stage.sandbox.calls('POST /Conversions');
      const { data } = await json(
        'doctor',
        '--module',
        file,
        '--site',
        'https://www.shop.example',
        '--site',
        'https://pay.shop.example',
      );
      expect(data['bad']).toBe(0);
      expect(
        (data['findings'] as { about: string; level: string }[]).find(({ about }) => about === 'cookie'),
      ).toMatchObject({
        level: 'good',
      });
      const { data: status } = await json('status', '--module', `${file}#AppModule`);
      expect(status['backlog']).toMatchObject({ sales: 1 });
      expect(place.stage.sandbox.calls('POST /Conversions')).toBe(before);
    },
    TIMEOUT,
  );

  it(
    'data source is used without its logger',
    async () => {
      const { said, data } = await json('status', '--data-source', file);
      expect(said.stderr).toBe('');
      expect(data['environment']).toBe('staging');
    },
    TIMEOUT,
  );

  it(
    'file without a module is refused by name',
    async () => {
      const { said, data } = await json('status', '--module', `${file}#NoModule`);
      expect(said.code).toBe(2);
      expect(data).toMatchObject({
        error: { code: 'CLI_MODULE', message: expect.stringContaining('exports no Nest module') },
      });
    },
    TIMEOUT,
  );
});

describe('what a command shows', () => {
  let place: Place;

  it(
    'has a stage',
    async () => {
      const database = life.keep(await SQLITE.create(), (each) => each.drop());
      const stage = life.keep(await fullStage(database.options), (each) => each.close());
      place = await placeOn(database, stage, folder());
      writeFileSync(
        join(place.cwd, 'past.csv'),
        `order_id,event_date,currency,amount,customer_id,customer_email\nP-1,${new Date().toISOString()},EUR,x,${CANARY.customer},${CANARY.email}\n`,
      );
      expect(place.cwd).toBeTruthy();
    },
    TIMEOUT,
  );

  const COMMANDS = [
    ['doctor', '--site', 'https://www.shop.example'],
    ['status'],
    ['list'],
    ['explain', '1042', '--request'],
    ['explain', '1043', '--request'],
    ['explain', '1044', '--request'],
    ['claims'],
    ['backfill', 'past.csv'],
    ['reconcile', '--from', '2026-01-01', '--to', '2026-02-01'],
    ['release', '--all', '--dry-run', ...ACT],
    ['purge', '--dry-run'],
    ['drain', '--no-verdicts'],
    ['erase', '--customer', CANARY.customer, '--email', CANARY.email, ...ACT],
    ['migrate'],
  ];

  it.each(COMMANDS)(
    '%s fits a terminal, is plain in a pipe, and has no secret and no person in it',
    async (...args) => {
      const sayings = [
        await place.onTerminal(...args),
        await place.run(...args),
        await place.run(...args, '--json'),
      ];
      const { stdout, stderr } = sayings[0]!;
      for (const line of readable(stdout).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      expect(readable(sayings[1]!.stdout)).toBe(sayings[1]!.stdout);
      expect(() => JSON.parse(sayings[2]!.stdout) as unknown).not.toThrow();
      const secrets = [
        ...Object.values(CANARY),
        place.stage.env['IMPACT_AUTH_TOKEN']!,
        place.stage.env['IMPACT_ACCOUNT_SID']!,
        // The digest of the address is the address to whoever has it.
        '0931ae2081a58b92c2b7dcf810a2a63ff3f46667',
      ];
      const all = sayings.map((said) => said.stdout + said.stderr).join('\n');
      expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
      expect(stderr).not.toContain('error');
    },
  );

  it('has no colour where none is wanted', async () => {
    const around = { env: { ...place.stage.env, NO_COLOR: '1' }, cwd: place.cwd, columns: 80 };
    const { stdout } = await inProcess(['status'], around);
    expect(readable(stdout)).toBe(stdout);
    expect(readable((await place.onTerminal('status')).stdout)).not.toBe(
      (await place.onTerminal('status')).stdout,
    );
  });
});

describe('help', () => {
  const around = { env: {}, cwd: tmpdir(), columns: 80 };
  const NAMES =
    'doctor status explain list claims retry release drain backfill reconcile erase purge migrate sandbox';

  it.each([[], ...NAMES.split(' ').map((name) => [name])])('%s fits a screen', async (...name: string[]) => {
    const { code, stdout } = await inProcess([...name, '--help'], around);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.length).toBeLessThan(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain(
      name.length === 0 ? 'npx nestjs-impact <command>' : `Usage: nestjs-impact ${name[0]}`,
    );
  });

  it('of the program names every command', async () => {
    const { stdout } = await inProcess(['--help'], around);
    for (const name of NAMES.split(' ')) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });
});

describe('wrong input', () => {
  const around = { env: {}, cwd: tmpdir() };

  it.each([
    [[], 2, 'Usage: npx nestjs-impact <command>'],
    [['stauts'], 2, 'Did you mean status?'],
    [['list', '--limt', '3'], 2, 'Did you mean --limit?'],
    [['list', '--state', 'foo'], 2, 'Give one of: RECORDED'],
    [['explain'], 2, "Missing required argument 'order'. See nestjs-impact explain --help"],
    [['explain', 'a', 'b'], 2, 'Too many arguments'],
    [['retry', 'a'], 2, '--by <who>'],
    [['retry', 'a', '--by', ' ', '--why', 'x'], 2, '1 to 500 letters'],
    [['release', '--by', 'a', '--why', 'b'], 2, '--order <id>, or --all'],
    [['release', '--order', 'a', '--all', '--by', 'a', '--why', 'b'], 2, 'cannot be used with'],
    [['erase', '--by', 'a', '--why', 'b'], 2, '--customer <id>'],
    [['purge', '--database', 'x'], 2, '--default-retention'],
    [['reconcile', '--from', 'yesterday', '--to', '2026-11-01'], 2, 'a day such as 2026-10-01'],
    [['backfill', 'nothing.csv', '--database', 'x'], 2, 'There is no file nothing.csv'],
    [['status'], 2, 'No database was named'],
    [['status', '--database', 'x', '--module', 'y'], 2, '--database and --module were given together'],
    [['status', '--database', 'oracle://host/x'], 2, 'postgres://user:password@host:5432/name'],
    [['status', '--module', 'app.module.ts'], 2, 'there is no file'],
    [['status', '--database', 'typo.sqlite'], 3, 'there is no such file'],
    [
      ['status', '--database', 'postgres://u:secretpassword@127.0.0.1:1/x'],
      3,
      'nobody listens there (ECONNREFUSED)',
    ],
    [['status', '--databse=postgres://u:secretpassword@127.0.0.1:1/x'], 2, "Unknown option '--databse'"],
  ])('%j ends with %d', async (args, code, words) => {
    const plain = await inProcess(args, around);
    expect(plain.code).toBe(code);
    expect(plain.stdout + plain.stderr).toContain(words);
    expect(plain.stdout + plain.stderr).not.toContain('secretpassword');
    const json = await inProcess([...args, '--json'], around);
    expect(json.code).toBe(code);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { exitCode: code } });
  });

  it('says every wrong setting at once', async () => {
    const database = life.keep(await SQLITE.create(), (each) => each.drop());
    const stage = life.keep(await emptyStage(database.options), (each) => each.close());
    const env = { ...stage.env, IMPACT_MODE: 'lve', IMPACT_CAMPAIGN_ID: 'abc' };
    const said = await inProcess(['status'], { env, cwd: tmpdir() });
    expect(said.code).toBe(2);
    expect(said.stderr).toContain('IMPACT_MODE');
    expect(said.stderr).toContain('IMPACT_CAMPAIGN_ID');
    const doctor = await inProcess(['doctor', '--json'], { env, cwd: tmpdir() });
    expect(doctor.code).toBe(1);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { about: string; level: string }[] };
    expect(findings.filter(({ level }) => level === 'bad').map(({ about }) => about)).toEqual([
      'settings',
      'settings',
    ]);
  });
});

describe('doctor finds', () => {
  let place: Place;

  it(
    'has a stage',
    async () => {
      const database = life.keep(await SQLITE.create(), (each) => each.drop());
      const stage = life.keep(await emptyStage(database.options), (each) => each.close());
      place = await placeOn(database, stage, folder());
      expect(place.cwd).toBeTruthy();
    },
    TIMEOUT,
  );

  const badOf = async (env: Record<string, string>, ...args: string[]): Promise<string[]> => {
    const around = { env: { ...place.stage.env, ...env }, cwd: place.cwd };
    const { code, stdout } = await inProcess(['doctor', '--json', ...args], around);
    const { findings } = JSON.parse(stdout) as {
      findings: { about: string; level: string; fix: string | null }[];
    };
    const bad = findings.filter(({ level }) => level === 'bad');
    expect(code).toBe(bad.length > 0 ? 1 : 0);
    for (const { fix } of bad) expect(fix).toBeTruthy();
    return bad.map(({ about }) => about);
  };

  it('a wrong token', async () => {
    expect(await badOf({ IMPACT_AUTH_TOKEN: 'another-token' })).toEqual(['credentials']);
  });

  it('a scope that is missing', async () => {
    place.stage.sandbox.fault({ status: 403, on: 'actions', times: 1 });
    expect(await badOf({})).toEqual(['scope Actions: read']);
  });

  it('an account that cannot be reached', async () => {
    expect(await badOf({ IMPACT_BASE_URL: 'http://127.0.0.1:1' })).toEqual(['credentials']);
  });

  it('a database without tables', async () => {
    const fresh = life.keep(await SQLITE.create(), (each) => each.drop());
    await (await openDataSource(fresh.options)).destroy();
    expect(await badOf({ IMPACT_DATABASE_URL: fresh.name })).toEqual(['migrations']);
  });

  it('no database at all', async () => {
    expect(await badOf({ IMPACT_DATABASE_URL: join(place.cwd, 'typo.sqlite') })).toEqual(['database']);
  });

  it('a cookie that the checkout never gets', async () => {
    const sites = ['--site', 'https://www.shop.example', '--site', 'https://pay.shop.example'];
    expect(await badOf({}, ...sites)).toEqual(['cookie']);
  });
});
