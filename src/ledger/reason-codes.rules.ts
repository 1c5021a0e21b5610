/** Who has to do something about a reason code. */
export type ReasonRemedy = 'expected' | 'fix-the-data' | 'fix-the-account' | 'ask-the-vendor';

export interface ReasonCode {
  readonly means: string;
  readonly remedy: ReasonRemedy;
  /** What to do, as a sentence. */
  readonly advice: string;
}

/** A code of a sale, explained. */
export interface ExplainedReason extends ReasonCode {
  readonly code: string;
}

const expected = (means: string, advice = 'Nothing to do.'): ReasonCode => ({
  means,
  remedy: 'expected',
  advice,
});
const data = (means: string, advice: string): ReasonCode => ({ means, remedy: 'fix-the-data', advice });
const account = (means: string, advice: string): ReasonCode => ({ means, remedy: 'fix-the-account', advice });
const vendor = (means: string, advice: string): ReasonCode => ({ means, remedy: 'ask-the-vendor', advice });

/** The vendor's reason codes in words (docs/vendor-contract.md §4.3). */
export const REASON_CODES: Readonly<Record<string, ReasonCode>> = {
  ACTION_REF_NOT_FOUND: expected('no referral is known for this sale'),
  ACTIONTERMS_NOT_FOUND: account(
    "the partner's contract has no terms for this event type",
    'Add the event type to the contract, then submit the sale again.',
  ),
  ACTIONTRACKER_CAMPAIGN_MISMATCH: account(
    'the event type belongs to another program',
    'Check IMPACT_CAMPAIGN_ID against IMPACT_EVENT_TYPE_ID.',
  ),
  ACTIONTRACKER_NOT_ACTIVE: account(
    'the event type exists but is not enabled',
    'Enable the event type in the account.',
  ),
  ACTIONTRACKER_NOT_FOUND: account('the event type is unknown', 'Check IMPACT_EVENT_TYPE_ID.'),
  BLACKLISTED_SOURCE_IP: expected("the customer's address is restricted, usually by country"),
  BLOCKED_BY_PROMOCODE: expected('the partner promoted a promo code that is not theirs'),
  CAMPAIGN_NOT_FOUND: account('the program is unknown', 'Check IMPACT_CAMPAIGN_ID.'),
  CONTRACT_NOT_FOUND: account(
    'the partner had no contract at that time',
    "Check the partner's contract dates in the account.",
  ),
  CONV_DUPLICATE: data(
    'an action with this order id exists already, inside the de-duplication window',
    'Check whether another integration reports the same orders.',
  ),
  CREDITING_RULE_MISMATCH: expected('the crediting rule of the program, such as last click, was not met'),
  MALFORMED: account(
    'the click data is unreadable or tagged wrongly',
    'Check the tracking template and the deep-link domains of the program.',
  ),
  MAX_RECURRENCES_REACHED: expected(
    'the referral has been credited with as many actions as its contract allows',
  ),
  NO_ITEM: data('the sale has no items', 'Send items, or ask for an event type without item detail.'),
  NO_VALID_ACTION_REF: expected('a referral is present but earns no commission'),
  OID_MISSING: data('the order id is missing', 'Record the sale with its order id.'),
  OTHER_REF_PRIORITIZED: expected('another referral was preferred'),
  OUTSIDE_ASSOCIATION_WINDOW: expected(
    'the sale lies outside the referral window of the click',
    'Nothing to do, unless the contract allows more time than the referralWindow option.',
  ),
  PARTNER_NOT_ACTIVE: account(
    'the partner was inactive when the sale arrived',
    "Check the partner's status.",
  ),
  REFTYPE_NOT_ACCEPTED: account(
    'the contract has no terms for this kind of referral',
    "Check the partner's contract.",
  ),
  RESTRICTED_PROMOCODE: expected("a promo code moves the sale to another partner's channel"),
  // Of call tracking, which this package does not report: an account may have an event type for it all the same.
  CALL_DUPLICATE: expected('the same caller has called before, inside the de-duplication window'),
  CALL_DURATION_TOO_SHORT: expected('the call was shorter than the contract asks for'),
  CALL_FOR_CALL_PER_CONV_AT: account(
    'a call was reported to an event type that counts conversions of calls',
    'Check IMPACT_EVENT_TYPE_ID: sales belong to an event type of their own.',
  ),
  CALL_INCOMPLETE: expected('the call ended before it was put through'),
  CALL_OUTSIDE_DAILY_RANGE: expected('the call came outside the hours that the contract covers'),
  UNCLAIMED: expected('only media sources that are not preferred were involved'),
};

const UNKNOWN = vendor(
  'a reason that this package does not know',
  "Ask the vendor's support what the code means, with the submission id.",
);

const REMEDIES: Readonly<Record<ReasonRemedy, string>> = {
  expected: 'Expected',
  'fix-the-data': 'Fix the data',
  'fix-the-account': 'Fix the account',
  'ask-the-vendor': 'Ask the vendor',
};

/** A code, what it means, whose it is and what to do. */
export function reasonInWords(code: string): string {
  const { means, remedy, advice } = explainReason(code);
  return `${code} (${means}. ${REMEDIES[remedy]}: ${advice})`;
}

export function explainReason(code: string): ReasonCode {
  return REASON_CODES[code] ?? UNKNOWN;
}
