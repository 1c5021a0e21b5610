import type { AttributedBy, StoryEvent } from './ledger.types.js';
import { reasonInWords } from './reason-codes.rules.js';

type Data = Readonly<Record<string, unknown>>;

const ATTRIBUTED_BY: Record<AttributedBy, string> = {
  explicit: 'given by the caller',
  order: 'bound to the order',
  subscription: "the subscription's first",
  request: 'of the request that recorded the sale',
  customer: "among the customer's clicks",
};

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const word = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const ending = (items: string[], lead: string): string =>
  items.length === 0 ? '' : ` ${lead} ${items.join('; ').replace(/\.$/, '')}.`;

const span = (ms: unknown): string => {
  const value = Number(ms);
  if (value < 1000) return `${value} ms`;
  if (value < 120_000) return `${Math.round(value / 1000)} s`;
  if (value < 7_200_000) return `${Math.round(value / 60_000)} min`;
  if (value < 172_800_000) return `${Math.round(value / 3_600_000)} h`;
  return `${Math.round(value / 86_400_000)} days`;
};

const attribution = (data: Data): string => {
  const by = data['attributedBy'] as AttributedBy | null | undefined;
  return by === null || by === undefined
    ? 'No click is known for it.'
    : `Its click is ${word(data['clickId'])}, ${ATTRIBUTED_BY[by]}.`;
};

const part = (value: unknown): Data => (typeof value === 'object' && value !== null ? (value as Data) : {});

const worth = (data: Data): string =>
  `${word(data['amount'])} ${word(data['currency'])}, payout ${word(data['payout'])} ${word(data['currency'])}`;

const differences = (data: Data): string => {
  const [before, after] = [part(data['before']), part(data['after'])];
  const told = (
    [
      ['amount', 'amount'],
      ['currency', 'currency'],
      ['payout', 'payout'],
      ['partnerId', 'partner'],
    ] as const
  )
    .filter(([field]) => before[field] !== after[field])
    .map(([field, name]) => `${name} ${word(before[field]) || 'none'} → ${word(after[field]) || 'none'}`);
  return told.length === 0 ? '' : `, ${told.join(', ')}`;
};

const reasons = (data: Data): string => {
  const codes = list(data['reasonCodes']);
  if (codes.length > 0) return codes.map((code) => reasonInWords(code)).join(' ');
  const type = word(data['errorType']);
  return `${type === '' ? 'no reason was given' : `${type}, without a reason code`}. Ask the vendor's support, with the submission id.`;
};

/** What is known of a sale that should have an action and has none. */
type MissingKind = 'finished' | 'undecided' | 'duplicate' | 'unknown';

const MISSING: Record<MissingKind, (since: string) => string> = {
  finished: (since) => `impact.com finished it without an error ${since} ago, but there is no action for it.`,
  undecided: (since) => `impact.com has queued it ${since} ago and has still not decided on it.`,
  duplicate: (since) =>
    `impact.com took it ${since} ago for a repetition of an earlier attempt, but there is no action of that one.`,
  unknown: (since) =>
    `It was sent ${since} ago, and impact.com knows neither a submission nor an action of it.`,
};

const missingKind = (data: Data): MissingKind => {
  const kind = word(data['submission']);
  return kind in MISSING ? (kind as MissingKind) : 'finished';
};

/** What a person can do about a sale that is missing. */
export const missingAdvice = (data: Data): string =>
  `Ask the vendor's support what became of submission ${word(data['submissionId']) || '(unknown)'}; it is looked at once a day until then.`;

/** A call for a correction says so. */
const ofCall = (data: Data): string =>
  data['call'] === undefined ? '' : `Correction ${word(data['key']) || word(data['correction'])}: `;

/** What a call on its way is to do to the action. */
const aim = (data: Data): string => {
  if (data['gone'] === true) return 'be reversed';
  const worth = `${word(data['amount'])} ${word(data['currency'])}`;
  const form = word(data['form']);
  if (form === 'reset') return `be put back to what was first reported, and to stand for ${worth}`;
  return form === 'status' ? `show another customer status` : `stand for ${worth}`;
};

