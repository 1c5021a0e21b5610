const DAY = 86_400_000;
/** Clocks on earth are between UTC−12 and UTC+14, and no day begins further from midnight than that. */
const FURTHEST = 16 * 3_600_000;
/** Every offset in use is a multiple of 15 minutes, so no month begins in between. */
const STEP = 900_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** How the vendor writes the zone of an account: a name, or hours before or behind Greenwich. */
const HOURS = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?00)?$/;

/** The zone's name as `Intl` knows it; `null` when there is none. */
export function knownTimeZone(name: string): string | null {
  const [, sign, hours] = HOURS.exec(name.trim()) ?? [];
  // The sign of these names is the other way round: Etc/GMT+7 is seven hours behind Greenwich.
  const meant =
    hours === undefined
      ? name.trim()
      : `Etc/GMT${Number(hours) === 0 ? '' : `${sign === '-' ? '+' : '-'}${Number(hours)}`}`;
  try {
    return meant === ''
      ? null
      : new Intl.DateTimeFormat('en-US', { timeZone: meant }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** `2026-02-30` is no date. */
export function isCalendarDate(value: string): boolean {
  const [, year, month, day] = (DATE.exec(value) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Days and months as the account counts them, by `Intl` alone. */
export class AccountCalendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #months = new Map<number, string>();

  /** @param timeZone an IANA name. */
  constructor(readonly timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** The calendar date of a moment: `2026-10-01`. */
  dateOf(at: number): string {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
  }

  /** The month of a moment: `2026-10`. */
  monthOf(at: number): string {
    const step = Math.floor(at / STEP);
    const known = this.#months.get(step);
    if (known !== undefined) return known;
    const month = this.dateOf(at).slice(0, 7);
    this.#months.set(step, month);
    return month;
  }

  /**
   * The first moment of a calendar date, in epoch milliseconds: midnight, or where clocks are put forward then,
   * the moment after; a date that a zone has left out begins with the next one.
   */
  startOf(date: string): number {
    const middle = Date.parse(`${date}T00:00:00Z`);
    let before = middle - FURTHEST;
    let reached = middle + FURTHEST + DAY;
    while (reached - before > 1) {
      const between = Math.floor((before + reached) / 2);
      if (this.dateOf(between) >= date) reached = between;
      else before = between;
    }
    return reached;
  }

  /** The first moment after a month. */
  endOfMonth(month: string): number {
    const [year = 0, number = 0] = month.split('-').map(Number);
    const next = new Date(Date.UTC(year, number, 1)).toISOString();
    return this.startOf(next.slice(0, 10));
  }
}
