import {
  attribute,
  type Attribution,
  type ClickCandidate,
  type ClickIdRepository,
  type HeldRequest,
} from '../clicks/index.js';
import type { Script } from '../database/index.js';
import { firstOfSubscription } from '../ledger/index.js';
import { customerIdOf, type SalePreparation } from '../wire/index.js';
import { type EntryContext, NO_CLICK } from './sale.entry.js';

/** The click that a sale is given to, and what the same statement told about the transaction. */
export interface Attributed {
  readonly attribution: Attribution;
  /** Epoch milliseconds by the database's clock. */
  readonly at: number;
  /** Whether the transaction fails when it inserts what its snapshot does not show. */
  readonly strict: boolean;
  /** The click that the sale's subscription keeps from now on; null when it has one, or gets none. */
  readonly kept: ClickCandidate | null;
}

/**
 * Decides, inside the sale's own transaction, which click a sale is given to.
 *
 * A subscription keeps the click of its first sale: a later one of the same customer never takes its place.
 */
export function* attributionOf(
  prepared: SalePreparation,
  request: HeldRequest,
  { options, now }: EntryContext,
  clicks: Pick<ClickIdRepository, 'readFor'>,
): Script<Attributed> {
  const sale = prepared.ok ? prepared.sale : prepared.unusable;
  const { subscription, orderId } = sale;
  const clickId = prepared.ok ? prepared.sale.clickId : null;
  const customer = prepared.ok ? customerIdOf(prepared.sale) : prepared.unusable.customerId;
  const {
    now: at,
    strict,
    candidates: tied,
  } = yield* clicks.readFor({
    clickId,
    order: orderId,
    subscription: subscription ?? undefined,
    customer: customer ?? undefined,
  });
  // Whoever named a click will name it again, and rightly.
  if (!prepared.ok && prepared.unusable.understood['clickId'] !== undefined) {
    return { attribution: NO_CLICK, at, strict, kept: null };
  }
  const toKeep = subscription !== null && tied.subscription === null;
  // The ledger remembers also what nobody could tie, or what was tied and is gone.
  const first = toKeep ? yield* firstOfSubscription(options.program, subscription, orderId) : null;
  const candidates =
    first === null || first.clickId === null ? tied : { ...tied, subscription: candidateOf(first, at) };
  const { policy, referralWindow: window } = options.capture;
  const saleAt = prepared.ok
    ? endOfSecond(prepared.sale.eventDate)
    : (prepared.unusable.eventAt ?? now.getTime());
  const attribution = attribute({ clickId, candidates, request, policy, window, at: saleAt });
  // A later sale's own click is nothing that the subscription began with.
  const kept = first === null ? attribution : first;
  return { attribution, at, strict, kept: toKeep ? candidateOf(kept, at) : null };
}

/** An event date has no milliseconds, and a click of the same second came before it. */
const endOfSecond = (eventDate: string): number => new Date(eventDate).getTime() + 999;

function candidateOf(
  { clickId, capturedAt }: Pick<Attribution, 'clickId' | 'capturedAt'>,
  at: number,
): ClickCandidate | null {
  return clickId === null ? null : { clickId, firstSeenAt: capturedAt ?? at, lastSeenAt: capturedAt ?? at };
}
