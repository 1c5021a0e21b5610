import {
  date,
  json,
  padded,
  placeholders,
  type Row,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import type { WireParameter } from '../../ledger/index.js';
import { type Erasure, NOTHING_ERASED, type PersonalClick, type PersonalSale } from './privacy.types.js';

const VISITS_AT_ONCE = 200;
/** Sales that are looked through at a time for an address. */
const STRETCH = 2_000;

const SALE = `SELECT id, order_id, recorded_at, state, click_id, subscription, request FROM impact_conversions`;

/** The statements that find a person. */
export class PersonStatements {
  *salesOfCustomer(customer: string, limit: number): Script<string[]> {
    const { rows } = yield* run(
      `SELECT id FROM impact_conversions WHERE customer_id = ? ORDER BY id LIMIT ?`,
      [customer, limit],
    );
    return rows.map((row) => text(row, 'id'));
  }

  /**
   * One stretch of the sales, in the order of their ids.
   *
   * @returns where the next one begins; null when this was the last.
   */
  *salesWithEmail(
    digests: readonly string[],
    after: string,
  ): Script<{ readonly last: string | null; readonly found: string[] }> {
    const { rows: end } = yield* run(
      `SELECT id FROM impact_conversions WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${STRETCH - 1}`,
      [after],
    );
    const last = end[0] === undefined ? null : text(end[0], 'id');
    const { rows } = yield* run(
      `SELECT id FROM impact_conversions WHERE id > ?${last === null ? '' : ' AND id <= ?'} ` +
        `AND (${digests.map(() => 'request LIKE ?').join(' OR ')}) ORDER BY id`,
      [after, ...(last === null ? [] : [last]), ...digests.map((digest) => `%${digest}%`)],
    );
    return { last, found: rows.map((row) => text(row, 'id')) };
  }

  /**
   * Unties a customer's clicks. Those that nothing else holds go; of the others stays the id alone.
   *
   * @returns null when there was none.
   */
  *forgetVisits(customer: string): Script<Erasure | null> {
    const { rows } = yield* run(
      `SELECT id, click FROM impact_click_links WHERE kind = 'customer' AND subject = ? ORDER BY id LIMIT ${VISITS_AT_ONCE}`,
      [customer],
    );
    if (rows.length === 0) return null;
    const links = padded(rows.map((row) => text(row, 'id')));
    const clicks = padded([...new Set(rows.map((row) => text(row, 'click')))].toSorted());
    const { affected: clickLinks } = yield* run(
      `DELETE FROM impact_click_links WHERE id IN (${placeholders(links.length)})`,
      links,
    );
    const { affected: deleted } = yield* run(
      `DELETE FROM impact_clicks WHERE id IN (${placeholders(clicks.length)}) ` +
        `AND NOT EXISTS (SELECT 1 FROM impact_click_links l WHERE l.click = impact_clicks.id)`,
      clicks,
    );
    const { affected: emptied } = yield* run(
      `UPDATE impact_clicks SET landing_path = NULL, partner_parameters = NULL WHERE id IN (${placeholders(clicks.length)}) ` +
        `AND (landing_path IS NOT NULL OR partner_parameters IS NOT NULL)`,
      clicks,
    );
    return { ...NOTHING_ERASED, clicks: deleted + emptied, clickLinks };
  }

  *told(saleIds: readonly string[]): Script<[id: string, sale: PersonalSale][]> {
    const ids = padded(saleIds);
    const { rows } = yield* run(`${SALE} WHERE id IN (${placeholders(ids.length)}) ORDER BY id`, ids);
    return rows.map(toSale);
  }

  *toldOfCustomer(customer: string): Script<[id: string, sale: PersonalSale][]> {
    const { rows } = yield* run(`${SALE} WHERE customer_id = ? ORDER BY id`, [customer]);
    return rows.map(toSale);
  }

  *clicksOf(customer: string): Script<PersonalClick[]> {
    const { rows } = yield* run(
      `SELECT c.click_id, c.first_seen_at, c.last_seen_at, c.landing_path, c.partner_parameters, c.consent ` +
        `FROM impact_click_links l JOIN impact_clicks c ON c.id = l.click ` +
        `WHERE l.kind = 'customer' AND l.subject = ? ORDER BY c.first_seen_at, c.id`,
      [customer],
    );
    return rows.map((row) => ({
      clickId: text(row, 'click_id'),
      firstSeenAt: date(row, 'first_seen_at'),
      lastSeenAt: date(row, 'last_seen_at'),
      landingPath: textOrNull(row, 'landing_path'),
      partnerParameters:
        textOrNull(row, 'partner_parameters') === null
          ? {}
          : (json(row, 'partner_parameters') as Record<string, string>),
      consent: text(row, 'consent'),
    }));
  }
}

const toSale = (row: Row): [string, PersonalSale] => [
  text(row, 'id'),
  {
    orderId: text(row, 'order_id'),
    recordedAt: date(row, 'recorded_at'),
    state: text(row, 'state'),
    clickId: textOrNull(row, 'click_id'),
    subscription: textOrNull(row, 'subscription'),
    request: json(row, 'request') as WireParameter[],
  },
];
