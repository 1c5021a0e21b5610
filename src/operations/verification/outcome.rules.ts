import type { Action, Submission } from '../../api/index.js';
import { type ConversionRow, reasonInWords } from '../../ledger/index.js';
import { finding } from './finding.js';
import type { Finding } from './verification.types.js';

/** What the vendor's submission says; null: it could not be asked. */
export function judgeSubmission(id: string, submission: Submission | null, repeated: boolean): Finding {
  const expected = `submission ${id} is complete without an error`;
  if (submission === null) {
    return finding(
      'submission',
      'not-proved',
      [expected, 'it could not be looked up'],
      'Give the token the scope Submissions: read.',
    );
  }
  const { status, errorType, reasonCodes } = submission;
  if (status !== 'COMPLETE') {
    return finding(
      'submission',
      'not-proved',
      [expected, `it is ${status.toLowerCase().replace('_', ' ')}`],
      'impact.com needs up to half an hour: run verify --resume later.',
    );
  }
  if (errorType === null && reasonCodes.length === 0)
    return finding('submission', 'proved', [expected, 'complete, no error']);
  const seen = `${errorType ?? 'refused'}: ${reasonCodes.map(reasonInWords).join(' ') || 'no reason code'}`;
  if (reasonCodes.includes('CONV_DUPLICATE')) {
    return repeated
      ? finding('submission', 'remark', [
          expected,
          'CONV_DUPLICATE after an answer that got lost: the first attempt had arrived',
        ])
      : finding(
          'submission',
          'failed',
          [expected, seen],
          'The order was reported before by something else: turn off the other integration (a tag, a plugin, a second app) for this event type, or use order ids that are not reused.',
        );
  }
  return finding(
    'submission',
    'failed',
    [expected, seen],
    'Do what the reason code asks for, then place another test order.',
  );
}

interface ReportedOrder {
  readonly sale: Pick<ConversionRow, 'wireOrderId'>;
  /** The vendor's number. */
  readonly eventTypeId: string;
}

/** Is there one live action of the order, and of the right event type? */
export function judgeSingle(
  { sale, eventTypeId }: ReportedOrder,
  actions: readonly Action[] | null,
): Finding {
  const expected = `one action of order ${sale.wireOrderId}`;
  if (actions === null) {
    return finding(
      'single-action',
      'not-proved',
      [expected, 'the actions could not be listed'],
      'Give the token the scope Actions: read.',
    );
  }
  const live = actions.filter(({ orderId, state }) => orderId === sale.wireOrderId && state !== 'REVERSED');
  if (live.length === 1) return finding('single-action', 'proved', [expected, 'one']);
  if (live.length === 0) {
    return finding(
      'single-action',
      'not-proved',
      [expected, 'the listing shows none'],
      'Look in the account whether the order has one action.',
    );
  }
  const others = new Set(live.map(({ actionTrackerId }) => actionTrackerId));
  const shown = live
    .map(
      ({ id, actionTrackerId, mediaPartnerId }) =>
        `${id} (event type ${actionTrackerId ?? '?'}, partner ${mediaPartnerId ?? '?'})`,
    )
    .join(', ');
  return finding(
    'single-action',
    'failed',
    [expected, `${live.length}: ${shown}`],
    others.size > 1
      ? `The order is reported under a second event type as well: leave ${eventTypeId} and turn the other reporting off; the duplicate check works per event type.`
      : 'The order is reported twice: turn off the other integration, and reverse the second action in the account.',
  );
}

type Uncredited = Pick<ConversionRow, 'wireOrderId' | 'state'> & { readonly reasonCodes: readonly string[] };

/** Why a sale has no action that counts. @param actions what the listing shows of its order. */
export function judgeMissing(
  { wireOrderId, state, reasonCodes }: Uncredited,
  eventTypeId: string,
  actions: readonly Action[] | null,
): Finding {
  const expected = `an action of order ${wireOrderId}`;
  const elsewhere = actions?.find(
    ({ actionTrackerId }) => actionTrackerId !== null && actionTrackerId !== eventTypeId,
  );
  if (elsewhere !== undefined) {
    return finding(
      'action',
      'failed',
      [
        `${expected} under event type ${eventTypeId}`,
        `action ${elsewhere.id} under event type ${elsewhere.actionTrackerId}`,
      ],
      'Give the running app and this command the same IMPACT_EVENT_TYPE_ID, the one that the contracts pay for; reverse that action in the account.',
    );
  }
  const why = reasonCodes.length > 0 ? `: ${reasonCodes.map(reasonInWords).join(' ')}` : '';
  const late = (actions?.length ?? 0) > 0 ? '; impact.com has an action, the app has not read it yet' : '';
  return finding(
    'action',
    'failed',
    [expected, `the sale is ${state}${why}${late}`],
    state === 'SENT'
      ? 'An action takes up to half an hour, and the running app reads it within verdicts.sweepInterval: nestjs-impact verify --resume later, or with --drive.'
      : 'Mend what the submission says, then place another test order.',
  );
}
