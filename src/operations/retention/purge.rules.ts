import { NOWHERE, type PurgeKind, type PurgePosition, type PurgePositions } from './retention.types.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What the database says when it is asked whether there is anything to purge. */
export interface PurgeOutlook {
  readonly now: number;
  readonly positions: PurgePositions;
  /** When the first sale was recorded that a kind of purge has not looked at; null when there is none. */
  readonly next: Readonly<Record<PurgeKind, number | null>>;
  /** Clicks have expired since the last look. */
  readonly clicks: boolean;
}

/** How long each kind of thing is kept, in milliseconds. */
export type Keeping = Readonly<Record<PurgeKind, number>>;

export type PurgePlan =
  | { readonly is: 'wait'; readonly for: number }
  /** `deep`: what was left because it was not settled is looked at again. */
  | { readonly is: 'purge'; readonly deep: boolean };

/** Whether there is something to do: once an hour for all processes together. */
export function planPurge({ now, positions, next, clicks }: PurgeOutlook, keeping: Keeping): PurgePlan {
  const since = now - positions.ranAt;
  // Another process has purged within the hour. A clock that was put back must not stop it for ever.
  if (since >= 0 && since < HOUR) return { is: 'wait', for: HOUR - since };
  const left = positions.customerData.left !== null || positions.deliveries.left !== null;
  const deep = left && Math.abs(now - positions.deepAt) >= DAY;
  const isDue = (kind: PurgeKind): boolean => next[kind] !== null && next[kind] <= now - keeping[kind];
  if (deep || clicks || isDue('customerData') || isDue('deliveries')) return { is: 'purge', deep };
  return { is: 'wait', for: HOUR };
}

/** One sale on the way through them. */
export interface PassedSale {
  readonly id: string;
  /** Its time had come, and it was not settled. */
  readonly left: boolean;
}

/** A way through the sales, in the order of their ids. */
export interface PurgeWalk {
  readonly position: PurgePosition;
  /** Begins with what had been left, and not behind what was looked at. */
  readonly deep: boolean;
  /** The next page begins here. */
  readonly cursor: { readonly id: string; readonly inclusive: boolean };
  /** The first sale of this walk that was left. */
  readonly found: string | null;
}

export function walkFrom(position: PurgePosition, deep: boolean): PurgeWalk {
  const { after, left } = position;
  return deep && left !== null
    ? { position, deep, cursor: { id: left, inclusive: true }, found: null }
    : { position, deep: false, cursor: { id: after, inclusive: false }, found: null };
}

/**
 * The walk behind a page. Its position is good to be stored at any moment: whoever goes on from there misses
 * nothing.
 *
 * @param ended there is no further page whose time has come.
 */
export function walked(walk: PurgeWalk, page: readonly PassedSale[], ended: boolean): PurgeWalk {
  const { position, deep } = walk;
  const last = page.at(-1)?.id ?? walk.cursor.id;
  const found = walk.found ?? page.find(({ left }) => left)?.id ?? null;
  const after = last > position.after ? last : position.after;
  const left = deep ? (found ?? (ended ? null : last)) : (position.left ?? found);
  return { position: { after, left }, deep, cursor: { id: last, inclusive: false }, found };
}

/** What cannot be read counts for nothing: everything is looked at again. */
export function positionsOf(stored: string | null): PurgePositions {
  if (stored === null) return NOWHERE;
  try {
    const given = JSON.parse(stored) as Partial<PurgePositions> | null;
    return { ...NOWHERE, ...given };
  } catch {
    return NOWHERE;
  }
}
