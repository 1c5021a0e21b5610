import type { ImpactApiError } from '../api/index.js';
import type { WantedPause } from '../ledger/index.js';

const QUARTER_HOUR = 900_000;
const MINUTE = 60_000;

/**
 * What a failed look-up means for others. A token without read scope never stops sales: only reads pause.
 * Anything that may pass by itself pauses nothing; the sales are simply looked up again.
 */
export function pauseAfterRead({
  status,
  rate,
}: Pick<ImpactApiError, 'status' | 'rate'>): WantedPause | null {
  switch (status) {
    case 401:
      return {
        scope: 'all',
        for: rate.retryAfter ?? MINUTE,
        reason:
          'impact.com does not accept the credentials (401). Check IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN.',
      };
    case 403:
      return {
        scope: 'reads',
        for: rate.retryAfter ?? QUARTER_HOUR,
        reason: 'The token may not read (403). Give it the scopes "Actions: read" and "Submissions: read".',
      };
    case 429:
      return {
        scope: 'all',
        for: rate.retryAfter ?? rate.resetIn ?? MINUTE,
        reason: 'The hourly limit is used up (429).',
      };
    default:
      return null;
  }
}
