import type { ApiProblem, Backoff, Random, RateState } from '../api/index.js';

/** What an attempt came to, plainly: nothing of HTTP or of the client is needed to judge it. */
export type Attempt =
  /** Taken, with proof: a status and a URI, or an action. */
  | { readonly kind: 'accepted'; readonly rate: RateState }
  /** An answer that is no acceptance: 4xx, 5xx, or a 200 that says `ERROR`. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly problems: readonly ApiProblem[];
      readonly rate: RateState;
    }
  /** No answer. */
  | { readonly kind: 'unreachable'; readonly requestMayHaveArrived: boolean; readonly why: string }
  /** Something answered, but it does not say what became of the request. */
  | { readonly kind: 'unusable'; readonly status: number | null; readonly rate: RateState };

/** Kinds of writes; the vendor grants them apart, so they are paused apart. Reads have a rule of their own, in `api/`. */
export type CallKind = 'sale' | 'correction';

/** What is known of the row besides the attempt. Times are milliseconds, measured by the database's clock. */
export interface RowFacts {
  readonly call: CallKind;
  /** Attempts so far, this one included; drives the back-off and never ends it. */
  readonly attempts: number;
  /** Since it was recorded, without the time spent paused. */
  readonly age: number;
  readonly maxAge: number;
  /** Since the first attempt whose outcome is unknown; `null` when there is none. Pauses count: the vendor's window does not wait. */
  readonly unknownFor: number | null;
  /** How long the vendor is trusted to recognise a repeated order id. */
  readonly duplicateWindow: number;
}

export interface JudgeSettings {
  /** The row's own back-off. */
  readonly backoff: Backoff;
  /** Calls of this process that failed in a row as `isOutage()` says, this one included. */
  readonly accountFailures: number;
  /** Failures of the pause that stands for every process, this one included: 1 when none stands. */
  readonly pauseFailures: number;
  /** The call was the one that probed a pause: its failure shuts the gate again, whatever came before. */
  readonly probing: boolean;
  readonly random: Random;
}

/** Something that every process must leave alone for a while. */
export interface AccountPause {
  readonly scope: 'all' | 'sales' | 'corrections' | 'reads';
  /** Milliseconds; then one call probes. */
  readonly for: number;
  /** Needs a person: to be said loudly, not only counted. */
  readonly loud: boolean;
  readonly reason: string;
}

interface Judged {
  /** For the story: one sentence without secrets and customer data. */
  readonly reason: string;
  /** What the account has to wait for besides. */
  readonly pause: AccountPause | null;
}

/** What an attempt's result means for its row. */
export type Verdict =
  | (Judged & { readonly verdict: 'sent' })
  | (Judged & {
      readonly verdict: 'retry';
      /** Milliseconds. */
      readonly after: number;
      /** This attempt may have been taken: the row's unknown outcome starts now, unless it had started. */
      readonly outcomeUnknown: boolean;
    })
  /** The row is not at fault: it is due again when the pause ends, and the pause does not count towards its age. */
  | (Judged & { readonly verdict: 'pause-account'; readonly pause: AccountPause })
  | (Judged & {
      readonly verdict: 'park';
      readonly cause: 'refused' | 'too-old';
      readonly problems: readonly ApiProblem[];
    })
  /** An earlier attempt may have been taken and the vendor may no longer recognise a repetition: the actions of that date are read first. */
  | (Judged & { readonly verdict: 'look-up-first'; readonly outcomeUnknown: true });

/** What may be said before an attempt is made; `null` means go ahead. */
export type BeforeVerdict = Extract<Verdict, { verdict: 'look-up-first' | 'park' }>;
