import type { SandboxActionChange } from '../sandbox.types.js';
import type { ActionRecord } from '../state/action.record.js';
import { clearedDate, isLocked } from './action.rules.js';

/** A line of an action's life as its page shows it. */
export interface TimelineEntry {
  readonly at: Date;
  readonly kind: SandboxActionChange['kind'] | 'approved' | 'cleared';
  readonly reason: string;
  readonly submissionId: string | null;
  /** `null` for what changes no money. */
  readonly change: Pick<SandboxActionChange, 'deltaAmount' | 'deltaPayout'> | null;
  readonly amount: string;
  readonly payout: string;
}

/** The updates, and what time alone has done: locking approves, and clearing follows (docs/vendor-contract.md §5.6). */
export function timelineOf(action: ActionRecord, clearingAfter: number, now: Date): TimelineEntry[] {
  const updates = action.history.map((entry) => ({ ...entry, change: entry }));
  const { amount, payout } = action;
  const moment = (kind: 'approved' | 'cleared', at: Date): TimelineEntry => ({
    at,
    kind,
    reason: kind === 'approved' ? 'locking date' : 'clearing date',
    submissionId: null,
    change: null,
    amount,
    payout,
  });
  const cleared = clearedDate(action, clearingAfter, now);
  return [
    ...updates,
    ...(isLocked(action, now) && !action.reversed ? [moment('approved', action.lockingDate)] : []),
    ...(cleared ? [moment('cleared', cleared)] : []),
  ].toSorted((left, right) => left.at.getTime() - right.at.getTime());
}
