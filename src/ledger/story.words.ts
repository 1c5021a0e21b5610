import type { AttributedBy, StoryEvent } from './ledger.types.js';
import { explainReason } from './reason-codes.rules.js';

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
  items.length === 0 ? '' : ` ${lead} ${items.join('; ')}.`;

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
  released: () => 'Released: it will be sent.',
  'attempt-failed': (data) =>
    `Attempt ${word(data['attempt'])} failed: ${word(data['reason'])}` +
    `${data['mayHaveArrived'] === true ? ' It may have arrived all the same.' : ''} Next try in ${span(data['nextInMs'])}.`,
  sent: (data) =>
    `impact.com has queued it on attempt ${word(data['attempt'])}` +
    `${data['submissionId'] === null ? '' : ` as submission ${word(data['submissionId'])}`}. This is not yet a credit.`,
  refused: (data) => word(data['reason']),
  'late-answer': (data) =>
    `An answer came after another process had taken over: ${word(data['outcome'])}` +
    `${word(data['submissionId']) === '' ? '' : ` as submission ${word(data['submissionId'])}`}. It changes nothing.`,
  'search-first': (data) =>
    `An earlier attempt may have arrived, so its action was looked for first: ${word(data['result'])}.`,
  'looked-up': (data) => `Looked up: ${word(data['result'])}.`,
  credited: (data) =>
    `Credited: action ${word(data['actionId'])} for partner ${word(data['partnerId'])}, ` +
    `${word(data['amount'])} ${word(data['currency'])}, payout ${word(data['payout'])} ${word(data['currency'])}.`,
  approved: (data) => `Approved: action ${word(data['actionId'])} is locked.`,
  cleared: (data) => `Cleared: action ${word(data['actionId'])} is due for payment.`,
  reversed: (data) => `Reversed: action ${word(data['actionId'])} earns nothing.`,
  rejected: (data) =>
    `Rejected by impact.com: ${list(data['reasonCodes'])
      .map((code) => `${code} (${explainReason(code).means}. ${explainReason(code).advice})`)
      .join(' ')}`,
  unattributed: (data) => `Nobody is credited: ${word(data['why'])}`,
  missing: (data) =>
    `impact.com finished it without an error ${span(data['waitingMs'])} ago, but there is no action for it.`,
  'correction-recorded': (data) =>
    data['before'] === undefined
      ? `A correction (${word(data['kind'])}) was recorded under the key ${word(data['key'])}.`
      : `${word(data['count'])} correction(s) had arrived before the sale and belong to it now.`,
};

/** A line of a story as a sentence. */
export function inWords(what: StoryEvent, data: Data): string {
  return WORDS[what](data);
}
