/**
 * `Cache-Control` of a response that carries one visitor's cookie: kept as it was, minus what lets a
 * shared cache store it, plus `private`.
 */
export function privateCacheControl(value: string | undefined): string {
  const directives = value?.match(/[^\s,=]+(?:\s*=\s*(?:"[^"]*"|[^\s,]*))?/g) ?? [];
  const kept = directives.filter((directive) => !SHARED.has(nameOf(directive)));
  return kept.some((directive) => nameOf(directive) === 'no-store')
    ? kept.join(', ')
    : ['private', ...kept].join(', ');
}

/** Also `private="field"`, which forbids the storing of that field only. */
const SHARED = new Set(['public', 'private', 's-maxage', 'proxy-revalidate']);

const nameOf = (directive: string): string => directive.split('=', 1)[0]!.trim().toLowerCase();

/**
 * What a shared cache listens to before it listens to `Cache-Control`, and what to tell it there; `null`
 * for every other header. Covers RFC 9213 with its vendor variants, Fastly and Varnish, nginx and Akamai.
 */
export function sharedCacheOverride(header: string): string | null {
  const name = header.toLowerCase();
  if (name === 'x-accel-expires') return '0';
  if (name === 'surrogate-control' || name === 'edge-control') return 'no-store';
  return /(?:^|-)cdn-cache-control$/.test(name) ? 'no-store' : null;
}