const WORDS: Record<StoryEvent, (data: Data) => string> = {
  recorded: (data) =>
    `Recorded and waiting to be sent. ${attribution(data)}${ending(list(data['warnings']), 'Note:')}`,
  parked: (data) =>
    `Kept, but it cannot be sent as it is.${ending(list(data['problems']), 'To be mended by a person:')}`,
  'repeat-unusable': (data) =>
    `Recorded again with data that cannot be sent; the first recording stands.${ending(list(data['problems']), 'What was wrong:')}`,
  mended: () => 'Recorded again with other content, which takes the place of what could not be sent.',
  skipped: (data) => `Not sent, on purpose.${ending(list(data['warnings']), 'Because:')}`,
  'kept-in-dry-run': (data) =>
    `Recorded in dry-run mode: nothing is sent. ${attribution(data)}${ending(list(data['warnings']), 'Note:')}`,
  released: (data) => `Released${byWhom(data)}: it will be sent.`,
  'attempt-failed': (data) =>
    `${ofCall(data)}Attempt ${word(data['attempt'])} failed: ${word(data['reason'])}` +
    `${data['mayHaveArrived'] === true ? ' It may have arrived all the same.' : ''} Next try in ${span(data['nextInMs'])}.`,
  sent: (data) =>
    `impact.com has queued it on attempt ${word(data['attempt'])}` +
    `${data['submissionId'] === null ? '' : ` as submission ${word(data['submissionId'])}`}. This is not yet a credit.`,
  refused: (data) => word(data['reason']),
  'late-answer': (data) =>
    `${ofCall(data)}An answer came after another process had taken over: ${word(data['outcome'])}` +
    `${word(data['submissionId']) === '' ? '' : ` as submission ${word(data['submissionId'])}`}. It changes nothing.`,
  'search-first': (data) =>
    `An earlier attempt may have arrived, so its action was looked for first: ${word(data['result'])}.`,
  'looked-up': (data) => `Looked up: ${word(data['result'])}.`,
  credited: (data) =>
    `Credited: action ${word(data['actionId'])} for partner ${word(data['partnerId'])}, ${worth(data)}.`,
  approved: (data) => `Approved: action ${word(data['actionId'])} is locked.`,
  cleared: (data) => `Cleared: action ${word(data['actionId'])} is due for payment.`,
  reversed: (data) => `Reversed: action ${word(data['actionId'])} earns nothing.`,
  changed: (data) => `Changed by impact.com: action ${word(data['actionId'])}${differences(data)}.`,
  reattributed: (data) =>
    `Re-attributed: action ${word(data['actionId'])} for partner ${word(data['partnerId'])}, ${worth(data)}, ` +
    `counts now, in the place of ${word(part(data['before'])['actionId'])} for partner ${word(part(data['before'])['partnerId'])}.`,
  'second-action': (data) =>
    `More than one action of this order counts: ${list(data['actionIds']).join(', ')}. ` +
    `Unless impact.com reverses one of them by itself, the order is paid more than once.`,
  rejected: (data) => `Rejected by impact.com: ${reasons(data)}`,
  unattributed: (data) => `Nobody is credited: ${word(data['why'])}`,
  missing: (data) => `${MISSING[missingKind(data)](span(data['waitingMs']))} ${missingAdvice(data)}`,
  notified: (data) =>
    `impact.com notified the app about action ${word(data['actionId'])} and said more than the ledger has columns for.`,
  reconciled: (data) =>
    `Repaired by a reconciliation (${word(data['did'])})${data['words'] === undefined ? '.' : `: ${word(data['words'])}`}`,
  'correction-recorded': (data) =>
    data['before'] === undefined
      ? `A correction (${word(data['kind'])}) was recorded under the key ${word(data['key'])}.`
      : `${word(data['count'])} correction(s) had arrived before the sale and belong to it now.`,
  'correction-queued': (data) =>
    `Correction ${word(data['key'])} is on its way: action ${word(data['actionId'])} is to ${aim(data)}.` +
    ending(list(data['notes']), 'Note:'),
  'correction-sent': (data) =>
    `impact.com has queued correction ${word(data['key']) || word(data['correction'])} on attempt ${word(data['attempt'])}` +
    `${word(data['submissionId']) === '' ? '' : ` as submission ${word(data['submissionId'])}`}. The action does not show it yet.`,
  'correction-confirmed': (data) =>
    `Correction ${word(data['key'])} is done: action ${word(data['actionId'])} ` +
    `${data['called'] === true ? 'shows' : 'shows already'} ` +
    `${data['state'] === 'REVERSED' ? 'that it is reversed' : `${word(data['amount'])} ${word(data['currency'])}`}.` +
    ending(list(data['notes']), 'Note:'),
  'correction-refused': (data) =>
    `Correction ${word(data['key']) || word(data['correction'])} was refused.` +
    ending(
      [...(word(data['reason']) === '' ? [] : [word(data['reason'])]), ...list(data['problems'])],
      'Because:',
    ),
  'nothing-to-correct': (data) =>
    `Correction ${word(data['key'])} has nothing to correct: ${word(data['why'])}.`,
  'claim-opened': (data) =>
    `A claim was opened for correction ${word(data['key'])}: action ${word(data['actionId'])} of partner ` +
    `${word(data['partnerId']) || 'unknown'} shows ${word(data['shown']) || 'an unknown amount'} and should show ` +
    `${word(data['wanted']) || 'another'} ${word(data['currency'])}` +
    `${word(data['payout']) === '' ? '' : `, which is ${word(data['payout'])} ${word(data['currency'])} of its payout`}. Settle it by hand.`,
  'claim-settled': (data) =>
    `The claim of correction ${word(data['key'])} was settled by ${word(data['by'])}: ${word(data['why'])}`,
  'by-hand': (data) =>
    `${BY_HAND[word(data['did'])] ?? `Changed by hand (${word(data['did'])})`}${byWhom(data)}` +
    `${word(data['key']) === '' ? '' : `: correction ${word(data['key'])}`}.${ending(list(data['was']), 'It was refused:')}`,
  erased: (data) =>
    `What the ledger knew of the customer was taken out: ` +
    `${data['retention'] === true ? 'it was kept for as long as retention.customerData says' : `erased${byWhom(data)}`}.` +
    (data['skipped'] === true ? ' Nothing was left to give the sale to anybody, so it is not sent.' : '') +
    (data['inFlight'] === true ? ' A call that was under way at this moment was made as it was.' : ''),
  cancelled: () => 'Taken back before any attempt to send it: it is not sent.',
};

/** What people do by hand. */
const BY_HAND: Readonly<Record<string, string>> = {
  retry: 'Made due again',
  'retry-correction': 'Made due again',
  reconcile: 'The reconciliation that repaired it was run',
};

const byWhom = (data: Data): string =>
  `${word(data['by']) === '' ? '' : ` by ${word(data['by'])}`}${word(data['why']) === '' ? '' : ` (${word(data['why'])})`}`;

/** A line of a story as a sentence. */
export function inWords(what: StoryEvent, data: Data): string {
  return WORDS[what](data);
}
