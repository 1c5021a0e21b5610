import { resolve } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { CliUsageError } from './cli.errors.js';

/** Where the `impact_*` tables are, as the command line names it. */
export interface ConnectionOptions {
  readonly database?: string;
  readonly dataSource?: string;
  readonly module?: string;
}

export type Where =
  | { readonly by: 'url'; readonly options: DataSourceOptions; readonly from: string }
  | { readonly by: 'data-source'; readonly file: string; readonly name: string | null }
  | { readonly by: 'module'; readonly file: string; readonly name: string | null };

const FLAGS = { database: '--database', dataSource: '--data-source', module: '--module' } as const;
const VARIABLES = ['IMPACT_DATABASE_URL', 'DATABASE_URL'] as const;

const HOW =
  'Give --database <url | file>, --data-source <file> or --module <file>, or set IMPACT_DATABASE_URL or DATABASE_URL.';

/**
 * @throws CliUsageError when nothing, more than one thing, or nonsense is named.
 */
export function whereOf(given: ConnectionOptions, env: NodeJS.ProcessEnv, cwd: string): Where {
  const named = (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).filter((name) => given[name] !== undefined);
  if (named.length > 1) {
    throw new CliUsageError(
      `${named.map((name) => FLAGS[name]).join(' and ')} were given together, and each names the database. Keep one of them.`,
    );
  }
  if (given.module !== undefined) return { by: 'module', ...fileAndName(given.module, cwd) };
  if (given.dataSource !== undefined) return { by: 'data-source', ...fileAndName(given.dataSource, cwd) };
  if (given.database !== undefined) return ofUrl(given.database, '--database', cwd);
  for (const variable of VARIABLES) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== '') return ofUrl(value, variable, cwd);
  }
  throw new CliUsageError(`No database was named. ${HOW}`);
}

/** `./dist/app.module.js#ShopModule`: the export is named where a file has several. */
function fileAndName(text: string, cwd: string): { file: string; name: string | null } {
  const at = text.lastIndexOf('#');
  const [file, name] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  if (file === '' || name === '') {
    throw new CliUsageError(
      'The name of a file was expected, with #Export behind it where it exports several.',
    );
  }
  return { file: resolve(cwd, file), name };
}

const ofUrl = (text: string, from: string, cwd: string): Where => ({
  by: 'url',
  from,
  options: connectionOf(text, from, cwd),
});

const SERVERS: Readonly<Record<string, 'postgres' | 'mysql' | 'mariadb'>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mariadb',
};

/**
 * The connection that a URL or the path of a SQLite file means. Nothing of the text is repeated in an error:
 * it holds a password.
 *
 * @throws CliUsageError
 */
export function connectionOf(text: string, from: string, cwd: string): DataSourceOptions {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'sqlite' || scheme === 'file') {
    const path = text.replace(/^(sqlite|file):(\/\/)?/i, '');
    if (path === '' || path === ':memory:') throw wrongUrl(from, 'names no file');
    // A path that was mistyped must not make an empty database.
    return { type: 'better-sqlite3', database: resolve(cwd, path), fileMustExist: true, logging: false };
  }
  const type = SERVERS[`${scheme}:`];
  if (type === undefined) throw wrongUrl(from, 'begins with a scheme that is none of these');
  if (!URL.canParse(text)) throw wrongUrl(from, 'is no URL');
  const url = new URL(text);
  if (!readable(url)) throw wrongUrl(from, 'has a % in it that encodes nothing (write %25)');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '') throw wrongUrl(from, 'names no database behind the host');
  const common = {
    database,
    logging: false as const,
    ...(url.hostname === '' ? {} : { host: url.hostname.replace(/^\[|\]$/g, '') }),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
  return type === 'postgres'
    ? { type, ...common, ...postgresExtras(url.searchParams) }
    : { type, ...common, ...mysqlExtras(url.searchParams) };
}

function readable({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** As libpq reads them; other parameters of the URL belong to other clients. */
function postgresExtras(query: URLSearchParams): object {
  const [mode, schema, socket] = [query.get('sslmode'), query.get('schema'), query.get('host')];
  const secure = mode === null ? query.get('ssl') === 'true' : !['disable', 'allow', 'prefer'].includes(mode);
  const checked = mode === 'verify-ca' || mode === 'verify-full' || mode === null;
  return {
    ...(secure ? { ssl: { rejectUnauthorized: checked } } : {}),
    ...(schema === null ? {} : { extra: { options: `-c search_path=${schema.replaceAll(/[^\w]/g, '')}` } }),
    ...(socket === null ? {} : { host: socket }),
  };
}

function mysqlExtras(query: URLSearchParams): object {
  const mode = (query.get('ssl-mode') ?? query.get('sslmode') ?? '').toLowerCase();
  if (query.get('ssl') !== 'true' && !/^(required?|verify)/.test(mode)) return {};
  return { ssl: { rejectUnauthorized: !mode.startsWith('require') } };
}

const wrongUrl = (from: string, what: string): CliUsageError =>
  new CliUsageError(
    `${from} ${what}. Write postgres://user:password@host:5432/name, mysql://…, mariadb://…, or the path of a SQLite file.`,
  );

/** Which database it is, without user and password. */
export function connectionInWords(options: DataSourceOptions): string {
  if (options.type === 'better-sqlite3') return `SQLite file ${options.database}`;
  const { host, port, database, url } = options as {
    host?: string;
    port?: number;
    database?: string;
    url?: string;
  };
  if (url !== undefined && URL.canParse(url)) {
    const parsed = new URL(url);
    return `${options.type} ${parsed.host}${parsed.pathname}`;
  }
  const name = typeof database === 'string' ? database : '';
  return `${options.type} ${host ?? 'localhost'}${port === undefined ? '' : `:${port}`}/${name}`;
}
