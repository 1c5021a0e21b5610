import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  integer,
  integerOrNull,
  run,
  type SqlValue,
  textOrNull,
} from '../database/index.js';
import { AccountGate, pauseOf } from './account.gate.js';
import { DeliveryClaims } from './delivery.claims.js';
import { DeliveryOutcomes } from './delivery.outcomes.js';
import {
  type ClaimedDelivery,
  type ClaimResult,
  type FinishedDelivery,
  type Position,
  PRIORITIES,
  type Priority,
  type QueueState,
  type Wish,
} from './delivery.types.js';
import type { Stamp } from './ledger.types.js';
import { timePaused } from './pause-spans.rules.js';

/**
 * The calls to make: claimed under a lease, finished with the same token.
 *
 * - A claim moves `due_at` to the end of the lease. A process that dies leaves a row that becomes due by itself.
 * - A claim also writes down that an attempt may be under way: after a crash the outcome counts as unknown
 *   without anybody having to notice the crash.
 * - Within a sale the order is strict: a call waits for every earlier call of the same sale.
 * - Rows of another account or environment are never claimed.
 */
@Injectable()
export class DeliveryLedger {
  readonly #claims: DeliveryClaims;
  readonly #outcomes: DeliveryOutcomes;

  constructor(
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {
    this.#claims = new DeliveryClaims(database, gate);
    this.#outcomes = new DeliveryOutcomes(database, gate);
  }

  /** What is due and what is paused, in one statement: all that an idle process asks. */
  async look(stamp: Stamp, after: Readonly<Record<Priority, Position>>): Promise<QueueState> {
    const { database } = this;
    const account: SqlValue[] = [stamp.account, stamp.environment];
    const dueIn = PRIORITIES.map(
      (priority) =>
        `(SELECT d.due_at - ${database.now()} FROM impact_deliveries d WHERE d.account = ? AND d.environment = ? ` +
        `AND d.priority = ${priority} AND d.due_at >= ? ORDER BY d.due_at LIMIT 1) AS due_in_${priority}`,
    );
    const values = PRIORITIES.flatMap((priority) => [...account, after[priority].dueAt]);
    const rows = await database.read(function* () {
      const answer = yield* run(
        `SELECT ${database.now()} AS now, ${dueIn.join(', ')}, g.scope, g.paused_since, g.paused_until, g.reason, g.failures ` +
          `FROM (SELECT 1 AS one) AS always LEFT JOIN impact_accounts g ON g.account = ? AND g.environment = ? AND g.failures > 0`,
        [...values, ...account],
      );
      return answer.rows;
    });
    const first = rows[0]!;
    return {
      dueIn: {
        0: integerOrNull(first, 'due_in_0'),
        1: integerOrNull(first, 'due_in_1'),
        2: integerOrNull(first, 'due_in_2'),
      },
      now: integer(first, 'now'),
      pauses: rows.filter((row) => textOrNull(row, 'scope') !== null).map(pauseOf),
    };
  }

  /** Claims nothing while anything but reading is paused. */
  async claim(stamp: Stamp, wish: Wish): Promise<ClaimResult> {
    return this.#younger(stamp, await this.#claims.claim(stamp, wish), wish.maxAge);
  }

  /** Claims what is not paused, and one row as the probe of a pause that has run out. */
  async claimBehindGate(stamp: Stamp, wish: Wish): Promise<ClaimResult> {
    const result = await this.database.write(() => this.#claims.claimBehindGate(stamp, wish));
    return this.#younger(stamp, result, wish.maxAge);
  }

  /**
   * Writes what became of the calls, all or nothing; an outcome whose lease was lost changes nothing but the story.
   *
   * @param verdictAfter milliseconds until what was sent is looked up.
   */
  async finish(stamp: Stamp, batch: readonly FinishedDelivery[], verdictAfter: number): Promise<void> {
    await this.#outcomes.finish(stamp, batch, verdictAfter);
  }

  /** Calls of this stamp that are still to be made. */
  async waiting(stamp: Stamp): Promise<number> {
    return this.database.read(function* () {
      const { rows } = yield* run(
        `SELECT count(*) AS waiting FROM impact_deliveries WHERE account = ? AND environment = ? AND due_at IS NOT NULL`,
        [stamp.account, stamp.environment],
      );
      return integer(rows[0]!, 'waiting');
    });
  }

  /** Time behind a pause does not count: worked out for those alone that would be given up for their age. */
  async #younger(stamp: Stamp, result: ClaimResult, maxAge: number): Promise<ClaimResult> {
    if (!result.claimed.some(({ age }) => age >= maxAge)) return result;
    const { database, gate } = this;
    const [spansOf, now] = await database.read(function* () {
      const spans = yield* gate.spans(stamp);
      const { rows } = yield* run(`SELECT ${database.now()} AS now`);
      return [spans, integer(rows[0]!, 'now')] as const;
    });
    const withoutPauses = (delivery: ClaimedDelivery): ClaimedDelivery => {
      const { age, kind } = delivery;
      return { ...delivery, age: age - timePaused(spansOf(kind), now - age, now) };
    };
    return {
      ...result,
      claimed: result.claimed.map((one) => (one.age < maxAge ? one : withoutPauses(one))),
    };
  }
}
