import {
  type DatabaseDialect,
  integer,
  type Row,
  run,
  runOften,
  type Script,
  text,
  textOrNull,
} from '../database/index.js';
import type { ClickCandidate } from './click.model.js';
import type { SubjectKind, SubjectLink } from './click-subject.rules.js';
import { MOST_CUSTOMER_CLICKS } from './click.scripts.js';

/** Ties that are looked at: those of an order and a subscription come first, and they have few. */
const MOST_TIES = 300;

/** What the tables say about a sale's clicks, and when. */
export interface ClickReading {
  /** Epoch milliseconds by the database's clock. */
  readonly now: number;
  /** Whether the transaction fails when it inserts what its snapshot does not show. */
  readonly strict: boolean;
  readonly explicit: ClickCandidate | null;
  /** An order's latest tie first, a subscription's earliest, a customer's by last seen. */
  readonly tied: Readonly<Record<SubjectKind, readonly ClickCandidate[]>>;
}

/**
 * What a sale's attribution needs: one statement for the many sales that no click is tied to, and a second
 * one for the others. The first always answers one row, so it also tells the time and about the transaction.
 */
export function* readClicks(
  { dialect, now }: { readonly dialect: DatabaseDialect; readonly now: string },
  program: string,
  links: readonly SubjectLink[],
  clickId: string | null,
): Script<ClickReading> {
  const named = ['first_seen_at', 'last_seen_at'].map(
    (column) => `(SELECT ${column} FROM impact_clicks WHERE program = ? AND click_id = ?) AS ${column}`,
  );
  const { rows } = yield* runOften(
    `SELECT ${dialect.snapshot.ofInserts} AS strictness, ${now} AS now_ms, count(*) AS ties` +
      `${clickId === null ? '' : `, ${named.join(', ')}`} FROM impact_click_links l WHERE ${anyOf(links)}`,
    [...(clickId === null ? [] : named.flatMap(() => [program, clickId])), ...valuesOf(links)],
  );
  const row = rows[0]!;
  const known = clickId !== null && textOrNull(row, 'first_seen_at') !== null;
  return {
    now: integer(row, 'now_ms'),
    strict: text(row, 'strictness') === 'strict',
    explicit: known ? candidateOf(row, clickId) : null,
    tied: integer(row, 'ties') === 0 ? NOTHING_TIED : yield* tiedTo(program, links),
  };
}

function* tiedTo(program: string, links: readonly SubjectLink[]): Script<ClickReading['tied']> {
  const { rows } = yield* run(
    `SELECT l.kind, l.linked_at, c.click_id, c.first_seen_at, c.last_seen_at FROM impact_click_links l ` +
      `JOIN impact_clicks c ON c.id = l.click WHERE (${anyOf(links)}) AND c.program = ? ` +
      // By name: a subscription's and an order's before a customer's.
      `ORDER BY l.kind DESC, l.id DESC LIMIT ${MOST_TIES}`,
    [...valuesOf(links), program],
  );
  const of = (kind: SubjectKind): ClickCandidate[] =>
    rows
      .filter((row) => row['kind'] === kind)
      // Equal times keep the order of the query: the newest tie first.
      .toSorted((a, b) => integer(b, 'linked_at') - integer(a, 'linked_at'))
      .map((row) => candidateOf(row, text(row, 'click_id')));
  return {
    order: of('order'),
    subscription: of('subscription').toReversed(),
    customer: of('customer')
      .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
      .slice(0, MOST_CUSTOMER_CLICKS),
  };
}

const anyOf = (links: readonly SubjectLink[]): string =>
  links.length === 0 ? '1 = 0' : links.map(() => '(l.kind = ? AND l.subject = ?)').join(' OR ');

const valuesOf = (links: readonly SubjectLink[]): string[] =>
  links.flatMap(({ kind, subject }) => [kind, subject]);

const NOTHING_TIED: ClickReading['tied'] = { order: [], subscription: [], customer: [] };

const candidateOf = (row: Row, clickId: string): ClickCandidate => ({
  clickId,
  firstSeenAt: integer(row, 'first_seen_at'),
  lastSeenAt: integer(row, 'last_seen_at'),
});
