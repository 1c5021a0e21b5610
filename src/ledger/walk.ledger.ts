import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  newId,
  padded,
  placeholders,
  type RecordsetColumns,
  run,
  type Script,
  text,
  textOrNull,
} from '../database/index.js';
import { storeScope, takeLease } from './account.lease.js';
import { lookAgainAt } from './action.rules.js';
import type { ActionFacts, Stamp } from './ledger.types.js';
import type { DueAction, WalkAgenda, WalkLease, WalkOutlook, WalkPositions } from './walk.types.js';

const AGAIN_COLUMNS: RecordsetColumns = { v_id: 'key', v_was: 'integer', v_due: 'integer' };
const WITH_ACTION = `state IN ('CREDITED', 'APPROVED', 'REVERSED')`;

/**
 * Who walks over the actions, how far the walks have come, and what they are for.
 *
 * The lease is the row of the scope `walk`: one process of an account at a time. A process that dies leaves a
 * lease that runs out, and the positions of the parts that it had finished.
 */
@Injectable()
export class WalkLedger {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  async outlook(stamp: Stamp): Promise<WalkOutlook> {
    const { database } = this;
    const of = `account = ? AND environment = ?`;
    const values = [stamp.account, stamp.environment];
    const { rows } = await database.read(() =>
      run(
        `SELECT ${database.now()} AS now, ` +
          `(SELECT min(verdict_due_at) FROM impact_conversions WHERE ${of} AND verdict_due_at IS NOT NULL) AS due_at, ` +
          `(SELECT min(due_at) FROM impact_corrections WHERE ${of} AND due_at IS NOT NULL) AS correction_due_at, ` +
          `(SELECT positions FROM impact_accounts WHERE ${of} AND scope = 'walk') AS positions, ` +
          `CASE WHEN EXISTS (SELECT 1 FROM impact_conversions WHERE state = 'CREDITED' AND ${of}) THEN 1 ELSE 0 END AS watched`,
        [...values, ...values, ...values, ...values],
      ),
    );
    const row = rows[0]!;
    return {
      now: integer(row, 'now'),
      dueAt: integerOrNull(row, 'due_at'),
      correctionDueAt: integerOrNull(row, 'correction_due_at'),
      watched: integer(row, 'watched') === 1,
      positions: positionsOf(textOrNull(row, 'positions')),
    };
  }

  /** Null while another process walks. */
  async acquire(stamp: Stamp, duration: number): Promise<WalkLease | null> {
    const { database } = this;
    const token = newId();
    return database.write(function* () {
      yield* storeScope(database, stamp, 'walk');
      if (!(yield* takeLease(database, stamp, 'walk', token, duration))) return null;
      const { rows } = yield* run(`SELECT ${database.now()} AS now`);
      return { token, at: integer(rows[0]!, 'now') };
    });
  }

  /** `false` when the lease has run out and another process has taken it. */
  async renew(stamp: Stamp, { token }: WalkLease, duration: number): Promise<boolean> {
    const { database } = this;
    const until = `${database.now()} + ${Math.trunc(duration)}`;
    const { affected } = await database.statement(
      // Always another value: a database may not count a row that stays as it is.
      `UPDATE impact_accounts SET lease_until = ${database.dialect.greatest('lease_until + 1', until)} ` +
        `WHERE account = ? AND environment = ? AND scope = 'walk' AND lease_token = ?`,
      [stamp.account, stamp.environment, token],
    );
    return affected > 0;
  }

  async release(stamp: Stamp, { token }: WalkLease): Promise<void> {
    await this.database.statement(
      `UPDATE impact_accounts SET lease_token = NULL, lease_until = NULL ` +
        `WHERE account = ? AND environment = ? AND scope = 'walk' AND lease_token = ?`,
      [stamp.account, stamp.environment, token],
    );
  }

  async positions(stamp: Stamp): Promise<WalkPositions> {
    const { rows } = await this.database.read(() =>
      run(`SELECT positions FROM impact_accounts WHERE account = ? AND environment = ? AND scope = 'walk'`, [
        stamp.account,
        stamp.environment,
      ]),
    );
    return positionsOf(rows[0] === undefined ? null : textOrNull(rows[0], 'positions'));
  }

  /** Only whoever holds the lease moves a position. */
  async move(stamp: Stamp, { token }: WalkLease, positions: WalkPositions): Promise<void> {
    await this.database.statement(
      `UPDATE impact_accounts SET positions = ? WHERE account = ? AND environment = ? AND scope = 'walk' AND lease_token = ?`,
      [JSON.stringify(positions), stamp.account, stamp.environment, token],
    );
  }

