import {
  type Conversion,
  type ConversionRow,
  type ConversionStory,
  type ExplainedCorrection,
  creditedInsteadOfCode,
  explainReason,
  inWords,
  missingAdvice,
  type StoredCorrection,
  type StoredLine,
} from '../ledger/index.js';
import type { Attribution, LossReason } from '../clicks/index.js';
import { correctionInWords, keptCorrection } from '../wire/index.js';

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
  corrections: readonly StoredCorrection[],
): ConversionStory {
  return {
    conversion,
    attribution: [
      attributionInWords(row.attribution as Attribution),
      creditedInsteadOfCode(row.attribution, row.partnerId),
    ]
      .filter((words) => words !== null)
      .join(' '),
    request: row.request,
    lines: lines.map((line) => ({ ...line, words: inWords(line.what, withKey(line.data, corrections)) })),
    corrections: corrections.map((correction) => explained(correction, conversion.currency)),
    reasons: conversion.reasonCodes.map((code) => ({ code, ...explainReason(code) })),
    advice: adviceFor(conversion, lines) ?? claimAdvice(corrections),
  };
}

/** A call knows its correction by its id alone; people know it by its key. */
function withKey(data: StoredLine['data'], corrections: readonly StoredCorrection[]): StoredLine['data'] {
  const key = corrections.find(({ id }) => id === data['correction'])?.key;
  return key === undefined ? data : { key, ...data };
}

function explained(correction: StoredCorrection, currency: string): ExplainedCorrection {
  const { id, key, orderId, state, kind, recordedAt, problems, reasonCodes, submissionId } = correction;
  const openClaim = correction.claim !== null && correction.settledAt === null;
  const words = correctionInWords(keptCorrection(correction), currency);
  return { id, key, orderId, state, kind, recordedAt, words, problems, reasonCodes, submissionId, openClaim };
}

function claimAdvice(corrections: readonly StoredCorrection[]): string | null {
  const open = corrections.filter(({ claim, settledAt }) => claim !== null && settledAt === null);
  if (open.length === 0) return null;
  const keys = open.map(({ key }) => key).join(', ');
  return `Settle with the partner or impact.com what no call can change any more (${keys}), then say so with ClaimService.settle().`;
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

function adviceFor(
  { state, problems, reasonCodes }: Conversion,
  lines: readonly StoredLine[],
): string | null {
  switch (state) {
    case 'UNDELIVERABLE':
      return `Mend what is wrong: ${problems.join('; ')}`;
    case 'DRY_RUN':
      return 'Dry-run mode sends nothing. Set IMPACT_MODE=live when you are ready, and let it out with `nestjs-impact release`.';
    case 'REJECTED':
      return (
        reasonCodes.map((code) => `${code}: ${explainReason(code).advice}`).join(' ') || 'Ask the vendor why.'
      );
    case 'SENT': {
      const missing = lines.findLast(({ what }) => what === 'missing');
      return missing === undefined ? null : missingAdvice(missing.data);
    }
    default:
      return null;
  }
}
