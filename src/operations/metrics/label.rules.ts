import { ImpactApiError } from '../../api/index.js';
import { type DeliveryOutcome, REASON_CODES } from '../../ledger/index.js';
import { MEANINGS, type TailLine } from '../events/index.js';
import type { CounterKey } from './metric.catalog.js';

/** A counter that goes up by one. */
export interface Count {
  readonly key: CounterKey;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a line of the story counts for. */
export function countsOf({ what, data }: Pick<TailLine, 'what' | 'data'>): Count[] {
  if (what === 'correction-queued') return [{ key: 'corrections', labels: { 'impact.state': 'queued' } }];
  // Of corrections that came before their sale the line tells how many there were.
  const times = what === 'correction-recorded' && typeof data['count'] === 'number' ? data['count'] : 1;
  const meaning = MEANINGS[what];
  switch (meaning?.is) {
    case 'state': {
      if (meaning.name === 'impact.sale.recorded' || what === 'parked') {
        return [{ key: 'salesRecorded', labels: { 'impact.state': meaning.state } }];
      }
      const state = what === 'missing' ? 'MISSING' : meaning.state;
      const [code] = Array.isArray(data['reasonCodes']) ? (data['reasonCodes'] as unknown[]) : [];
      const reason: Count['labels'] = what === 'rejected' ? { 'impact.reason': reasonLabel(code) } : {};
      return [{ key: 'verdicts', labels: { 'impact.state': state, ...reason } }];
    }
    case 'action':
      return [{ key: 'verdicts', labels: { 'impact.state': meaning.state } }];
    case 'correction':
      return Array.from({ length: times }, () => ({
        key: 'corrections',
        labels: { 'impact.state': meaning.state },
      }));
    case 'claim':
      return what === 'claim-opened' ? [{ key: 'claimsOpened', labels: {} }] : [];
    default:
      return [];
  }
}

/** Known codes alone: a label must not grow with what somebody sends. */
const reasonLabel = (code: unknown): string => {
  if (code === undefined) return 'none';
  return typeof code === 'string' && Object.hasOwn(REASON_CODES, code) ? code : 'other';
};

export type AttemptClass = 'sent' | 'found' | 'refused' | 'paused' | 'unknown' | 'retry';

/** The class of an outcome; null when no attempt was made. */
export function classOf(outcome: DeliveryOutcome): AttemptClass | null {
  if (outcome.is === 'found') return 'found';
  if (outcome.reached === null) return null;
  switch (outcome.is) {
    case 'sent':
      return 'sent';
    case 'parked':
      return 'refused';
    case 'retry':
      if (outcome.unknown) return 'unknown';
      return outcome.pause !== undefined && outcome.pause !== null ? 'paused' : 'retry';
  }
}

/** The class of what a call threw. */
export function failureClass(error: unknown): string {
  if (!(error instanceof ImpactApiError)) return 'fault';
  if (error.status === 429) return 'rate-limited';
  if (error.status === 401 || error.status === 403) return 'not-allowed';
  switch (error.code) {
    case 'API_UNREACHABLE':
      return 'unreachable';
    case 'API_ANSWER_UNUSABLE':
      return 'unusable';
    default:
      return 'refused';
  }
}
