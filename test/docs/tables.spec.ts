import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_RATE } from '../../src/api/index.js';
import { parseDuration } from '../../src/config/duration.js';
import { environmentVariables, resolveOptions } from '../../src/config/index.js';
import { OptionsSchema } from '../../src/config/options.schema.js';
import { migrationsAsSql } from '../../src/database/index.js';
import { type Attempt, judge } from '../../src/delivery/answer.rules.js';
import { STATE_CHANGES } from '../../src/ledger/states.rules.js';
import { ImpactSandbox } from '../../src/sandbox/index.js';
import { resolveSettings } from '../../src/sandbox/sandbox.settings.js';
import { CUSTOM_FIELDS, ITEM_FIELDS, ORDER_FIELDS } from '../../src/wire/field.catalog.js';
import { codes, page, REPOSITORY, table } from './support/markdown.js';

/** Types of defaults that a table can show as they are. */
const SIMPLE: readonly string[] = ['string', 'number', 'boolean'];

const only = (cell = ''): string => codes(cell)[0] ?? '';

describe('the table of options in README.md', () => {
  const { rows } = table(page('README.md').text, 'Option', 'Default', 'Unit');
  const named = rows.map(([option]) => only(option));

  it('names every option, and none that does not exist', () => {
    expect(named.toSorted()).toEqual(leaves(new OptionsSchema()).toSorted());
  });

  it('names the variable of every option that has one', () => {
    const variables = rows.flatMap(([option, , , variable]) =>
      variable === '' ? [] : [[only(option), only(variable)]],
    );
    expect(Object.fromEntries(variables)).toEqual(environmentVariables);
  });

  it('tells the defaults', () => {
    const { options } = resolveOptions({}, () => undefined, undefined);
    const told = rows.flatMap(([option = '', shown = '', unit]) => {
      const value = valueAt(options, only(option));
      // Elsewhere the default is a word, or depends on something else; see below.
      if (!SIMPLE.includes(typeof value) || codes(shown).length !== 1) return [];
      return [
        [only(option), unit === 'duration' ? parseDuration(only(shown), only(option)) : only(shown), value],
      ];
    });
    expect(told.length).toBeGreaterThan(30);
    expect(told.filter(([, shown, value]) => String(shown) !== String(value))).toEqual([]);
  });

  it('tells the defaults that depend on something', () => {
    const inProduction = resolveOptions({}, () => undefined, 'production').options;
    const { environment, recording, retention, capture } = resolveOptions(
      {},
      () => undefined,
      undefined,
    ).options;
    const shown = new Map(rows.map(([option, text]) => [only(option), codes(text!)]));
    expect(shown.get('environment')).toEqual(['NODE_ENV', environment]);
    expect(shown.get('recording.onInvalid')).toEqual([
      recording.onInvalid,
      inProduction.recording.onInvalid,
      'NODE_ENV=production',
    ]);
    expect(shown.get('capture.parameters')).toEqual(capture.parameters);
    expect(retention.clicks).toBe(capture.referralWindow);
  });

  it('gives durations their unit', () => {
    const durations = rows.filter(([, shown = '']) => /^`\d+(?:ms|s|m|h|d)`$/.test(shown));
    expect(durations.length).toBeGreaterThan(10);
    expect(durations.filter(([, , unit]) => unit !== 'duration')).toEqual([]);
  });
});

describe('docs/delivery.md', () => {
  const { text } = page('docs/delivery.md');

  it('has every state and every allowed change', () => {
    const { rows } = table(text, 'State', 'Means', 'May become');
    const told = rows.map(([state, , changes = '']) => [only(state), codes(changes)]);
    expect(Object.fromEntries(told)).toEqual(STATE_CHANGES);
  });

  const { rows: answers } = table(text, 'Answer', 'Row', 'May have arrived', 'Pause');
  const attempts: [string, string[]][] = answers.map(([answer = '', ...told]) => [answer, told]);

  it.each(attempts)('is right about: %s', (answer, told) => {
    const [verdict = '', mayHaveArrived = '', pause = ''] = told;
    for (const attempt of attemptsOf(answer)) {
      const [first, third] = [1, 3].map((failures) => judged(attempt, failures)) as [Judged, Judged];
      expect(first.verdict).toBe(only(verdict));
      expect(arrivalOf(first)).toBe(mayHaveArrived);
      // The rate headers of an accepted call decide about its pause; its rule has a test of its own.
      const scope = attempt.kind === 'accepted' ? null : (codes(pause)[0] ?? null);
      expect(third.pause?.scope ?? null).toBe(scope);
      expect(first.pause?.scope ?? null).toBe(pause.includes('third failure') ? null : scope);
    }
  });
});

