import { types } from 'node:util';

/** Inputs come from JavaScript too: getters may throw and proxies may lie, so every access goes through here. */
export const UNREADABLE = Symbol('unreadable');

/** A value that has properties of its own and is neither a list nor a date. */
export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isList(value) && !types.isDate(value);
}

/** `Array.isArray`, which throws on a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** One property; `undefined` for null, {@link UNREADABLE} when reading it throws. */
export function propertyOf(source: unknown, key: string | number): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  try {
    return Reflect.get(source, key) ?? undefined;
  } catch {
    return UNREADABLE;
  }
}

/** The value at a path of property names. */
export function valueAt(source: unknown, path: readonly string[]): unknown {
  let value: unknown = source;
  for (const key of path) {
    value = propertyOf(value, key);
    if (value === UNREADABLE) return value;
  }
  return value;
}

/** Names of a record's own properties; none when they cannot be listed. */
export function namesOf(source: object): string[] {
  try {
    return Object.keys(source);
  } catch {
    return [];
  }
}

/** Length of a list; 0 when it cannot be read. */
export function lengthOf(list: readonly unknown[]): number {
  const length = propertyOf(list, 'length');
  return typeof length === 'number' && length > 0 ? Math.trunc(length) : 0;
}

/** A date's time in milliseconds, `null` for anything that is no valid date. Knows dates of other realms. */
export function timeOf(value: unknown): number | null {
  if (!types.isDate(value)) return null;
  const time = Date.prototype.getTime.call(value);
  return Number.isNaN(time) ? null : time;
}
