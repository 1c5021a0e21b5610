import { type ConversionState, mayChange } from '../../ledger/index.js';
import { currencyDecimals, formatMoney } from '../../wire/index.js';
import { currentOf, type ShelvedAction, vendorSide } from './action.shelf.js';
import { decimal } from './decimal.js';
import type { Finding, LedgerSide, VendorSide } from './difference.model.js';

/** What the ledger knows of a sale. Times are epoch milliseconds. */
export interface SaleFacts {
  readonly id: string;
  readonly orderId: string;
  readonly wireOrderId: string;
  readonly state: ConversionState;
  readonly test: boolean;
  readonly eventAt: number;
  readonly sentAt: number | null;
  readonly currency: string;
  /** As it was recorded. */
  readonly recordedMinor: bigint;
  /** After its confirmed corrections. */
  readonly expectedMinor: bigint;
  readonly openCorrections: number;
  readonly claims: readonly { readonly key: string; readonly claim: unknown }[];
  readonly partnerId: string | null;
  readonly submissionId: string | null;
  readonly reasonCodes: readonly string[];
  /** Had a click or a promo code, so that somebody should be credited. */
  readonly attributable: boolean;
  /** Its call; `null` when it never had one. */
  readonly delivery: { readonly finishedAt: number | null; readonly mayHaveArrived: boolean } | null;
}

export interface ComparisonContext {
  readonly now: number;
  /** Sales sent less than so many milliseconds ago are left to the verdicts. */
  readonly grace: number;
  /** So many milliseconds before it locks, an action is told of. */
  readonly locksWithin: number;
  /** ISO 4217; `null` when it is not known. */
  readonly accountCurrency: string | null;
  /** Reason codes whose cause has been mended. */
  readonly mended: ReadonlySet<string>;
  /** Actions appear late: what may have arrived is not sent again before so many milliseconds. */
  readonly appearsWithin: number;
}

const MINUTE = 60_000;
/** Another integration made the action: it is not this one's to correct. */
const NEVER_SENT: ReadonlySet<ConversionState> = new Set(['DRY_RUN', 'SKIPPED', 'CANCELLED']);

const VENDOR_STATE: Readonly<Partial<Record<ConversionState, VendorSide['state']>>> = {
  CREDITED: 'PENDING',
  APPROVED: 'APPROVED',
  CLEARED: 'CLEARED',
  REVERSED: 'REVERSED',
};
const LEDGER_STATE = {
  PENDING: 'CREDITED',
  APPROVED: 'APPROVED',
  CLEARED: 'CLEARED',
  REVERSED: 'REVERSED',
} as const;

/** A sale and its action in another currency. */
export interface ConvertedPair {
  readonly sale: SaleFacts;
  readonly action: ShelvedAction;
}

/** What comparing a sale with its actions came to. */
export interface Comparison {
  readonly findings: readonly Finding[];
  /** In another currency than the sale: judged once all of them are known. */
  readonly converted: ConvertedPair | null;
}

/** Compares a sale with its actions, of which there is at least one, and marks them as its own. */
export function compareSale(
  sale: SaleFacts,
  actions: readonly ShelvedAction[],
  context: ComparisonContext,
): Comparison {
  for (const action of actions) action.owner = sale.test ? 'test' : 'sale';
  const current = currentOf(actions);
  if (sale.test || current === null) return { findings: [], converted: null };
  current.counts = true;
  const ledger = ledgerSide(sale);
  const vendor = vendorSide(current);
  const findings: Finding[] = [];
  const others = actions.filter((one) => one !== current && one.state !== 'REVERSED');
  if (others.length > 0 && current.state !== 'REVERSED') {
    findings.push({ kind: 'duplicate', ledger, vendor, others: others.map(vendorSide), repair: 'none' });
  }
  const { finding, converted } = compareMoney(sale, current, context);
  if (finding !== null) findings.push(finding);
  if (sale.partnerId !== null && current.partnerId !== null && sale.partnerId !== current.partnerId) {
    findings.push({ kind: 'partner', ledger, vendor, repair: 'read-again' });
  }
  if (statesDiffer(sale, current, context)) {
    const target = LEDGER_STATE[current.state as keyof typeof LEDGER_STATE];
    const repair = mayChange(sale.state, target) ? 'read-again' : 'none';
    findings.push({ kind: 'state', ledger, vendor, repair });
  }
  // The vendor keeps whole seconds.
  if (current.eventAt !== null && Math.abs(current.eventAt - sale.eventAt) >= MINUTE) {
    findings.push({ kind: 'date', ledger, vendor, repair: 'none' });
  }
  const locks = sale.openCorrections > 0 ? lockingSoon(sale, current, 'correction-open', context) : null;
  if (locks !== null) findings.push(locks);
  return { findings, converted };
}

/** Claims of a sale: what could no longer be changed and nobody has settled. */
export function claimsOf(sale: SaleFacts, actions: readonly ShelvedAction[]): Finding[] {
  const current = currentOf(actions);
  return sale.claims.map(({ key, claim }) => ({
    kind: 'claim',
    ledger: ledgerSide(sale),
    vendor: current === null ? null : vendorSide(current),
    correctionKey: key,
    claim,
    repair: 'none',
  }));
}

