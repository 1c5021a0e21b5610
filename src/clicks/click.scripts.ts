import type { ConsentAnswer } from '../config/index.js';
import {
  behindSavepoint,
  date,
  integer,
  json,
  newest,
  newId,
  placeholders,
  run,
  text,
  textOrNull,
  type ImpactDatabase,
  type Row,
  type Script,
  type SqlValue,
  unlessStale,
} from '../database/index.js';
import type { Click, ClickCandidate } from './click.model.js';
import type { SubjectLink } from './click-subject.rules.js';

/** A click on its way into the table; times in epoch milliseconds by this process's clock. */
export interface UnwrittenClick {
  readonly clickId: string;
  readonly parameter: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly landingPath: string | null;
  readonly partnerParameters: Readonly<Record<string, string>> | null;
  readonly consent: ConsentAnswer;
}

/** More clicks than anybody has inside a window; keeps a script that follows links around the clock cheap. */
export const MOST_CUSTOMER_CLICKS = 200;
const PURGED_AT_ONCE = 500;

const CLICK_COLUMNS = [
  'id',
  'program',
  'click_id',
  'parameter',
  'first_seen_at',
  'last_seen_at',
  'expires_at',
  'landing_path',
  'partner_parameters',
  'consent',
] as const;
const CLICKS = { table: 'impact_clicks', conflict: ['program', 'click_id'] } as const;
const SELECTED = CLICK_COLUMNS.map((column) => `c.${column}`).join(', ');

/** A stored click and the key that links point to. */
export interface StoredClick {
  readonly id: string;
  readonly click: Click;
}

/** Every statement over `impact_clicks` and `impact_click_links` but the one of a sale. */
export class ClickScripts {
  constructor(
    private readonly database: ImpactDatabase,
    private readonly program: string,
    private readonly window: number,
  ) {}

  *now(): Script<number> {
    const { rows } = yield* run(`SELECT ${this.database.now()} AS now_ms`);
    return integer(rows[0]!, 'now_ms');
  }

