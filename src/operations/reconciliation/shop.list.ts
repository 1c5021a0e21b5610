import { storedOrderId } from '../../conversions/index.js';
import { currencyDecimals, readMoney } from '../../wire/index.js';
import type { SaleFacts } from './comparison.rules.js';
import type { ShopSide } from './difference.model.js';
import { ReconciliationInputError } from './reconciliation.errors.js';
import type { ShopOrder } from './reconciliation.options.js';

/**
 * The id as recording stores it.
 *
 * @throws ReconciliationInputError
 */
export function orderIdOf(order: ShopOrder): string {
  if (typeof order?.orderId === 'string' && order.orderId.trim() !== '') return storedOrderId(order.orderId);
  throw new ReconciliationInputError(
    'an order of the list has no order id',
    'Give every order the id that it is recorded with.',
  );
}

export const shopSide = (orderId: string, { amount, currency, fulfilled }: ShopOrder): ShopSide => ({
  orderId,
  amount: amount === undefined || amount === null ? null : String(amount),
  currency: currency ?? null,
  fulfilled: fulfilled ?? null,
});

/**
 * Whether the shop says another amount than the ledger; `false` where it says none.
 *
 * @throws ReconciliationInputError for an amount that is none.
 */
export function differsFromShop(sale: SaleFacts, { orderId, amount, currency }: ShopSide): boolean {
  if (amount === null || currency === null) return false;
  const reading = readMoney(amount, currency, currencyDecimals(currency) ?? 0);
  if (!reading.ok || currencyDecimals(currency) === undefined) {
    throw new ReconciliationInputError(
      `the amount of order ${JSON.stringify(orderId)} is none of its currency`,
      'Give a decimal string such as "19.99" and a currency such as "EUR".',
    );
  }
  return currency !== sale.currency || reading.minor !== sale.expectedMinor;
}