/** An action that can soon not be changed any more, although something is left to do; `null` when it is none. */
export function lockingSoon(
  sale: SaleFacts,
  action: ShelvedAction,
  because: 'correction-open' | 'unfulfilled',
  { now, locksWithin }: Pick<ComparisonContext, 'now' | 'locksWithin'>,
): Finding | null {
  const { lockingAt, state } = action;
  if (state !== 'PENDING' || lockingAt === null || lockingAt <= now || lockingAt > now + locksWithin)
    return null;
  return {
    kind: 'locks-soon',
    ledger: ledgerSide(sale),
    vendor: vendorSide(action),
    locksAt: new Date(lockingAt),
    because,
    repair: 'none',
  };
}

function compareMoney(
  sale: SaleFacts,
  action: ShelvedAction,
  { now, accountCurrency }: ComparisonContext,
): { readonly finding: Finding | null; readonly converted: ConvertedPair | null } {
  const nothing = { finding: null, converted: null };
  const got = decimal(action.amount);
  // What waits for a correction is between two amounts, and what was reversed is worth nothing.
  if (got === null || action.state === 'REVERSED' || sale.state === 'UNDELIVERABLE') return nothing;
  const ledger = ledgerSide(sale);
  const vendor = vendorSide(action);
  const same = action.currency === null || action.currency === sale.currency;
  const misread = action.originalCurrency !== null && action.originalCurrency !== sale.currency;
  const foreign = !same && accountCurrency !== null && action.currency !== accountCurrency;
  if (misread || foreign) {
    return { finding: { kind: 'currency', ledger, vendor, repair: 'none' }, converted: null };
  }
  if (sale.openCorrections > 0 || currencyDecimals(sale.currency) === undefined) return nothing;
  const expected = formatMoney(sale.expectedMinor, sale.currency);
  if (!same) {
    const sent = decimal(action.originalAmount);
    const recorded = formatMoney(sale.recordedMinor, sale.currency);
    const finding: Finding | null =
      sent !== null && action.originalCurrency !== null && !sent.eq(recorded)
        ? { kind: 'amount', ledger, vendor, expected: recorded, repair: 'none' }
        : null;
    action.converted = true;
    return { finding, converted: finding === null ? { sale, action } : null };
  }
  action.expected = expected;
  if (got.eq(expected)) return nothing;
  const changeable =
    !NEVER_SENT.has(sale.state) &&
    action.state === 'PENDING' &&
    (action.lockingAt === null || action.lockingAt > now);
  const repair = changeable ? 'correct-amount' : 'none';
  return { finding: { kind: 'amount', ledger, vendor, expected, repair }, converted: null };
}

function statesDiffer(sale: SaleFacts, { state }: ShelvedAction, context: ComparisonContext): boolean {
  if (state === 'UNKNOWN' || VENDOR_STATE[sale.state] === state) return false;
  // A shop that only tries the module out beside another integration would have nothing but these.
  if (sale.state === 'DRY_RUN') return false;
  return !(sale.state === 'SENT' || sale.state === 'RECORDED') || !isYoung(sale, context);
}

const isYoung = ({ sentAt }: SaleFacts, { now, grace }: ComparisonContext): boolean =>
  sentAt === null || now - sentAt < grace;

/** Why a sale without an action is no difference. */
export type Absence = 'waiting' | 'young' | 'organic' | 'rejected' | 'not-sent';

/** What it means that a sale has no action. */
export function judgeAbsence(sale: SaleFacts, context: ComparisonContext): Absence | Finding {
  switch (sale.state) {
    case 'RECORDED':
      return 'waiting';
    case 'SENT':
      if (!sale.attributable) return 'organic';
      return isYoung(sale, context) ? 'young' : missing(sale, 'none');
    case 'CREDITED':
    case 'APPROVED':
    case 'CLEARED':
      return missing(sale, 'none');
    case 'UNATTRIBUTED':
      return 'organic';
    case 'REJECTED': {
      const { reasonCodes } = sale;
      const mended = reasonCodes.length > 0 && reasonCodes.every((code) => isMended(code, context));
      return mended && sale.delivery !== null ? missing(sale, 'send-again') : 'rejected';
    }
    case 'UNDELIVERABLE':
      return missing(sale, maySendAgain(sale, context) ? 'send-again' : 'none');
    case 'SKIPPED':
    case 'DRY_RUN':
    case 'CANCELLED':
    // It earned nothing before it went.
    case 'REVERSED':
      return 'not-sent';
  }
}

/** A duplicate is never mended: something of the order had arrived. */
const isMended = (code: string, { mended }: ComparisonContext): boolean =>
  code !== 'CONV_DUPLICATE' && mended.has(code);

/** Nothing of it was taken: its actions have been looked for, and none is on its way. */
function maySendAgain(
  { delivery, submissionId }: SaleFacts,
  { now, appearsWithin }: ComparisonContext,
): boolean {
  if (delivery === null || delivery.finishedAt === null || submissionId !== null) return false;
  return !delivery.mayHaveArrived || now - delivery.finishedAt >= appearsWithin;
}

const missing = (sale: SaleFacts, repair: 'none' | 'send-again'): Finding => ({
  kind: 'missing-at-vendor',
  ledger: ledgerSide(sale),
  vendor: null,
  repair,
});

export const ledgerSide = (sale: SaleFacts): LedgerSide => ({
  conversionId: sale.id,
  orderId: sale.orderId,
  state: sale.state,
  amount: moneyOf(sale.expectedMinor, sale.currency),
  currency: sale.currency,
  partnerId: sale.partnerId,
  eventDate: new Date(sale.eventAt),
  submissionId: sale.submissionId,
  reasonCodes: sale.reasonCodes,
});

/** A parked sale may have no currency that exists. */
export const moneyOf = (minor: bigint, currency: string): string =>
  currencyDecimals(currency) === undefined ? String(minor) : formatMoney(minor, currency);
