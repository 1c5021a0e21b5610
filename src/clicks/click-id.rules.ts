import { CLICK_ID_PATTERN } from '../wire/index.js';

/** Whether a decoded value can be a click id. Never changes case, never insists on the usual 39 characters. */
export function isClickId(value: unknown): value is string {
  return typeof value === 'string' && CLICK_ID_PATTERN.test(value);
}

/**
 * The click id in a raw query value, decoded exactly once; `null` when it is none.
 *
 * A double-encoded id stays malformed on purpose: decoding until it fits would accept values that the
 * vendor never sent.
 */
export function decodeClickId(raw: string): string | null {
  // A well-formed id is at most 64 characters of which each may be three when encoded.
  if (raw.length === 0 || raw.length > 192) return null;
  if (CLICK_ID_PATTERN.test(raw)) return raw;
  if (!raw.includes('%')) return null;
  try {
    const decoded = decodeURIComponent(raw);
    return CLICK_ID_PATTERN.test(decoded) ? decoded : null;
  } catch {
    return null;
  }
}
