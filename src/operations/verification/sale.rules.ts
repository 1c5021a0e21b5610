import type { Action, ActionItem } from '../../api/index.js';
import type { ConversionRow } from '../../ledger/index.js';
import { currencyDecimals, formatMoney, readMoney, type SoldLine, type SoldSale } from '../../wire/index.js';
import { finding } from './finding.js';
import type { Finding } from './verification.types.js';

/** What the action of a sale has to show. */
export interface ExpectedAction {
  readonly sale: Pick<
    ConversionRow,
    'orderId' | 'wireOrderId' | 'currency' | 'amountMinor' | 'eventAt' | 'request'
  >;
  readonly sold: SoldSale;
  /** The vendor's number. */
  readonly eventTypeId: string;
  /** Null when nobody has said whose link it is. */
  readonly partnerId: string | null;
}

/** The vendor keeps whole seconds. */
const DATE_TOLERANCE = 60_000;

/** Compares every field of an action with its sale. */
export function judgeAction(
  expected: ExpectedAction,
  action: Action,
  items: readonly ActionItem[] | null,
): Finding[] {
  return [
    judgeOrderId(expected, action),
    judgeEventType(expected, action),
    judgePartner(expected, action),
    judgeAmount(expected, action),
    judgeItems(expected, items),
    judgePromoCode(expected, action),
    judgeCustomerStatus(expected, action),
    judgeDate(expected, action),
  ];
}

function judgeOrderId({ sale }: ExpectedAction, { orderId }: Action): Finding {
  const facts = [sale.wireOrderId, orderId ?? 'none'] as const;
  return orderId === sale.wireOrderId
    ? finding('order-id', 'proved', facts)
    : finding(
        'order-id',
        'failed',
        facts,
        'Ask impact.com why the action carries another order id than the one that was sent.',
      );
}

function judgeEventType(
  { eventTypeId }: ExpectedAction,
  { actionTrackerId, actionTrackerName }: Action,
): Finding {
  const name = actionTrackerName === null ? '' : ` (${actionTrackerName})`;
  const facts = [
    `event type ${eventTypeId}`,
    actionTrackerId === null ? 'not told' : `event type ${actionTrackerId}${name}`,
  ] as const;
  if (actionTrackerId === null)
    return finding('event-type', 'not-proved', facts, 'Look at the action in the account.');
  return actionTrackerId === eventTypeId
    ? finding('event-type', 'proved', facts)
    : finding(
        'event-type',
        'failed',
        facts,
        'The order was reported under another event type: give the running app and this command the same IMPACT_EVENT_TYPE_ID, the one that the contracts pay for.',
      );
}

function judgePartner({ partnerId }: ExpectedAction, { mediaPartnerId, mediaPartnerName }: Action): Finding {
  const name = mediaPartnerName === null ? '' : ` (${mediaPartnerName})`;
  const seen = mediaPartnerId === null ? 'not told' : `partner ${mediaPartnerId}${name}`;
  if (partnerId === null) {
    return finding(
      'partner',
      'not-proved',
      ['the partner of the link', seen],
      'Give --partner with the media partner id of the link.',
    );
  }
  const facts = [`partner ${partnerId}`, seen] as const;
  if (mediaPartnerId === null)
    return finding('partner', 'not-proved', facts, 'Look at the action in the account.');
  return mediaPartnerId === partnerId
    ? finding('partner', 'proved', facts)
    : finding(
        'partner',
        'failed',
        facts,
        'Another partner is credited: look for a promo code of that partner on the order, a later click of another link in the same browser, and the crediting rules of the program.',
      );
}

function judgeAmount({ sale }: ExpectedAction, action: Action): Finding {
  const wanted = formatMoney(sale.amountMinor, sale.currency);
  const expected = `${wanted} ${sale.currency}`;
  const currency = action.currency ?? sale.currency;
  if (action.amount === null) {
    return finding('amount', 'not-proved', [expected, 'not told'], 'Look at the action in the account.');
  }
  if (currency === sale.currency) {
    return sameMoney(action.amount, sale.amountMinor, currency)
      ? finding('amount', 'proved', [expected, `${action.amount} ${currency}`])
      : finding(
          'amount',
          'failed',
          [expected, `${action.amount} ${currency}`],
          'Compare items, discount, tax and shipping of what was sent (nestjs-impact explain) with the order: impact.com pays on the lines less their discounts, without tax and shipping.',
        );
  }
  const converted = `${action.amount} ${currency}`;
  const { originalAmount, originalCurrency } = action;
  if (originalAmount !== null && originalCurrency !== null) {
    const original = `${originalAmount} ${originalCurrency}`;
    return originalCurrency === sale.currency && sameMoney(originalAmount, sale.amountMinor, sale.currency)
      ? finding('amount', 'remark', [expected, `converted: ${converted}, from ${original}`])
      : finding(
          'amount',
          'failed',
          [expected, `${converted}, from ${original}`],
          'impact.com has read another amount or currency than was sent: ask with the submission id.',
        );
  }
  const rate = rateOf(action.amount, sale);
  return finding('amount', 'remark', [
    expected,
    `converted: ${converted}${rate === null ? '' : `, a rate of ${rate}`}`,
  ]);
}

