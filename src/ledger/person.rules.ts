import { hasAttributionKey, withoutPerson, withoutPersonDigests } from '../wire/index.js';
import type { SaleEntry } from './ledger.types.js';

const NOTHING_KEPT: ReadonlySet<string> = new Set();

/** A click that lost tells of another visit; the sale's own click is what it is credited by. */
export const withoutVisits = (attribution: unknown): unknown =>
  typeof attribution === 'object' && attribution !== null ? { ...attribution, lost: [] } : attribution;

/** A sale whose customer was erased before it was mended: nothing of the person comes back with it. */
export function withoutCustomer(sale: SaleEntry): SaleEntry {
  const { request } = withoutPerson(sale.request, NOTHING_KEPT);
  const waits = sale.state === 'RECORDED' || sale.state === 'DRY_RUN';
  return {
    ...sale,
    state: waits && !hasAttributionKey(request) ? 'SKIPPED' : sale.state,
    customerId: null,
    request,
    attribution: withoutVisits(sale.attribution),
    fingerprintFields: withoutPersonDigests(sale.fingerprintFields),
  };
}
