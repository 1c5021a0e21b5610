import type { LandingRequest } from '../config/index.js';

/** Whether a page may call the endpoint, and which origin to name in the answer. */
export interface OriginVerdict {
  readonly allowed: boolean;
  /** The origin to allow by CORS; `null` when the caller needs none. */
  readonly cors: string | null;
}

/**
 * Same origin and configured origins may call, and so may callers that are no browsers. Another site's
 * page may not: it could put a click on every visitor of its own.
 */
export function judgeOrigin({ headers }: LandingRequest, origins: readonly string[]): OriginVerdict {
  const origin = text(headers['origin']);
  if (origin !== undefined && origins.includes(origin)) return { allowed: true, cors: origin };
  const site = text(headers['sec-fetch-site']);
  if (site !== undefined) return { allowed: site === 'same-origin' || site === 'none', cors: null };
  return { allowed: origin === undefined || hostOf(origin) === text(headers['host']), cors: null };
}

const text = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
