export type MetricKind = 'counter' | 'histogram' | 'observable-counter' | 'observable-gauge';

export interface Metric {
  readonly name: `impact.${string}`;
  readonly kind: MetricKind;
  /** UCUM: `s`, or a noun in braces. */
  readonly unit: string;
  readonly description: string;
  /** Labels; each takes a few words that are known beforehand. */
  readonly attributes: readonly `impact.${string}`[];
}

/** Seconds. */
export const DURATIONS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Every metric. Those that are read from the database are the same in every process: take the maximum, not the sum. */
export const METRICS = {
  landingsSeen: {
    name: 'impact.landings.seen',
    kind: 'observable-counter',
    unit: '{landing}',
    description: 'Requests with a click parameter, and posts to the browser endpoint',
    attributes: [],
  },
  landingsCaptured: {
    name: 'impact.landings.captured',
    kind: 'observable-counter',
    unit: '{landing}',
    description: 'Clicks taken',
    attributes: [],
  },
  landingsIgnored: {
    name: 'impact.landings.ignored',
    kind: 'observable-counter',
    unit: '{landing}',
    description: 'Landings that left no click, by reason',
    attributes: ['impact.reason'],
  },
  landingsFailed: {
    name: 'impact.landings.failed',
    kind: 'observable-counter',
    unit: '{landing}',
    description: 'Faults of capture itself; the page was served all the same',
    attributes: [],
  },
  postbacksReceived: {
    name: 'impact.postbacks.received',
    kind: 'observable-counter',
    unit: '{postback}',
    description: 'Calls of the postback endpoint',
    attributes: [],
  },
  postbacksApplied: {
    name: 'impact.postbacks.applied',
    kind: 'observable-counter',
    unit: '{postback}',
    description: 'Postbacks that belong to a sale',
    attributes: [],
  },
  postbacksIgnored: {
    name: 'impact.postbacks.ignored',
    kind: 'observable-counter',
    unit: '{postback}',
    description: 'Postbacks that were turned away or set aside, by reason',
    attributes: ['impact.reason'],
  },
  salesRecorded: {
    name: 'impact.sales.recorded',
    kind: 'counter',
    unit: '{sale}',
    description: 'Sales recorded, by the state that they were recorded in',
    attributes: ['impact.state'],
  },
  verdicts: {
    name: 'impact.sales.verdicts',
    kind: 'counter',
    unit: '{verdict}',
    description: 'What became of sales, by state and, of rejected ones, by reason code',
    attributes: ['impact.state', 'impact.reason'],
  },
  corrections: {
    name: 'impact.corrections',
    kind: 'counter',
    unit: '{correction}',
    description: 'Corrections, by the state that they reached',
    attributes: ['impact.state'],
  },
  claimsOpened: {
    name: 'impact.claims.opened',
    kind: 'counter',
    unit: '{claim}',
    description: 'Claims opened: corrections that no call can make any more',
    attributes: [],
  },
  pauses: {
    name: 'impact.account.pauses',
    kind: 'counter',
    unit: '{pause}',
    description: 'Pauses that began, by what is paused',
    attributes: ['impact.scope'],
  },
  attempts: {
    name: 'impact.delivery.attempts',
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts to deliver, by kind of call and class of outcome',
    attributes: ['impact.call', 'impact.outcome'],
  },
  deliveryDuration: {
    name: 'impact.delivery.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long an attempt to deliver took, look-ups before it included',
    attributes: ['impact.call', 'impact.outcome'],
  },
  callDuration: {
    name: 'impact.api.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long calls to impact.com took, by endpoint and class of answer',
    attributes: ['impact.endpoint', 'impact.outcome'],
  },
  walkDuration: {
    name: 'impact.walk.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long a pass over the actions took',
    attributes: ['impact.outcome'],
  },
  walkCalls: {
    name: 'impact.walk.calls',
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that passes over the actions made, by endpoint',
    attributes: ['impact.endpoint'],
  },
  backlog: {
    name: 'impact.delivery.backlog',
    kind: 'observable-gauge',
    unit: '{call}',
    description: 'Calls still to be made, by kind (database)',
    attributes: ['impact.call'],
  },
  oldestUnsent: {
    name: 'impact.delivery.oldest.age',
    kind: 'observable-gauge',
    unit: 's',
    description: 'Age of the oldest call still to be made, 0 when there is none (database)',
    attributes: [],
  },
  paused: {
    name: 'impact.account.paused',
    kind: 'observable-gauge',
    unit: '{pause}',
    description: 'Whether calls are paused, by scope: 1 or 0 (database)',
    attributes: ['impact.scope'],
  },
  parked: {
    name: 'impact.sales.parked',
    kind: 'observable-gauge',
    unit: '{sale}',
    description: 'Sales that need a person (database)',
    attributes: [],
  },
  verdictOverdue: {
    name: 'impact.verdict.overdue',
    kind: 'observable-gauge',
    unit: 's',
    description: 'How long the verdict that waits longest is overdue (database)',
    attributes: [],
  },
  walkAge: {
    name: 'impact.walk.age',
    kind: 'observable-gauge',
    unit: 's',
    description:
      'Time since the last complete walk over the actions began; absent before the first (database)',
    attributes: [],
  },
  lockingSoon: {
    name: 'impact.corrections.locking',
    kind: 'observable-gauge',
    unit: '{correction}',
    description: 'Corrections that are not done and whose action locks within 3 days (database)',
    attributes: [],
  },
  openClaims: {
    name: 'impact.claims.open',
    kind: 'observable-gauge',
    unit: '{claim}',
    description: 'Claims that nobody has settled (database)',
    attributes: [],
  },
  budgetLimit: {
    name: 'impact.budget.limit',
    kind: 'observable-gauge',
    unit: '{call}',
    description: 'Calls that the account may make in an hour',
    attributes: [],
  },
  budgetLeft: {
    name: 'impact.budget.left',
    kind: 'observable-gauge',
    unit: '{call}',
    description: 'Calls that are left of this hour, for every process (database)',
    attributes: [],
  },
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof METRICS;
type OfKind<Kind extends MetricKind> = {
  [Key in MetricKey]: (typeof METRICS)[Key]['kind'] extends Kind ? Key : never;
}[MetricKey];
export type CounterKey = OfKind<'counter'>;
export type HistogramKey = OfKind<'histogram'>;
export type ObservableKey = OfKind<'observable-counter' | 'observable-gauge'>;
