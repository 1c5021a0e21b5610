import { bigint, date, dateOrNull, integer, json, type Row, text, textOrNull } from '../database/index.js';
import type { AttributedBy, Conversion, WireParameter } from './ledger.types.js';
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
  clearedAt: row.clearedAt,
  reasonCodes: row.reasonCodes,
});
