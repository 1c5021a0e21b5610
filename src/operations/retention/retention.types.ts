export interface PurgeOptions {
  /** Count, and change nothing. Default `false`. */
  readonly dryRun?: boolean;
}

/** What a purge came to; what it would come to, with `dryRun`. */
export interface PurgeSummary {
  /** `false` when another process purges at this moment: nothing was done here. */
  readonly done: boolean;
  /** Clicks that were deleted. */
  readonly clicks: number;
  /** Ties of customers to clicks that can earn no sale any more. */
  readonly clickLinks: number;
  /** Sales that no longer know their customer. */
  readonly customers: number;
  /** Rows of calls that were made. */
  readonly deliveries: number;
  /** Lines of stories that told of attempts. */
  readonly story: number;
}

export const NOTHING_PURGED: PurgeSummary = {
  done: true,
  clicks: 0,
  clickLinks: 0,
  customers: 0,
  deliveries: 0,
  story: 0,
};

/** How far one kind of purge has come through the sales, in the order of their ids. */
export interface PurgePosition {
  /** Every sale up to this one was looked at. */
  readonly after: string;
  /** The first of those whose time had come while they were not settled. */
  readonly left: string | null;
}

export type PurgeKind = 'customerData' | 'deliveries';

/** Kept as JSON in the row of the scope `retention`. Times are epoch milliseconds by the database's clock. */
export interface PurgePositions {
  readonly customerData: PurgePosition;
  readonly deliveries: PurgePosition;
  /** Clicks that expired until then were looked at. */
  readonly clicks: number;
  /** The same for those that an order holds. */
  readonly heldClicks: number;
  /** When somebody purged last, and when last also what had been left. */
  readonly ranAt: number;
  readonly deepAt: number;
}

const BEGINNING: PurgePosition = { after: '', left: null };
export const NOWHERE: PurgePositions = {
  customerData: BEGINNING,
  deliveries: BEGINNING,
  clicks: 0,
  heldClicks: 0,
  ranAt: 0,
  deepAt: 0,
};
