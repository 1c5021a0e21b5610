/** What a call is about; also what faults and scopes are switched by. */
export type Operation =
  | 'conversions' // POST /Conversions
  | 'submissions' // GET /APISubmissions
  | 'actions' // GET /Actions, /ActionUpdates
  | 'corrections' // PUT and DELETE /Actions
  | 'pageload' // POST /PageLoad
  | 'account'; // everything else

export interface FaultedCall {
  readonly method: string;
  /** Without the query and without a `.json` suffix. */
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: Readonly<Record<string, string>>;
}

export type FaultTarget = Operation | 'all' | RegExp | ((call: FaultedCall) => boolean);

/**
 * - `slow`: the answer comes `delayMs` late.
 * - `cut-before`: the connection is destroyed and nothing is taken.
 * - `cut-after-acceptance`: the call is taken as usual, then the connection is destroyed without an answer.
 * - `drip`: the answer arrives one byte every `delayMs`.
 * - `garbage`: 200 with JSON that breaks off. `html`: a proxy's page. `huge`: `bytes` of JSON. `redirect`: 302.
 * - `churn`: an action is re-attributed (or what `change` says) before the answer, so that the rows of a listing move
 *   under its reader.
 * - `late`: an action is missing from this answer and there in the next, under dates that were read already.
 * - `lost`: a conversion or correction is answered as usual and completes without an error; nothing comes of it.
 */
export type FaultKind =
  | 'slow'
  | 'cut-before'
  | 'cut-after-acceptance'
  | 'drip'
  | 'garbage'
  | 'html'
  | 'redirect'
  | 'huge'
  | 'churn'
  | 'late'
  | 'lost';

export interface FaultPlan {
  /** Answer this status with an error body (429, 500, 502, 503, 504, 400, 401, 403, …). Give this or `kind`. */
  status?: number;
  kind?: FaultKind;
  /** Calls it applies to; a string, a pattern for `METHOD /path`, or a function. Default: `all` API calls. */
  on?: FaultTarget;
  /** How many calls it hits. Default: until `clearFaults()`. */
  times?: number;
  /**
   * Whether the call is taken although its answer is spoiled. Default: `true` for `slow`, `drip` and
   * `cut-after-acceptance`, else `false`. A slow call that is not taken is forgotten when its client has gone.
   */
  taken?: boolean;
  /**
   * Milliseconds: of `slow` (default 1,000), between the bytes of `drip` (default 50), or until a `late` action shows,
   * by the sandbox's clock (default: after this answer).
   */
  delayMs?: number;
  /** Of `churn`. Default: `reattribute`. */
  change?: 'reattribute' | 'modify' | 'reverse';
  /** Of `churn` and `late`: the order whose action is meant. Default: the newest action that it can be. */
  orderId?: string;
  /** Seconds; sends a `Retry-After` header. Default: none. */
  retryAfter?: number;
  /** Value of the rate-limit reset header on a 429, as it stands. Default: what the real limit says. */
  reset?: number | string;
  /** Size of a `huge` answer. Default: 8 MiB. */
  bytes?: number;
  /** Target of `redirect`. Default: the sandbox's start page. */
  location?: string;
}
