import { SandboxOptionError } from '../sandbox.errors.js';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const DAY = 86_400_000;

/** `'500ms'`, `'2s'`, `'20m'`, `'1.5h'`, `'30d'`, or a number of milliseconds. */
export function milliseconds(value: string | number, option: string): number {
  if (typeof value === 'number') {
    if (Number.isFinite(value) && value >= 0) return value;
  } else {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim());
    const unit = UNITS[match?.[2] ?? ''];
    if (match && unit !== undefined) return Number(match[1]) * unit;
  }
  throw new SandboxOptionError(
    option,
    value,
    'give milliseconds, or text such as "500ms", "2s", "20m", "30d".',
  );
}

/** Where a journey in time ends: an absolute date, or `'+40d'` / `'-2h'` from `now`. */
export function destination(to: Date | string, now: Date): Date {
  if (to instanceof Date) {
    if (!Number.isNaN(to.getTime())) return to;
  } else if (/^[+-]/.test(to.trim())) {
    const step = milliseconds(to.trim().slice(1), 'travel');
    return new Date(now.getTime() + (to.trim().startsWith('-') ? -step : step));
  } else {
    const date = new Date(to);
    if (!Number.isNaN(date.getTime())) return date;
  }
  throw new SandboxOptionError(
    'travel',
    String(to),
    'give a Date, an ISO 8601 date, or text such as "+40d".',
  );
}
