import { eventDateWarnings } from '../../wire/index.js';
import type { BackfillFinding } from './backfill.types.js';

const DAY = 86_400_000;

/** Oldest event date that impact.com processes, in days (docs/vendor-contract.md §6): published for files, taken to hold here. */
export const OLDEST_DAYS = { usual: 88, withPartner: 398 } as const;

/** What goes out later than this before the limit may arrive behind it. */
const MARGIN = 7 * DAY;

export interface AgeQuestion {
  readonly eventAt: Date;
  readonly now: Date;
  /** The sale names its partner. */
  readonly hasPartner: boolean;
  readonly allowOld: boolean;
}

type Said = Omit<BackfillFinding, 'line'>;

/** What is to be said about the age of a sale. */
export function ageFindings({ eventAt, now, hasPartner, allowOld }: AgeQuestion): Said[] {
  const limit = hasPartner ? OLDEST_DAYS.withPartner : OLDEST_DAYS.usual;
  const age = now.getTime() - eventAt.getTime();
  const days = Math.floor(age / DAY);
  if (age > limit * DAY) {
    const what = `lies ${days} days back, and impact.com processes at most ${limit}${hasPartner ? '' : ` (${OLDEST_DAYS.withPartner} with mediaPartnerId)`}`;
    const fix = allowOld
      ? 'Expect it to be dropped, and look at its verdict.'
      : 'Leave it out, or send it all the same with allowOld.';
    const level = allowOld ? 'warning' : 'error';
    return [{ level, field: 'eventDate', rule: 'too-old', message: `eventDate: ${what}. ${fix}`, fix }];
  }
  if (age > limit * DAY - MARGIN) {
    const fix = 'Send it soon: import it before newer ones.';
    const message = `eventDate: lies ${days} days back, close to the ${limit} days that impact.com processes. ${fix}`;
    return [{ level: 'warning', field: 'eventDate', rule: 'nearly-too-old', message, fix }];
  }
  return [];
}

/**
 * What is to be said about a sale and the click that it names, when this app knows the click.
 *
 * @param window the referral window in milliseconds.
 */
export function clickFindings(eventAt: Date, clickAt: Date, window: number, now: Date): Said[] {
  const before = eventDateWarnings(eventAt, { now, clickAt }).find(({ rule }) => rule === 'before-the-click');
  if (before !== undefined) {
    const fix = 'Check time zone and clock.';
    return [{ level: 'warning', field: 'eventDate', rule: before.rule, message: before.message, fix }];
  }
  if (eventAt.getTime() - clickAt.getTime() <= window) return [];
  const days = Math.floor((eventAt.getTime() - clickAt.getTime()) / DAY);
  const fix = 'Expect it not to be credited, unless the contract has a longer window.';
  const message = `eventDate: lies ${days} days after its click, outside of the referral window. ${fix}`;
  return [{ level: 'warning', field: 'eventDate', rule: 'outside-referral-window', message, fix }];
}
