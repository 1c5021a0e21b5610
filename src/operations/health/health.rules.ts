import type { ImpactMode } from '../../config/index.js';
import type { HealthProblem, HealthReport, HealthStatus } from './health.types.js';
import type { Situation } from './situation.reader.js';

/** {@link HealthLimits} in milliseconds and numbers. */
export interface Limits {
  readonly oldestUnsent: number;
  readonly paused: number;
  readonly verdictOverdue: number;
  readonly parked: number;
  readonly openClaims: number;
}

/** What is wrong, the worst first. */
export function problemsOf(situation: Situation, limits: Limits): HealthProblem[] {
  const { now, backlog, pauses, parked, verdictDueAt, lockingSoon, openClaims } = situation;
  const problems: HealthProblem[] = [];
  const age = oldestAge(situation);
  if (backlog.length > 0 && age > limits.oldestUnsent) {
    problems.push({
      what: 'oldest-unsent',
      status: 'down',
      words: `The oldest call waits for ${span(age)}. Look for a pause, a budget that is used up, or no process that delivers.`,
    });
  }
  for (const { scope, since, reason } of pauses) {
    const lasts = now - since;
    problems.push({
      what: 'paused',
      status: lasts > limits.paused ? 'down' : 'degraded',
      words: `${SUBJECT[scope]} paused for ${span(lasts)}. ${reason}`,
    });
  }
  const overdue = overdueOf(situation);
  if (verdictDueAt !== null && overdue > limits.verdictOverdue) {
    problems.push({
      what: 'verdict-overdue',
      status: 'degraded',
      words: `A verdict is overdue for ${span(overdue)}. Look for paused look-ups, a budget that is used up, or no process that sweeps.`,
    });
  }
  if (parked > limits.parked) {
    problems.push({
      what: 'parked',
      status: 'degraded',
      words: `${parked} sale(s) need a person: explain() says why, and recording them again with corrected data mends them.`,
    });
  }
  if (lockingSoon > 0) {
    problems.push({
      what: 'locking-soon',
      status: 'degraded',
      words: `${lockingSoon} correction(s) are not done and their actions lock soon: after that only a claim is left.`,
    });
  }
  if (openClaims > limits.openClaims) {
    problems.push({
      what: 'open-claims',
      status: 'degraded',
      words: `${openClaims} claim(s) are open: settle them with the partners.`,
    });
  }
  return problems.toSorted((a, b) => RANK[b.status] - RANK[a.status]);
}

export function reportOf(situation: Situation, limits: Limits, mode: ImpactMode): HealthReport {
  const { backlog, pauses, walkedAt, parked, lockingSoon, openClaims, budget } = situation;
  const problems = problemsOf(situation, limits);
  const count = backlog.reduce((sum, one) => sum + one.count, 0);
  return {
    status: problems[0]?.status ?? 'up',
    mode,
    problems,
    backlog: count,
    oldestUnsent:
      count === 0
        ? null
        : {
            recordedAt: new Date(Math.min(...backlog.map(({ oldest }) => oldest))),
            ageMs: oldestAge(situation),
          },
    paused: pauses.map(({ scope, since, reason }) => ({ scope, since: new Date(since), reason })),
    parked,
    lastWalk: walkedAt === null ? null : new Date(walkedAt),
    verdictOverdueMs: overdueOf(situation),
    correctionsLockingSoon: lockingSoon,
    openClaims,
    budget,
  };
}

/** Milliseconds; 0 when nothing waits. */
export const oldestAge = ({ backlog, now }: Pick<Situation, 'backlog' | 'now'>): number =>
  Math.max(0, ...backlog.map(({ oldest }) => now - oldest));

/** Milliseconds; 0 when no verdict is late. */
export const overdueOf = ({ verdictDueAt, now }: Pick<Situation, 'verdictDueAt' | 'now'>): number =>
  verdictDueAt === null ? 0 : Math.max(0, now - verdictDueAt);

const RANK: Readonly<Record<HealthStatus, number>> = { up: 0, degraded: 1, down: 2 };

const SUBJECT = {
  all: 'All calls of the account are',
  sales: 'Calls for sales are',
  corrections: 'Calls for corrections are',
  reads: 'Look-ups are',
} as const;

function span(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
