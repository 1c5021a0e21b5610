import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, integer, run, type Script } from '../../database/index.js';
import { AccountGate, type Claim, type Stamp, STATES } from '../../ledger/index.js';
import { ClaimService } from '../../verdicts/index.js';
import { DAY, daysBetween, monthsBefore } from './calendar.rules.js';
import { OverviewQueryError } from './overview.errors.js';
import { funnelDays, reasonCounts, stateCounts } from './overview.rules.js';
import {
  countClicks,
  countLinks,
  countRejections,
  countSales,
  countStates,
  readBacklog,
  readHour,
  readLocksSoon,
  readWalkedAt,
  sumOwed,
} from './overview.statements.js';
import type {
  FunnelDay,
  FunnelQuery,
  LocksSoonRow,
  OverviewPauses,
  OverviewStatus,
  OwedRow,
  SaleLine,
  SaleList,
  SaleListQuery,
  VerdictReason,
} from './overview.types.js';
import { listSales, type SalePlace, searchSales } from './sale.list.js';

const LONGEST_FUNNEL = 366;
const MOST_MONTHS = 36;
const MOST_ROWS = 500;
const MOST_FOUND = 50;
const MOST_LOCKING = 200;
/** Longest order id, click id, submission id and action id that is stored. */
const LONGEST_SOUGHT = 255;

/**
 * What a person wants to see of the whole: read from the app's database alone, never from impact.com.
 *
 * Rows of another account or environment are left out. Every answer is bounded, and its statements stay quick
 * while the tables grow (docs/dashboard.md has the numbers). Days and months are those of UTC.
 */
