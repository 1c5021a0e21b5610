export const DAY = 86_400_000;

/** Midnight in UTC at or before a moment. */
export const dayOf = (at: number): number => at - (((at % DAY) + DAY) % DAY);

/** `2026-11-23`. */
export const dayName = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Each day that has a moment between the two, the second one left out. */
export function daysBetween(from: number, to: number): number[] {
  const days: number[] = [];
  for (let day = dayOf(from); day < to; day += DAY) days.push(day);
  return days;
}

export interface Month {
  /** `2026-11`. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly from: number;
}

/** The month of a moment and those before it, newest first, in UTC. */
export function monthsBefore(at: number, count: number): Month[] {
  const now = new Date(at);
  return Array.from({ length: count }, (_, back) => {
    const from = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1);
    return { name: new Date(from).toISOString().slice(0, 7), from };
  });
}
