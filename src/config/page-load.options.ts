import { defaults } from './defaults.js';
import type { PageLoadOptions, ResolvedPageLoadOptions } from './impact.options.js';

/** What exists inside `capture.pageLoad`. */
const NAMES = ['baseUrl', 'customProfileId', 'ipAddress'];

export const PAGE_LOAD_RULE =
  'false, or an object with any of: baseUrl (an absolute http(s) URL), customProfileId and ipAddress (functions of the request)';
export const PAGE_LOAD_FIX = 'write {} for the defaults, or leave it out to send no page views';

export function isPageLoad(value: unknown): boolean {
  if (value === false) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { baseUrl, customProfileId, ipAddress } = value as Record<string, unknown>;
  return (
    Object.keys(value).every((name) => NAMES.includes(name)) &&
    (baseUrl === undefined ||
      (typeof baseUrl === 'string' && /^https?:\/\//.test(baseUrl) && URL.canParse(baseUrl))) &&
    [customProfileId, ipAddress].every((given) => given === undefined || typeof given === 'function')
  );
}

/** Where page views go; asked only when {@link isPageLoad} holds. */
export const pageLoadBaseUrl = (options: PageLoadOptions): string =>
  (options.baseUrl ?? defaults.capture.pageLoadBaseUrl).replace(/\/+$/, '');

export const resolvePageLoad = (options: false | PageLoadOptions): false | ResolvedPageLoadOptions =>
  options === false
    ? false
    : {
        baseUrl: pageLoadBaseUrl(options),
        customProfileId: options.customProfileId ?? null,
        ipAddress: options.ipAddress ?? null,
      };
