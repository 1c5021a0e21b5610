import type { ClaimedDelivery, DeliveryOutcome } from './delivery.types.js';
import type { StoryEvent } from './ledger.types.js';

/** A line of story that an outcome adds. */
export interface OutcomeLine {
  /** What it is when the outcome counts; of one that came too late the same data is told as `late-answer`. */
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is told of an attempt; null where there was none, or where the search before it says everything. */
export function lineOf(delivery: ClaimedDelivery, outcome: DeliveryOutcome): OutcomeLine | null {
  const isSale = delivery.kind === 'sale';
  const common = {
    attempt: delivery.attempts + 1,
    outcome: outcome.is,
    ...(isSale ? {} : { call: delivery.kind, correction: delivery.id }),
  };
  switch (outcome.is) {
    case 'sent': {
      const { submissionId, actionId } = outcome;
      return {
        what: isSale ? 'sent' : 'correction-sent',
        data: { ...common, submissionId, ...(actionId === null ? {} : { actionId }) },
      };
    }
    case 'parked':
      return {
        what: isSale ? 'refused' : 'correction-refused',
        data: { ...common, reason: outcome.reason, problems: outcome.problems },
      };
    case 'retry':
      // It went back without a call: that is no attempt, and it may happen several times an hour.
      if (outcome.reached === null) return null;
      return {
        what: 'attempt-failed',
        data: {
          ...common,
          reason: outcome.reason,
          mayHaveArrived: outcome.unknown,
          nextInMs: Math.round(outcome.after),
        },
      };
    case 'found':
      return null;
  }
}
