import { createHash } from 'node:crypto';
import { cutText } from './text.rules.js';

/** Longest order id that the vendor takes (docs/vendor-contract.md §3.2). */
const LONGEST_WIRE_ORDER_ID = 64;

const PREFIX = 31;
const MADE = /~[0-9a-f]{32}$/;
/** In the vendor's macro form an order id asks the vendor to make one up. */
const MACRO = /^IR_AN_\d+_TS$/i;

/** Whether an order id of the vendor's stands for another one of the shop's: see {@link wireOrderId}. */
export const isMadeOrderId = (orderId: string): boolean => MADE.test(orderId);

/**
 * The order id as the vendor gets it: the shop's own while it fits into 64 characters, else its beginning,
 * `~` and 128 bits of its SHA-256. The same id always gives the same answer. A short id that looks like a
 * made one is hashed too, so that no two ids meet.
 */
export function wireOrderId(orderId: string): string {
  const fits = orderId.length <= LONGEST_WIRE_ORDER_ID;
  if (fits && !MADE.test(orderId) && !MACRO.test(orderId)) return orderId;
  const digest = createHash('sha256').update(orderId).digest('hex').slice(0, 32);
  return `${cutText(orderId, PREFIX, 'units')}~${digest}`;
}