  /**
   * @param at what became due until then.
   * @param options.beginning whether it matters since when something is unsettled: that is a look at every such sale.
   */
  async agenda(
    stamp: Stamp,
    at: number,
    giveUpAfter: number,
    options: { readonly beginning: boolean },
  ): Promise<WalkAgenda> {
    const of = [stamp.account, stamp.environment];
    const givenUp = `state = 'SENT' AND sent_at <= ${at - Math.trunc(giveUpAfter)}`;
    const self = this;
    const [rows, unsettledSince] = await this.database.read(function* () {
      const sales = yield* run(
        `SELECT sum(CASE WHEN state = 'SENT' THEN 1 ELSE 0 END) AS sent, ` +
          `sum(CASE WHEN ${WITH_ACTION} THEN 1 ELSE 0 END) AS settled, ` +
          `min(CASE WHEN ${WITH_ACTION} AND locking_at <= ${at} THEN locking_at END) AS locked_from, ` +
          `max(CASE WHEN ${WITH_ACTION} AND locking_at <= ${at} THEN locking_at END) AS locked_to ` +
          `FROM impact_conversions WHERE account = ? AND environment = ? AND verdict_due_at <= ${at}`,
        of,
      );
      const others = yield* run(
        `SELECT (SELECT min(c.recorded_at) FROM impact_conversions c JOIN impact_deliveries d ON d.conversion = c.id ` +
          `WHERE c.account = ? AND c.environment = ? AND c.verdict_due_at <= ${at} AND ${givenUp} ` +
          `AND d.sequence = 0 AND (d.priority = 0 OR c.click_id IS NOT NULL)) AS missing_since, ` +
          `(SELECT count(*) FROM impact_corrections WHERE account = ? AND environment = ? AND due_at <= ${at} ` +
          `AND state = 'sent') AS corrections`,
        [...of, ...of],
      );
      const since = options.beginning ? yield* self.#unsettledSince(stamp) : null;
      return [{ ...sales.rows[0]!, ...others.rows[0]! }, since] as const;
    });
    return {
      sent: integerOrNull(rows, 'sent') ?? 0,
      settled: integerOrNull(rows, 'settled') ?? 0,
      lockedFrom: integerOrNull(rows, 'locked_from'),
      lockedTo: integerOrNull(rows, 'locked_to'),
      missingSince: integerOrNull(rows, 'missing_since'),
      unsettledSince,
      corrections: integer(rows, 'corrections'),
    };
  }

  /** The oldest of: a sale that waits for something, a correction that was sent, an attempt that may have arrived. */
  *#unsettledSince(stamp: Stamp): Script<number | null> {
    const of = [stamp.account, stamp.environment];
    const { rows } = yield* run(
      `SELECT min(since) AS since FROM (` +
        `SELECT min(recorded_at) AS since FROM impact_conversions WHERE account = ? AND environment = ? AND verdict_due_at IS NOT NULL ` +
        `UNION ALL SELECT min(sent_at) FROM impact_corrections WHERE account = ? AND environment = ? AND due_at IS NOT NULL ` +
        `AND state = 'sent' ` +
        `UNION ALL SELECT min(unknown_since) FROM impact_deliveries WHERE account = ? AND environment = ? AND due_at IS NOT NULL` +
        `) AS unsettled`,
      [...of, ...of, ...of],
    );
    return integerOrNull(rows[0]!, 'since');
  }

  /** Sales with an action that were to be looked at. */
  async dueActions(stamp: Stamp, at: number, limit: number): Promise<DueAction[]> {
    const { rows } = await this.database.read(() =>
      run(
        `SELECT id, state, action_id, locking_at, verdict_looks, verdict_due_at FROM impact_conversions ` +
          `WHERE account = ? AND environment = ? AND verdict_due_at <= ? AND ${WITH_ACTION} ORDER BY verdict_due_at LIMIT ?`,
        [stamp.account, stamp.environment, at, limit],
      ),
    );
    return rows.map((row) => ({
      id: text(row, 'id'),
      state: text(row, 'state') as DueAction['state'],
      actionId: textOrNull(row, 'action_id'),
      lockingAt: integerOrNull(row, 'locking_at'),
      looks: integer(row, 'verdict_looks'),
      dueAt: integer(row, 'verdict_due_at'),
    }));
  }

  /** They were looked at: each waits for its next moment. What changed meanwhile has a moment of its own. */
  async lookedAt(due: readonly DueAction[], at: number): Promise<void> {
    if (due.length === 0) return;
    const rows = due.map(({ id, state, lockingAt, looks, dueAt }) => {
      const next = lookAgainAt(state, lockingAt, looks + 1, at);
      return { v_id: id, v_was: dueAt, ...(next === null ? {} : { v_due: next }) };
    });
    const { dialect } = this.database;
    await this.database.statement(
      dialect.updateFrom(
        'impact_conversions',
        dialect.recordset('v', AGAIN_COLUMNS),
        'impact_conversions.id = v_id AND verdict_due_at = v_was',
        { verdict_due_at: 'v_due', verdict_looks: 'verdict_looks + 1' },
      ),
      [JSON.stringify(rows)],
    );
  }

  /**
   * What was due and could not be looked at waits.
   *
   * @param states whose sales.
   * @returns how many there were.
   */
  async postpone(
    stamp: Stamp,
    at: number,
    after: number,
    states: readonly (ActionFacts['state'] | 'SENT')[],
  ): Promise<number> {
    const list = padded(states);
    const { affected } = await this.database.statement(
      `UPDATE impact_conversions SET verdict_due_at = ${this.database.now()} + ${Math.trunc(after)} ` +
        `WHERE account = ? AND environment = ? AND verdict_due_at <= ? AND state IN (${placeholders(list.length)})`,
      [stamp.account, stamp.environment, at, ...list],
    );
    return affected;
  }

  /** Makes everything unsettled due now: for a person, a command or a test that does not want to wait. */
  async hurry(stamp: Stamp): Promise<void> {
    const { database } = this;
    await database.write(function* () {
      const now = database.now();
      const of = [stamp.account, stamp.environment];
      yield* run(
        `UPDATE impact_conversions SET verdict_due_at = ${now} WHERE account = ? AND environment = ? AND verdict_due_at IS NOT NULL`,
        of,
      );
      yield* run(
        `UPDATE impact_corrections SET due_at = ${now} WHERE account = ? AND environment = ? AND due_at IS NOT NULL`,
        of,
      );
    });
  }
}

/** What cannot be read counts for nothing: it is read again from where the unsettled sales begin. */
function positionsOf(stored: string | null): WalkPositions {
  if (stored === null) return {};
  try {
    const given = JSON.parse(stored) as unknown;
    return typeof given === 'object' && given !== null ? given : {};
  } catch {
    return {};
  }
}
