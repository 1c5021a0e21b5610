import { ImpactConfigurationError } from './configuration.error.js';
import { shown } from './secret.mask.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

export const DURATION_RULE =
  "a length of time: milliseconds as a whole number, or text of a number and one of the units ms, s, m, h, d, such as '30s'";

/** Milliseconds, or `null` when the value is no length of time in whole milliseconds. */
export function readDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string') return null;
  const [, amount, unit] = DURATION.exec(value) ?? [];
  if (amount === undefined || unit === undefined) return null;
  const exact = Number(amount) * UNITS[unit as keyof typeof UNITS];
  const whole = Math.round(exact);
  // 1.1d is a whole number of milliseconds that floating point misses by a hair; 1.5ms is none.
  return Number.isSafeInteger(whole) && Math.abs(exact - whole) < 1e-6 ? whole : null;
}

/**
 * Reads a length of time, in milliseconds.
 *
 * @param option path of the option, for the message.
 * @throws ImpactConfigurationError when it is none.
 */
export function parseDuration(value: unknown, option: string): number {
  const milliseconds = readDuration(value);
  if (milliseconds !== null) return milliseconds;
  throw new ImpactConfigurationError([
    {
      option,
      received: shown(value),
      rule: DURATION_RULE,
      fix: `write it like '500ms', '30s', '15m', '24h' or '30d'`,
    },
  ]);
}
