import type { ApiProblem, ImpactApiError, RateState } from '../api/index.js';
import { backoffDelay, backoffStep, type Backoff, type Random } from './backoff.rules.js';

/** What an attempt came to, plainly: nothing of HTTP or of the client is needed to judge it. */
export type Attempt =
  /** Taken, with proof: a status and a URI, or an action. For a read: the answer was understood. */
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

/** Kinds of calls; the vendor grants them apart, so they are paused apart. */
export type CallKind = 'sale' | 'correction' | 'read';

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
  /**
   * Failures in a row, this one included when it failed. For 401, 403 and 429 those of the pause; otherwise
   * calls without an answer, with an unusable one, or with 5xx or 408: any other answer sets it back to 0.
   */
  readonly accountFailures: number;
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

/** A wrong token is probed rarely: each probe is an answer 401, and only a person can mend it. */
const CREDENTIALS_PAUSE: Backoff = { base: 60_000, cap: 900_000 };
/** A 429 without a word about when. */
const RATE_PAUSE: Backoff = { base: 60_000, cap: 900_000 };
/** One gate per account keeps an outage from costing one wasted call per row. */
const OUTAGE_GATE: Backoff = { base: 1000, cap: 30_000 };
/** A single 5xx or timeout may be that row's own; only a run of them closes the gate, so no poison row stops the others. */
const FAILURES_THAT_CLOSE = 3;

export const SCOPE = { sale: 'sales', correction: 'corrections', read: 'reads' } as const;
const PERMISSION = {
  sale: 'Conversions: write',
  correction: 'Actions: write',
  read: 'Actions and Submissions: read',
} as const;

/**
 * Judges a row before it is sent, because what happened while nobody looked (a process that died, a long
 * pause) decides too. An unknown outcome is looked up even when the row is too old: it may have been taken.
 */
export function beforeAttempt(row: RowFacts, delay = 0): BeforeVerdict | null {
  const { call, age, maxAge, unknownFor, duplicateWindow } = row;
  // Corrections carry absolute targets and reads change nothing: repeating them is safe at any time.
  if (call === 'sale' && unknownFor !== null && (unknownFor + delay >= duplicateWindow || age >= maxAge)) {
    return {
      verdict: 'look-up-first',
      outcomeUnknown: true,
      pause: null,
      reason:
        'An earlier attempt may have arrived, and a repetition might make a second action by now: ' +
        'the actions of that date are read first.',
    };
  }
  // What a look-up is for may have arrived: it is never given up.
  if (call === 'read' || age < maxAge) return null;
  return {
    verdict: 'park',
    cause: 'too-old',
    problems: [],
    pause: null,
    reason: 'Older than delivery.maxAge: given up.',
  };
}

/** Says what the result of an attempt means (docs/vendor-contract.md §3.4, §7.2). Pure, but for the injected chance. */
export function judge(attempt: Attempt, row: RowFacts, settings: JudgeSettings): Verdict {
  switch (attempt.kind) {
    case 'accepted':
      return {
        verdict: 'sent',
        reason: row.call === 'read' ? 'impact.com has answered.' : 'impact.com has taken it.',
        pause: exhausted(attempt.rate),
      };
    case 'answered':
      return judgeStatus(attempt, row, settings);
    case 'unusable':
      return tryAgain(row, settings, {
        reason: 'The answer did not say what became of the request.',
        outcomeUnknown: row.call !== 'read',
        rate: attempt.rate,
        closesAt: FAILURES_THAT_CLOSE,
      });
    case 'unreachable':
      return tryAgain(row, settings, {
        reason: attempt.requestMayHaveArrived
          ? `No answer (${attempt.why}), and the request may have arrived.`
          : `Not sent: impact.com could not be reached (${attempt.why}).`,
        outcomeUnknown: attempt.requestMayHaveArrived && row.call !== 'read',
        rate: null,
        closesAt: attempt.requestMayHaveArrived ? FAILURES_THAT_CLOSE : 1,
      });
  }
}

