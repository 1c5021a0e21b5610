import { ImpactError } from '../errors/index.js';
import type { ApiProblem } from './problems.rules.js';
import type { RateState } from './rate.rules.js';

/** What every failed call can tell. All of it is safe to log. */
export interface ApiFailure {
  /** HTTP status; `null` when there was none. */
  readonly status: number | null;
  /** The vendor's complaints, with addresses, credentials and customer data masked. */
  readonly problems: readonly ApiProblem[];
  readonly rate: RateState;
  /**
   * Whether the vendor may have acted on the request. `false` only when it provably never left: name
   * resolution, connection or TLS failed first. A write that may have arrived may have been taken.
   */
  readonly requestMayHaveArrived: boolean;
}

/**
 * A call to impact.com that did not succeed.
 *
 * Carries no `cause`: what axios and Node throw holds the request with its Authorization header and body.
 */
export abstract class ImpactApiError extends ImpactError implements ApiFailure {
  readonly status: number | null;
  readonly problems: readonly ApiProblem[];
  readonly rate: RateState;
  readonly requestMayHaveArrived: boolean;

  constructor(message: string, failure: ApiFailure) {
    super(message);
    this.status = failure.status;
    this.problems = failure.problems;
    this.rate = failure.rate;
    this.requestMayHaveArrived = failure.requestMayHaveArrived;
  }
}

/** The vendor said no: any 4xx, or a 200 whose status is `ERROR`. */
export class ImpactApiRefusedError extends ImpactApiError {
  readonly code = 'API_REFUSED';
}

/** No answer within the deadline, no connection, or a 5xx. */
export class ImpactApiUnreachableError extends ImpactApiError {
  readonly code = 'API_UNREACHABLE';
  /**
   * Node's code of the failure, e.g. `ECONNREFUSED`; `DEADLINE` when time ran out; `PROXY_407` when a proxy
   * refused the way with that status; `null` after a 5xx.
   */
  readonly networkCode: string | null;

  constructor(message: string, failure: ApiFailure & { readonly networkCode: string | null }) {
    super(message, failure);
    this.networkCode = failure.networkCode;
  }
}

/**
 * Something answered, but not with what the vendor's contract promises: a redirect, HTML, broken JSON, an
 * empty body, too much of it, or no proof of acceptance. The outcome of a write is unknown.
 */
export class ImpactApiAnswerUnusableError extends ImpactApiError {
  readonly code = 'API_ANSWER_UNUSABLE';
}
