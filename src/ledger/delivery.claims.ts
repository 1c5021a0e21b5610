import {
  date,
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  newId,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  type SqlValue,
  text,
} from '../database/index.js';
import { AccountGate, type Pause, type Probe, SCOPE_OF } from './account.gate.js';
import type { ClaimedDelivery, ClaimResult, Position, Wish } from './delivery.types.js';
import type { Stamp } from './ledger.types.js';

/** How long the one probe through a gate that is ajar keeps others out. */
const PROBE_TIME = 60_000;

type Kind = ClaimedDelivery['kind'];

/**
 * The statements that claim rows.
 *
 * The same question in each: the rows of one priority that are due, behind a place in its index, whose sale
 * has no earlier call to make. With the place a claim costs the same however many rows were finished before
 * it, also while a snapshot keeps their old versions alive.
 *
 * - Where a query can write, a claim is one statement; elsewhere three in a transaction.
 * - Rows that another process is claiming are stepped over, where the database can do that. SQLite claims
 *   in a transaction that keeps other writers out.
 * - The gate of the account is asked in the same statement: while anything is paused nothing is claimed
 *   here, but behind a lock by {@link claimBehindGate}.
 */
export class DeliveryClaims {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
  ) {}

  async claim(stamp: Stamp, wish: Wish): Promise<ClaimResult> {
    const token = newId();
    const rows = this.database.dialect.writesInQueries
      ? await this.#claimInOne(stamp, wish, token)
      : await this.database.write(() =>
          this.#claimInSteps(this.#dueRows(stamp, wish, { open: true }), wish, token),
        );
    return resultOf(rows, token, () => []);
  }

  /** Claims while something is paused: one row as the probe of what has been paused long enough. */
  *claimBehindGate(stamp: Stamp, wish: Wish): Script<ClaimResult> {
    // Locked before any row, here and wherever an outcome moves the gate, so that nobody waits crosswise.
    const pauses = yield* this.gate.pauses(stamp, { lock: true });
    const { rows: clock } = yield* run(`SELECT ${this.database.now()} AS now`);
    const now = integer(clock[0]!, 'now');
    const kinds = (['sale', 'modification', 'reversal'] as const).filter(
      (kind) => !concerning(pauses, kind).some(({ until }) => until > now),
    );
    const ajar = kinds.flatMap((kind) => concerning(pauses, kind));
    if (kinds.length === 0) return { claimed: [], last: null };

    const limit = ajar.length > 0 ? 1 : wish.limit;
    const token = newId();
    const due = this.#dueRows(stamp, { ...wish, limit }, { kinds });
    const rows = yield* this.#claimInSteps(due, wish, token);
    const probesOf = (kind: Kind): Probe[] =>
      concerning(pauses, kind).map(({ scope }) => ({ scope, until: now + PROBE_TIME }));
    const result = resultOf(rows, token, probesOf);
    for (const { probes } of result.claimed) for (const probe of probes) yield* this.gate.hold(stamp, probe);
    return result;
  }

  async #claimInOne(stamp: Stamp, wish: Wish, token: string): Promise<Row[]> {
    const due = this.#dueRows(stamp, wish, { open: true });
    const { rows } = await this.database.statement(
      `WITH due AS (${due.sql}) ` +
        `UPDATE impact_deliveries SET ${this.#lease(wish)} ` +
        `FROM due LEFT JOIN impact_conversions c ON c.id = due.conversion WHERE impact_deliveries.id = due.id ` +
        `RETURNING due.*, c.wire_order_id, COALESCE(due.own_request, c.request) AS request, c.event_at`,
      [...due.values, token],
    );
    return rows;
  }

  *#claimInSteps(due: { sql: string; values: SqlValue[] }, wish: Wish, token: string): Script<Row[]> {
    const { rows } = yield* run(due.sql, due.values);
    if (rows.length === 0) return [];
    const ids = padded(rows.map((row) => text(row, 'id')));
    const list = placeholders(ids.length);
    yield* run(`UPDATE impact_deliveries SET ${this.#lease(wish)} WHERE id IN (${list})`, [token, ...ids]);
    const { rows: sales } = yield* run(
      `SELECT id, wire_order_id, request, event_at FROM impact_conversions WHERE id IN (${list})`,
      padded(rows.map((row) => text(row, 'conversion'))),
    );
    const byId = new Map(sales.map(({ id, ...sale }) => [id, sale]));
    return rows.map((row) => {
      const sale = byId.get(text(row, 'conversion'));
      return { ...row, ...sale, request: row['own_request'] ?? sale?.['request'] };
    });
  }

  /** Read before the claim changes it: what an outcome that is known restores. */
  #dueRows(
    stamp: Stamp,
    { priority, after, limit }: Wish,
    which: { open: true } | { kinds: readonly Kind[] },
  ): { sql: string; values: SqlValue[] } {
    const { dialect } = this.database;
    const now = this.database.now();
    const behind = dialect.sortsAfter('d.due_at', 'd.id');
    const [condition, more] =
      'open' in which
        ? [
            `NOT EXISTS (SELECT 1 FROM impact_accounts a WHERE a.account = ? AND a.environment = ? ` +
              `AND a.scope <> 'reads' AND a.failures > 0)`,
            [stamp.account, stamp.environment],
          ]
        : [`d.kind IN (${placeholders(which.kinds.length)})`, which.kinds];
    return {
      sql:
        `SELECT d.id, d.conversion, d.kind, d.request AS own_request, d.attempts, d.due_at, d.recorded_at, ${now} AS now, ${now} - d.unknown_since AS unknown_for ` +
        `FROM impact_deliveries d WHERE d.account = ? AND d.environment = ? AND d.priority = ? ` +
        `AND d.due_at <= ${now} AND ${behind.sql} AND (d.sequence = 0 OR NOT EXISTS (SELECT 1 FROM impact_deliveries e ` +
        `WHERE e.conversion = d.conversion AND e.sequence < d.sequence AND e.due_at IS NOT NULL)) AND ${condition} ` +
        `ORDER BY d.due_at, d.id LIMIT ?${dialect.skipLocked}`,
      values: [
        stamp.account,
        stamp.environment,
        priority,
        ...behind.values(after.dueAt, after.id),
        ...more,
        limit,
      ],
    };
  }

  #lease({ lease }: Wish): string {
    const now = this.database.now();
    return (
      `lease_token = ?, attempts = impact_deliveries.attempts + 1, first_attempt_at = COALESCE(first_attempt_at, ${now}), ` +
      `unknown_since = COALESCE(unknown_since, ${now}), due_at = ${now} + ${Math.trunc(lease)}`
    );
  }
}

