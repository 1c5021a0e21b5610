import {
  ImpactApiAnswerUnusableError,
  ImpactApiRefusedError,
  ImpactApiUnreachableError,
  type ImpactApiError,
} from './api.errors.js';
import type { ApiProblem } from './problems.rules.js';
import { NO_RATE, type RateState } from './rate.rules.js';

/** What was called, in words that name no id. */
export interface CallName {
  /** E.g. `POST Conversions`. */
  readonly name: string;
  /** The permission that the token needs for it, e.g. `Conversions: write`. */
  readonly scope: string;
}

/** Node's parser of HTTP: somebody answered, but not in HTTP. */
const NOT_HTTP = /^HPE_/;

export function unreachable(
  call: CallName,
  networkCode: string,
  requestMayHaveArrived: boolean,
): ImpactApiError {
  const failure = { status: null, problems: [], rate: NO_RATE, requestMayHaveArrived };
  if (NOT_HTTP.test(networkCode)) return unusable(call, 'something that is not HTTP', failure);
  const what =
    networkCode === 'DEADLINE'
      ? `impact.com did not answer ${call.name} in time`
      : `impact.com could not be reached for ${call.name} (${networkCode})`;
  const arrived = requestMayHaveArrived
    ? 'The request may have arrived: treat its outcome as unknown'
    : 'The request was not sent: repeat it later';
  return new ImpactApiUnreachableError(
    `${what}. ${arrived}, and check the network, the proxy settings and IMPACT_BASE_URL if this goes on.`,
    { ...failure, networkCode },
  );
}

export function unusable(
  call: CallName,
  why: string,
  failure: { status: number | null; rate: RateState; requestMayHaveArrived?: boolean },
): ImpactApiError {
  const status = failure.status === null ? '' : ` (status ${failure.status})`;
  return new ImpactApiAnswerUnusableError(
    `The answer to ${call.name} was ${why}${status}, which does not say what became of the request. ` +
      'Treat its outcome as unknown, and check what stands between this process and IMPACT_BASE_URL.',
    {
      status: failure.status,
      rate: failure.rate,
      problems: [],
      requestMayHaveArrived: failure.requestMayHaveArrived ?? true,
    },
  );
}

/** A 4xx, a 5xx, or a 200 that says `ERROR`. */
export function refused(
  call: CallName,
  status: number,
  problems: readonly ApiProblem[],
  rate: RateState,
): ImpactApiError {
  const failure = { status, problems, rate, requestMayHaveArrived: true };
  if (status >= 500) {
    return new ImpactApiUnreachableError(
      `impact.com answered ${call.name} with ${status}${inWords(problems)}. Repeat the same request later.`,
      { ...failure, networkCode: null },
    );
  }
  return new ImpactApiRefusedError(
    `impact.com refused ${call.name} with ${status}${inWords(problems)}. ${advice(call, status)}`,
    failure,
  );
}

function inWords(problems: readonly ApiProblem[]): string {
  if (problems.length === 0) return '';
  const shown = problems
    .slice(0, 3)
    .map(({ field, message }) => (field === null ? message : `${field}: ${message}`));
  return `: ${shown.join('; ')}${problems.length > shown.length ? '; …' : ''}`;
}

function advice(call: CallName, status: number): string {
  switch (status) {
    case 401:
      return 'Check IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN under Settings → Technical → API.';
    case 403:
      return `Give the token the scope "${call.scope}" under Settings → Technical → API, and check that it is enabled.`;
    case 404:
      return 'Check the id: there is nothing under it in this account.';
    case 405:
      return 'Check IMPACT_BASE_URL and the API version: this address does not take this kind of call.';
    case 408:
      return 'Repeat the same request.';
    case 429:
      return 'Wait until the rate window ends, then repeat the same request.';
    default:
      return 'Correct the request before it is sent again.';
  }
}