function judgeStatus(
  { status, problems, rate }: Extract<Attempt, { kind: 'answered' }>,
  row: RowFacts,
  settings: JudgeSettings,
): Verdict {
  if (status >= 500) {
    return tryAgain(row, settings, {
      reason: `impact.com answered ${status}${inWords(problems)}.`,
      // 503 says that the request was not handled; every other 5xx may come after it was.
      outcomeUnknown: status !== 503 && row.call !== 'read',
      rate,
      closesAt: FAILURES_THAT_CLOSE,
    });
  }
  switch (status) {
    case 401:
      return paused('all', pauseDelay(CREDENTIALS_PAUSE, settings, rate.retryAfter), true, [
        'impact.com does not accept the credentials (401).',
        'Check IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN; deliveries go on by themselves.',
      ]);
    case 403:
      return paused(SCOPE[row.call], pauseDelay(CREDENTIALS_PAUSE, settings, rate.retryAfter), true, [
        `The token may not do this (403)${inWords(problems)}.`,
        `Give it the scope "${PERMISSION[row.call]}" and check that it is enabled; deliveries go on by themselves.`,
      ]);
    case 408:
      return tryAgain(row, settings, {
        reason: 'impact.com did not receive the whole request (408).',
        outcomeUnknown: false,
        rate,
        closesAt: FAILURES_THAT_CLOSE,
      });
    case 429: {
      const told = rate.retryAfter ?? rate.resetIn;
      const wait =
        told === null
          ? pauseDelay(RATE_PAUSE, settings, null)
          : backoffDelay(1, OUTAGE_GATE, settings.random, told);
      return paused('all', wait, false, [
        'The hourly limit is used up (429).',
        'Deliveries go on when it is renewed.',
      ]);
    }
    default:
      if (row.call === 'read') {
        return tryAgain(row, settings, {
          reason: `impact.com refused the look-up with ${status}${inWords(problems)}.`,
          outcomeUnknown: false,
          rate,
          closesAt: Infinity,
        });
      }
      return {
        verdict: 'park',
        cause: 'refused',
        problems,
        pause: null,
        reason: `impact.com refused it with ${status}${inWords(problems)}. Record the order again with corrected data.`,
      };
  }
}

interface Trouble {
  readonly reason: string;
  readonly outcomeUnknown: boolean;
  readonly rate: RateState | null;
  /** Failures of the account in a row that close its gate. */
  readonly closesAt: number;
}

function tryAgain(row: RowFacts, settings: JudgeSettings, trouble: Trouble): Verdict {
  const { reason, outcomeUnknown, rate, closesAt } = trouble;
  const asked = rate?.retryAfter ?? 0;
  const after = backoffDelay(row.attempts, settings.backoff, settings.random, asked);
  const pause = gate(settings, closesAt, asked, reason);
  // A row that has to wait longer than the window can be repeated safely must not be repeated blindly then.
  const since = row.unknownFor ?? (outcomeUnknown ? 0 : null);
  const stopped = beforeAttempt({ ...row, unknownFor: since }, Math.max(after, pause?.for ?? 0));
  if (stopped !== null) return { ...stopped, reason: `${reason} ${stopped.reason}`, pause };
  return { verdict: 'retry', after, outcomeUnknown, reason, pause };
}

function gate(settings: JudgeSettings, closesAt: number, asked: number, reason: string): AccountPause | null {
  const { accountFailures, random } = settings;
  if (accountFailures < closesAt && asked === 0) return null;
  const wait = backoffDelay(accountFailures - closesAt + 1, OUTAGE_GATE, random, asked);
  return { scope: 'all', for: wait, loud: false, reason };
}

/** The window is used up although this call still went through: the next one would only be refused. */
function exhausted({ remaining, resetIn }: RateState): AccountPause | null {
  if (remaining !== 0 || resetIn === null || resetIn === 0) return null;
  return { scope: 'all', for: resetIn, loud: false, reason: 'The hourly limit is used up.' };
}

/** At least half a step, so that chance never turns a pause into none. */
function pauseDelay(
  backoff: Backoff,
  { accountFailures, random }: JudgeSettings,
  asked: number | null,
): number {
  const step = backoffStep(accountFailures, backoff);
  return Math.max(asked ?? 0, Math.ceil(step / 2) + Math.floor(random() * (step / 2)));
}

function paused(
  scope: AccountPause['scope'],
  wait: number,
  loud: boolean,
  [reason, remedy]: readonly [string, string],
): Verdict {
  const words = `${reason} ${remedy}`;
  return { verdict: 'pause-account', reason: words, pause: { scope, for: wait, loud, reason: words } };
}

function inWords(problems: readonly ApiProblem[]): string {
  if (problems.length === 0) return '';
  return `: ${problems.map(({ field, message }) => (field === null ? message : `${field}: ${message}`)).join('; ')}`;
}

/** Puts the client's errors into the terms of {@link judge}. */
export function attemptOf(error: ImpactApiError & { readonly networkCode?: string | null }): Attempt {
  const { code, status, problems, rate, requestMayHaveArrived } = error;
  if (code === 'API_ANSWER_UNUSABLE') return { kind: 'unusable', status, rate };
  if (status !== null) return { kind: 'answered', status, problems, rate };
  return { kind: 'unreachable', requestMayHaveArrived, why: error.networkCode ?? 'no answer' };
}

/** Whether a run of such failures closes the gate. Those that close it at once are counted by the gate itself. */
export function isOutage(attempt: Attempt): boolean {
  return attempt.kind !== 'answered' || attempt.status >= 500 || attempt.status === 408;
}
