import type { Attribution } from '../clicks/index.js';
import { asksForConsent, type ResolvedImpactOptions } from '../config/index.js';
import { type PromoCodeBook, promoCodeNotes, type SaleEntry } from '../ledger/index.js';
import {
  attributionKeys,
  customerIdOf,
  eventDateWarnings,
  type SalePreparation,
  toParameters,
} from '../wire/index.js';
import { consentOfClick, oldClickNote, reasonToSkip, testNote } from './sale.rules.js';

type Usable = Extract<SalePreparation, { ok: true }>;
type Unusable = Extract<SalePreparation, { ok: false }>;

/** What decides about a row besides the sale itself. */
export interface EntryContext {
  readonly options: ResolvedImpactOptions;
  readonly now: Date;
  readonly promoCodes: Pick<PromoCodeBook, 'choose'>;
}

/** A click, and whose it is as far as anybody asked: only a test order wants to know. */
export interface GivenClick {
  readonly attribution: Attribution;
  readonly partnerId: string | null;
}

/** The ledger's row of a sale, with the click that it is given to. */
export const entryWith = (prepared: SalePreparation, click: GivenClick, context: EntryContext): SaleEntry =>
  prepared.ok ? entryOf(prepared, click, context) : parkedEntryOf(prepared, click.attribution, context);

/** The row of a sale that can be sent. */
function entryOf(prepared: Usable, click: GivenClick, { options, now, promoCodes }: EntryContext): SaleEntry {
  const { sale } = prepared;
  const { attribution, partnerId } = click;
  const { clickId, capturedAt } = attribution;
  const eventAt = new Date(sale.eventDate);
  const choice = promoCodes.choose(sale.promoCodes, eventAt);
  const keys = attributionKeys(sale, clickId);
  const attributable = clickId !== null || keys.includes('OrderPromoCode');
  const facts = { hasKey: keys.length > 0, attributable, isTest: sale.test, clickId, partnerId };
  const skipped = reasonToSkip(facts, options.recording);
  const clickAt = capturedAt === null ? null : new Date(capturedAt);
  const dates = eventDateWarnings(sale.eventDate, { now, clickAt });
  const remarks = [
    ...[...prepared.warnings, ...dates].map(({ message }) => message),
    ...promoCodeNotes(choice, clickId),
    ...oldClickNote(attribution, eventAt, options.capture.referralWindow),
    ...testNote(facts, options.recording),
  ];
  const warnings = [...new Set(skipped === null ? remarks : [...remarks, skipped])];
  const { campaignId, eventTypeId, eventTypeCode } = options;
  const asked = asksForConsent(options);
  const consent = consentOfClick(attribution, { eventAt, window: options.capture.referralWindow, asked });
  return {
    account: options.accountSid,
    environment: options.environment,
    program: options.program,
    eventType: options.eventType,
    orderId: sale.orderId,
    wireOrderId: sale.wireOrderId,
    state: skipped !== null ? 'SKIPPED' : options.mode === 'dry-run' ? 'DRY_RUN' : 'RECORDED',
    eventAt,
    clickId,
    attributedBy: attribution.attributedBy,
    attribution: choice === null ? attribution : { ...attribution, promoCode: choice },
    customerId: customerIdOf(sale),
    subscription: sale.subscription,
    currency: sale.currency,
    amountMinor: prepared.creditable,
    fingerprint: prepared.fingerprint.hash,
    fingerprintFields: prepared.fingerprint.fields,
    request: toParameters(withConsent(sale, consent), {
      campaignId,
      eventTypeId,
      eventTypeCode,
      clickId,
      promoCode: choice?.sent ?? null,
    }),
    problems: [],
    warnings,
    test: sale.test,
    attributable,
  };
}

/** What the caller says of the customer's consent counts. */
const withConsent = (sale: Usable['sale'], consent: true | null): Usable['sale'] =>
  consent === null || sale.details['TrackingConsent'] !== undefined
    ? sale
    : { ...sale, details: { ...sale.details, TrackingConsent: 'true' } };

export const NO_CLICK: Attribution = { clickId: null, attributedBy: null, capturedAt: null, lost: [] };
export const NOBODYS_CLICK: GivenClick = { attribution: NO_CLICK, partnerId: null };

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
