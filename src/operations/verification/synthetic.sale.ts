import type { ConversionInput } from '../../wire/index.js';
import { currencyDecimals, formatMoney } from '../../wire/index.js';
import type { CaseState, VerificationState } from './verification.types.js';

/** An order that nobody has placed: several SKUs, one of them more than once, with or without code and discount. */
export function syntheticSale(state: VerificationState, one: CaseState): ConversionInput {
  const { currency, promoCode } = state.plan;
  const discounted = one.variant === 'code-and-discount';
  // Whole units of the currency, so that every currency has them.
  const money = (units: number): string =>
    formatMoney(BigInt(units * 10 ** (currencyDecimals(currency) ?? 2)), currency);
  return {
    orderId: one.orderId!,
    eventDate: new Date(one.paidAt!),
    currency,
    clickId: state.clickId ?? undefined,
    items: [
      {
        sku: 'VERIFY-MUG',
        category: 'Verification',
        name: 'Test item, bought three times',
        quantity: 3,
        subtotal: money(30),
      },
      {
        sku: 'VERIFY-CAP',
        category: 'Verification',
        name: 'Test item, bought once',
        quantity: 1,
        subtotal: money(20),
      },
    ],
    ...(discounted ? { discount: money(10) } : {}),
    ...(discounted && promoCode !== null ? { promoCodes: [promoCode] } : {}),
    customer: { id: 'nestjs-impact-verify', status: 'NEW' },
    note: 'nestjs-impact verify: a test, reversed by itself',
  };
}
