import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../../database/index.js';
import { type ConversionState, STATES } from '../../ledger/index.js';
import { type FunnelDay, OverviewQueryError, OverviewService } from '../overview/index.js';
import { ReconciliationBook } from '../reconciliation/index.js';
import { DashboardFrame, type DashboardPage } from './dashboard.frame.js';
import { type DashboardRequest, linksOf, type PageLinks, queryOf } from './dashboard.request.js';
import { owedByCurrency } from './owed.rules.js';

const DAY = 86_400_000;
const RANGES = [7, 30, 90, 365] as const;
const MONTHS = [3, 6, 12, 24] as const;
/** Rows of a table that is one of many on its page. */
const ROWS = 10;
const OWED_ROWS = 200;

/** Where a page is, and what was asked. */
export interface PageVisit {
  readonly request: DashboardRequest;
  /** Where the dashboard is mounted. */
  readonly path: string;
}

/** A page, or another address to go to. */
export type PageAnswer = DashboardPage | { readonly goTo: string };

/** The pages about many sales. */
@Injectable()
export class DashboardPages {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    private readonly overview: OverviewService,
    private readonly book: ReconciliationBook,
    private readonly frame: DashboardFrame,
  ) {}

  /** What was sold and what became of it, what waits, and what needs somebody. */
  async home({ request, path }: PageVisit): Promise<DashboardPage> {
    const links = linksOf(request, path, 0);
    const days = choice(queryOf(request).get('days'), RANGES, 30);
    const to = this.clock.now();
    const funnel = await this.overview.funnel({ from: new Date(to.getTime() - (days - 1) * DAY), to });
    const [status, held, reasons, locking, claims] = await Promise.all([
      this.overview.status(),
      this.overview.pauses(),
      this.overview.verdictsByReason(),
      this.overview.locksSoon(),
      this.overview.claims(),
    ]);
    return this.frame.render(
      'overview',
      { links, tab: 'overview', charts: true },
      {
        status,
        ...held,
        reasons: reasons.slice(0, ROWS),
        locking: locking.slice(0, ROWS),
        moreLocking: Math.max(0, locking.length - ROWS),
        claims: claims.slice(0, ROWS),
        claimCount: claims.length,
        states: STATES.map((state) => ({ state, count: status.states[state] })),
        funnel: funnel.toReversed(),
        totals: totalsOf(funnel),
        days,
        ranges: RANGES,
        seconds: (day: string) => Date.parse(day) / 1000,
      },
    );
  }

  /** Sales by state, page by page; or those that were searched for. */
  async sales({ request, path }: PageVisit): Promise<PageAnswer> {
    const links = linksOf(request, path, 1);
    const query = queryOf(request);
    const sought = query.get('q')?.trim() ?? '';
    if (sought !== '') return this.#found(links, sought);
    const state = query.get('state') ?? '';
    const after = query.get('after') ?? '';
    const { sales, next } = await this.overview.list({
      ...(state === '' ? {} : { state: state as ConversionState }),
      ...(after === '' ? {} : { after }),
    });
    return this.frame.render(
      'sales',
      { links, tab: 'sales' },
      { sales, next, state, isFirst: after === '', states: STATES, sought: null },
    );
  }

  /** Payout by month and partner. */
  async owed({ request, path }: PageVisit): Promise<DashboardPage> {
    const links = linksOf(request, path, 1);
    const query = queryOf(request);
    const months = choice(query.get('months'), MONTHS, 6);
    const month = query.get('month');
    const rows = await this.overview.owed({ months });
    const shown = month === null ? rows : rows.filter((row) => row.month === month);
    return this.frame.render(
      'owed',
      { links, tab: 'owed', charts: true },
      {
        currencies: owedByCurrency(rows),
        rows: shown.slice(0, OWED_ROWS),
        more: Math.max(0, shown.length - OWED_ROWS),
        month,
        months,
        ranges: MONTHS,
      },
    );
  }

  /** What the last reconciliation found. It was made elsewhere: a page view calls nobody. */
  async differences({ request, path }: PageVisit): Promise<DashboardPage> {
    const { accountSid: account, environment } = this.options;
    const last = await this.book.last({ account, environment });
    const kind = queryOf(request).get('kind');
    return this.frame.render(
      'differences',
      { links: linksOf(request, path, 1), tab: 'differences' },
      {
        last,
        kind,
        shown: last?.differences.filter((each) => kind === null || each.kind === kind) ?? [],
        kinds: Object.entries(last?.counts ?? {}),
        found: Object.values(last?.counts ?? {}).reduce((sum, count) => sum + count, 0),
      },
    );
  }

  /** What cannot be answered, as a page. */
  refusal({ request, path }: PageVisit, error: OverviewQueryError): DashboardPage {
    return this.frame.render(
      'message',
      { links: linksOf(request, path, 1), tab: null, status: 400 },
      { title: 'That is no page', words: error.message },
    );
  }

  async #found(links: PageLinks, sought: string): Promise<PageAnswer> {
    const sales = await this.overview.search(sought);
    const [only] = sales;
    if (only !== undefined && sales.length === 1) {
      return { goTo: `${links.to}order?id=${encodeURIComponent(only.orderId)}` };
    }
    return this.frame.render(
      'sales',
      { links, tab: 'sales', sought },
      { sales, next: null, state: '', isFirst: true, states: STATES, sought },
    );
  }
}

const choice = (text: string | null, known: readonly number[], usual: number): number =>
  known.find((each) => String(each) === text) ?? usual;

function totalsOf(days: readonly FunnelDay[]): Omit<FunnelDay, 'day'> {
  const sum = (column: keyof Omit<FunnelDay, 'day'>): number =>
    days.reduce((total, day) => total + day[column], 0);
  return {
    clicks: sum('clicks'),
    links: sum('links'),
    sales: sum('sales'),
    sent: sum('sent'),
    credited: sum('credited'),
    approved: sum('approved'),
    cleared: sum('cleared'),
  };
}
