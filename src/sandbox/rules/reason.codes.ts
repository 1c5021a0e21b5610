/** docs/vendor-contract.md §4.3, as the pages explain them to a person. */
const PUBLISHED: Readonly<Record<string, string>> = {
  ACTION_REF_NOT_FOUND: 'no referral information for the event: the click id is unknown',
  ACTIONTERMS_NOT_FOUND: 'the contract has no terms for this event type',
  ACTIONTRACKER_CAMPAIGN_MISMATCH: 'the event type is not of that program',
  ACTIONTRACKER_NOT_ACTIVE: 'the event type exists but is not enabled',
  ACTIONTRACKER_NOT_FOUND: 'unknown event type',
  CAMPAIGN_NOT_FOUND: 'unknown program',
  CONTRACT_NOT_FOUND: 'the partner had no contract at that time',
  CONV_DUPLICATE: 'an action with the same order id exists inside the de-duplication window',
  MALFORMED: 'the click was tagged wrongly: its deep link led to a domain that is not allowed',
  MAX_RECURRENCES_REACHED: 'the click has already brought as many actions as the contract credits',
  NO_ITEM: 'a sale without items',
  OID_MISSING: 'no order id',
  OUTSIDE_ASSOCIATION_WINDOW: 'the event date lies before the click or after its referral window',
  PARTNER_NOT_ACTIVE: 'the partner was inactive when the sale was submitted',
  RESTRICTED_PROMOCODE: 'the promo code belongs to another partner than the click',
};

/** The vendor publishes no code for corrections it refuses (§13.10): these are the sandbox's own. */
const OWN: Readonly<Record<string, string>> = {
  ACTION_NOT_FOUND: 'no such action, or it is not visible yet (a code of the sandbox)',
  ACTION_LOCKED: 'the locking date has passed: no more changes (a code of the sandbox)',
  ACTION_REVERSED: 'the action is reversed already (a code of the sandbox)',
  ITEM_NOT_FOUND: 'the action has no item with that SKU (a code of the sandbox)',
  MAX_MODIFICATIONS_REACHED: 'the action was modified 1,000 times (a code of the sandbox)',
};

export type ReasonCode = string;

export function explainReason(code: ReasonCode): string {
  return PUBLISHED[code] ?? OWN[code] ?? 'not a code that the sandbox gives';
}
