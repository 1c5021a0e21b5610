import {
  date,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  newId,
  padded,
  type Row,
  run,
  type SqlValue,
  text,
  textOrNull,
} from '../../database/index.js';
import {
  type GateScope,
  type Pause,
  type Stamp,
  storeScope,
  type StoryEvent,
  takeLease,
} from '../../ledger/index.js';
import { formatMoney } from '../../wire/index.js';
import type { TailLine } from './event.rules.js';
import { type Gap, positionOf, type TailPosition } from './tail.rules.js';

/** Whose position it is: each reader has one of its own, shared by all processes on the database. */
export type TailReader = 'events' | 'metrics';

/** What there is to tell, without taking anything. */
export interface TailOutlook {
  readonly now: number;
  /** Null before the first beginning. */
  readonly position: TailPosition | null;
  readonly newest: number;
  readonly pauses: readonly Pause[];
}

const OF = `account = ? AND environment = ?`;
const GATES: readonly string[] = ['all', 'sales', 'corrections', 'reads'];

/** The statements of a reader of the story. */
export class TailLedger {
  readonly #of: readonly SqlValue[];

  constructor(
    private readonly database: ImpactDatabase,
    private readonly stamp: Stamp,
    private readonly reader: TailReader,
  ) {
    this.#of = [stamp.account, stamp.environment];
  }

  /** One statement: all that a reader asks while nothing happens. */
  async outlook(): Promise<TailOutlook> {
    const { rows } = await this.database.read(() =>
      run(
        `SELECT ${this.database.now()} AS now, (SELECT max(id) FROM impact_story) AS newest, ` +
          `a.scope, a.positions, a.failures, a.paused_since, a.paused_until, a.reason ` +
          `FROM (SELECT 1 AS one) AS always LEFT JOIN impact_accounts a ON a.account = ? AND a.environment = ?`,
        this.#of,
      ),
    );
    const own = rows.find((row) => textOrNull(row, 'scope') === this.reader);
    return {
      now: integer(rows[0]!, 'now'),
      newest: integerOrNull(rows[0]!, 'newest') ?? 0,
      position: own === undefined ? null : positionOf(text(own, 'positions')),
      pauses: rows.flatMap(pauseOf),
    };
  }

  /** Begins with what happens from now on, unless some process has begun before. */
  async begin(): Promise<void> {
    const { database, reader, stamp } = this;
    await database.write(function* () {
      const { rows } = yield* run(`SELECT max(id) AS newest FROM impact_story`);
      const position: TailPosition = { id: integerOrNull(rows[0]!, 'newest') ?? 0, gaps: [], pauses: {} };
      yield* storeScope(database, stamp, reader, position);
    });
  }

  /** Null while another process tells. */
  async acquire(duration: number): Promise<{ token: string; position: TailPosition | null } | null> {
    const { database, reader, stamp } = this;
    const values = this.#of;
    const token = newId();
    return database.write(function* () {
      if (!(yield* takeLease(database, stamp, reader, token, duration))) return null;
      const { rows } = yield* run(`SELECT positions FROM impact_accounts WHERE ${OF} AND scope = ?`, [
        ...values,
        reader,
      ]);
      return { token, position: positionOf(text(rows[0]!, 'positions')) };
    });
  }

  /** `false` when the lease has run out and another process goes on. */
  async move(token: string, position: TailPosition, duration: number): Promise<boolean> {
    const until = `${this.database.now()} + ${Math.trunc(duration)}`;
    const { affected } = await this.database.statement(
      // Always another value: a database may not count a row that stays as it is.
      `UPDATE impact_accounts SET positions = ?, lease_until = ${this.database.dialect.greatest('lease_until + 1', until)} ` +
        `WHERE ${OF} AND scope = ? AND lease_token = ?`,
      [JSON.stringify(position), ...this.#of, this.reader, token],
    );
    return affected > 0;
  }

  async release(token: string): Promise<void> {
    await this.database.statement(
      `UPDATE impact_accounts SET lease_token = NULL, lease_until = NULL WHERE ${OF} AND scope = ? AND lease_token = ?`,
      [...this.#of, this.reader, token],
    );
  }

  /** The next lines behind the position. Those of other accounts have an id and nothing to tell. */
  async next(after: number, limit: number): Promise<(TailLine | number)[]> {
    return this.#lines(`s.id > ? ORDER BY s.id LIMIT ?`, [after, limit]);
  }

  /** Lines that have turned up in gaps. */
  async inGaps(gaps: readonly Gap[]): Promise<(TailLine | number)[]> {
    const found: (TailLine | number)[] = [];
    for (let i = 0; i < gaps.length; i += GAPS_AT_ONCE) {
      // Filled up with one of them, so that few different statements are made.
      const some = padded(gaps.slice(i, i + GAPS_AT_ONCE).map(([from, to]) => `${from} ${to}`));
      const ranges = some.map((range) => range.split(' ').map(Number));
      const where = ranges.map(() => `s.id BETWEEN ? AND ?`).join(' OR ');
      found.push(...(await this.#lines(`(${where}) ORDER BY s.id`, ranges.flat())));
    }
    return found;
  }

  async #lines(where: string, values: readonly SqlValue[]): Promise<(TailLine | number)[]> {
    const { rows } = await this.database.read(() =>
      run(
        `SELECT s.id, s.at, s.what, s.data, c.id AS conversion, c.account, c.environment, c.program, c.event_type, ` +
          `c.order_id, c.currency, c.amount_minor, c.is_test ` +
          `FROM impact_story s LEFT JOIN impact_conversions c ON c.id = s.conversion WHERE ${where}`,
        values,
      ),
    );
    return rows.map((row) => (this.#isOurs(row) ? lineOf(row) : integer(row, 'id')));
  }

  #isOurs(row: Row): boolean {
    return (
      textOrNull(row, 'account') === this.stamp.account &&
      textOrNull(row, 'environment') === this.stamp.environment
    );
  }
}

const GAPS_AT_ONCE = 64;

const lineOf = (row: Row): TailLine => ({
  id: integer(row, 'id'),
  at: date(row, 'at'),
  what: text(row, 'what') as StoryEvent,
  data: json(row, 'data') as TailLine['data'],
  sale: {
    orderId: text(row, 'order_id'),
    conversionId: text(row, 'conversion'),
    program: text(row, 'program'),
    eventType: text(row, 'event_type'),
    test: integer(row, 'is_test') === 1,
    amount: formatMoney(BigInt(text(row, 'amount_minor')), text(row, 'currency')),
    currency: text(row, 'currency'),
  },
});

function pauseOf(row: Row): Pause[] {
  const scope = textOrNull(row, 'scope');
  if (scope === null || !GATES.includes(scope) || integer(row, 'failures') === 0) return [];
  return [
    {
      scope: scope as GateScope,
      since: integer(row, 'paused_since'),
      until: integer(row, 'paused_until'),
      reason: text(row, 'reason'),
      failures: integer(row, 'failures'),
    },
  ];
}
