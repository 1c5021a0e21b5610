import { attribute, type Attribution, type ClickIdRepository, type HeldRequest } from '../clicks/index.js';
import type { Script } from '../database/index.js';
import { customerIdOf, type SalePreparation } from '../wire/index.js';
import { type EntryContext, NO_CLICK } from './sale.entry.js';

/** The click that a sale is given to, and what the same statement told about the transaction. */
export interface Attributed {
  readonly attribution: Attribution;
  /** Epoch milliseconds by the database's clock. */
  readonly at: number;
  /** Whether the transaction fails when it inserts what its snapshot does not show. */
  readonly strict: boolean;
}

/** Decides, inside the sale's own transaction, which click a sale is given to. */
export function* attributionOf(
  prepared: SalePreparation,
  request: HeldRequest,
  { options, now }: EntryContext,
  clicks: Pick<ClickIdRepository, 'readFor'>,
): Script<Attributed> {
  const sale = prepared.ok ? prepared.sale : prepared.unusable;
  const clickId = prepared.ok ? prepared.sale.clickId : null;
  const customer = prepared.ok ? customerIdOf(prepared.sale) : prepared.unusable.customerId;
  const {
    now: at,
    strict,
    candidates,
  } = yield* clicks.readFor({
    clickId,
    order: sale.orderId,
    subscription: sale.subscription ?? undefined,
    customer: customer ?? undefined,
  });
  // Whoever named a click will name it again, and rightly.
  if (!prepared.ok && prepared.unusable.understood['clickId'] !== undefined) {
    return { attribution: NO_CLICK, at, strict };
  }
  const { policy, referralWindow: window } = options.capture;
  const saleAt = prepared.ok
    ? endOfSecond(prepared.sale.eventDate)
    : (prepared.unusable.eventAt ?? now.getTime());
  const attribution = attribute({ clickId, candidates, request, policy, window, at: saleAt });
  return { attribution, at, strict };
}

/** An event date has no milliseconds, and a click of the same second came before it. */
const endOfSecond = (eventDate: string): number => new Date(eventDate).getTime() + 999;
