import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  type Row,
  run,
  type SqlValue,
  text,
} from '../../database/index.js';
import type { DeliveryKind, GateScope } from '../../ledger/index.js';

/** Calls of one kind that are still to be made. */
export interface Waiting {
  readonly kind: DeliveryKind;
  readonly count: number;
  /** When the oldest of them was recorded; epoch milliseconds. */
  readonly oldest: number;
}

/** How things stand. Times are epoch milliseconds by the database's clock. */
export interface Situation {
  readonly now: number;
  readonly backlog: readonly Waiting[];
  readonly pauses: readonly {
    readonly scope: GateScope;
    readonly since: number;
    readonly until: number;
    readonly reason: string;
  }[];
  /** Sales that need a person. */
  readonly parked: number;
  /** When the verdict that waits longest was due; null when none waits. */
  readonly verdictDueAt: number | null;
  /** When the last complete walk over the actions began; null before the first. */
  readonly walkedAt: number | null;
  /** Corrections that are not done and whose action locks soon. */
  readonly lockingSoon: number;
  readonly openClaims: number;
  /** Calls of this hour, for every process. */
  readonly budget: { readonly perHour: number; readonly left: number };
}

const HOUR = 3_600_000;
const OF = `account = ? AND environment = ?`;
/** The same where no index may be chosen for it: SQLite would read all sales of an account. */
const STAMPED = `COALESCE(account, '') = ? AND COALESCE(environment, '') = ?`;

/** Reads how things stand, in three statements that stay quick when there are many sales. */
@Injectable()
export class SituationReader {
  readonly #of: readonly SqlValue[];

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
  ) {
    this.#of = [options.accountSid, options.environment];
  }

  /** @param lockingWithin milliseconds. */
  async read(lockingWithin: number): Promise<Situation> {
    const of = this.#of;
    const now = this.database.now();
    const [counts, waiting, accounts] = await this.database.read(function* () {
      const scalars = yield* run(
        `SELECT ${now} AS now, ` +
          `(SELECT count(*) FROM impact_conversions WHERE state = 'UNDELIVERABLE' AND ${OF}) AS parked, ` +
          `(SELECT verdict_due_at FROM impact_conversions WHERE ${STAMPED} AND verdict_due_at IS NOT NULL ORDER BY verdict_due_at LIMIT 1) AS verdict_due_at, ` +
          `(SELECT count(*) FROM impact_corrections WHERE ${OF} AND claim IS NOT NULL AND settled_at IS NULL) AS open_claims, ` +
          `(SELECT count(*) FROM impact_corrections k JOIN impact_conversions c ON c.id = k.conversion ` +
          `WHERE k.account = ? AND k.environment = ? AND k.state IN ('held', 'queued', 'sent') AND c.state = 'CREDITED' ` +
          `AND c.locking_at > ${now} AND c.locking_at <= ${now} + ${Math.trunc(lockingWithin)}) AS locking_soon`,
        [...of, ...of, ...of, ...of],
      );
      const backlog = yield* run(
        `SELECT kind, count(*) AS waiting, min(recorded_at) AS oldest FROM impact_deliveries ` +
          // All priorities by name: the index can be used to its end.
          `WHERE ${OF} AND priority IN (0, 1, 2) AND due_at IS NOT NULL GROUP BY kind ORDER BY kind`,
        of,
      );
      const gates = yield* run(
        `SELECT scope, paused_since, paused_until, reason, failures, window_started_at, window_calls, positions ` +
          `FROM impact_accounts WHERE ${OF} ORDER BY scope`,
        of,
      );
      return [scalars.rows[0]!, backlog.rows, gates.rows] as const;
    });
    const at = integer(counts, 'now');
    return {
      now: at,
      backlog: waiting.map((row) => ({
        kind: text(row, 'kind') as DeliveryKind,
        count: integer(row, 'waiting'),
        oldest: integer(row, 'oldest'),
      })),
      pauses: accounts
        .filter((row) => integer(row, 'failures') > 0)
        .map((row) => ({
          scope: text(row, 'scope') as GateScope,
          since: integer(row, 'paused_since'),
          until: integer(row, 'paused_until'),
          reason: text(row, 'reason'),
        })),
      parked: integer(counts, 'parked'),
      verdictDueAt: integerOrNull(counts, 'verdict_due_at'),
      walkedAt: walkedAt(accounts.find((row) => text(row, 'scope') === 'walk')),
      lockingSoon: integer(counts, 'locking_soon'),
      openClaims: integer(counts, 'open_claims'),
      budget: this.#budget(
        accounts.find((row) => text(row, 'scope') === 'all'),
        at,
      ),
    };
  }

  #budget(row: Row | undefined, now: number): Situation['budget'] {
    const perHour = this.options.delivery.maxRequestsPerHour;
    const isOver = row === undefined || now - integer(row, 'window_started_at') >= HOUR;
    return { perHour, left: isOver ? perHour : Math.max(0, perHour - integer(row, 'window_calls')) };
  }
}

function walkedAt(row: Row | undefined): number | null {
  if (row === undefined) return null;
  const { walkedAt: at } = json(row, 'positions') as { walkedAt?: unknown };
  return typeof at === 'number' ? at : null;
}
