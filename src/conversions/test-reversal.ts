import { type CorrectionEntry, type SaleKey, type Stamp, TEST_ACTION_KEY } from '../ledger/index.js';
import type { SaleRules } from '../wire/index.js';
import { correctionEntry } from './correction.entry.js';

/** What takes a test order back: recorded together with it, so that no crash comes between the two. */
export function testReversal(
  { account, environment, program, eventType, orderId }: SaleKey & Stamp,
  rules: SaleRules,
): CorrectionEntry {
  const sale = { account, environment, program, eventType, orderId };
  return correctionEntry(sale, 'reverse', { key: TEST_ACTION_KEY, reason: 'TEST_ACTION' }, null, rules);
}
