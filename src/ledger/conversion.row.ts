import {
  bigint,
  date,
  dateOrNull,
  integer,
  json,
  type Row,
  type SqlValue,
  text,
  textOrNull,
} from '../database/index.js';
import { isMadeOrderId } from '../wire/index.js';
import type { AttributedBy, Conversion, SaleEntry, WireParameter } from './ledger.types.js';
import type { ConversionState } from './states.rules.js';

/** The whole row, for the package's own use. */
export interface ConversionRow {
  readonly id: string;
  readonly account: string;
  readonly environment: string;
  readonly program: string;
  readonly eventType: string;
  readonly orderId: string;
  readonly wireOrderId: string;
  readonly state: ConversionState;
  readonly recordedAt: Date;
  readonly eventAt: Date;
  readonly sentAt: Date | null;
  readonly clickId: string | null;
  readonly attributedBy: AttributedBy | null;
  readonly attribution: unknown;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly fingerprint: string;
  readonly fingerprintFields: Readonly<Record<string, string>>;
  readonly request: readonly WireParameter[];
  readonly problems: string[];
  readonly test: boolean;
  readonly submissionId: string | null;
  readonly actionId: string | null;
  readonly actionAmount: string | null;
  readonly actionCurrency: string | null;
  readonly partnerId: string | null;
  readonly payout: string | null;
  readonly lockingDate: Date | null;
  readonly clearedAt: Date | null;
  readonly reasonCodes: string[];
  /** When what it knew of its customer was taken out; null while nobody has asked for that. */
  readonly erasedAt: Date | null;
}

export const conversionRowOf = (row: Row): ConversionRow => ({
  id: text(row, 'id'),
  account: text(row, 'account'),
  environment: text(row, 'environment'),
  program: text(row, 'program'),
  eventType: text(row, 'event_type'),
  orderId: text(row, 'order_id'),
  wireOrderId: text(row, 'wire_order_id'),
  state: text(row, 'state') as ConversionState,
  recordedAt: date(row, 'recorded_at'),
  eventAt: date(row, 'event_at'),
  sentAt: dateOrNull(row, 'sent_at'),
  clickId: textOrNull(row, 'click_id'),
  attributedBy: textOrNull(row, 'attributed_by') as AttributedBy | null,
  attribution: json(row, 'attribution'),
  currency: text(row, 'currency'),
  amountMinor: bigint(row, 'amount_minor'),
  fingerprint: text(row, 'fingerprint'),
  fingerprintFields: json(row, 'fingerprint_fields') as ConversionRow['fingerprintFields'],
  request: json(row, 'request') as WireParameter[],
  problems: json(row, 'problems') as string[],
  test: integer(row, 'is_test') === 1,
  submissionId: textOrNull(row, 'submission_id'),
  actionId: textOrNull(row, 'action_id'),
  actionAmount: textOrNull(row, 'action_amount'),
  actionCurrency: textOrNull(row, 'action_currency'),
  partnerId: textOrNull(row, 'partner_id'),
  payout: textOrNull(row, 'payout'),
  lockingDate: dateOrNull(row, 'locking_at'),
  clearedAt: dateOrNull(row, 'cleared_at'),
  reasonCodes: json(row, 'reason_codes') as string[],
  erasedAt: dateOrNull(row, 'erased_at'),
});

/** Columns that a sale brings along, with their values: all that a new row has. */
export const columnsOf = (id: string, sale: SaleEntry, recordedAt: number) =>
  ({
    id,
    account: sale.account,
    environment: sale.environment,
    program: sale.program,
    event_type: sale.eventType,
    order_id: sale.orderId,
    wire_order_id: sale.wireOrderId,
    made_order_id: isMadeOrderId(sale.wireOrderId) ? sale.wireOrderId : null,
    state: sale.state,
    recorded_at: recordedAt,
    event_at: sale.eventAt.getTime(),
    click_id: sale.clickId,
    attributed_by: sale.attributedBy,
    attribution: JSON.stringify(sale.attribution),
    customer_id: sale.customerId,
    subscription: sale.subscription,
    currency: sale.currency,
    amount_minor: sale.amountMinor,
    fingerprint: sale.fingerprint,
    fingerprint_fields: JSON.stringify(sale.fingerprintFields),
    request: JSON.stringify(sale.request),
    problems: JSON.stringify(sale.problems),
    is_test: sale.test ? 1 : 0,
    reason_codes: '[]',
    verdict_looks: 0,
  }) satisfies Record<string, SqlValue>;

/** A row that was stored just now, as reading it would give it. */
export const newRowOf = (id: string, sale: SaleEntry, recordedAt: number): ConversionRow => ({
  id,
  account: sale.account,
  environment: sale.environment,
  program: sale.program,
  eventType: sale.eventType,
  orderId: sale.orderId,
  wireOrderId: sale.wireOrderId,
  state: sale.state,
  recordedAt: new Date(recordedAt),
  eventAt: sale.eventAt,
  sentAt: null,
  clickId: sale.clickId,
  attributedBy: sale.attributedBy,
  attribution: sale.attribution,
  currency: sale.currency,
  amountMinor: sale.amountMinor,
  fingerprint: sale.fingerprint,
  fingerprintFields: sale.fingerprintFields,
  request: sale.request,
  problems: [...sale.problems],
  test: sale.test,
  submissionId: null,
  actionId: null,
  actionAmount: null,
  actionCurrency: null,
  partnerId: null,
  payout: null,
  lockingDate: null,
  clearedAt: null,
  reasonCodes: [],
  erasedAt: null,
});

/** The public read model of a row. `decimal` renders minor units in the currency's own decimals. */
export const conversionOf = (
  row: ConversionRow,
  decimal: (minor: bigint, currency: string) => string,
): Conversion => ({
  id: row.id,
  orderId: row.orderId,
  state: row.state,
  recordedAt: row.recordedAt,
  problems: row.problems,
  clickId: row.clickId,
  attributedBy: row.attributedBy,
  currency: row.currency,
  amount: decimal(row.amountMinor, row.currency),
  submissionId: row.submissionId,
  actionId: row.actionId,
  partnerId: row.partnerId,
  payout: row.payout,
  lockingDate: row.lockingDate,
  actionAmount: row.actionAmount,
  actionCurrency: row.actionCurrency,
  clearedAt: row.clearedAt,
  reasonCodes: row.reasonCodes,
});
