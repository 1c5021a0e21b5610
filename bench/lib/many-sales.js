// A shop's last months, made up: sales in every state with their clicks, actions, corrections, calls and stories.
// The same rows each time for the same moment, so that pages and measurements of today and tomorrow can be compared.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CHUNK = 2000;

const REASONS = [
  ['CONV_DUPLICATE'],
  ['OUTSIDE_ASSOCIATION_WINDOW'],
  ['CONTRACT_NOT_FOUND'],
  ['CONV_DUPLICATE'],
  ['PARTNER_NOT_ACTIVE'],
];

const id = (part, number) => `01900000-0000-7${part}00-8000-${String(number).padStart(12, '0')}`;
const money = (minor) => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

/** What has become of a sale of this age, in milliseconds. */
function stateOf(number, age) {
  const kind = (number * 7919) % 1000;
  if (kind < 2 && age > HOUR) return 'UNDELIVERABLE';
  if (kind < 30) return 'SKIPPED';
  if (age < 2 * HOUR) return 'RECORDED';
  if (age < 2 * DAY) return kind < 500 ? 'SENT' : 'CREDITED';
  if (kind < 280) return 'UNATTRIBUTED';
  if (kind < 310) return 'REJECTED';
  if (kind < 335) return 'REVERSED';
  if (age < 30 * DAY) return 'CREDITED';
  return age < 55 * DAY ? 'APPROVED' : 'CLEARED';
}

const WITH_ACTION = ['CREDITED', 'APPROVED', 'CLEARED', 'REVERSED'];

/** How old sale `number` of `total` is; the last one is the youngest. More at the end of the week than before it. */
function ageOf(number, total, days = 90) {
  const place = (number + 0.5) / total;
  const wave = Math.sin(place * days * 2 * Math.PI) * 0.12 + Math.sin(place * (days / 7) * 2 * Math.PI) * 0.3;
  return Math.round((1 - place) * days * DAY * (1 + wave * 0.02)) + 240_000;
}