const concerning = (pauses: readonly Pause[], kind: Kind): Pause[] =>
  pauses.filter(({ scope }) => scope === 'all' || scope === SCOPE_OF[kind]);

function resultOf(
  rows: readonly Row[],
  token: string,
  probesOf: (kind: Kind) => readonly Probe[],
): ClaimResult {
  const places = rows.map((row) => ({ row, place: { dueAt: integer(row, 'due_at'), id: text(row, 'id') } }));
  // A statement that answers what it has changed answers in any order.
  places.sort((a, b) => compare(a.place, b.place));
  return {
    // A row that cannot be read waits for its lease to end; it must not take the others with it.
    claimed: places.flatMap(({ row }) =>
      isReadable(row) ? [claimedOf(row, token, probesOf(text(row, 'kind') as Kind))] : [],
    ),
    last: places.at(-1)?.place ?? null,
  };
}

function isReadable(row: Row): boolean {
  try {
    return Array.isArray(json(row, 'request'));
  } catch {
    return false;
  }
}

const compare = (a: Position, b: Position): number => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1);

const claimedOf = (row: Row, token: string, probes: readonly Probe[]): ClaimedDelivery => ({
  id: text(row, 'id'),
  token,
  conversion: text(row, 'conversion'),
  wireOrderId: text(row, 'wire_order_id'),
  kind: text(row, 'kind') as Kind,
  request: json(row, 'request') as ClaimedDelivery['request'],
  attempts: integer(row, 'attempts'),
  age: integer(row, 'now') - integer(row, 'recorded_at'),
  unknownFor: integerOrNull(row, 'unknown_for'),
  eventAt: date(row, 'event_at'),
  probes,
});
