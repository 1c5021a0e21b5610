const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** ISO 8601 with time and zone, and a day that exists; `null` for anything else. */
export function zonedDate(value: string): Date | null {
  if (!ZONED.test(value)) return null;
  const date = new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(date.getTime())) return null;
  const day = Number(value.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
  return day <= lastDay ? date : null;
}

const offsetMinutes = (offset: string): number => {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return offset.startsWith('-') ? -minutes : minutes;
};

/** As the vendor prints dates: whole seconds with the account's offset. */
export function printDate(date: Date, offset: string): string {
  return new Date(date.getTime() + offsetMinutes(offset) * 60_000).toISOString().slice(0, 19) + offset;
}

/** Midnight of the account's day that holds `date`. */
export function midnight(date: Date, offset: string): Date {
  const shift = offsetMinutes(offset) * 60_000;
  const day = 86_400_000;
  return new Date(Math.floor((date.getTime() + shift) / day) * day - shift);
}
