import {
  type Conversion,
  type ConversionRow,
  type ConversionStory,
  type Correction,
  explainReason,
  inWords,
  type StoredLine,
} from '../ledger/index.js';
import type { Attribution, LossReason } from '../clicks/index.js';

const WON: Record<NonNullable<Attribution['attributedBy']>, string> = {
  explicit: 'the caller named it',
  order: 'it was bound to the order',
  subscription: 'it is the click of the subscription',
  request: 'the request that recorded the sale carried it',
  customer: 'it is tied to the customer',
};

const LOST: Record<LossReason, string> = {
  outranked: 'a stronger tie decided',
  policy: 'the attribution policy picked the other',
  'outside-window': 'it lies outside the referral window',
  'after-sale': 'it came after the sale',
  'not-the-buyer': 'the request is not the buyer’s',
};

/** Everything that is known about a sale, put into words. */
export function tellStory(
  row: ConversionRow,
  conversion: Conversion,
  lines: readonly StoredLine[],
  corrections: readonly Correction[],
): ConversionStory {
  return {
    conversion,
    attribution: attributionInWords(row.attribution as Attribution),
    request: row.request,
    lines: lines.map((line) => ({ ...line, words: inWords(line.what, line.data) })),
    corrections,
    advice: adviceFor(conversion),
  };
}

function attributionInWords({ clickId, attributedBy, lost, note }: Attribution): string {
  const winner =
    clickId === null || attributedBy === null
      ? 'No click is known for this sale.'
      : `Click ${clickId} won: ${WON[attributedBy]}.`;
  const losers = (lost ?? []).map((click) => `Click ${click.clickId} did not: ${LOST[click.why]}.`);
  return [winner, ...losers, ...(note === undefined ? [] : [NOTES[note]])].join(' ');
}

const NOTES: Record<NonNullable<Attribution['note']>, string> = {
  'event-date-before-click': 'The sale’s own date lies before the click.',
  'request-ended':
    'The response had ended before the sale was recorded, so the request’s click did not count.',
};

function adviceFor({ state, problems, reasonCodes }: Conversion): string | null {
  switch (state) {
    case 'UNDELIVERABLE':
      return `Mend what is wrong: ${problems.join('; ')}`;
    case 'DRY_RUN':
      return 'Dry-run mode sends nothing. Set IMPACT_MODE=live when you are ready; rows of the dry run stay where they are.';
    case 'REJECTED':
      return (
        reasonCodes.map((code) => `${code}: ${explainReason(code).advice}`).join(' ') || 'Ask the vendor why.'
      );
    default:
      return null;
  }
}
