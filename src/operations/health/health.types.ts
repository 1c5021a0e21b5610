import type { Duration, ImpactMode } from '../../config/index.js';
import type { GateScope } from '../../ledger/index.js';

/** From when on something is a problem. */
export interface HealthLimits {
  /** Age of the oldest call that was not made; older is `down`. Default `'15m'`. */
  readonly oldestUnsent?: Duration;
  /** How long calls may be paused; longer is `down`, shorter is `degraded`. Default `'15m'`. */
  readonly paused?: Duration;
  /** How long a verdict may be overdue; longer is `degraded`. Default `'6h'`. */
  readonly verdictOverdue?: Duration;
  /** Sales that may wait for a person; more are `degraded`. Default 0. */
  readonly parked?: number;
  /** Claims that may be open; more are `degraded`. Default: any number, since they are settled in talks. */
  readonly openClaims?: number;
  /** A correction that is not done is `degraded` so long before its action locks. Default `'3d'`. */
  readonly lockingWithin?: Duration;
}

export type HealthStatus = 'up' | 'degraded' | 'down';

export interface HealthProblem {
  readonly what: 'oldest-unsent' | 'paused' | 'verdict-overdue' | 'parked' | 'open-claims' | 'locking-soon';
  readonly status: Exclude<HealthStatus, 'up'>;
  /** As a sentence, with what to do. */
  readonly words: string;
}

/** How the reporting of sales fares. Holds no secret, no order and no customer data. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly mode: ImpactMode;
  readonly problems: readonly HealthProblem[];
  /** Calls that are still to be made. */
  readonly backlog: number;
  readonly oldestUnsent: { readonly recordedAt: Date; readonly ageMs: number } | null;
  readonly paused: readonly {
    readonly scope: GateScope;
    readonly since: Date;
    readonly reason: string;
  }[];
  /** Sales that need a person. */
  readonly parked: number;
  /** When the last complete walk over the actions began; null before the first. */
  readonly lastWalk: Date | null;
  readonly verdictOverdueMs: number;
  /** Corrections that are not done and whose action locks within `lockingWithin`. */
  readonly correctionsLockingSoon: number;
  readonly openClaims: number;
  /** Calls of this hour, for every process. */
  readonly budget: { readonly perHour: number; readonly left: number };
}
