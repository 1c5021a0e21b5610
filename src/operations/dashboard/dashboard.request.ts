import type { IncomingMessage } from 'node:http';

/** A request as Express and Fastify hand it out. */
export interface DashboardRequest {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the platform made of the body. */
  readonly body?: unknown;
  /** Fastify's: Node's own request. */
  readonly raw?: IncomingMessage;
}

const addressOf = ({ originalUrl, url }: DashboardRequest): string => originalUrl ?? url ?? '';

/** By the URL itself: platforms and their settings read the query in different ways. */
export function queryOf(request: DashboardRequest): URLSearchParams {
  const address = addressOf(request);
  const start = address.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : address.slice(start + 1));
}

/** How a page links to the others. */
export interface PageLinks {
  /** Goes before every link. */
  readonly to: string;
  /** The first page. */
  readonly home: string;
}

/**
 * Links are relative to the page that has them: a proxy before the app may have taken a part of the path away,
 * and the browser alone knows the whole.
 *
 * @param path where the dashboard is mounted.
 * @param depth how many parts of a path the page lies below it: 0 for the first page.
 */
export function linksOf(request: DashboardRequest, path: string, depth: 0 | 1): PageLinks {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const slash = addressOf(request).split('?', 1)[0]!.endsWith('/');
  if (depth === 0) return slash ? { to: '', home: `../${last}` } : { to: `${last}/`, home: last };
  return slash ? { to: '../', home: `../../${last}` } : { to: '', home: `../${last}` };
}
