import type { Conversion } from 'nestjs-impact';

export interface SaleStatus {
  readonly label: string;
  readonly tone: 'waiting' | 'good' | 'neutral' | 'bad';
  /** More will happen by itself: the page looks again. */
  readonly moving: boolean;
}

const STATUS: Record<Conversion['state'], SaleStatus> = {
  RECORDED: { label: 'Waiting to be sent', tone: 'waiting', moving: true },
  SENT: { label: 'Sent, not yet decided', tone: 'waiting', moving: true },
  CREDITED: { label: 'Credited to the partner', tone: 'good', moving: false },
  APPROVED: { label: 'Approved', tone: 'good', moving: false },
  CLEARED: { label: 'Due for payment', tone: 'good', moving: false },
  UNATTRIBUTED: { label: 'Nobody is owed anything', tone: 'neutral', moving: false },
  SKIPPED: { label: 'Not reported, on purpose', tone: 'neutral', moving: false },
  DRY_RUN: { label: 'Dry run: kept, not sent', tone: 'neutral', moving: false },
  CANCELLED: { label: 'Cancelled before it was sent', tone: 'neutral', moving: false },
  REVERSED: { label: 'Taken back', tone: 'neutral', moving: false },
  REJECTED: { label: 'Refused by impact.com', tone: 'bad', moving: false },
  UNDELIVERABLE: { label: 'Needs a person', tone: 'bad', moving: false },
};

/** The sale's state in words that the shop's staff uses. */
export const statusOf = ({ state }: Pick<Conversion, 'state'>): SaleStatus => STATUS[state];
