import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { privateCacheControl, sharedCacheOverride } from './cache.rules.js';

/** What the package touches of a Node response, HTTP/1 or HTTP/2. */
export type RawResponse = Pick<
  ServerResponse,
  | 'headersSent'
  | 'writeHead'
  | 'getHeader'
  | 'setHeader'
  | 'appendHeader'
  | 'removeHeader'
  | 'getHeaderNames'
  | 'once'
  | 'writableEnded'
  | 'end'
>;

type HeaderArgument = OutgoingHttpHeaders | readonly unknown[];

/**
 * Adds our cookie, and keeps shared caches from storing the response, at the moment its headers are written.
 *
 * Not earlier: the handler's own `Cache-Control` and `Set-Cookie` come later than capture, and Fastify
 * hands all its headers to `writeHead`, where they replace what was set on the raw response.
 *
 * @returns whether it is still possible.
 */
export function addCookieWhenHeadersAreWritten(response: RawResponse, cookie: string): boolean {
  if (response.headersSent) return false;
  const original = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  let done = false;
  const hooked = (status: number, ...rest: unknown[]): ServerResponse => {
    if (done || response.headersSent) return original(status, ...rest);
    done = true;
    const message = typeof rest[0] === 'string' ? [rest[0]] : [];
    const headers = rest.find((argument): argument is HeaderArgument => typeof argument === 'object');
    if (headers !== undefined && headers !== null) {
      // Fastify's way: all headers at once, in lower case, and none before.
      if (isPlain(headers) && response.getHeaderNames().length === 0) {
        return original(status, ...message, privateHeaders(headers, cookie));
      }
      setAll(response, headers);
    }
    makePrivate(response);
    response.setHeader('set-cookie', [...setCookies(response), cookie]);
    return original(status, ...message);
  };
  response.writeHead = hooked;
  return true;
}

/** Names in lower case, so that none stands there twice. */
const isPlain = (headers: HeaderArgument): headers is OutgoingHttpHeaders =>
  !Array.isArray(headers) && Object.keys(headers).every((name) => !/[A-Z]/.test(name));

/** The same as a copy: the caller's object may be its own for longer. */
function privateHeaders(headers: OutgoingHttpHeaders, cookie: string): OutgoingHttpHeaders {
  const copy: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) copy[name] = sharedCacheOverride(name) ?? value;
  }
  const current = copy['cache-control'];
  copy['cache-control'] = privateCacheControl(current === undefined ? undefined : listed(current));
  copy['set-cookie'] = [...[copy['set-cookie'] ?? []].flat().map(String), cookie];
  return copy;
}

/** What Node does with headers given to `writeHead` when others were set before: they replace those. */
function setAll(response: RawResponse, headers: HeaderArgument): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  // Either name and value in turn, or a list of pairs.
  const flat: unknown[] = Array.isArray(headers[0]) ? headers.flat() : [...(headers as unknown[])];
  const names = flat.filter((_, index) => index % 2 === 0).map(String);
  for (const name of names) response.removeHeader(name);
  for (const [index, name] of names.entries()) {
    response.appendHeader(name, flat[index * 2 + 1] as string | string[]);
  }
}

function makePrivate(response: RawResponse): void {
  const current = response.getHeader('cache-control');
  response.setHeader(
    'Cache-Control',
    privateCacheControl(current === undefined ? undefined : listed(current)),
  );
  for (const name of response.getHeaderNames()) {
    const override = sharedCacheOverride(name);
    if (override !== null) response.setHeader(name, override);
  }
}

const listed = (value: number | string | readonly string[]): string => [value].flat().join(', ');

function setCookies(response: RawResponse): string[] {
  const current = response.getHeader('set-cookie');
  return current === undefined ? [] : [current].flat().map(String);
}