describe('docs/conversions.md', () => {
  const { text } = page('docs/conversions.md');
  const OF_THEIR_OWN = ['orderId', 'eventDate', 'currency', 'clickId', 'amount', 'discount'];
  const NOT_SENT = ['expectedTotal', 'subscription', 'test'];
  const LINE = ['sku', 'category', 'quantity', 'subtotal', 'price', 'tax', 'totalDiscount'];

  it('has every field of a sale and its parameter', () => {
    const { rows } = table(text, 'Field', 'Parameter');
    const told = new Map(rows.map(([field, parameter]) => [only(field), only(parameter)]));
    const known = ORDER_FIELDS.map(
      ({ path, parameter }) => [path.replace(/\.(\d)$/, '[$1]'), parameter] as const,
    );
    expect([...told].filter(([field]) => known.some(([path]) => path === field))).toEqual(known);
    const others = [...told.keys()].filter((field) => !known.some(([path]) => path === field));
    expect(others.toSorted()).toEqual([...OF_THEIR_OWN, ...NOT_SENT, ...customFields()].toSorted());
  });

  it('has every field of a line and its parameter', () => {
    const { rows } = table(text, 'Field of a line', 'Parameter');
    const told = new Map(rows.map(([field, parameter]) => [only(field), only(parameter)]));
    for (const { path, parameter } of ITEM_FIELDS) expect(told.get(path)).toBe(`${parameter}{i}`);
    const known = [...ITEM_FIELDS.map(({ path }) => path), ...LINE, ...customFields()];
    expect([...told.keys()].toSorted()).toEqual(known.toSorted());
  });

  it('tells the lengths that are checked', () => {
    const { rows } = table(text, 'Field', 'Parameter', 'Notes');
    const lengths = new Map(rows.map(([field = '', , notes = '']) => [only(field), lengthIn(notes)]));
    const rules = ORDER_FIELDS.map(({ path, most }) => ({ field: path.replace(/\.(\d)$/, '[$1]'), most }));
    const told = rules.filter(({ field }) => lengths.get(field) !== null);
    expect(told.length).toBeGreaterThan(30);
    expect(told.filter(({ field, most }) => lengths.get(field) !== most)).toEqual([]);
  });
});

it('docs/database.md names every table', () => {
  const { rows } = table(page('docs/database.md').text, 'Table', 'Holds');
  const created = [...migrationsAsSql('better-sqlite3').matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)];
  expect(rows.map(([name]) => only(name)).toSorted()).toEqual(
    created.map(([, name = '']) => name).toSorted(),
  );
});

it('docs/sandbox.md names every partner and its code', () => {
  const { rows } = table(page('docs/sandbox.md').text, 'Partner', 'Id', 'Payout', 'Promo code');
  const { partners } = resolveSettings();
  expect(rows.map(([, id, , code = '']) => [only(id), codes(code)])).toEqual(
    partners.map(({ id, promoCodes }) => [id, promoCodes.map(({ code }) => code)]),
  );
});

it('docs/sandbox.md follows a link that the sandbox would make', async () => {
  const sandbox = await ImpactSandbox.start();
  const link = sandbox.trackingLink({ landingUrl: 'http://localhost:3000/', partnerId: '1234502' });
  await sandbox.close();
  expect(page('docs/sandbox.md').text).toContain(`'${link.replace(sandbox.url, 'http://127.0.0.1:4010')}'`);
});

it('docs/decisions names every run-time dependency', () => {
  const { rows } = table(page('docs/decisions/006-run-time-dependencies.md').text, 'Package', 'Used by');
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(rows.map(([name]) => only(name)).toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
});

function leaves(group: object, path = ''): string[] {
  return Object.entries(group).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${path}${name}.`)
      : [path + name],
  );
}

function valueAt(options: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], options);
}

const customFields = (): string[] =>
  Object.entries(CUSTOM_FIELDS).map(([group, { last }]) => `${group}[1…${last}]`);

/** What the words in the first column stand for; a status stands for itself. */
function attemptsOf(answer: string): Attempt[] {
  const rate = NO_RATE;
  const words: Record<string, Attempt> = {
    '200 with proof': { kind: 'accepted', rate },
    '200 that says': { kind: 'answered', status: 200, problems: [], rate },
    '200 without proof': { kind: 'unusable', status: 200, rate },
    'no connection': { kind: 'unreachable', requestMayHaveArrived: false, why: 'ECONNREFUSED' },
    'no answer within': { kind: 'unreachable', requestMayHaveArrived: true, why: 'DEADLINE' },
  };
  const found = Object.entries(words).find(([beginning]) => answer.startsWith(beginning));
  if (found !== undefined) return [found[1]];
  const statuses = codes(answer).map(Number);
  if (answer.includes('every other 4xx')) statuses.push(406, 418, 451);
  if (answer.includes('every other 5xx')) statuses.push(505, 599);
  expect(statuses.length).toBeGreaterThan(0);
  return statuses.map((status) => ({ kind: 'answered', status, problems: [], rate }));
}

/** `at most 64 characters`, `cut to 255 characters`, `at most 16 digits`. */
function lengthIn(notes: string): number | null {
  const [length] = /\d+(?= (?:characters|digits))/.exec(notes) ?? [];
  return length === undefined ? null : Number(length);
}

const DAY = 86_400_000;

type Judged = ReturnType<typeof judge>;

/** @param accountFailures failures of the account in a row, this one included. */
function judged(attempt: Attempt, accountFailures: number): Judged {
  return judge(
    attempt,
    { call: 'sale', attempts: 1, age: 0, maxAge: 30 * DAY, unknownFor: null, duplicateWindow: DAY },
    {
      backoff: { base: 2000, cap: 900_000 },
      accountFailures,
      pauseFailures: 1,
      probing: false,
      random: () => 0.5,
    },
  );
}

/** As the table says it. */
function arrivalOf(verdict: Judged): string {
  if (!('outcomeUnknown' in verdict)) return '';
  return verdict.outcomeUnknown ? 'yes' : 'no';
}
