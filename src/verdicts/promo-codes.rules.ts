import type { PageEnvelope, PromoCode } from '../api/index.js';
import type { PartnerCode } from '../ledger/index.js';

/** What is kept of a page of the account's codes: those of the program that belong to a partner. */
export function partnerCodesOf(page: readonly PromoCode[], campaignId: string): PartnerCode[] {
  return page.flatMap((row): PartnerCode[] => {
    const { code, assignedPartnerId: partnerId, type, startDate, endDate } = row;
    if (code === null || code.trim() === '' || partnerId === null) return [];
    if (row.campaignId !== null && row.campaignId !== campaignId) return [];
    return [
      {
        code: code.trim(),
        partnerId,
        ...(type?.toUpperCase() === 'RE' ? { pattern: true as const } : {}),
        ...(startDate === null ? {} : { startsAt: startDate.getTime() }),
        ...(endDate === null ? {} : { endsAt: endDate.getTime() }),
      },
    ];
  });
}

/** @param number of the page that was asked for. */
export function isLastPage(
  page: PageEnvelope & { readonly promoCodes: readonly unknown[] },
  number: number,
): boolean {
  if (page.promoCodes.length === 0) return true;
  return page.pages === null ? page.nextPageUri === null : number >= page.pages;
}
