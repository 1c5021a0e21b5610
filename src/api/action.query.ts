import type { ActionQuery, ApiParameter, TimeWindow } from './api.model.js';

/** The smallest page that the vendor takes (docs/vendor-contract.md §5.1). */
export const DEFAULT_PAGE_SIZE = 2000;

/** Renders a listing's query (docs/vendor-contract.md §5.1): dates always with their time, both ends or none. */
export function actionListParameters(query: ActionQuery, campaignId: string): ApiParameter[] {
  return [
    ['CampaignId', query.campaignId ?? campaignId],
    ...(query.state === undefined ? [] : [['State', query.state] as const]),
    ...window('StartDate', 'EndDate', query.updated),
    ...window('ActionDateStart', 'ActionDateEnd', query.actionDate),
    ...window('LockingDateStart', 'LockingDateEnd', query.lockingDate),
    ['Page', String(query.page ?? 1)],
    ['PageSize', String(query.pageSize ?? DEFAULT_PAGE_SIZE)],
  ];
}

function window(start: string, end: string, range: TimeWindow | undefined): ApiParameter[] {
  if (range === undefined) return [];
  // Whole seconds, widened: fractions are documented for no list filter.
  return [
    [start, wholeSeconds(Math.floor(range.from.getTime() / 1000))],
    [end, wholeSeconds(Math.ceil(range.to.getTime() / 1000))],
  ];
}

function wholeSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
