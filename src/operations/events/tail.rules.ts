import type { GateScope, Pause } from '../../ledger/index.js';

/** Ids that were not there when later ones were: of a transaction that was still open, or that was rolled back. */
export type Gap = readonly [from: number, to: number, since: number];

/** How far the story was told. */
export interface TailPosition {
  /** Everything up to it was told, but for the gaps. */
  readonly id: number;
  readonly gaps: readonly Gap[];
  /** Scope → beginning of the pause that was told last, while it lasts; epoch milliseconds. */
  readonly pauses: Readonly<Partial<Record<GateScope, number>>>;
}

/** By then an open transaction has committed, or was rolled back: as long as deliveries give it. */
export const LATE_COMMIT = 60_000;
/** A shop that rolls back all the time must not make the position grow: the oldest are given up. */
export const MOST_GAPS = 500;
/** What happened so long ago is news to nobody: told after somebody has begun to listen again. */
export const NO_NEWS = 24 * 3_600_000;

/**
 * The position after lines were told.
 *
 * @param ids of the lines, in any order; those in gaps are among them.
 * @param now epoch milliseconds.
 */
export function advanced(position: TailPosition, ids: readonly number[], now: number): TailPosition {
  const sorted = ids.toSorted((a, b) => a - b);
  const gaps = [...position.gaps];
  let { id } = position;
  for (const next of sorted) {
    if (next <= id) {
      fill(gaps, next);
      continue;
    }
    if (next > id + 1) gaps.push([id + 1, next - 1, now]);
    id = next;
  }
  return { ...position, id, gaps: gaps.slice(-MOST_GAPS) };
}

/** Without the gaps that nothing can come from any more. */
export function settled(position: TailPosition, now: number): TailPosition {
  const gaps = position.gaps.filter(([, , since]) => now - since < LATE_COMMIT);
  return gaps.length === position.gaps.length ? position : { ...position, gaps };
}

function fill(gaps: Gap[], id: number): void {
  const index = gaps.findIndex(([from, to]) => from <= id && id <= to);
  const gap = gaps[index];
  if (gap === undefined) return;
  const [from, to, since] = gap;
  const rest: Gap[] = [];
  if (from < id) rest.push([from, id - 1, since]);
  if (id < to) rest.push([id + 1, to, since]);
  gaps.splice(index, 1, ...rest);
}

export type PauseChange =
  | { readonly is: 'paused'; readonly pause: Pause }
  | { readonly is: 'resumed'; readonly scope: GateScope; readonly since: number };

/** What is new about the pauses: one that took another's place was over in between. */
export function pauseChanges(told: TailPosition['pauses'], standing: readonly Pause[]): PauseChange[] {
  const ended = (Object.entries(told) as [GateScope, number][])
    .filter(([scope, since]) => !standing.some((pause) => pause.scope === scope && pause.since === since))
    .map(([scope, since]) => ({ is: 'resumed', scope, since }) as const);
  const begun = standing
    .filter(({ scope, since }) => told[scope] !== since)
    .map((pause) => ({ is: 'paused', pause }) as const);
  return [...ended, ...begun];
}

export const pausesToTell = (standing: readonly Pause[]): TailPosition['pauses'] =>
  Object.fromEntries(standing.map(({ scope, since }) => [scope, since]));

/** What cannot be read counts for nothing. */
export function positionOf(stored: string): TailPosition | null {
  try {
    const { id, gaps, pauses } = JSON.parse(stored) as Partial<TailPosition>;
    return typeof id === 'number' ? { id, gaps: gaps ?? [], pauses: pauses ?? {} } : null;
  } catch {
    return null;
  }
}
