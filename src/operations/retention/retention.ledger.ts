import {
  type ImpactDatabase,
  integer,
  integerOrNull,
  newId,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import { type Stamp, storeScope, takeLease } from '../../ledger/index.js';
import { positionsOf, type PurgeOutlook, type PurgeWalk } from './purge.rules.js';
import type { PurgeKind, PurgePositions } from './retention.types.js';

/** One sale of a page. */
export interface AgedSale {
  readonly id: string;
  readonly recordedAt: number;
  /** What it knew of its customer was taken out before. */
  readonly erased: boolean;
  /** Nobody waits for anything about it any more. */
  readonly settled: boolean;
  /** It has an end that needs none of its calls. */
  readonly ended: boolean;
  /** When the last of its calls was finished; null when it has none. */
  readonly finishedAt: number | null;
}

/** The right to purge, until it runs out. */
export interface PurgeLease {
  readonly token: string;
  readonly now: number;
  readonly positions: PurgePositions;
}

const LEASE = 300_000;
export const PAGE = 200;
const CLICKS_AT_ONCE = 500;
const OF_ACCOUNT = `account = ? AND environment = ? AND scope = 'retention'`;

/**
 * Nobody looks it up, no call waits, no correction is open, and no claim is unsettled.
 *
 * By the key of the order, not by the sale: a correction may be older than its sale.
 */
const SETTLED =
  `c.verdict_due_at IS NULL AND NOT EXISTS (SELECT 1 FROM impact_deliveries d WHERE d.conversion = c.id AND d.due_at IS NOT NULL) ` +
  `AND NOT EXISTS (SELECT 1 FROM impact_corrections k WHERE k.program = c.program AND k.event_type = c.event_type ` +
  `AND k.order_id = c.order_id AND (k.due_at IS NOT NULL OR k.state IN ('held', 'queued', 'sent') ` +
  `OR (k.claim IS NOT NULL AND k.settled_at IS NULL)))`;

/** Of what needs a person, or was taken back, the call is still asked for. */
const ENDED = `c.state IN ('APPROVED', 'CLEARED', 'REVERSED', 'REJECTED', 'UNATTRIBUTED', 'SKIPPED')`;

/** What a story tells of attempts; what became of the sale stays. */
const ATTEMPTS = `('attempt-failed', 'search-first', 'looked-up', 'late-answer')`;

/** The statements of retention. */
export class RetentionLedger {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly stamp: Stamp,
  ) {}

  /**
   * All that an idle process asks.
   *
   * @param known where the process believes the purges to be.
   * @param later milliseconds from a click's expiry to its end: without an order, and with one.
   */
  async outlook(
    known: PurgePositions,
    later: { readonly clicks: number; readonly heldClicks: number },
  ): Promise<PurgeOutlook> {
    const now = this.database.now();
    const next = `(SELECT recorded_at FROM impact_conversions WHERE id > ? ORDER BY id LIMIT 1)`;
    const expired = (by: number): string =>
      `EXISTS (SELECT 1 FROM impact_clicks WHERE expires_at > ? AND expires_at <= ${now} - ${Math.trunc(by)})`;
    const { rows } = await this.database.read(() =>
      run(
        `SELECT ${now} AS now, (SELECT positions FROM impact_accounts WHERE ${OF_ACCOUNT}) AS positions, ` +
          `${next} AS next_customer, ${next} AS next_delivery, ` +
          `CASE WHEN ${expired(later.clicks)} OR ${expired(later.heldClicks)} THEN 1 ELSE 0 END AS clicks`,
        [
          ...this.#account(),
          known.customerData.after,
          known.deliveries.after,
          known.clicks,
          known.heldClicks,
        ],
      ),
    );
    const row = rows[0]!;
    return {
      now: integer(row, 'now'),
      positions: positionsOf(textOrNull(row, 'positions')),
      next: {
        customerData: integerOrNull(row, 'next_customer'),
        deliveries: integerOrNull(row, 'next_delivery'),
      },
      clicks: integer(row, 'clicks') === 1,
    };
  }

  /** Null while another process purges. */
  async acquire(): Promise<PurgeLease | null> {
    const { database, stamp } = this;
    const account = this.#account();
    const token = newId();
    return database.write(function* () {
      const now = database.now();
      yield* storeScope(database, stamp, 'retention');
      if (!(yield* takeLease(database, stamp, 'retention', token, LEASE))) return null;
      const { rows } = yield* run(
        `SELECT positions, ${now} AS now FROM impact_accounts WHERE ${OF_ACCOUNT}`,
        account,
      );
      return {
        token,
        now: integer(rows[0]!, 'now'),
        positions: positionsOf(textOrNull(rows[0]!, 'positions')),
      };
    });
  }

  /**
   * Stores how far it has come, and keeps the lease.
   *
   * @param over the lease is given back.
   * @returns `false` when another process has taken over.
   */
  async store({ token }: PurgeLease, positions: PurgePositions, over = false): Promise<boolean> {
    const now = this.database.now();
    const until = this.database.dialect.greatest('lease_until + 1', `${now} + ${LEASE}`);
    const { affected } = await this.database.statement(
      // Always another value: a database may not count a row that stays as it is.
      `UPDATE impact_accounts SET positions = ?, ${over ? 'lease_token = NULL, lease_until = NULL' : `lease_until = ${until}`} WHERE ${OF_ACCOUNT} AND lease_token = ?`,
      [JSON.stringify(positions), ...this.#account(), token],
    );
    return affected > 0;
  }

  async page({ cursor }: PurgeWalk): Promise<AgedSale[]> {
    const { rows } = await this.database.read(() =>
      run(
        `SELECT c.id, c.recorded_at, c.erased_at, CASE WHEN ${SETTLED} THEN 1 ELSE 0 END AS settled, ` +
          `CASE WHEN ${ENDED} THEN 1 ELSE 0 END AS ended, ` +
          `(SELECT max(COALESCE(d.finished_at, 0)) FROM impact_deliveries d WHERE d.conversion = c.id) AS finished_at ` +
          `FROM impact_conversions c WHERE c.id ${cursor.inclusive ? '>=' : '>'} ? ORDER BY c.id LIMIT ${PAGE}`,
        [cursor.id],
      ),
    );
    return rows.map(agedOf);
  }

  /** Deletes the calls of sales that have an end, and what their stories tell of attempts. */
  *forgetCalls(saleIds: readonly string[], cutoff: number): Script<{ deliveries: number; story: number }> {
    const ids = padded(saleIds);
    const list = placeholders(ids.length);
    const { affected: deliveries } = yield* run(
      `DELETE FROM impact_deliveries WHERE conversion IN (${list}) AND due_at IS NULL AND finished_at <= ?`,
      [...ids, cutoff],
    );
    const { affected: story } = yield* run(
      `DELETE FROM impact_story WHERE conversion IN (${list}) AND what IN ${ATTEMPTS} AND at <= ?`,
      [...ids, cutoff],
    );
    return { deliveries, story };
  }

  *countCalls(saleIds: readonly string[], cutoff: number): Script<{ deliveries: number; story: number }> {
    const ids = padded(saleIds);
    const list = placeholders(ids.length);
    const { rows } = yield* run(
      `SELECT (SELECT count(*) FROM impact_deliveries WHERE conversion IN (${list}) AND due_at IS NULL AND finished_at <= ?) AS deliveries, ` +
        `(SELECT count(*) FROM impact_story WHERE conversion IN (${list}) AND what IN ${ATTEMPTS} AND at <= ?) AS story`,
      [...ids, cutoff, ...ids, cutoff],
    );
    return { deliveries: integer(rows[0]!, 'deliveries'), story: integer(rows[0]!, 'story') };
  }

  /** Ties of customers to clicks that can earn no sale any more. */
  *forgetTies(now: number, clicksKept: number): Script<number> {
    const { rows } = yield* run(
      `SELECT l.id FROM impact_clicks c JOIN impact_click_links l ON l.click = c.id AND l.kind = 'customer' ` +
        `WHERE c.expires_at <= ? AND c.last_seen_at <= ? LIMIT ${CLICKS_AT_ONCE}`,
      [now, now - clicksKept],
    );
    if (rows.length === 0) return 0;
    const ids = padded(rows.map((row) => text(row, 'id')));
    const { affected } = yield* run(
      `DELETE FROM impact_click_links WHERE id IN (${placeholders(ids.length)})`,
      ids,
    );
    return affected;
  }

  /** Clicks that nothing but old orders hold, with their ties: each of their sales knows its click by itself. */
  *forgetHeldClicks(now: number, kept: number, eventType: string): Script<{ clicks: number; more: boolean }> {
    const { rows } = yield* run(
      `SELECT c.id FROM impact_clicks c WHERE ${OLD_AND_HELD} ORDER BY c.expires_at LIMIT ${CLICKS_AT_ONCE}`,
      [now, now - kept, eventType],
    );
    if (rows.length === 0) return { clicks: 0, more: false };
    const ids = padded(rows.map((row) => text(row, 'id')));
    const list = placeholders(ids.length);
    yield* run(`DELETE FROM impact_click_links WHERE click IN (${list})`, ids);
    const { affected } = yield* run(`DELETE FROM impact_clicks WHERE id IN (${list})`, ids);
    return { clicks: affected, more: rows.length === CLICKS_AT_ONCE };
  }

  *countClicks(
    now: number,
    { clicks, held }: { readonly clicks: number; readonly held: number },
    eventType: string,
  ): Script<{ clicks: number; clickLinks: number }> {
    const { rows } = yield* run(
      `SELECT (SELECT count(*) FROM impact_clicks c WHERE c.expires_at <= ? AND c.last_seen_at <= ? AND NOT EXISTS (` +
        `SELECT 1 FROM impact_click_links l WHERE l.click = c.id AND l.kind IN ('order', 'subscription'))) AS free, ` +
        `(SELECT count(*) FROM impact_clicks c WHERE ${OLD_AND_HELD} AND EXISTS (SELECT 1 FROM impact_click_links l ` +
        `WHERE l.click = c.id AND l.kind = 'order')) AS held, ` +
        `(SELECT count(*) FROM impact_clicks c JOIN impact_click_links l ON l.click = c.id AND l.kind = 'customer' ` +
        `WHERE c.expires_at <= ? AND c.last_seen_at <= ?) AS ties`,
      [now, now - clicks, now, now - held, eventType, now, now - clicks],
    );
    const row = rows[0]!;
    return { clicks: integer(row, 'free') + integer(row, 'held'), clickLinks: integer(row, 'ties') };
  }

  #account(): string[] {
    return [this.stamp.account, this.stamp.environment];
  }
}

