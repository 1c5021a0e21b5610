import type { CaptureCounts } from '../../capture/index.js';
import type { PostbackCounts } from '../../verdicts/index.js';
import { oldestAge, overdueOf, type Situation } from '../health/index.js';
import type { Labels } from './instruments.js';
import type { ObservableKey } from './metric.catalog.js';

/** A value of an observable. */
export interface Observed {
  readonly key: ObservableKey;
  readonly value: number;
  readonly labels: Labels;
}

const one = (key: ObservableKey, value: number, labels: Labels = {}): Observed => ({ key, value, labels });

const byReason = (key: ObservableKey, counts: Readonly<Partial<Record<string, number>>>): Observed[] =>
  Object.entries(counts).map(([reason, count]) => one(key, count ?? 0, { 'impact.reason': reason }));

/** What this process has seen since it started. */
export function countedHere(landings: CaptureCounts, postbacks: PostbackCounts): Observed[] {
  return [
    one('landingsSeen', landings.seen),
    one('landingsCaptured', landings.captured),
    one('landingsFailed', landings.failed),
    ...byReason('landingsIgnored', landings.ignored),
    one('postbacksReceived', postbacks.received),
    one('postbacksApplied', postbacks.applied),
    ...byReason('postbacksIgnored', postbacks.ignored),
  ];
}

/** What the database tells every process. */
export function readFrom(situation: Situation): Observed[] {
  const { now, backlog, pauses, parked, walkedAt, lockingSoon, openClaims, budget } = situation;
  const waiting = new Map(backlog.map(({ kind, count }) => [kind, count]));
  const paused = new Set(pauses.map(({ scope }) => scope));
  return [
    ...(['sale', 'modification', 'reversal'] as const).map((kind) =>
      one('backlog', waiting.get(kind) ?? 0, { 'impact.call': kind }),
    ),
    one('oldestUnsent', oldestAge(situation) / 1000),
    ...(['all', 'sales', 'corrections', 'reads'] as const).map((scope) =>
      one('paused', paused.has(scope) ? 1 : 0, { 'impact.scope': scope }),
    ),
    one('parked', parked),
    one('verdictOverdue', overdueOf(situation) / 1000),
    ...(walkedAt === null ? [] : [one('walkAge', Math.max(0, now - walkedAt) / 1000)]),
    one('lockingSoon', lockingSoon),
    one('openClaims', openClaims),
    one('budgetLimit', budget.perHour),
    one('budgetLeft', budget.left),
  ];
}
