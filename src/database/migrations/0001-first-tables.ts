import type { DatabaseDialect } from '../dialect.js';
import type { Migration } from './migration.js';
import { createTable, type TableShape } from './table.statements.js';

/**
 * Times are epoch milliseconds in `bigint` (docs/decisions/003): no database, driver or session can shift
 * them by a time zone. Money is in minor units of its currency.
 */
export class FirstTables implements Migration {
  readonly version = 1;
  readonly name = 'first-tables';

  up(dialect: DatabaseDialect): readonly string[] {
    const { exact, longText, bigint, integer, serialKey } = dialect.types;
    const tables: TableShape[] = [
      {
        name: 'impact_clicks',
        columns: [
          `id ${exact(36)} NOT NULL PRIMARY KEY`,
          `program ${exact(64)} NOT NULL`,
          `click_id ${exact(64)} NOT NULL`,
          `parameter ${exact(64)} NOT NULL`,
          `first_seen_at ${bigint} NOT NULL`,
          `last_seen_at ${bigint} NOT NULL`,
          `expires_at ${bigint} NOT NULL`,
          `landing_path ${longText}`,
          `partner_parameters ${longText}`,
          `consent ${exact(16)} NOT NULL`,
          `CONSTRAINT uq_impact_clicks UNIQUE (program, click_id)`,
        ],
        // The others of these columns are for counting clicks by day without a look at the rows.
        indexes: [{ name: 'ix_impact_clicks_expires', on: 'expires_at, program, first_seen_at' }],
      },
      {
        name: 'impact_click_links',
        columns: [
          `id ${exact(36)} NOT NULL PRIMARY KEY`,
          `click ${exact(36)} NOT NULL`,
          `kind ${exact(16)} NOT NULL`,
          `subject ${exact(255)} NOT NULL`,
          `linked_at ${bigint} NOT NULL`,
          `CONSTRAINT uq_impact_click_links UNIQUE (click, kind, subject)`,
        ],
        indexes: [{ name: 'ix_impact_click_links_subject', on: 'kind, subject' }],
      },
      {
        name: 'impact_conversions',
        columns: [
          `id ${exact(36)} NOT NULL PRIMARY KEY`,
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `program ${exact(64)} NOT NULL`,
          `event_type ${exact(64)} NOT NULL`,
          `order_id ${exact(255)} NOT NULL`,
          `wire_order_id ${exact(64)} NOT NULL`,
          // The wire order id again where it is not the order id itself: hardly any row has one.
          `made_order_id ${exact(64)}`,
          `state ${exact(24)} NOT NULL`,
          `recorded_at ${bigint} NOT NULL`,
          `event_at ${bigint} NOT NULL`,
          `sent_at ${bigint}`,
          `click_id ${exact(64)}`,
          `attributed_by ${exact(16)}`,
          `attribution ${longText} NOT NULL`,
          `customer_id ${exact(255)}`,
          `subscription ${exact(255)}`,
          `currency ${exact(3)} NOT NULL`,
          `amount_minor ${bigint} NOT NULL`,
          `fingerprint ${exact(64)} NOT NULL`,
          `fingerprint_fields ${longText} NOT NULL`,
          `request ${longText} NOT NULL`,
          `problems ${longText} NOT NULL`,
          `is_test ${integer} NOT NULL`,
          `submission_id ${exact(128)}`,
          `action_id ${exact(64)}`,
          `action_state ${exact(16)}`,
          `action_amount ${exact(32)}`,
          `action_currency ${exact(3)}`,
          `partner_id ${exact(32)}`,
          `payout ${exact(32)}`,
          `locking_at ${bigint}`,
          `cleared_at ${bigint}`,
          `reason_codes ${longText} NOT NULL`,
          `verdict_due_at ${bigint}`,
          `verdict_looks ${integer} NOT NULL`,
          // When what it knew of its customer was taken out; NULL while that is kept.
          `erased_at ${bigint}`,
          `CONSTRAINT uq_impact_conversions UNIQUE (program, event_type, order_id)`,
        ],
        indexes: [
          // Also what a page of all sales counts: by state and day, without a look at the rows.
          { name: 'ix_impact_conversions_state', on: 'account, environment, state, event_at, id' },
          { name: 'ix_impact_conversions_action', on: 'action_id', some: 'action_id' },
          { name: 'ix_impact_conversions_submission', on: 'submission_id', some: 'submission_id' },
          { name: 'ix_impact_conversions_customer', on: 'customer_id', some: 'customer_id' },
          {
            name: 'ix_impact_conversions_verdict',
            on: 'account, environment, verdict_due_at',
            some: 'verdict_due_at',
          },
          { name: 'ix_impact_conversions_made_order', on: 'made_order_id', some: 'made_order_id' },
          { name: 'ix_impact_conversions_event', on: 'event_at, id' },
          {
            name: 'ix_impact_conversions_subscription',
            on: 'subscription, recorded_at',
            some: 'subscription',
          },
        ],
      },
      {
        // Every action of a recorded order, as the vendor last told it; the sale shows the one that counts.
        name: 'impact_actions',
        columns: [
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `action_id ${exact(64)} NOT NULL`,
          `conversion ${exact(36)} NOT NULL`,
          `state ${exact(16)} NOT NULL`,
          `partner_id ${exact(32)}`,
          `amount ${exact(32)}`,
          `currency ${exact(3)}`,
          `payout ${exact(32)}`,
          `original_amount ${exact(32)}`,
          `original_currency ${exact(3)}`,
          // Before any correction: what the vendor converted the sale's own amount to.
          `first_amount ${exact(32)}`,
          `customer_status ${exact(40)}`,
          `event_at ${bigint}`,
          `created_at ${bigint}`,
          `locking_at ${bigint}`,
          `cleared_at ${bigint}`,
          `first_seen_at ${bigint} NOT NULL`,
          `changed_at ${bigint} NOT NULL`,
          `modifications ${integer} NOT NULL`,
          `CONSTRAINT pk_impact_actions PRIMARY KEY (account, environment, action_id)`,
        ],
        indexes: [{ name: 'ix_impact_actions_conversion', on: 'conversion' }],
      },
      {
        name: 'impact_corrections',
        columns: [
          `id ${exact(36)} NOT NULL PRIMARY KEY`,
          `conversion ${exact(36)}`,
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `program ${exact(64)} NOT NULL`,
          `event_type ${exact(64)} NOT NULL`,
          `order_id ${exact(255)} NOT NULL`,
          `correction_key ${exact(191)} NOT NULL`,
          `kind ${exact(16)} NOT NULL`,
          `target ${longText} NOT NULL`,
          `fingerprint ${exact(64)} NOT NULL`,
          `state ${exact(24)} NOT NULL`,
          `recorded_at ${bigint} NOT NULL`,
          // The order in which a sale's corrections were taken up; NULL while it waits.
          `sequence ${integer}`,
          // What the sale is to be worth once it is done, as JSON; worked out when it is taken up.
          `absolute ${longText}`,
          `action_id ${exact(64)}`,
          `submission_id ${exact(128)}`,
          `sent_at ${bigint}`,
          `reason_codes ${longText}`,
          `problems ${longText}`,
          // When somebody has to look at it again; NULL while nothing is to be done.
          `due_at ${bigint}`,
          `looks ${integer} NOT NULL`,
          // What has to be settled by hand because the action can no longer be changed, as JSON.
          `claim ${longText}`,
          `settled_at ${bigint}`,
          `settled_by ${longText}`,
          `CONSTRAINT uq_impact_corrections UNIQUE (program, event_type, order_id, correction_key)`,
        ],
        indexes: [
          { name: 'ix_impact_corrections_due', on: 'account, environment, due_at', some: 'due_at' },
          { name: 'ix_impact_corrections_submission', on: 'submission_id', some: 'submission_id' },
        ],
      },
      {
        name: 'impact_deliveries',
        columns: [
          `id ${exact(36)} NOT NULL PRIMARY KEY`,
          `conversion ${exact(36)} NOT NULL`,
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `kind ${exact(16)} NOT NULL`,
          `sequence ${integer} NOT NULL`,
          `priority ${integer} NOT NULL`,
          // NULL once finished. A claim moves it to the end of the lease, so a lease that runs out makes the row due.
          `due_at ${bigint}`,
          `lease_token ${exact(36)}`,
          `attempts ${integer} NOT NULL`,
          `recorded_at ${bigint} NOT NULL`,
          `first_attempt_at ${bigint}`,
          // When an attempt ended without telling whether it arrived; NULL otherwise.
          `unknown_since ${bigint}`,
          `outcome ${exact(24)}`,
          // What is sent; NULL for the sale itself, whose request stands in its own row.
          `request ${longText}`,
          `finished_at ${bigint}`,
          `CONSTRAINT uq_impact_deliveries UNIQUE (conversion, sequence)`,
        ],
        indexes: [
          {
            name: 'ix_impact_deliveries_due',
            on: 'account, environment, priority, due_at, id',
            some: 'due_at',
          },
        ],
      },
      {
        name: 'impact_story',
        columns: [
          `id ${serialKey}`,
          `conversion ${exact(36)} NOT NULL`,
          `at ${bigint} NOT NULL`,
          `what ${exact(40)} NOT NULL`,
          `data ${longText} NOT NULL`,
        ],
        indexes: [{ name: 'ix_impact_story_conversion', on: 'conversion, id' }],
      },
      {
        name: 'impact_accounts',
        columns: [
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          // What is paused: all, sales, corrections or reads.
          `scope ${exact(16)} NOT NULL`,
          `paused_until ${bigint} NOT NULL`,
          `paused_since ${bigint} NOT NULL`,
          `reason ${longText} NOT NULL`,
          `failures ${integer} NOT NULL`,
          `window_started_at ${bigint} NOT NULL`,
          `window_calls ${integer} NOT NULL`,
          `positions ${longText} NOT NULL`,
          // When it was paused, as JSON: that time does not age what waited.
          `paused_spans ${longText} NOT NULL`,
          // Whoever walks over the actions holds this: one process at a time.
          `lease_token ${exact(36)}`,
          `lease_until ${bigint}`,
          `CONSTRAINT pk_impact_accounts PRIMARY KEY (account, environment, scope)`,
        ],
      },
      {
        // What the last reconciliation came to: one row, written over by the next.
        name: 'impact_reconciliations',
        columns: [
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `checked_at ${bigint} NOT NULL`,
          `window_from ${bigint} NOT NULL`,
          `window_to ${bigint} NOT NULL`,
          `summary ${longText} NOT NULL`,
          `counts ${longText} NOT NULL`,
          // The first ones, as JSON.
          `differences ${longText} NOT NULL`,
          `CONSTRAINT pk_impact_reconciliations PRIMARY KEY (account, environment)`,
        ],
      },
      {
        // The account's own list of promo codes, read as a whole and kept as a whole.
        name: 'impact_promo_codes',
        columns: [
          `account ${exact(64)} NOT NULL`,
          `environment ${exact(64)} NOT NULL`,
          `program ${exact(64)} NOT NULL`,
          // Those that belong to a partner, as JSON; NULL while nobody has read them.
          `codes ${longText}`,
          `fetched_at ${bigint}`,
          // When sales with codes were recorded last: while there are none, nobody reads.
          `asked_at ${bigint}`,
          // Whoever reads them holds this; after a failure until it is worth another try.
          `lease_token ${exact(36)}`,
          `lease_until ${bigint}`,
          `CONSTRAINT pk_impact_promo_codes PRIMARY KEY (account, environment, program)`,
        ],
      },
    ];
    return tables.flatMap((table) => createTable(dialect, table));
  }
}
