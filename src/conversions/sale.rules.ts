import type { Attribution } from '../clicks/index.js';
import type { ResolvedImpactOptions } from '../config/index.js';

type Recording = ResolvedImpactOptions['recording'];

/** What decides whether a sale is sent. */
export interface SaleFacts {
  /** Has any attribution key. */
  readonly hasKey: boolean;
  /** Has a click or a promo code. */
  readonly attributable: boolean;
  readonly isTest: boolean;
  readonly clickId: string | null;
  /** Whose click it is, as far as that is known. */
  readonly partnerId: string | null;
}

/** Why a sale is kept and not sent; null when it is sent. */
export function reasonToSkip(
  sale: SaleFacts,
  { send, test }: Pick<Recording, 'send' | 'test'>,
): string | null {
  if (sale.isTest && !isTestClick(sale, test)) return notATest(sale, test);
  if (!sale.hasKey) return 'it has no attribution key: no click, no promo code, no customer id';
  if (send === 'attributable' && !sale.attributable) {
    return 'it has neither a click nor a promo code, and recording.send is "attributable"';
  }
  return null;
}

/**
 * The vendor knows no test flag: what makes a test is a click of a test partner, or a test value in its place
 * (docs/vendor-contract.md §9.3).
 */
const isTestClick = ({ clickId, partnerId }: SaleFacts, test: Recording['test']): boolean =>
  clickId !== null &&
  (test.clickIds.includes(clickId) || (partnerId !== null && test.partners.includes(partnerId)));

function notATest({ clickId }: SaleFacts, { clickIds, partners }: Recording['test']): string {
  const [value = 'impacttest'] = clickIds;
  const what =
    clickId === null
      ? 'it is a test order without a click, and would be reported as a real one'
      : "it is a test order, but its click is no test partner's, and a real partner would be credited";
  const whose =
    partners.length === 0 ? 'a test partner (name its id in recording.test.partners)' : 'a test partner';
  return `${what}. To send one, follow a tracking link of ${whose} before the order, or record it with clickId: "${value}"`;
}

/** What is worth saying about tests. */
export function testNote(sale: SaleFacts, { test }: Pick<Recording, 'test'>): string[] {
  if (!isTestClick(sale, test)) return [];
  if (sale.isTest)
    return [
      'It is a test order: it is sent, takes itself back with the reason TEST_ACTION, and counts in no total.',
    ];
  return test.clickIds.includes(sale.clickId ?? '')
    ? [
        'Its click id is a test value, but the order is not marked as a test: record test orders with test: true, and they take themselves back.',
      ]
    : [];
}

/**
 * What the visitor said when the winning click was made, for a sale whose caller says nothing of it
 * (docs/vendor-contract.md §3.2, `TrackingConsent`).
 *
 * Only a click of a visitor who has agreed is ever stored, so one that is known was agreed to; that is an answer
 * where somebody has asked, and while the click may earn a sale. The answer that began a subscription says nothing
 * of a renewal a year later.
 *
 * @param asked the app asks for consent (`capture.consent`).
 */
export function consentOfClick(
  { clickId, capturedAt }: Pick<Attribution, 'clickId' | 'capturedAt'>,
  { eventAt, window, asked }: { readonly eventAt: Date; readonly window: number; readonly asked: boolean },
): true | null {
  if (!asked || clickId === null || capturedAt === null) return null;
  return eventAt.getTime() - capturedAt <= window ? true : null;
}

/**
 * That a bound click is older than any contract's window. Sent all the same: the contract in force decides
 * (docs/vendor-contract.md §8.3).
 *
 * @param window milliseconds.
 */
export function oldClickNote(
  { attributedBy, capturedAt }: Attribution,
  eventAt: Date,
  window: number,
): string[] {
  if ((attributedBy !== 'subscription' && attributedBy !== 'order') || capturedAt === null) return [];
  const age = eventAt.getTime() - capturedAt;
  if (age <= window) return [];
  const days = (ms: number): number => Math.round(ms / 86_400_000);
  return [
    `Its click is ${days(age)} days old, past the referral window of ${days(window)} days. ` +
      'It is sent all the same: whether it still earns is up to the contract.',
  ];
}
