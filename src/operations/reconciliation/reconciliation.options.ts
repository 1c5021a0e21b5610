import { type Duration, parseDuration, type ResolvedImpactOptions } from '../../config/index.js';
import type { ConversionInput, Money } from '../../wire/index.js';
import { AccountCalendar, isCalendarDate } from './account.calendar.js';
import { ReconciliationInputError } from './reconciliation.errors.js';

/** An order of the shop's own list. */
export interface ShopOrder {
  readonly orderId: string;
  /** What the vendor should credit: merchandise, net. Compared when given with {@link currency}. */
  readonly amount?: Money | null;
  /** ISO 4217. */
  readonly currency?: string | null;
  /** `false` while it may still be cancelled. */
  readonly fulfilled?: boolean | null;
  /** The whole sale, for the repair of an order that was never recorded or could not be delivered. */
  readonly sale?: ConversionInput | null;
}

export interface ReconciliationOptions {
  /** First day, as a calendar date of the account such as `2026-10-01`; or a moment. */
  readonly from: string | Date;
  /** The day after the last one: `2026-11-01` ends October; or a moment. Not part of the window. */
  readonly to: string | Date;
  /** The shop's own list, read once and never held as a whole. Orders outside the window are compared too. */
  readonly orders?: Iterable<ShopOrder> | AsyncIterable<ShopOrder>;
  /** `dry` says what would be done, `apply` does it. Default `dry`. */
  readonly repair?: 'dry' | 'apply';
  /** Reason codes whose cause has been mended: sales that were rejected for nothing else are sent again. Default none. */
  readonly mended?: readonly string[];
  /** How long a sale without an action is left to the verdicts. Default `verdicts.giveUpAfter`. */
  readonly grace?: Duration;
  /** How long before it locks an action is told of. Default `7d`. */
  readonly locksWithin?: Duration;
  /** Share by which a rate may move within the window before a converted amount differs. Default 0.03. */
  readonly rateTolerance?: number;
  /** Wait while calls are paused or the hourly limit is used up, instead of ending with an error. Default `false`. */
  readonly wait?: boolean;
  /** Ends the reconciliation between two steps. */
  readonly signal?: AbortSignal;
}

/** Complete and checked. Times are epoch milliseconds. */
export interface Plan {
  readonly from: number;
  readonly to: number;
  readonly apply: boolean;
  readonly mended: ReadonlySet<string>;
  readonly grace: number;
  readonly locksWithin: number;
  readonly rateTolerance: number;
}

/** @throws ReconciliationInputError, ImpactConfigurationError for a length of time that is none. */
export function planOf(
  given: ReconciliationOptions,
  calendar: AccountCalendar,
  options: Pick<ResolvedImpactOptions, 'mode' | 'verdicts' | 'authToken'>,
): Plan {
  if (options.authToken === '') {
    throw new ReconciliationInputError(
      'no credentials are configured',
      'Set IMPACT_ACCOUNT_SID and IMPACT_AUTH_TOKEN; reading needs them in dry-run mode too.',
    );
  }
  const from = momentOf(given.from, 'from', calendar);
  const to = momentOf(given.to, 'to', calendar);
  if (from >= to) {
    throw new ReconciliationInputError(
      '"from" is not before "to"',
      'The day of "to" is not part of the window.',
    );
  }
  const { repair = 'dry', rateTolerance = 0.03 } = given;
  if (repair !== 'dry' && repair !== 'apply') {
    throw new ReconciliationInputError(
      `repair is neither 'dry' nor 'apply'`,
      `Leave it out to change nothing.`,
    );
  }
  if (repair === 'apply' && options.mode !== 'live') {
    throw new ReconciliationInputError(
      'repairs change what is sent, and the mode is dry-run',
      'Leave repair out.',
    );
  }
  if (!(rateTolerance >= 0 && rateTolerance < 1)) {
    throw new ReconciliationInputError('rateTolerance is no share', 'Give a number such as 0.03 for 3 %.');
  }
  return {
    from,
    to,
    apply: repair === 'apply',
    mended: new Set(given.mended),
    grace: parseDuration(given.grace ?? options.verdicts.giveUpAfter, 'grace'),
    locksWithin: parseDuration(given.locksWithin ?? '7d', 'locksWithin'),
    rateTolerance,
  };
}

function momentOf(value: unknown, name: 'from' | 'to', calendar: AccountCalendar): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  if (typeof value === 'string' && isCalendarDate(value)) return calendar.startOf(value);
  throw new ReconciliationInputError(
    `"${name}" is neither a calendar date nor a Date`,
    `Give a day such as '2026-10-01', or a moment as a Date.`,
  );
}
