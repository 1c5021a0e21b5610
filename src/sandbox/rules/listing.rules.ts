import { zonedDate } from './date.rules.js';
import { DAY } from './duration.rules.js';
import type { Problem } from './conversion.validation.js';

/** docs/vendor-contract.md §5.1 */
const LONGEST_RANGE = 45 * DAY;
const DEFAULT_RANGE = 7 * DAY;
const OLDEST_START_YEARS = 3;

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

export interface ListingQuery {
  readonly programId: string;
  readonly state: 'PENDING' | 'APPROVED' | 'REVERSED' | null;
  readonly updated: Range | null;
  readonly eventDate: Range | null;
  readonly locking: Range | null;
  readonly page: number;
  readonly pageSize: number;
}

type Query = Readonly<Record<string, string>>;

/** Reads the query of `GET /Actions` and `GET /ActionUpdates`, or says what is wrong with it. */
export function readListing(
  query: Query,
  pageSize: { readonly minimum: number; readonly default: number },
  now: Date,
): { readonly query: ListingQuery } | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const range = (start: string, end: string): Range | null => {
    const found = readRange(query, start, end, now);
    if (found && 'problem' in found) {
      problems.push(found.problem);
      return null;
    }
    return found;
  };

  const programId = query['CampaignId'] ?? '';
  if (!/^\d{1,10}$/.test(programId)) {
    problems.push({ field: 'CampaignId', message: programId === '' ? 'Required' : 'Not a numeric value' });
  }
  const state = query['State'] || null;
  if (state !== null && !isState(state)) problems.push({ field: 'State', message: `Invalid value ${state}` });
  const updated = range('StartDate', 'EndDate');
  const eventDate = range('ActionDateStart', 'ActionDateEnd');
  const locking = range('LockingDateStart', 'LockingDateEnd');
  const dated = updated ?? eventDate ?? locking;

  const paging = readPaging(query, pageSize);
  if ('problems' in paging) problems.push(...paging.problems);
  if ('problems' in paging || problems.length > 0) return { problems };
  return {
    query: {
      programId,
      state: state !== null && isState(state) ? state : null,
      updated: dated ? updated : { from: new Date(now.getTime() - DEFAULT_RANGE), to: now },
      eventDate,
      locking,
      ...paging,
    },
  };
}

export function readPaging(
  query: Query,
  pageSize: { readonly minimum: number; readonly default: number },
): Pick<ListingQuery, 'page' | 'pageSize'> | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const page = integer(query, 'Page', 1, 1, problems);
  const size = integer(query, 'PageSize', pageSize.default, pageSize.minimum, problems);
  return problems.length > 0 ? { problems } : { page, pageSize: size };
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly pages: number;
}

/** One page, or `too-large` when the total is more than ten pages (§5.1). */
export function pageOf<Row>(
  all: readonly Row[],
  query: Pick<ListingQuery, 'page' | 'pageSize'>,
): Page<Row> | 'too-large' {
  if (all.length > query.pageSize * 10) return 'too-large';
  const start = (query.page - 1) * query.pageSize;
  return {
    rows: all.slice(start, start + query.pageSize),
    total: all.length,
    pages: Math.max(1, Math.ceil(all.length / query.pageSize)),
  };
}

/** The string-valued `@…` keys around a listing. `path` is the address without a query. */
export function envelopeOf(
  path: string,
  query: Query,
  paging: Pick<ListingQuery, 'page' | 'pageSize'>,
  page: Page<unknown>,
): Record<string, string> {
  const address = (number: number): string => {
    const parameters = new URLSearchParams({ ...query, Page: `${number}`, PageSize: `${paging.pageSize}` });
    return `${path}?${parameters.toString()}`;
  };
  const start = (paging.page - 1) * paging.pageSize;
  return {
    '@page': `${paging.page}`,
    '@numpages': `${page.pages}`,
    '@pagesize': `${paging.pageSize}`,
    '@total': `${page.total}`,
    '@start': `${start}`,
    '@end': `${Math.max(start, start + page.rows.length - 1)}`,
    '@uri': address(paging.page),
    '@firstpageuri': address(1),
    '@nextpageuri': paging.page < page.pages ? address(paging.page + 1) : '',
    '@previouspageuri': paging.page > 1 ? address(paging.page - 1) : '',
    '@lastpageuri': address(page.pages),
  };
}

export const inside = (date: Date, range: Range | null): boolean =>
  range === null || (date.getTime() >= range.from.getTime() && date.getTime() <= range.to.getTime());

function readRange(
  query: Query,
  startName: string,
  endName: string,
  now: Date,
): Range | { problem: Problem } | null {
  const start = query[startName] ?? '';
  const end = query[endName] ?? '';
  if (start === '' && end === '') return null;
  const problem = (field: string, message: string): { problem: Problem } => ({ problem: { field, message } });
  if (start === '' || end === '') {
    return problem(
      start === '' ? startName : endName,
      `${startName} and ${endName} go together: both or none`,
    );
  }
  const from = zonedDate(start);
  const to = zonedDate(end);
  if (!from) return problem(startName, 'Not an ISO 8601 date with time and zone');
  if (!to) return problem(endName, 'Not an ISO 8601 date with time and zone');
  if (to.getTime() < from.getTime()) return problem(endName, `Lies before ${startName}`);
  if (to.getTime() - from.getTime() > LONGEST_RANGE) return problem(endName, 'Range longer than 45 days');
  const oldest = new Date(now);
  oldest.setUTCFullYear(oldest.getUTCFullYear() - OLDEST_START_YEARS);
  return from.getTime() < oldest.getTime() ? problem(startName, 'More than 3 years ago') : { from, to };
}

function integer(query: Query, name: string, fallback: number, least: number, problems: Problem[]): number {
  const value = query[name] ?? '';
  if (value === '') return fallback;
  if (!/^\d{1,9}$/.test(value)) problems.push({ field: name, message: 'Not a numeric value' });
  else if (Number(value) < least) problems.push({ field: name, message: `Less than ${least}` });
  return Number(value);
}

const isState = (value: string): value is 'PENDING' | 'APPROVED' | 'REVERSED' =>
  value === 'PENDING' || value === 'APPROVED' || value === 'REVERSED';
