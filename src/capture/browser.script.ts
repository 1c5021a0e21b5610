import { readFileSync } from 'node:fs';

/**
 * The browser script for these parameter names, comments and indents taken out; made per endpoint path.
 *
 * The page's own idea of where the script came from goes first: behind proxies, and when the page is on
 * another host, only the browser knows the endpoint's address.
 */
export function browserScript(parameters: readonly string[]): (endpoint: string) => string {
  const source = readFileSync(new URL('./browser/click.script.js', import.meta.url), 'utf8')
    .replaceAll(/^\s*\/\/.*\n/gm, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/\s*(=>|\|\||===|[{}();,:?=])\s*/g, '$1')
    .replace('PARAMETERS', () => literal(parameters))
    .trim();
  return (endpoint) => source.replace('ENDPOINT', () => literal(endpoint));
}

/** `<` would end an inline script. */
const literal = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
