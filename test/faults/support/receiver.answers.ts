/** One page with an action for each sale that was taken (docs/vendor-contract.md §5.1 and §5.2). */
export function actionsPage(taken: readonly { readonly orderId: string; readonly number: number }[]): string {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return JSON.stringify({
    '@page': '1',
    '@numpages': '1',
    '@pagesize': '20000',
    '@total': String(taken.length),
    '@nextpageuri': '',
    Actions: taken.map(({ orderId, number }) => ({
      Id: `1000.2000.${number}`,
      State: 'PENDING',
      Oid: orderId,
      CampaignId: 1000,
      ActionTrackerId: 2000,
      MediaPartnerId: 3000,
      MediaPartnerName: 'A partner',
      Currency: 'USD',
      Amount: 10,
      Payout: 1,
      EventDate: now,
      CreationDate: now,
      LockingDate: now,
      ClearedDate: '',
    })),
  });
}