  /** Inserts new clicks and renews the ones that are there: a repeated landing makes no second row. */
  *save(clicks: readonly UnwrittenClick[]): Script<void> {
    if (clicks.length === 0) return;
    const now = yield* this.now();
    // One order everywhere: two processes that renew the same clicks must not lock them crosswise.
    const sorted = clicks.toSorted((a, b) => (a.clickId < b.clickId ? -1 : 1));
    const values = sorted.flatMap((click) => this.#values(click, now));
    const { dialect } = this.database;
    const old = (column: string): string => `impact_clicks.${column}`;
    const insert = { ...CLICKS, columns: CLICK_COLUMNS, rows: sorted.length };
    const sql = dialect.upsert(insert, (fresh) => ({
      first_seen_at: dialect.least(old('first_seen_at'), fresh('first_seen_at')),
      last_seen_at: dialect.greatest(old('last_seen_at'), fresh('last_seen_at')),
      expires_at: dialect.greatest(old('expires_at'), fresh('expires_at')),
      landing_path: `COALESCE(${old('landing_path')}, ${fresh('landing_path')})`,
      partner_parameters: `COALESCE(${old('partner_parameters')}, ${fresh('partner_parameters')})`,
    }));
    yield* run(sql, values);
  }

  *find(clickId: string, suffix = ''): Script<StoredClick | null> {
    const { rows } = yield* run(
      `SELECT ${SELECTED} FROM impact_clicks c WHERE c.program = ? AND c.click_id = ?${suffix}`,
      [this.program, clickId],
    );
    return stored(rows[0]);
  }

  /**
   * The stored click; made from what the request knows when there is none.
   *
   * @throws StaleSnapshotError when it is there and only another connection can read it.
   */
  *findOrAdd(click: UnwrittenClick): Script<StoredClick> {
    const existing = yield* this.find(click.clickId);
    if (existing !== null) return existing;
    const { dialect } = this.database;
    const now = yield* this.now();
    yield* behindSavepoint(dialect, () =>
      run(dialect.insertNew({ ...CLICKS, columns: CLICK_COLUMNS }), this.#values(click, now)),
    );
    return yield* newest(dialect, (suffix) => this.find(click.clickId, suffix));
  }

  /**
   * Stores a click, or renews the one that is there.
   *
   * @throws StaleSnapshotError as {@link findOrAdd} does.
   */
  *renew(click: UnwrittenClick): Script<StoredClick> {
    const { dialect } = this.database;
    // Renewed by somebody else just now is renewed.
    yield* unlessStale(behindSavepoint(dialect, () => this.save([click])));
    return yield* newest(dialect, (suffix) => this.find(click.clickId, suffix));
  }

  /** Ties a click to subjects. The last tie of an order counts, so tying again moves it to the end. */
  *tie(click: StoredClick, links: readonly SubjectLink[]): Script<void> {
    for (const link of links) {
      // A tie that is younger than the caller's snapshot was made just now, and is as good as ours.
      yield* unlessStale(behindSavepoint(this.database.dialect, () => this.#tieOne(click, link)));
    }
  }

  /** Clicks tied to a subject: an order's latest tie first, a subscription's earliest, a customer's by last seen. */
  *tiedTo({ kind, subject }: SubjectLink): Script<Click[]> {
    const [order, limit] = {
      order: ['l.linked_at DESC, l.id DESC', 1],
      subscription: ['l.linked_at ASC, l.id ASC', 1],
      customer: ['c.last_seen_at DESC', MOST_CUSTOMER_CLICKS],
    }[kind];
    const { rows } = yield* run(
      `SELECT ${SELECTED} FROM impact_click_links l JOIN impact_clicks c ON c.id = l.click ` +
        `WHERE l.kind = ? AND l.subject = ? AND c.program = ? ORDER BY ${order} LIMIT ${limit}`,
      [kind, subject, this.program],
    );
    return rows.map((row) => toClick(row));
  }

  *#tieOne(click: StoredClick, { kind, subject }: SubjectLink): Script<void> {
    const { affected } = yield* run(
      this.database.dialect.insertNew({
        table: 'impact_click_links',
        columns: ['id', 'click', 'kind', 'subject'],
        computed: { linked_at: this.database.now() },
        conflict: ['click', 'kind', 'subject'],
      }),
      [newId(), click.id, kind, subject],
    );
    if (affected > 0 || kind !== 'order') return;
    // Found without a lock: a tie that this snapshot does not show was made just now.
    const { rows } = yield* run(
      `SELECT id FROM impact_click_links WHERE click = ? AND kind = ? AND subject = ?`,
      [click.id, kind, subject],
    );
    for (const row of rows) {
      yield* run(`UPDATE impact_click_links SET linked_at = ${this.database.now()} WHERE id = ?`, [
        text(row, 'id'),
      ]);
    }
  }

  /**
   * Ages, not times, travel from the process's clock to the database's, so that a server whose clock is
   * off neither loses a click to the window nor wins with it.
   */
  #values(click: UnwrittenClick, now: number): SqlValue[] {
    const here = this.database.clock.now().getTime();
    const translate = (time: number): number => Math.trunc(now - Math.max(0, here - time));
    const lastSeenAt = translate(click.lastSeenAt);
    return [
      newId(),
      this.program,
      click.clickId,
      click.parameter,
      translate(click.firstSeenAt),
      lastSeenAt,
      lastSeenAt + this.window,
      click.landingPath,
      click.partnerParameters === null ? null : JSON.stringify(click.partnerParameters),
      click.consent,
    ];
  }

  /**
   * Deletes one batch of clicks that are past expiry and retention and tied to neither order nor
   * subscription, with their ties to customers.
   *
   * @param now epoch milliseconds; default the database's clock.
   * @returns how many; fewer than a full batch means that there are no more.
   */
  *purge(retention: number, now?: number): Script<{ purged: number; more: boolean }> {
    const at = now ?? (yield* this.now());
    const { rows } = yield* run(
      `SELECT c.id FROM impact_clicks c WHERE c.expires_at <= ? AND c.last_seen_at <= ? AND NOT EXISTS (` +
        `SELECT 1 FROM impact_click_links l WHERE l.click = c.id AND l.kind IN ('order', 'subscription')) ` +
        `ORDER BY c.expires_at LIMIT ${PURGED_AT_ONCE}`,
      [at, at - retention],
    );
    if (rows.length === 0) return { purged: 0, more: false };
    const ids = rows.map((row) => text(row, 'id'));
    yield* run(`DELETE FROM impact_click_links WHERE click IN (${placeholders(ids.length)})`, ids);
    const { affected } = yield* run(
      `DELETE FROM impact_clicks WHERE id IN (${placeholders(ids.length)})`,
      ids,
    );
    return { purged: affected, more: rows.length === PURGED_AT_ONCE };
  }
}

/** What attribution needs of a click. */
export const toCandidate = (click: Click): ClickCandidate => ({
  clickId: click.clickId,
  firstSeenAt: click.firstSeenAt.getTime(),
  lastSeenAt: click.lastSeenAt.getTime(),
});

const stored = (row: Row | undefined): StoredClick | null =>
  row === undefined ? null : { id: text(row, 'id'), click: toClick(row) };

const toClick = (row: Row): Click => ({
  clickId: text(row, 'click_id'),
  program: text(row, 'program'),
  parameter: text(row, 'parameter'),
  firstSeenAt: date(row, 'first_seen_at'),
  lastSeenAt: date(row, 'last_seen_at'),
  expiresAt: date(row, 'expires_at'),
  landingPath: textOrNull(row, 'landing_path'),
  partnerParameters:
    textOrNull(row, 'partner_parameters') === null
      ? {}
      : (json(row, 'partner_parameters') as Record<string, string>),
  consent: text(row, 'consent') as ConsentAnswer,
});
