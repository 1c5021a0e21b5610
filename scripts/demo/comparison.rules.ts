import type { Conversion } from 'nestjs-impact';
import type { SandboxAction, SandboxSubmission } from 'nestjs-impact/sandbox';
import { toDecimal } from '../../examples/store/src/catalog/money.js';
import type { Order } from '../../examples/store/src/orders/order.entity.js';

/** One field of an order beside what impact.com has. */
export interface Check {
  readonly field: string;
  readonly shop: string;
  readonly impact: string;
  readonly holds: boolean;
  readonly note?: string;
}

export interface Sides {
  readonly order: Order;
  readonly conversion: Conversion | null;
  readonly submissions: readonly SandboxSubmission[];
  readonly actions: readonly SandboxAction[];
  /** As the shopper's address bar said. */
  readonly clickId: string | null;
  readonly partnerId: string | null;
  readonly accountCurrency: string;
}

/** Everything that must agree for a sale that a partner earned. */
export function compareCredited(sides: Sides): Check[] {
  const { order, conversion, actions } = sides;
  const [action] = actions;
  if (action === undefined || actions.length > 1) {
    return [same('actions of this order', '1', String(actions.length)), ...noDoubles(sides)];
  }
  return [
    same('order id', order.number, action.orderId),
    same('partner', sides.partnerId ?? 'none', action.partnerId),
    same('click', sides.clickId ?? 'none', action.clickId),
    same('paid at', wholeSecond(order.paidAt), wholeSecond(action.eventDate)),
    ...compareMoney(sides, action),
    same('items', itemsOf(order.lines), itemsOf(action.items)),
    same('promo code', order.coupon ?? 'none', action.promoCode || 'none'),
    same('customer', order.customerId ?? 'guest', action.customerId || 'guest'),
    same('customer status', order.customerStatus, action.customerStatus),
    same('state here', 'CREDITED', conversion?.state ?? 'none'),
    same('action id here', conversion?.actionId ?? 'none', action.id),
    same('payout here', plain(conversion?.payout ?? null), plain(action.payout)),
    ...noDoubles(sides),
  ];
}

/** A sale that nobody earned: told to impact.com, finished without an error, and no action. */
export function compareOrganic(sides: Sides): Check[] {
  const { conversion, actions, submissions } = sides;
  return [
    same('state here', 'UNATTRIBUTED', conversion?.state ?? 'none'),
    same('click', 'none', conversion?.clickId ?? 'none'),
    same('actions of this order', '0', String(actions.length)),
    same('submission', 'Complete, no error', submissions.map(outcomeOf).join(' and ') || 'none'),
    ...noDoubles(sides),
  ];
}

/** A sale that impact.com queued and then refused, with its reason. */
export function compareRejected(sides: Sides): Check[] {
  const { conversion, actions, submissions, clickId } = sides;
  return [
    same('state here', 'REJECTED', conversion?.state ?? 'none'),
    same('click', clickId ?? 'none', conversion?.clickId ?? 'none'),
    same('reason', conversion?.reasonCodes.join(' ') ?? 'none', submissions.flatMap(reasonsOf).join(' ')),
    same('actions of this order', '0', String(actions.length)),
    ...noDoubles(sides),
  ];
}

/**
 * After some units of a line came back.
 *
 * @param before the action as it was.
 */
export function comparePartlyRefunded(
  { actions, submissions }: Sides,
  before: SandboxAction | undefined,
  returned: { readonly sku: string; readonly quantity: number },
  state: string,
): Check[] {
  const lineOf = (action: SandboxAction | undefined) => action?.items.find(({ sku }) => sku === returned.sku);
  const was = lineOf(before);
  const [after] = actions;
  const left = (was?.quantity ?? 0) - returned.quantity;
  const worth = (Number(was?.amount ?? 0) * left) / (was?.quantity ?? 1);
  const gone = Number(was?.amount ?? 0) - worth;
  return [
    same('correction here', 'confirmed', state),
    same('units that are left', String(left), String(lineOf(after)?.quantity ?? 'none')),
    same('amount', cents(Number(before?.amount ?? 0) - gone), cents(Number(after?.amount ?? 0))),
    same('corrections sent', '1', String(submissions.filter(({ type }) => type !== 'Conversion').length)),
  ];
}

function compareMoney({ order, accountCurrency }: Sides, action: SandboxAction): Check[] {
  const worth = toDecimal(order.merchandise, order.currency);
  if (order.currency === accountCurrency) {
    return [
      same('currency', order.currency, action.currency),
      same('amount', plain(worth), plain(action.amount)),
    ];
  }
  const rate = plain(String(Number((Number(action.amount) / Number(worth)).toPrecision(4))));
  return [
    same('currency as sold', order.currency, action.originalCurrency),
    {
      ...same('amount as sold', plain(worth), plain(action.originalAmount)),
      note: `converted to ${action.amount} ${action.currency} at ${rate}`,
    },
    same('currency of the account', accountCurrency, action.currency),
  ];
}

const noDoubles = ({ submissions }: Sides): Check[] => [
  same('times sent', '1', String(submissions.filter(({ type }) => type === 'Conversion').length)),
];

const same = (field: string, shop: string, impact: string): Check => ({
  field,
  shop,
  impact,
  holds: shop === impact,
});

const itemsOf = (items: readonly { sku: string; quantity: number }[]): string =>
  items
    .map(({ sku, quantity }) => `${quantity} × ${sku}`)
    .toSorted()
    .join(', ');

const reasonsOf = ({ reasonCodes }: SandboxSubmission): readonly string[] => reasonCodes;

const cents = (amount: number): string => amount.toFixed(2);

const outcomeOf = ({ status, reasonCodes }: SandboxSubmission): string =>
  `${status}, ${reasonCodes.length === 0 ? 'no error' : reasonCodes.join(' ')}`;

/** Event dates carry whole seconds. */
const wholeSecond = (date: Date | null): string =>
  date === null ? 'never' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `45.560` and `45.56` are the same amount. */
const plain = (amount: string | null): string =>
  amount === null ? 'none' : amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
