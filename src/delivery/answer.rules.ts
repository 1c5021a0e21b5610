import {
  type ApiProblem,
  askedWait,
  type Backoff,
  backoffDelay,
  exhaustedFor,
  type ImpactApiError,
  type RateState,
  steadyDelay,
} from '../api/index.js';
import type {
  AccountPause,
  Attempt,
  BeforeVerdict,
  JudgeSettings,
  RowFacts,
  Verdict,
} from './answer.types.js';

export type { AccountPause, Attempt, CallKind, JudgeSettings, RowFacts, Verdict } from './answer.types.js';

/** A wrong token is probed rarely: each probe is an answer 401, and only a person can mend it. */
const CREDENTIALS_PAUSE: Backoff = { base: 60_000, cap: 900_000 };
/** A 429 without a word about when. */
const RATE_PAUSE: Backoff = { base: 60_000, cap: 900_000 };
/** Behind the moment that a 429 named. Grows with each further 429: then the vendor's word was past, zero or wrong. */
const RATE_MARGIN: Backoff = { base: 1000, cap: 900_000 };
/** Statuses about the way to the vendor or the moment: whatever the request holds, it was not looked at. */
const NOT_HANDLED = {
  407: 'a proxy wants credentials',
  408: 'impact.com did not receive all of it',
  421: 'it came to the wrong host',
  425: 'it came too early',
} as const;
/** One gate per account keeps an outage from costing one wasted call per row. */
const OUTAGE_GATE: Backoff = { base: 1000, cap: 30_000 };
/** A single 5xx or timeout may be that row's own; only a run of them closes the gate, so no poison row stops the others. */
const FAILURES_THAT_CLOSE = 3;

export const SCOPE = { sale: 'sales', correction: 'corrections' } as const;
const PERMISSION = { sale: 'Conversions: write', correction: 'Actions: write' } as const;
const REMEDY = {
  sale: 'Record the order again with corrected data.',
  correction: 'Report the correction again, under another key, with corrected data.',
} as const;

/**
 * Judges a row before it is sent, because what happened while nobody looked (a process that died, a long
 * pause) decides too. An unknown outcome is looked up even when the row is too old: it may have been taken.
 */
export function beforeAttempt(row: RowFacts, delay = 0): BeforeVerdict | null {
  const { call, age, maxAge, unknownFor, duplicateWindow } = row;
  // Corrections carry absolute targets: repeating them is safe at any time.
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
  if (age < maxAge) return null;
  return {
    verdict: 'park',
    cause: 'too-old',
    problems: [],
    pause: null,
    reason: 'Older than delivery.maxAge: given up.',
  };
}

/**
 * Whether a sale whose earlier attempt may have arrived is handed to a person, because look-ups have not been
 * possible for as long as a sale is tried: a token without read scope, say, that nobody mends.
 *
 * @param pausedFor milliseconds since look-ups were paused; null when they are not.
 */
export function neverLookedUp({ age, maxAge }: RowFacts, pausedFor: number | null): boolean {
  return pausedFor !== null && pausedFor >= maxAge && age >= maxAge;
}

/** Says what the result of an attempt means (docs/vendor-contract.md §3.4, §7.2). Pure, but for the injected chance. */
export function judge(attempt: Attempt, row: RowFacts, settings: JudgeSettings): Verdict {
  switch (attempt.kind) {
    case 'accepted':
      return {
        verdict: 'sent',
        reason: 'impact.com has taken it.',
        pause: exhausted(attempt.rate),
      };
    case 'answered':
      return judgeStatus(attempt, row, settings);
    case 'unusable':
      return tryAgain(row, settings, {
        reason: 'The answer did not say what became of the request.',
        outcomeUnknown: true,
        rate: attempt.rate,
        closesAt: FAILURES_THAT_CLOSE,
      });
    case 'unreachable':
      return tryAgain(row, settings, {
        reason: attempt.requestMayHaveArrived
          ? `No answer (${attempt.why}), and the request may have arrived.`
          : `Not sent: impact.com could not be reached (${attempt.why}).`,
        outcomeUnknown: attempt.requestMayHaveArrived,
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
      outcomeUnknown: status !== 503,
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
    case 407:
    case 408:
    case 421:
    case 425:
      return tryAgain(row, settings, {
        reason: `The request was not handled: ${NOT_HANDLED[status]} (${status}).`,
        outcomeUnknown: false,
        rate,
        closesAt: FAILURES_THAT_CLOSE,
      });
    case 429: {
      const told = askedWait(rate);
      const wait =
        told === null
          ? pauseDelay(RATE_PAUSE, settings, null)
          : told + pauseDelay(RATE_MARGIN, settings, null);
      return paused('all', wait, false, [
        'The hourly limit is used up (429).',
        'Deliveries go on when it is renewed.',
      ]);
    }
    default:
      return {
        verdict: 'park',
        cause: 'refused',
        problems,
        pause: null,
        reason: `impact.com refused it with ${status}${inWords(problems)}. ${REMEDY[row.call]}`,
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
  const { accountFailures, probing } = settings;
  if (accountFailures < closesAt && asked === 0 && !probing) return null;
  return { scope: 'all', for: asked + pauseDelay(OUTAGE_GATE, settings, null), loud: false, reason };
}

/** The window is used up although this call still went through: the next one would only be refused. */
function exhausted(rate: RateState): AccountPause | null {
  const wait = exhaustedFor(rate);
  return wait === null
    ? null
    : { scope: 'all', for: wait, loud: false, reason: 'The hourly limit is used up.' };
}

function pauseDelay(
  backoff: Backoff,
  { pauseFailures, random }: JudgeSettings,
  asked: number | null,
): number {
  return Math.max(asked ?? 0, steadyDelay(pauseFailures, backoff, random));
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
  return attempt.kind !== 'answered' || attempt.status >= 500 || attempt.status in NOT_HANDLED;
}
