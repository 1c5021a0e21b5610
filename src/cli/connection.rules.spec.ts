import { describe, expect, it } from '@jest/globals';
import { CliUsageError } from './cli.errors.js';
import { connectionInWords, connectionOf, whereOf } from './connection.rules.js';

const of = (text: string) => connectionOf(text, '--database', '/srv/shop');

describe('connectionOf', () => {
  it.each([
    ['shop.sqlite', { type: 'better-sqlite3', database: '/srv/shop/shop.sqlite' }],
    ['/data/shop.sqlite', { type: 'better-sqlite3', database: '/data/shop.sqlite' }],
    ['file:./dev.db', { type: 'better-sqlite3', database: '/srv/shop/dev.db' }],
    ['sqlite:///data/shop.sqlite', { type: 'better-sqlite3', database: '/data/shop.sqlite' }],
    [
      'postgres://shop:p%40ss@db.internal:5433/orders',
      {
        type: 'postgres',
        host: 'db.internal',
        port: 5433,
        username: 'shop',
        password: 'p@ss',
        database: 'orders',
      },
    ],
    [
      'postgresql:///orders?host=/var/run/postgresql',
      { type: 'postgres', host: '/var/run/postgresql', database: 'orders' },
    ],
    ['postgres://h/x?sslmode=require', { ssl: { rejectUnauthorized: false } }],
    ['postgres://h/x?sslmode=verify-full', { ssl: { rejectUnauthorized: true } }],
    ['postgres://h/x?schema=shop', { extra: { options: '-c search_path=shop' } }],
    ['postgres://[::1]/x', { host: '::1' }],
    [
      'mysql://root@127.0.0.1/orders',
      { type: 'mysql', host: '127.0.0.1', username: 'root', database: 'orders' },
    ],
    ['mariadb://h/orders?ssl=true', { type: 'mariadb', ssl: { rejectUnauthorized: true } }],
  ])('%s', (text, options) => {
    expect(of(text)).toMatchObject({ logging: false, ...options });
  });

  it('makes no file of a path that was mistyped', () => {
    expect(of('typo.sqlite')).toMatchObject({ fileMustExist: true });
  });

  it.each(['postgres://h/x?sslmode=disable', 'postgres://h/x', 'mysql://h/x'])(
    '%s goes without TLS',
    (text) => {
      expect(of(text)).not.toHaveProperty('ssl');
    },
  );

  it.each([
    ['oracle://secret:secret@h/x', 'scheme'],
    ['postgres://secret:secret@h', 'no database'],
    ['postgres://secret:secret@h:99999/x', 'no URL'],
    ['postgres://secret:100%@h/x', '%25'],
    [':memory:', 'no file'],
    ['sqlite:', 'no file'],
  ])('%s is refused without being repeated', (text, words) => {
    const refusal = (() => {
      try {
        return of(text);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(CliUsageError);
    expect((refusal as Error).message).toContain(words);
    expect((refusal as Error).message).not.toContain('secret');
  });
});

describe('whereOf', () => {
  const env = { IMPACT_DATABASE_URL: 'own.sqlite', DATABASE_URL: 'postgres://h/x' };

  it('prefers what was given, then the variable of its own, then the usual one', () => {
    expect(whereOf({ database: 'a.sqlite' }, env, '/')).toMatchObject({ from: '--database' });
    expect(whereOf({}, env, '/')).toMatchObject({ from: 'IMPACT_DATABASE_URL' });
    expect(whereOf({}, { DATABASE_URL: 'postgres://h/x' }, '/')).toMatchObject({ from: 'DATABASE_URL' });
    expect(whereOf({ module: 'dist/app.module.js#Shop' }, env, '/srv')).toEqual({
      by: 'module',
      file: '/srv/dist/app.module.js',
      name: 'Shop',
    });
    expect(whereOf({ dataSource: 'dist/data-source.js' }, env, '/srv')).toMatchObject({
      by: 'data-source',
      name: null,
    });
  });

  it.each([
    [{}, {}],
    [{}, { DATABASE_URL: ' ' }],
    [{ database: 'a', dataSource: 'b' }, {}],
    [{ module: '#X' }, {}],
    [{ module: 'x.js#' }, {}],
  ])('%j with %j is refused', (given, variables) => {
    expect(() => whereOf(given, variables, '/')).toThrow(CliUsageError);
  });
});

it.each([
  ['postgres://u:secret@db:5433/orders', 'postgres db:5433/orders'],
  ['mysql://u:secret@db/orders', 'mysql db/orders'],
  ['shop.sqlite', 'SQLite file /srv/shop/shop.sqlite'],
])('names %s without its secret', (text, words) => {
  expect(connectionInWords(of(text))).toBe(words);
});
