import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  type Row,
  run,
  type Script,
  text,
} from '../database/index.js';
import type { Stamp } from './ledger.types.js';

/** What is paused: every call of the account, or one kind of call. */
export type GateScope = 'all' | 'sales' | 'corrections' | 'reads';

export interface Pause {
  readonly scope: GateScope;
  readonly since: number;
  readonly until: number;
  readonly reason: string;
  readonly failures: number;
}

const HOUR = 3_600_000;

/**
 * One gate per account, shared by every process on the database.
 *
 * A pause that has run out leaves the gate ajar: one call goes through as a probe, and only its success
 * opens the gate. So an outage, or a token that expired, costs probes and not one failed call per row.
 */
@Injectable()
export class AccountGate {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  /** Shuts the gate. The beginning of a pause that goes on is kept, and its failures are counted. */
  *pause(stamp: Stamp, scope: GateScope, duration: number, reason: string): Script<void> {
    const now = this.database.now();
    yield* run(
      this.database.dialect.upsert(
        {
          table: 'impact_accounts',
          columns: ['account', 'environment', 'scope', 'reason', 'failures', 'window_calls', 'positions'],
          computed: {
            paused_until: `${now} + ${Math.trunc(duration)}`,
            paused_since: now,
            window_started_at: '0',
          },
          conflict: ['account', 'environment', 'scope'],
        },
        // The order matters on MySQL, which sees the columns that were assigned before.
        (excluded) => ({
          paused_since: `CASE WHEN impact_accounts.failures = 0 THEN ${excluded('paused_since')} ELSE impact_accounts.paused_since END`,
          paused_until: excluded('paused_until'),
          reason: excluded('reason'),
          failures: 'impact_accounts.failures + 1',
        }),
      ),
      [stamp.account, stamp.environment, scope, reason, 1, 0, '{}'],
    );
  }

  /** Opens the gate and credits the rows that waited behind it with the time they were held up. */
  *resume(stamp: Stamp, scope: GateScope): Script<boolean> {
    const { rows } = yield* run(
      `SELECT scope, paused_since FROM impact_accounts WHERE account = ? AND environment = ? AND scope = ? AND failures > 0`,
      [stamp.account, stamp.environment, scope],
    );
    if (rows[0] === undefined) return false;
    const { affected } = yield* run(
      `UPDATE impact_accounts SET failures = 0, paused_until = 0, reason = '' WHERE account = ? AND environment = ? AND scope = ? AND failures > 0`,
      [stamp.account, stamp.environment, scope],
    );
    if (affected === 0) return false;
    const since = integer(rows[0], 'paused_since');
    const kinds = kindsBehind(scope);
    if (kinds.length === 0) return true;
    yield* run(
      `UPDATE impact_deliveries SET paused_for = paused_for + ${this.database.now()} - ` +
        `${this.database.dialect.greatest('recorded_at', String(since))} ` +
        `WHERE account = ? AND environment = ? AND due_at IS NOT NULL AND kind IN (${kinds.map(() => '?').join(', ')})`,
      [stamp.account, stamp.environment, ...kinds],
    );
    return true;
  }

  *pauses(stamp: Stamp): Script<Pause[]> {
    const { rows } = yield* run(
      `SELECT scope, paused_since, paused_until, reason, failures FROM impact_accounts ` +
        `WHERE account = ? AND environment = ? AND failures > 0`,
      [stamp.account, stamp.environment],
    );
    return rows.map(pauseOf);
  }

  /**
   * Takes up to `wanted` calls out of the account's hourly budget and answers how many it got.
   * One fixed hour per account, counted in the database, so that all processes share it.
   */
  *take(stamp: Stamp, wanted: number, perHour: number): Script<number> {
    const now = this.database.now();
    yield* run(
      this.database.dialect.insertIgnore({
        table: 'impact_accounts',
        columns: [
          'account',
          'environment',
          'scope',
          'reason',
          'failures',
          'paused_until',
          'paused_since',
          'window_calls',
          'positions',
        ],
        computed: { window_started_at: now },
        conflict: ['account', 'environment', 'scope'],
      }),
      [stamp.account, stamp.environment, 'all', '', 0, 0, 0, 0, '{}'],
    );
    yield* run(
      `UPDATE impact_accounts SET window_calls = 0, window_started_at = ${now} ` +
        `WHERE account = ? AND environment = ? AND scope = 'all' AND window_started_at <= ${now} - ${HOUR}`,
      [stamp.account, stamp.environment],
    );
    const { rows } = yield* run(
      `SELECT window_calls FROM impact_accounts WHERE account = ? AND environment = ? AND scope = 'all'${this.database.dialect.lockRow}`,
      [stamp.account, stamp.environment],
    );
    const left = Math.max(0, perHour - integer(rows[0]!, 'window_calls'));
    const taken = Math.min(wanted, left);
    if (taken > 0) yield* this.#count(stamp, taken);
    return taken;
  }

  /** Gives back calls that were taken and not made. */
  *giveBack(stamp: Stamp, calls: number): Script<void> {
    if (calls > 0) yield* this.#count(stamp, -calls);
  }

  *#count(stamp: Stamp, calls: number): Script<void> {
    yield* run(
      `UPDATE impact_accounts SET window_calls = ${this.database.dialect.greatest('0', `window_calls + ${Math.trunc(calls)}`)} ` +
        `WHERE account = ? AND environment = ? AND scope = 'all'`,
      [stamp.account, stamp.environment],
    );
  }
}

const kindsBehind = (scope: GateScope): string[] => {
  if (scope === 'all') return ['sale', 'correction'];
  if (scope === 'sales') return ['sale'];
  return scope === 'corrections' ? ['correction'] : [];
};

const pauseOf = (row: Row): Pause => ({
  scope: text(row, 'scope') as GateScope,
  since: integer(row, 'paused_since'),
  until: integer(row, 'paused_until'),
  reason: text(row, 'reason'),
  failures: integer(row, 'failures'),
});