function sameMoney(text: string, minor: bigint, currency: string): boolean {
  const decimals = currencyDecimals(currency);
  if (decimals === undefined) return false;
  // The vendor may show more decimals than the currency has; zeros beyond them say nothing.
  const plain = text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  const reading = readMoney(plain, currency, decimals);
  return reading.ok && reading.minor === minor;
}

function rateOf(amount: string, { amountMinor, currency }: ExpectedAction['sale']): string | null {
  const sold = Number(formatMoney(amountMinor, currency));
  const rate = Number(amount) / sold;
  return sold === 0 || !Number.isFinite(rate) ? null : String(Number(rate.toPrecision(5)));
}

function judgeItems({ sold: { lines } }: ExpectedAction, items: readonly ActionItem[] | null): Finding {
  if (lines.length === 0) {
    return finding(
      'items',
      'not-proved',
      ['lines with SKU and quantity', 'the sale was reported as one amount'],
      'Report items: impact.com recommends it, and partial refunds need it.',
    );
  }
  const expected = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ');
  if (items === null)
    return finding(
      'items',
      'not-proved',
      [expected, 'the items could not be read'],
      'Give the token the scope Actions: read.',
    );
  const seen = new Map<string, number>();
  for (const { sku, quantity } of items) {
    if (sku !== null) seen.set(sku, (seen.get(sku) ?? 0) + Number(quantity ?? Number.NaN));
  }
  const shown =
    [...seen].map(([sku, quantity]) => `${Number.isNaN(quantity) ? '?' : quantity} × ${sku}`).join(', ') ||
    'no items';
  const isSame =
    seen.size === lines.length && lines.every((line: SoldLine) => seen.get(line.sku) === line.quantity);
  return isSame
    ? finding('items', 'proved', [expected, shown])
    : finding(
        'items',
        'failed',
        [expected, shown],
        'Check that the event type takes item detail, and each line’s sku and quantity.',
      );
}

const valueOf = ({ request }: ExpectedAction['sale'], name: string): string | null =>
  request.find(([each]) => each === name)?.[1] ?? null;

function judgePromoCode({ sale }: ExpectedAction, { promoCode }: Action): Finding {
  const sent = valueOf(sale, 'OrderPromoCode');
  if (sent === null) {
    return finding('promo-code', promoCode === null ? 'proved' : 'remark', ['none', promoCode ?? 'none']);
  }
  if (promoCode === null) {
    return finding(
      'promo-code',
      'not-proved',
      [sent, 'the action shows none'],
      'Turn on promo-code tracking of the event type if partners are paid by code.',
    );
  }
  return promoCode.toUpperCase() === sent.toUpperCase()
    ? finding('promo-code', 'proved', [sent, promoCode])
    : finding(
        'promo-code',
        'failed',
        [sent, promoCode],
        'Ask impact.com why the action carries another code than the one that was sent.',
      );
}

function judgeCustomerStatus({ sold }: ExpectedAction, { customerStatus }: Action): Finding {
  const sent = sold.customerStatus;
  if (sent === null) {
    return finding(
      'customer-status',
      'not-proved',
      ['a status of the customer', 'none was sent'],
      'Give customer.status if a contract pays by it.',
    );
  }
  if (customerStatus === null) {
    return finding(
      'customer-status',
      'not-proved',
      [sent, 'the action shows none'],
      'Have the status mapped on the event type.',
    );
  }
  return customerStatus.toUpperCase() === sent.toUpperCase()
    ? finding('customer-status', 'proved', [sent, customerStatus])
    : finding(
        'customer-status',
        'failed',
        [sent, customerStatus],
        'Have the statuses of the event type mapped to those that the shop sends.',
      );
}

function judgeDate({ sale }: ExpectedAction, { eventDate }: Action): Finding {
  const expected = seconds(sale.eventAt);
  if (eventDate === null)
    return finding('date', 'not-proved', [expected, 'not told'], 'Look at the action in the account.');
  return Math.abs(eventDate.getTime() - sale.eventAt.getTime()) < DATE_TOLERANCE
    ? finding('date', 'proved', [expected, seconds(eventDate)])
    : finding(
        'date',
        'failed',
        [expected, seconds(eventDate)],
        'Give eventDate the moment of payment as a Date; impact.com replaces one that came long after the fact by the time of arrival.',
      );
}

const seconds = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
