import type { ImpactApiError } from './api.errors.js';
import { type Backoff, type Random, steadyDelay } from './backoff.rules.js';
import { askedWait } from './rate.rules.js';

/** What a failed read asks every process to leave alone for a while. */
export interface ReadTrouble {
  readonly scope: 'all' | 'reads';
  /** Milliseconds; then one call probes. */
  readonly for: number;
  /** Needs a person: to be said loudly. */
  readonly loud: boolean;
  readonly reason: string;
}

/** Failures of the pauses that stand, before this one. */
export type StandingFailures = Readonly<Record<ReadTrouble['scope'], number>>;

const PERSON: Backoff = { base: 60_000, cap: 900_000 };
const RATE_MARGIN: Backoff = { base: 1000, cap: 900_000 };
/** Nobody waits for a read: rarer than the probes of a delivery. */
const OUTAGE: Backoff = { base: 5000, cap: 900_000 };

/**
 * What a failed read means for others. Reads have a gate of their own, because a token without read scope, or
 * a listing that is too heavy for the vendor, must never stop sales; only what concerns the whole account
 * (401, 429) stops everything. No row is ever at fault.
 */
export function readTrouble(
  { status, rate, networkCode }: Pick<ImpactApiError, 'status' | 'rate'> & { networkCode?: string | null },
  standing: StandingFailures,
  random: Random,
): ReadTrouble {
  const told = askedWait(rate);
  const wait = (scope: ReadTrouble['scope'], backoff: Backoff): number =>
    steadyDelay(standing[scope] + 1, backoff, random);
  switch (status) {
    case 401:
      return {
        scope: 'all',
        for: Math.max(rate.retryAfter ?? 0, wait('all', PERSON)),
        loud: true,
        reason:
          'impact.com does not accept the credentials (401). Check IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN; ' +
          'deliveries go on by themselves.',
      };
    case 403:
      return {
        scope: 'reads',
        for: Math.max(rate.retryAfter ?? 0, wait('reads', PERSON)),
        loud: true,
        reason:
          'The token may not read (403). Give it the scopes "Actions: read" and "Submissions: read" and check that ' +
          'it is enabled. Sales are sent all the same, but no verdict is known, and a sale that may have arrived ' +
          'and is too old to be repeated waits for a look at the actions.',
      };
    case 429:
      return {
        scope: 'all',
        for: told === null ? wait('all', PERSON) : told + wait('all', RATE_MARGIN),
        loud: false,
        reason: 'The hourly limit is used up (429).',
      };
    default: {
      const why = status === null ? (networkCode ?? 'no usable answer') : `status ${status}`;
      return {
        scope: 'reads',
        for: (rate.retryAfter ?? 0) + wait('reads', OUTAGE),
        loud: false,
        reason: `A look-up failed (${why}).`,
      };
    }
  }
}
