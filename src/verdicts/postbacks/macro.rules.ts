/*
 * What a macro was replaced with, read with distrust: the list of macros, their formats and what becomes of
 * one that has no value are not published (docs/vendor-contract.md §10.2, §13).
 */

/** A macro that was not replaced, as it stands in the template. */
const UNREPLACED = /^\{[A-Za-z0-9_]*\}$/;
const NOTHING = /^(null|undefined|none|n\/a)$/i;

/** What was told, without the white space around it; null when nothing was. */
export function told(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return plainNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || UNREPLACED.test(text) || NOTHING.test(text) ? null : text;
}

/** `1e21` is no decimal; numbers that large are no amounts and no ids either. */
const plainNumber = (value: number): string | null => {
  const text = String(value);
  return text.includes('e') ? null : text;
};

/** `undefined`: not told, or not understood, so that what is known stays. */
export type Reading<T> = T | undefined;

export function decimalOf(value: unknown): Reading<string> {
  const text = told(value);
  return text !== null && /^-?\d{1,20}(\.\d{1,10})?$/.test(text) ? text : undefined;
}

export function currencyOf(value: unknown): Reading<string> {
  const text = told(value);
  return text !== null && /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : undefined;
}

/** An id of the vendor's: opaque, printable, and short enough for its column. */
export function idOf(value: unknown, longest = 64): Reading<string> {
  const text = told(value);
  return text !== null && text.length <= longest && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

const DATE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})$/i;
/** A plus that was not encoded arrives as a space. */
const LOST_PLUS = /(:\d{2}(?:\.\d{1,9})?) (\d{2}:?\d{2})$/;

/** Only with an offset: a date without one may be hours off, and a walk brings the right one. */
export function dateOf(value: unknown): Reading<Date> {
  const [, day, time, zone] = DATE.exec((told(value) ?? '').replace(LOST_PLUS, '$1+$2')) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const date = new Date(`${day}T${time}${offset}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export interface ToldState {
  readonly state: 'PENDING' | 'APPROVED' | 'REVERSED';
  readonly cleared: boolean;
}

const STATES: Readonly<Record<string, ToldState>> = {
  PENDING: { state: 'PENDING', cleared: false },
  TRACKED: { state: 'PENDING', cleared: false },
  NEW: { state: 'PENDING', cleared: false },
  CREATED: { state: 'PENDING', cleared: false },
  MODIFIED: { state: 'PENDING', cleared: false },
  APPROVED: { state: 'APPROVED', cleared: false },
  LOCKED: { state: 'APPROVED', cleared: false },
  CLEARED: { state: 'APPROVED', cleared: true },
  PAID: { state: 'APPROVED', cleared: true },
  REVERSED: { state: 'REVERSED', cleared: false },
  // docs/vendor-contract.md §12 #19: two words for one state.
  REJECTED: { state: 'REVERSED', cleared: false },
};

const stateIn = (value: unknown): ToldState | undefined => {
  const word = told(value)?.toUpperCase();
  return word !== undefined && Object.hasOwn(STATES, word) ? STATES[word] : undefined;
};

/**
 * @param status the macro `{Status}`.
 * @param detail the macro `{StatusDetail}`, of which only words for payment are understood.
 * @param event a word of the template's own, which says which notification it is.
 */
export function stateOf(status: unknown, detail: unknown, event: unknown): Reading<ToldState> {
  const said = stateIn(status) ?? stateIn(event);
  if (said === undefined || said.state === 'REVERSED') return said;
  const cleared = said.cleared || stateIn(detail)?.cleared === true || stateIn(event)?.cleared === true;
  return cleared ? { state: 'APPROVED', cleared } : said;
}
