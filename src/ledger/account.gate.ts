import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  json,
  type Row,
  run,
  type Script,
  storable,
  text,
} from '../database/index.js';
import type { Stamp } from './ledger.types.js';
import { type PauseSpan, withSpan } from './pause-spans.rules.js';

/** What is paused: every call of the account, or one kind of call. */
export type GateScope = 'all' | 'sales' | 'corrections' | 'reads';

export interface Pause {
  readonly scope: GateScope;
  readonly since: number;
  readonly until: number;
  readonly reason: string;
  readonly failures: number;
}

/** The right to open the gate: void as soon as somebody else has moved the end of the pause. */
export interface Probe {
  readonly scope: GateScope;
  /** Epoch milliseconds: where the claim has moved the end of the pause to. */
  readonly until: number;
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

  /**
   * Shuts the gate. The beginning of a pause that goes on is kept.
   *
   * Counted is the failure that shuts it, and each failed probe: calls that were under way together fail
   * together, which says no more than one of them.
   *
   * @param probe what the failed call was the probe of.
   */
  *pause(
    stamp: Stamp,
    scope: GateScope,
    duration: number,
    reason: string,
    probe: Probe | null = null,
  ): Script<void> {
    const now = this.database.now();
    const old = (column: string): string => `impact_accounts.${column}`;
    const counts = `(${old('failures')} = 0 OR ${old('paused_until')} <= ${now} OR ${old('paused_until')} = ${probe?.until ?? -1})`;
    yield* run(
      this.database.dialect.upsert(
        {
          table: 'impact_accounts',
          columns: [
            'account',
            'environment',
            'scope',
            'reason',
            'failures',
            'window_calls',
            'positions',
            'paused_spans',
          ],
          computed: {
            paused_until: `${now} + ${Math.trunc(duration)}`,
            paused_since: now,
            window_started_at: '0',
          },
          conflict: ['account', 'environment', 'scope'],
        },
        // The order matters on MySQL, which sees the columns that were assigned before.
        (excluded) => ({
          paused_since: `CASE WHEN ${old('failures')} = 0 THEN ${excluded('paused_since')} ELSE ${old('paused_since')} END`,
          reason: excluded('reason'),
          failures: `CASE WHEN ${counts} THEN ${old('failures')} + 1 ELSE ${old('failures')} END`,
          paused_until: `CASE WHEN ${old('paused_until')} = ${probe?.until ?? -1} THEN ${excluded('paused_until')} ELSE ${this.database.dialect.greatest(old('paused_until'), excluded('paused_until'))} END`,
        }),
      ),
      [stamp.account, stamp.environment, scope, storable(reason), 1, 0, '{}', '[]'],
    );
  }

  /** Keeps the gate shut for others while its probe is under way, without counting a failure. */
  *hold(stamp: Stamp, { scope, until }: Probe): Script<void> {
    yield* run(
      `UPDATE impact_accounts SET paused_until = ? WHERE account = ? AND environment = ? AND scope = ?`,
      [until, stamp.account, stamp.environment, scope],
    );
  }

  /** The probe was never made: the next call may be it. */
  *leaveAjar(stamp: Stamp, { scope, until }: Probe): Script<void> {
    yield* run(
      `UPDATE impact_accounts SET paused_until = ${this.database.now()} ` +
        `WHERE account = ? AND environment = ? AND scope = ? AND paused_until = ?`,
      [stamp.account, stamp.environment, scope, until],
    );
  }

  /**
   * Opens the gate and keeps for how long it was shut: that time does not age what waited behind it.
   *
   * Only the probe of the pause that still stands can do that: a call that began before the pause says
   * nothing about it.
   */
  *resume(stamp: Stamp, { scope, until }: Probe): Script<void> {
    const pause = [stamp.account, stamp.environment, scope, until];
    const { rows } = yield* run(
      `SELECT paused_since, paused_spans, ${this.database.now()} AS now FROM impact_accounts ` +
        `WHERE account = ? AND environment = ? AND scope = ? AND paused_until = ? AND failures > 0${this.database.dialect.lockRow}`,
      pause,
    );
    if (rows[0] === undefined) return;
    const spans = withSpan(spansOf(rows[0]), [integer(rows[0], 'paused_since'), integer(rows[0], 'now')]);
    yield* run(
      `UPDATE impact_accounts SET failures = 0, paused_until = 0, reason = '', paused_spans = ? ` +
        `WHERE account = ? AND environment = ? AND scope = ? AND paused_until = ?`,
      [JSON.stringify(spans), ...pause],
    );
  }

  /** When calls of a kind were paused, the pause that stands included. */
  *spans(stamp: Stamp): Script<(kind: keyof typeof SCOPE_OF) => PauseSpan[]> {
    const { rows } = yield* run(
      `SELECT scope, failures, paused_since, paused_spans, ${this.database.now()} AS now ` +
        `FROM impact_accounts WHERE account = ? AND environment = ?`,
      [stamp.account, stamp.environment],
    );
    const byScope = new Map(
      rows.map((row) => [
        text(row, 'scope'),
        integer(row, 'failures') > 0
          ? withSpan(spansOf(row), [integer(row, 'paused_since'), integer(row, 'now')])
          : spansOf(row),
      ]),
    );
    return (kind) => [...(byScope.get('all') ?? []), ...(byScope.get(SCOPE_OF[kind]) ?? [])];
  }

  /** @param options.lock until the end of the transaction nobody else moves the gate or takes from the budget. */
  *pauses(stamp: Stamp, options: { lock?: boolean } = {}): Script<Pause[]> {
    const { rows } = yield* run(
      `SELECT scope, paused_since, paused_until, reason, failures FROM impact_accounts ` +
        `WHERE account = ? AND environment = ? ORDER BY scope${options.lock === true ? this.database.dialect.lockRow : ''}`,
      [stamp.account, stamp.environment],
    );
    return rows.map(pauseOf).filter(({ failures }) => failures > 0);
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
          'paused_spans',
        ],
        computed: { window_started_at: now },
        conflict: ['account', 'environment', 'scope'],
      }),
      [stamp.account, stamp.environment, 'all', '', 0, 0, 0, 0, '{}', '[]'],
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

/** The vendor grants reports and corrections apart, so they are paused apart. */
export const SCOPE_OF = { sale: 'sales', modification: 'corrections', reversal: 'corrections' } as const;

const spansOf = (row: Row): PauseSpan[] => json(row, 'paused_spans') as PauseSpan[];

export const pauseOf = (row: Row): Pause => ({
  scope: text(row, 'scope') as GateScope,
  since: integer(row, 'paused_since'),
  until: integer(row, 'paused_until'),
  reason: text(row, 'reason'),
  failures: integer(row, 'failures'),
});
