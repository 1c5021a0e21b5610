import type { ClaimedDelivery, DeliveryOutcome } from '../ledger/index.js';

/** Somebody who wants to know of every delivery: hands on what the work answers or throws. */
export interface DeliveryWitness {
  deliver(delivery: ClaimedDelivery, work: () => Promise<DeliveryOutcome>): Promise<DeliveryOutcome>;
}

/** Injection token of {@link DeliveryWitness}; optional. */
export const DELIVERY_WITNESS = Symbol.for('nestjs-impact:delivery-witness');
