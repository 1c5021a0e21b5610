import type { WireParameter } from '../../ledger/index.js';
import { OLDEST_DAYS } from '../backfill/index.js';

const DAY = 86_400_000;

/** What decides whether a sale of the dry run may go out. */
export interface KeptFacts {
  readonly request: readonly WireParameter[];
  readonly eventAt: Date;
  readonly test: boolean;
}

export interface ReleaseRules {
  readonly campaignId: string;
  readonly eventTypeId: string;
  readonly now: Date;
  readonly allowOld: boolean;
}

/** Why a sale of the dry run stays there; `null` when it may go out. */
export function whyKept({ request, eventAt, test }: KeptFacts, rules: ReleaseRules): string | null {
  const valueOf = (name: string): string | undefined => request.find(([each]) => each === name)?.[1];
  if (test) return 'it is a test order: record a new one, which takes itself back';
  const campaign = valueOf('CampaignId');
  if (campaign !== rules.campaignId) {
    return campaign === '0'
      ? 'it was recorded without a program id'
      : `it was recorded for program ${campaign ?? 'unknown'}, and IMPACT_CAMPAIGN_ID is ${rules.campaignId}`;
  }
  const eventType = valueOf('EventTypeId');
  if (eventType !== undefined && eventType !== rules.eventTypeId) {
    return eventType === '0'
      ? 'it was recorded without an event type'
      : `it was recorded for event type ${eventType}, and IMPACT_EVENT_TYPE_ID is ${rules.eventTypeId}`;
  }
  const limit = valueOf('MediaPartnerId') === undefined ? OLDEST_DAYS.usual : OLDEST_DAYS.withPartner;
  const days = Math.floor((rules.now.getTime() - eventAt.getTime()) / DAY);
  if (days > limit && !rules.allowOld) {
    return `it lies ${days} days back, and impact.com processes at most ${limit}`;
  }
  return null;
}

/** A click or a promo code: such sales go out first. */
export const isAttributable = (request: readonly WireParameter[]): boolean =>
  request.some(([name]) => name === 'ClickId' || name === 'OrderPromoCode');
