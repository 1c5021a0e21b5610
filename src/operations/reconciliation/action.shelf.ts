import type { Action } from '../../api/index.js';
import type { VendorSide } from './difference.model.js';

/** What is kept of an action: 100,000 of them are some 40 MB. */
export interface ShelvedAction {
  readonly id: string;
  readonly orderId: string | null;
  readonly state: VendorSide['state'];
  readonly partnerId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly payout: string | null;
  readonly originalAmount: string | null;
  readonly originalCurrency: string | null;
  /** Epoch milliseconds, like all times here. */
  readonly eventAt: number | null;
  readonly createdAt: number | null;
  readonly lockingAt: number | null;
  readonly clearedAt: number | null;
  /** Whose it is. */
  owner: 'nobody' | 'sale' | 'test';
  /** The one of its sale that counts. */
  counts: boolean;
  /** What the ledger expects, where that is in the same currency. */
  expected: string | null;
  /** Is in another currency than its sale. */
  converted: boolean;
}

/** The vendor's actions by order id: each once, however often a reading shows it. */
export class ActionShelf {
  /** Partners and currencies are few texts that come many times. */
  readonly #texts = new Map<string, string>();
  readonly #byOrder = new Map<string, ShelvedAction[]>();
  readonly #nameless: ShelvedAction[] = [];

  /** @param testPartners their actions never count. */
  constructor(private readonly testPartners: ReadonlySet<string>) {}

  put(action: Action): void {
    const shelved = this.#shelved(action);
    const list = action.orderId === null ? this.#nameless : this.#byOrder.get(action.orderId);
    if (list === undefined) {
      this.#byOrder.set(action.orderId!, [shelved]);
      return;
    }
    const known = list.findIndex(({ id }) => id === action.id);
    if (known === -1) list.push(shelved);
    else list[known] = shelved;
  }

  of(orderId: string): readonly ShelvedAction[] {
    return this.#byOrder.get(orderId) ?? [];
  }

  *all(): Generator<ShelvedAction> {
    for (const list of this.#byOrder.values()) yield* list;
    yield* this.#nameless;
  }

  #shelved(action: Action): ShelvedAction {
    const partnerId = this.#once(action.mediaPartnerId);
    return {
      id: action.id,
      orderId: action.orderId,
      state: stateOf(action),
      partnerId,
      amount: action.amount,
      currency: this.#once(action.currency),
      payout: action.payout,
      originalAmount: action.originalAmount,
      originalCurrency: this.#once(action.originalCurrency),
      eventAt: action.eventDate?.getTime() ?? null,
      createdAt: action.creationDate?.getTime() ?? null,
      lockingAt: action.lockingDate?.getTime() ?? null,
      clearedAt: action.clearedDate?.getTime() ?? null,
      owner: partnerId !== null && this.testPartners.has(partnerId) ? 'test' : 'nobody',
      counts: false,
      expected: null,
      converted: false,
    };
  }

  #once(value: string | null): string | null {
    if (value === null) return null;
    const known = this.#texts.get(value);
    if (known === undefined) this.#texts.set(value, value);
    return known ?? value;
  }
}

function stateOf({ state, clearedDate }: Pick<Action, 'state' | 'clearedDate'>): VendorSide['state'] {
  return state === 'APPROVED' && clearedDate !== null ? 'CLEARED' : state;
}

/** Of several actions of an order, the newest that is not reversed counts, or the newest. */
export function currentOf(actions: readonly ShelvedAction[]): ShelvedAction | null {
  const live = actions.filter(({ state }) => state !== 'REVERSED');
  return (live.length > 0 ? live : actions).toSorted(newestFirst)[0] ?? null;
}

const newestFirst = (a: ShelvedAction, b: ShelvedAction): number =>
  (b.createdAt ?? 0) - (a.createdAt ?? 0) || (a.id < b.id ? 1 : -1);

export const vendorSide = (action: ShelvedAction): VendorSide => ({
  actionId: action.id,
  orderId: action.orderId,
  state: action.state,
  partnerId: action.partnerId,
  amount: action.amount,
  currency: action.currency,
  payout: action.payout,
  originalAmount: action.originalAmount,
  originalCurrency: action.originalCurrency,
  eventDate: dateOf(action.eventAt),
  lockingDate: dateOf(action.lockingAt),
});

const dateOf = (at: number | null): Date | null => (at === null ? null : new Date(at));
