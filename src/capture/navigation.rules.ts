import type { LandingRequest } from '../config/index.js';

/** Why a request with a click parameter is no visit. */
export type NotAVisit = 'not-a-page' | 'prefetch';

const one = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value.join(',') : (value ?? '')).toLowerCase();

/**
 * `null` when somebody is coming to see the page.
 *
 * Only GET counts. Browsers that say what a request is for are believed: images, frames, scripts and
 * `fetch` are not visits, and neither is a page that is only fetched in advance. Whoever says nothing
 * (older browsers, apps, servers that render for a visitor) is taken for a visitor.
 */
export function notAVisit({ method, headers }: LandingRequest): NotAVisit | null {
  if (method !== 'GET') return 'not-a-page';
  const purposes = [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']];
  if (purposes.some((purpose) => /prefetch|prerender|preview/.test(one(purpose)))) return 'prefetch';
  const destination = one(headers['sec-fetch-dest']);
  return destination === '' || destination === 'document' ? null : 'not-a-page';
}
