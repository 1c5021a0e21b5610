import type { Attribution } from '../clicks/index.js';
import type { ResolvedImpactOptions } from '../config/index.js';
import type { SaleEntry } from '../ledger/index.js';
import {
  attributionKeys,
  customerIdOf,
  eventDateWarnings,
  type SalePreparation,
  toParameters,
} from '../wire/index.js';

type Usable = Extract<SalePreparation, { ok: true }>;
type Unusable = Extract<SalePreparation, { ok: false }>;

/** What decides about a row besides the sale itself. */
export interface EntryContext {
  readonly options: ResolvedImpactOptions;
  readonly now: Date;
}

/** The ledger's row of a sale, with the click that it is given to. */
export const entryWith = (
  prepared: SalePreparation,
  attribution: Attribution,
  context: EntryContext,
): SaleEntry =>
  prepared.ok ? entryOf(prepared, attribution, context) : parkedEntryOf(prepared, attribution, context);

/** The row of a sale that can be sent. */
function entryOf(prepared: Usable, attribution: Attribution, { options, now }: EntryContext): SaleEntry {
  const { sale } = prepared;
  const { clickId, capturedAt } = attribution;
  const keys = attributionKeys(sale, clickId);
  const attributable = clickId !== null || keys.includes('OrderPromoCode');
  const skipped = reasonToSkip(keys.length > 0, attributable, sale.test, options.recording.send);
  const clickAt = capturedAt === null ? null : new Date(capturedAt);
  const dates = eventDateWarnings(sale.eventDate, { now, clickAt });
  const remarks = [...prepared.warnings, ...dates].map(({ message }) => message);
  const warnings = [...new Set(skipped === null ? remarks : [...remarks, skipped])];
  const { campaignId, eventTypeId, eventTypeCode } = options;
  return {
    account: options.accountSid,
    environment: options.environment,
    program: options.program,
    eventType: options.eventType,
    orderId: sale.orderId,
    wireOrderId: sale.wireOrderId,
    state: skipped !== null ? 'SKIPPED' : options.mode === 'dry-run' ? 'DRY_RUN' : 'RECORDED',
    eventAt: new Date(sale.eventDate),
    clickId,
    attributedBy: attribution.attributedBy,
    attribution,
    customerId: customerIdOf(sale),
    subscription: sale.subscription,
    currency: sale.currency,
    amountMinor: prepared.creditable,
    fingerprint: prepared.fingerprint.hash,
    fingerprintFields: prepared.fingerprint.fields,
    request: toParameters(sale, { campaignId, eventTypeId, eventTypeCode, clickId }),
    problems: [],
    warnings,
    test: sale.test,
    attributable,
  };
}

export const NO_CLICK: Attribution = { clickId: null, attributedBy: null, capturedAt: null, lost: [] };

/** The row of a sale that needs a person: what was understood of it, and what is wrong. */
function parkedEntryOf(
  { unusable, problems, warnings }: Unusable,
  attribution: Attribution,
  { options, now }: EntryContext,
): SaleEntry {
  return {
    account: options.accountSid,
    environment: options.environment,
    program: options.program,
    eventType: options.eventType,
    orderId: unusable.orderId,
    wireOrderId: unusable.wireOrderId,
    state: 'UNDELIVERABLE',
    eventAt: unusable.eventAt === null ? now : new Date(unusable.eventAt),
    clickId: attribution.clickId,
    attributedBy: attribution.attributedBy,
    attribution,
    customerId: unusable.customerId,
    subscription: unusable.subscription,
    currency: unusable.currency,
    amountMinor: 0n,
    fingerprint: unusable.fingerprint,
    fingerprintFields: {},
    request: [['understood', JSON.stringify(unusable.understood)]],
    problems: problems.map(({ message }) => message),
    warnings: warnings.map(({ message }) => message),
    test: false,
    attributable: false,
  };
}

function reasonToSkip(
  hasKey: boolean,
  attributable: boolean,
  test: boolean,
  send: 'all' | 'attributable',
): string | null {
  if (test) return 'it is a test order, and test orders are not sent';
  if (!hasKey) return 'it has no attribution key: no click, no promo code, no customer id';
  if (send === 'attributable' && !attributable) {
    return 'it has neither a click nor a promo code, and recording.send is "attributable"';
  }
  return null;
}
