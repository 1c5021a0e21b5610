import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DynamicModule, Type } from '@nestjs/common';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { CliModuleError } from './cli.errors.js';

type Exports = Readonly<Record<string, unknown>>;

/** An app's root module, from a file that exports it. */
export async function loadModule(file: string, name: string | null): Promise<Type | DynamicModule> {
  const fits = (value: unknown): boolean => isModule(value);
  const found = await pick(file, name, '--module', ['AppModule', 'default'], fits, 'Nest module');
  return found as Type | DynamicModule;
}

/** The options of a TypeORM data source, from a file that exports one. */
export async function loadDataSource(file: string, name: string | null): Promise<DataSourceOptions> {
  const found = await pick(
    file,
    name,
    '--data-source',
    ['default', 'dataSource', 'AppDataSource'],
    isDataSource,
    'TypeORM DataSource',
  );
  // Its own logger would print statements with their values.
  return { ...(found as DataSource).options, logging: false };
}

async function pick(
  file: string,
  name: string | null,
  flag: string,
  usual: readonly string[],
  fits: (value: unknown) => boolean,
  what: string,
): Promise<unknown> {
  const exports = await load(file, flag);
  const candidates = name === null ? [...usual, ...Object.keys(exports)] : [name];
  for (const candidate of candidates) {
    const value = await exports[candidate];
    if (fits(value)) return value;
  }
  const known = Object.keys(exports).join(', ') || 'nothing';
  throw new CliModuleError(
    `${flag}: ${basename(file)} exports no ${what}${name === null ? '' : ` under the name ${name}`}; it exports ${known}. ` +
      `Name the export behind the file: ${flag} ${basename(file)}#Name.`,
  );
}

async function load(file: string, flag: string): Promise<Exports> {
  if (!existsSync(file)) {
    throw new CliModuleError(
      `${flag}: there is no file ${file}. Build the app first, and name the built file.`,
    );
  }
  if (/\.[cm]?ts$/.test(file)) {
    throw new CliModuleError(
      `${flag}: ${basename(file)} is TypeScript. Build the app, and name the .js file.`,
    );
  }
  let exports: Exports;
  try {
    exports = (await import(pathToFileURL(file).href)) as Exports;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : typeof cause;
    throw new CliModuleError(
      `${flag}: ${basename(file)} could not be loaded (${name}). Load it with node to see why: node ${file}`,
      { cause },
    );
  }
  // What CommonJS exports stands below `default`.
  const inner = exports['default'];
  return typeof inner === 'object' && inner !== null && !isDataSource(inner)
    ? { ...(inner as Exports), ...exports }
    : exports;
}

const isDataSource = (value: unknown): value is DataSource =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { initialize?: unknown }).initialize === 'function' &&
  typeof (value as { options?: { type?: unknown } }).options?.type === 'string';

/** A class with @Module(), or what `forRoot()` of one answers. */
function isModule(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return 'module' in value;
  if (typeof value !== 'function') return false;
  return ['imports', 'providers', 'controllers', 'exports'].some((key) => Reflect.hasMetadata(key, value));
}