@Injectable()
export class OverviewService {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    private readonly gate: AccountGate,
    private readonly claimService: ClaimService,
  ) {}

  /** Sales by state, what waits and how long, and when the vendor's actions were last read. */
  async status(): Promise<OverviewStatus> {
    const stamp = this.#stamp();
    const self = this;
    const { states, backlog, walkedAt, now } = await this.database.read(function* () {
      const states = yield* countStates(stamp);
      const backlog = yield* readBacklog(stamp);
      return { states, backlog, walkedAt: yield* readWalkedAt(stamp), now: yield* self.#time() };
    });
    const counts = stateCounts(states);
    const { sales, corrections, oldestAt } = backlog;
    return {
      checkedAt: new Date(now),
      mode: this.options.mode,
      environment: this.options.environment,
      states: counts,
      backlog: {
        sales,
        corrections,
        oldestAt: dateOrNull(oldestAt),
        oldestAge: oldestAt === null ? null : Math.max(0, now - oldestAt),
      },
      needPerson: counts.UNDELIVERABLE,
      walkedAt: dateOrNull(walkedAt),
    };
  }

  /** What is paused and why, and how much of the hourly limit is left. */
  async pauses(): Promise<OverviewPauses> {
    const [stamp, self] = [this.#stamp(), this];
    const { pauses, hour, now } = await this.database.read(function* () {
      const pauses = yield* self.gate.pauses(stamp);
      return { pauses, hour: yield* readHour(stamp), now: yield* self.#time() };
    });
    const perHour = this.options.delivery.maxRequestsPerHour;
    // An hour that has passed is only begun anew by the next call.
    const used = hour.since > now - HOUR ? hour.used : 0;
    return {
      pauses: pauses.map(({ since, until, ...rest }) => ({
        ...rest,
        since: new Date(since),
        until: new Date(until),
      })),
      budget: {
        perHour,
        used,
        left: Math.max(0, perHour - used),
        since: used === 0 ? null : new Date(hour.since),
      },
    };
  }

  /** @throws OverviewQueryError for a state, a place or a limit that makes no sense. */
  async list({ state, after, limit = 50 }: SaleListQuery = {}): Promise<SaleList> {
    if (state !== undefined && !STATES.includes(state)) {
      throw new OverviewQueryError('"state" is no state of a sale', `Give one of: ${STATES.join(', ')}.`);
    }
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS) {
      throw new OverviewQueryError(
        '"limit" is no number of rows',
        `Give a whole number from 1 to ${MOST_ROWS}.`,
      );
    }
    const place = after === undefined ? null : placeOf(after);
    const rows = await this.database.read(() =>
      listSales(this.#stamp(), state === undefined ? STATES : [state], place, limit + 1),
    );
    const sales = rows.slice(0, limit);
    return { sales, next: rows.length > limit ? nextOf(sales.at(-1)!) : null };
  }

  /**
   * From clicks to cleared actions, day by day.
   *
   * @throws OverviewQueryError when `from` is not before `to`, or more than 366 days.
   */
  async funnel({ from, to }: FunnelQuery): Promise<FunnelDay[]> {
    const days = daysBetween(timeOf(from, 'from'), timeOf(to, 'to'));
    if (days.length === 0) {
      throw new OverviewQueryError(
        '"from" is not before "to"',
        'The moment of "to" is not part of the range.',
      );
    }
    if (days.length > LONGEST_FUNNEL) {
      throw new OverviewQueryError(`there are ${days.length} days`, `Give at most ${LONGEST_FUNNEL}.`);
    }
    const [first, end] = [days[0]!, days.at(-1)! + DAY];
    const [stamp, { program }] = [this.#stamp(), this.options];
    return this.database.read(function* () {
      const clicks = yield* countClicks(program, first, end);
      const links = yield* countLinks(first, end);
      return funnelDays(days, clicks, links, yield* countSales(stamp, first, end));
    });
  }

  /**
   * Payout by month, partner and currency, reversed actions left out: newest month first, largest partner first.
   *
   * @param options.months with the running one, 1 to 36. Default 6.
   * @throws OverviewQueryError
   */
  async owed({ months = 6 }: { readonly months?: number } = {}): Promise<OwedRow[]> {
    if (!Number.isInteger(months) || months < 1 || months > MOST_MONTHS) {
      throw new OverviewQueryError(
        '"months" is no number of months',
        `Give a whole number from 1 to ${MOST_MONTHS}.`,
      );
    }
    const [stamp, self] = [this.#stamp(), this];
    const rows = await this.database.read(function* () {
      return yield* sumOwed(stamp, monthsBefore(yield* self.#time(), months));
    });
    const size = ({ pending, approved, cleared }: OwedRow): number =>
      Number(pending) + Number(approved) + Number(cleared);
    return rows.toSorted((a, b) => b.month.localeCompare(a.month) || size(b) - size(a));
  }

  /** Open corrections of actions that lock within a week, soonest first; at most 200. */
  async locksSoon(): Promise<LocksSoonRow[]> {
    const [stamp, self] = [this.#stamp(), this];
    return this.database.read(function* () {
      return yield* readLocksSoon(stamp, (yield* self.#time()) + 7 * DAY, MOST_LOCKING);
    });
  }

  /** Claims that nobody has settled. */
  async claims(): Promise<Claim[]> {
    return this.claimService.list({ open: true });
  }

  /**
   * Sales that the vendor refused, by its reason, most frequent first.
   *
   * @param options.days paid within so many days. Default 90.
   */
  async verdictsByReason({ days = 90 }: { readonly days?: number } = {}): Promise<VerdictReason[]> {
    const [stamp, self] = [this.#stamp(), this];
    return this.database.read(function* () {
      return reasonCounts(yield* countRejections(stamp, (yield* self.#time()) - Math.trunc(days * DAY)));
    });
  }

  /** Sales by order id (or its beginning), click id, submission id or action id; at most 50. */
  async search(text: string): Promise<SaleLine[]> {
    const sought = text.trim();
    if (sought === '' || sought.length > LONGEST_SOUGHT || sought.includes('\0')) return [];
    const { program, eventType } = this.options;
    return this.database.read(() =>
      searchSales({ ...this.#stamp(), program, eventType }, sought, MOST_FOUND),
    );
  }

  *#time(): Script<number> {
    const { rows } = yield* run(`SELECT ${this.database.now()} AS now`);
    return integer(rows[0]!, 'now');
  }

  #stamp(): Stamp {
    return { account: this.options.accountSid, environment: this.options.environment };
  }
}

const HOUR = 3_600_000;

const nextOf = ({ eventAt, id }: SaleLine): string => `${eventAt.getTime()}_${id}`;

function placeOf(after: string): SalePlace {
  const [, at, id] = /^(\d{1,15})_([0-9a-f-]{36})$/.exec(after) ?? [];
  if (at === undefined || id === undefined) {
    throw new OverviewQueryError('"after" is no place in the list', 'Give the `next` of the page before.');
  }
  return { eventAt: Number(at), id };
}

const dateOrNull = (at: number | null): Date | null => (at === null ? null : new Date(at));

function timeOf(value: Date, name: string): number {
  const at = value.getTime();
  if (Number.isNaN(at)) throw new OverviewQueryError(`"${name}" is no date`, 'Give a Date.');
  return at;
}
