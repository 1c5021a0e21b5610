import type { AttributionPolicy } from '../config/index.js';
import type { ClickCandidate, ClickCandidates, HeldRequest } from './click.model.js';

export type AttributionSource = 'explicit' | 'order' | 'subscription' | 'request' | 'customer';

/**
 * Why a click did not win.
 *
 * - `outranked`: a stronger tie decided (explicit, order, subscription)
 * - `policy`: another click of the request or customer was later (last-click) or earlier (first-click)
 * - `outside-window`: last seen longer before the sale than the referral window
 * - `after-sale`: first seen after the sale
 * - `not-the-buyer`: the request's own click on a `@NotTheBuyer()` route
 */
export type LossReason = 'outranked' | 'policy' | 'outside-window' | 'after-sale' | 'not-the-buyer';

export interface LostClick {
  readonly clickId: string;
  readonly from: AttributionSource;
  /** Epoch milliseconds. */
  readonly capturedAt: number;
  readonly why: LossReason;
}

export interface AttributionInput {
  /** The click id that the caller named for this sale. */
  readonly clickId?: string | null;
  readonly candidates: ClickCandidates;
  readonly request: HeldRequest;
  readonly policy: AttributionPolicy;
  /** Referral window in milliseconds. */
  readonly window: number;
  /** Time of the sale in epoch milliseconds. */
  readonly at: number;
}

/**
 * - `event-date-before-click`: the winning click was captured after the sale's own date
 * - `request-ended`: there was a request, but its response had ended before the sale was recorded
 */
export type AttributionNote = 'event-date-before-click' | 'request-ended';

export interface Attribution {
  readonly clickId: string | null;
  readonly attributedBy: AttributionSource | null;
  /** Epoch milliseconds; `null` without a click, or when the caller named one that has no row. */
  readonly capturedAt: number | null;
  readonly lost: readonly LostClick[];
  readonly note?: AttributionNote;
}

/** The shop's and the payment provider's clocks differ, and some providers cut to the second. */
export const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Which click gets the sale: the explicit one; else the order's; else the subscription's; else, of the
 * request's click and the customer's clicks inside the window, the one that `policy` picks.
 *
 * The order's and the subscription's click are not asked for their age: the tie was made in time.
 */
export function attribute(input: AttributionInput): Attribution {
  const contenders = contendersOf(input);
  const tied = contenders.find(({ from }) => from !== 'request' && from !== 'customer');
  const winner = tied ?? pick(contenders, input);
  const lost = contenders
    .filter(({ click }) => click.clickId !== winner?.click.clickId)
    .map(({ from, click, obstacle }): LostClick => ({
      clickId: click.clickId,
      from,
      capturedAt: seenAt(click, input.at),
      why: obstacle ?? (tied === undefined ? 'policy' : 'outranked'),
    }));

  if (winner === undefined) {
    const note = input.request.ended ? ({ note: 'request-ended' } as const) : {};
    return { clickId: null, attributedBy: null, capturedAt: null, lost, ...note };
  }
  const known = winner.known ? seenAt(winner.click, input.at) : null;
  const late = known !== null && known > input.at ? ({ note: 'event-date-before-click' } as const) : {};
  return { clickId: winner.click.clickId, attributedBy: winner.from, capturedAt: known, lost, ...late };
}

interface Contender {
  readonly from: AttributionSource;
  readonly click: ClickCandidate;
  /** Whether its times are known: an explicit click may have no row. */
  readonly known: boolean;
  /** What keeps it from winning by policy. */
  readonly obstacle: LossReason | null;
}

/** In the order of their rank. One click id appears once, at its highest rank. */
function contendersOf(input: AttributionInput): Contender[] {
  const { candidates, request, clickId } = input;
  const contenders: Contender[] = [];
  const add = (from: AttributionSource, click: ClickCandidate | null, obstacle: LossReason | null): void => {
    if (click !== null) contenders.push({ from, click, known: true, obstacle });
  };

  if (clickId !== undefined && clickId !== null) {
    const row = candidates.explicit?.clickId === clickId ? candidates.explicit : null;
    const click = row ?? { clickId, firstSeenAt: input.at, lastSeenAt: input.at };
    contenders.push({ from: 'explicit', click, known: row !== null, obstacle: null });
  }
  add('order', candidates.order, null);
  add('subscription', candidates.subscription, null);
  const own = requestCandidate(request, candidates.customer);
  if (own !== null) add('request', own, request.notTheBuyer ? 'not-the-buyer' : obstacleTo(own, input));
  for (const click of candidates.customer) add('customer', click, obstacleTo(click, input));

  // A webhook's own click may well be the customer's: then the customer's tie is the one that counts.
  const named = new Set<string>();
  return contenders.filter(({ click, obstacle }) => {
    if (named.has(click.clickId)) return false;
    if (obstacle !== 'not-the-buyer') named.add(click.clickId);
    return true;
  });
}

/** The request's click, with what the customer's row knows about it: a cookie tells only its last capture. */
function requestCandidate(
  { click }: HeldRequest,
  customer: readonly ClickCandidate[],
): ClickCandidate | null {
  if (click === null) return null;
  const capturedAt = click.capturedAt.getTime();
  const row = customer.find(({ clickId }) => clickId === click.clickId);
  return {
    clickId: click.clickId,
    firstSeenAt: Math.min(capturedAt, row?.firstSeenAt ?? capturedAt),
    lastSeenAt: Math.max(capturedAt, row?.lastSeenAt ?? capturedAt),
  };
}

function obstacleTo(click: ClickCandidate, { at, window }: AttributionInput): LossReason | null {
  if (click.firstSeenAt > at + CLOCK_TOLERANCE_MS) return 'after-sale';
  return at - seenAt(click, at) > window ? 'outside-window' : null;
}

/** The last time that counts for a sale at `at`: a landing after the sale says nothing about it. */
function seenAt(click: ClickCandidate, at: number): number {
  return click.lastSeenAt <= at + CLOCK_TOLERANCE_MS ? click.lastSeenAt : click.firstSeenAt;
}

function pick(contenders: readonly Contender[], { policy, at }: AttributionInput): Contender | undefined {
  const eligible = contenders.filter(({ obstacle }) => obstacle === null);
  // Ties go to the earlier contender, which is the request's: the visitor is here with it now.
  return eligible.reduce<Contender | undefined>((best, next) => {
    if (best === undefined) return next;
    const better =
      policy === 'last-click'
        ? seenAt(next.click, at) > seenAt(best.click, at)
        : next.click.firstSeenAt < best.click.firstSeenAt;
    return better ? next : best;
  }, undefined);
}