/** The rows of one sale, by table. */
function saleOf(number, age, { now, account, environment }) {
  const at = now - age;
  const state = stateOf(number, age);
  const minor = 900 + ((number * 7727) % 24_000);
  const partner = String(1_234_500 + ((number * 31) % 24));
  const orderId = `ORDER-${String(number + 1).padStart(8, '0')}`;
  const clickId =
    number % 10 < 6 || WITH_ACTION.includes(state) ? `click${String(number).padStart(27, '0')}` : null;
  const credited = WITH_ACTION.includes(state);
  const stamp = { account, environment };
  const lockingAt = at + 30 * DAY;
  const actionId = `1000.${number + 1}.${100_000 + number}`;
  const payout = money(Math.round(minor * 0.08));
  const sent = !['SKIPPED', 'RECORDED', 'UNDELIVERABLE'].includes(state);
  const clearedAt = state === 'CLEARED' ? at + 55 * DAY : null;
  const problems =
    state === 'UNDELIVERABLE' ? ['impact.com refused it (400): CurrencyCode is not one of the program'] : [];
  const request = [
    ['CampaignId', '1000'],
    ['EventTypeId', '2000'],
    ['EventDate', new Date(at).toISOString()],
    ['OrderId', orderId],
    ...(clickId === null ? [] : [['ClickId', clickId]]),
    ['CurrencyCode', 'USD'],
    ['CustomerId', `customer-${number % 5000}`],
    ['CustomerEmail', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
    ['ItemSku1', 'SHOE-41'],
    ['ItemCategory1', 'shoes'],
    ['ItemQuantity1', '1'],
    ['ItemSubTotal1', money(minor)],
  ];
  const story = [[0, 'recorded', { attributedBy: clickId === null ? null : 'request', clickId }]];
  if (sent) story.push([900, 'sent', { attempt: 1, submissionId: `A-${number + 1}` }]);
  if (credited) {
    const data = { actionId, partnerId: partner, amount: money(minor), currency: 'USD', payout };
    story.push([4 * HOUR, 'credited', data]);
    if (state === 'APPROVED' || clearedAt !== null) story.push([30 * DAY, 'approved', { actionId }]);
    if (clearedAt !== null) story.push([55 * DAY, 'cleared', { actionId }]);
    if (state === 'REVERSED') story.push([6 * DAY, 'reversed', { actionId }]);
  }
  if (state === 'UNDELIVERABLE') story.push([900, 'refused', { reason: problems[0], problems }]);
  const reasons = state === 'REJECTED' ? REASONS[number % REASONS.length] : [];
  if (state === 'REJECTED') story.push([4 * HOUR, 'rejected', { reasonCodes: reasons }]);
  const rows = {
    impact_conversions: [
      {
        id: id(1, number),
        ...stamp,
        program: 'default',
        event_type: 'default',
        order_id: orderId,
        wire_order_id: orderId,
        state,
        recorded_at: at,
        event_at: at,
        sent_at: sent ? at + 900 : null,
        click_id: clickId,
        attributed_by: clickId === null ? null : 'request',
        attribution: JSON.stringify({ clickId, attributedBy: clickId === null ? null : 'request', lost: [] }),
        customer_id: `customer-${number % 5000}`,
        subscription: null,
        currency: 'USD',
        amount_minor: minor,
        fingerprint: 'f'.repeat(64),
        fingerprint_fields: JSON.stringify(
          Object.fromEntries(
            ['currency', 'items[0].sku', 'items[0].subtotal', 'eventDate'].map((name) => [
              name,
              'abcdef0123456789',
            ]),
          ),
        ),
        request: JSON.stringify(request),
        problems: JSON.stringify(problems),
        is_test: 0,
        submission_id: sent ? `A-${number + 1}` : null,
        action_id: credited ? actionId : null,
        action_state: credited
          ? state === 'REVERSED'
            ? 'REVERSED'
            : state === 'CREDITED'
              ? 'PENDING'
              : 'APPROVED'
          : null,
        action_amount: credited ? money(minor) : null,
        action_currency: credited ? 'USD' : null,
        partner_id: credited ? partner : null,
        payout: credited ? payout : null,
        locking_at: credited ? lockingAt : null,
        cleared_at: clearedAt,
        reason_codes: JSON.stringify(reasons),
        verdict_due_at: state === 'SENT' || state === 'CREDITED' ? now + DAY : null,
        verdict_looks: 0,
      },
    ],
    impact_deliveries:
      state === 'SKIPPED'
        ? []
        : [
            {
              id: id(2, number),
              conversion: id(1, number),
              ...stamp,
              kind: 'sale',
              sequence: 0,
              priority: clickId === null ? 2 : 0,
              due_at: state === 'RECORDED' ? now + HOUR : null,
              attempts: sent || state === 'UNDELIVERABLE' ? 1 : 0,
              recorded_at: at,
              first_attempt_at: sent || state === 'UNDELIVERABLE' ? at + 500 : null,
              outcome: state === 'UNDELIVERABLE' ? 'parked' : sent ? 'sent' : null,
              finished_at: sent || state === 'UNDELIVERABLE' ? at + 900 : null,
            },
          ],
    impact_story: story.map(([after, what, data]) => ({
      conversion: id(1, number),
      at: at + after,
      what,
      data: JSON.stringify(data),
    })),
    impact_actions: credited
      ? [
          {
            ...stamp,
            action_id: actionId,
            conversion: id(1, number),
            state: state === 'REVERSED' ? 'REVERSED' : state === 'CREDITED' ? 'PENDING' : 'APPROVED',
            partner_id: partner,
            amount: money(minor),
            currency: 'USD',
            payout,
            first_amount: money(minor),
            event_at: at,
            created_at: at + 4 * HOUR,
            locking_at: lockingAt,
            cleared_at: clearedAt,
            first_seen_at: at + 4 * HOUR,
            changed_at: at + 4 * HOUR,
            modifications: 0,
          },
        ]
      : [],
    // Most clicks never come to anything.
    impact_clicks: Array.from({ length: clickId === null ? 1 : 2 }, (_, extra) => ({
      id: id(3 + extra, number),
      program: 'default',
      click_id:
        extra === 0 && clickId !== null ? clickId : `other${extra}${String(number).padStart(26, '0')}`,
      parameter: 'im_ref',
      first_seen_at: at - 3 * HOUR - extra * DAY,
      last_seen_at: at - 2 * HOUR - extra * DAY,
      expires_at: at - 2 * HOUR - extra * DAY + 30 * DAY,
      landing_path: '/shoes',
      partner_parameters: JSON.stringify({ irpid: partner }),
      consent: 'granted',
    })),
    impact_click_links:
      clickId === null
        ? []
        : [
            {
              id: id(5, number),
              click: id(3, number),
              kind: 'order',
              subject: orderId,
              linked_at: at - 60_000,
            },
          ],
    impact_corrections: [],
  };
  if (credited && number % 40 === 0)
    rows.impact_corrections.push(correctionOf(number, rows, { at, state, minor, lockingAt }));
  return rows;
}

/** Some wait for their sale's action, some are done, and some came too late. */
function correctionOf(number, rows, { at, state, minor, lockingAt }) {
  const [sale] = rows.impact_conversions;
  const claimed = state === 'APPROVED' && number % 400 === 0;
  const open = state === 'CREDITED' && number % 160 === 0;
  const half = money(Math.trunc(minor / 2));
  const claim = {
    reason: 'locked',
    why: 'The action is locked and can no longer be changed by a call.',
    at: lockingAt + DAY,
    actionId: sale.action_id,
    partnerId: sale.partner_id,
    currency: 'USD',
    shown: money(minor),
    wanted: money(minor - Math.trunc(minor / 2)),
    amount: half,
    payout: money(Math.round(minor * 0.04)),
  };
  return {
    id: id(6, number),
    conversion: sale.id,
    account: sale.account,
    environment: sale.environment,
    program: 'default',
    event_type: 'default',
    order_id: sale.order_id,
    correction_key: `refund-${number}`,
    kind: 'refund',
    target: JSON.stringify({ amount: half, amountMinor: String(Math.trunc(minor / 2)), currency: 'USD' }),
    fingerprint: 'c'.repeat(64),
    state: claimed ? 'refused' : open ? 'held' : 'confirmed',
    recorded_at: at + 5 * DAY,
    sequence: null,
    absolute: null,
    action_id: sale.action_id,
    reason_codes: '[]',
    problems: claimed ? JSON.stringify(['The action is locked.']) : '[]',
    due_at: null,
    looks: 1,
    claim: claimed ? JSON.stringify(claim) : null,
  };
}

/** What the account's row says in the middle of an hour. */
const accountRow = ({ now, account, environment }) => ({
  account,
  environment,
  scope: 'all',
  paused_until: 0,
  paused_since: 0,
  reason: '',
  failures: 0,
  window_started_at: now - 1_200_000,
  window_calls: 412,
  positions: '{}',
  paused_spans: '[]',
});

/**
 * Fills the tables.
 *
 * @param insert `(table, rows)`: stores rows that all have the same columns.
 * @param settings see `many-sales.d.ts`.
 */
export async function plantSales(insert, { sales, first = 0, chunk = CHUNK, ...settings }) {
  for (let from = 0; from < sales; from += chunk) {
    const batch = {};
    for (let number = from; number < Math.min(sales, from + chunk); number += 1) {
      const age = ageOf(number, sales, settings.days);
      for (const [table, rows] of Object.entries(saleOf(first + number, age, settings)))
        (batch[table] ??= []).push(...rows);
    }
    for (const [table, rows] of Object.entries(batch)) if (rows.length > 0) await insert(table, rows);
  }
  await insert('impact_accounts', [accountRow(settings)]);
}

/** A reconciliation that found something. */
export async function plantReconciliation(insert, { sales, now, account, environment }) {
  const order = (number) => `ORDER-${String(number).padStart(8, '0')}`;
  const differences = Array.from({ length: Math.min(12, sales) }, (_, index) =>
    index % 3 === 0
      ? {
          kind: 'missing-at-vendor',
          orderId: order(index + 1),
          words: 'It was sent, and impact.com has no action of it.',
          advice: 'Send it again, or ask the vendor what became of its submission.',
          repair: 'send-again',
          repaired: false,
        }
      : {
          kind: 'amount',
          orderId: order(index + 1),
          words: 'The action is worth 95.00 USD and should be worth 90.00 USD.',
          advice: 'Record a correction, or let the repair do it.',
          repair: 'correct-amount',
          repaired: index % 2 === 0,
        },
  );
  const missing = differences.filter(({ kind }) => kind === 'missing-at-vendor').length;
  const row = {
    account,
    environment,
    checked_at: now - 6 * HOUR,
    window_from: now - 31 * DAY,
    window_to: now - DAY,
    summary: `${Math.round(sales / 3)} sales, ${Math.round(sales / 5)} actions, ${Math.round(sales / 5)} compared, 2 calls`,
    counts: JSON.stringify({ 'missing-at-vendor': missing, amount: differences.length - missing }),
    differences: JSON.stringify(differences),
  };
  await insert('impact_reconciliations', [row]);
}

/** `insert` over a plain connection of `raw.js`. */
export function inserter(raw, kind) {
  return async (table, rows) => {
    const columns = Object.keys(rows[0]);
    const into = `INSERT INTO ${table} (${columns.join(', ')})`;
    const values = rows.map((row) => columns.map((column) => row[column] ?? null));
    if (kind === 'postgres') {
      await raw.query(
        `${into} SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $1)`,
        [JSON.stringify(rows)],
      );
    } else if (kind === 'mariadb') {
      await raw.query(`${into} VALUES ?`, [values]);
    } else {
      await raw.begin();
      for (const row of values) raw.query(`${into} VALUES (${columns.map(() => '?').join(', ')})`, row);
      await raw.commit();
    }
  };
}