/** No subscription holds it, and no sale that still knows its customer. */
const OLD_AND_HELD =
  `c.expires_at <= ? AND c.last_seen_at <= ? AND NOT EXISTS (SELECT 1 FROM impact_click_links l ` +
  `WHERE l.click = c.id AND l.kind = 'subscription') AND NOT EXISTS (SELECT 1 FROM impact_click_links l ` +
  `JOIN impact_conversions s ON s.program = c.program AND s.event_type = ? AND s.order_id = l.subject ` +
  `WHERE l.click = c.id AND l.kind = 'order' AND s.erased_at IS NULL)`;

const agedOf = (row: Row): AgedSale => ({
  id: text(row, 'id'),
  recordedAt: integer(row, 'recorded_at'),
  erased: integerOrNull(row, 'erased_at') !== null,
  settled: integer(row, 'settled') === 1,
  ended: integer(row, 'ended') === 1,
  finishedAt: integerOrNull(row, 'finished_at'),
});

/** Which sales of a page a kind of purge takes, and which it leaves for later. */
export const takes = (kind: PurgeKind, sale: AgedSale, cutoff: number): 'take' | 'leave' | 'pass' => {
  if (kind === 'customerData') return sale.erased ? 'pass' : sale.settled ? 'take' : 'leave';
  if (sale.finishedAt === null) return 'pass';
  if (sale.settled && !sale.ended) return 'pass';
  return sale.settled && sale.finishedAt <= cutoff ? 'take' : 'leave';
};
