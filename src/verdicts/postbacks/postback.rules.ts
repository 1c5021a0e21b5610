import type { SeenAction } from '../../ledger/index.js';
import { keptMacros } from './kept.rules.js';
import { currencyOf, dateOf, decimalOf, idOf, stateOf, told } from './macro.rules.js';

/** Query and body of a notification: names as they were given, the first of each kept. */
export type PostbackFields = ReadonlyMap<string, unknown>;

/** Whose notifications are taken. */
export interface OwnProgram {
  readonly campaignId: string;
  readonly eventTypeId: string;
}

export type Postback =
  | {
      readonly is: 'action';
      readonly action: SeenAction;
      /** The vendor says that it is cleared; when, it may leave out. */
      readonly cleared: boolean;
      /** Macros that mean nothing here, for the story. */
      readonly kept: Readonly<Record<string, string>>;
    }
  | { readonly is: 'foreign'; readonly what: 'program' | 'event-type' }
  /** Not told: which action, or what became of it. */
  | { readonly is: 'unusable'; readonly missing: 'ActionId' | 'Status' };

/** Name in the template, compared without case and underscores → what it stands for. */
const MEANINGS = {
  campaignid: 'campaignId',
  programid: 'campaignId',
  actiontrackerid: 'eventTypeId',
  eventtypeid: 'eventTypeId',
  mediapartnerid: 'partnerId',
  mediaid: 'partnerId',
  actionid: 'actionId',
  status: 'status',
  state: 'status',
  actionstatus: 'status',
  statusdetail: 'detail',
  statedetail: 'detail',
  event: 'event',
  payout: 'payout',
  amount: 'amount',
  intendedamount: 'intendedAmount',
  currency: 'currency',
  currencycode: 'currency',
  originalamount: 'originalAmount',
  originalcurrency: 'originalCurrency',
  customerstatus: 'customerStatus',
  eventdate: 'eventDate',
  creationdate: 'creationDate',
  lockingdate: 'lockingDate',
  cleareddate: 'clearedDate',
  clearingdate: 'clearedDate',
  oid: 'orderId',
  orderid: 'orderId',
} as const;

type Meaning = (typeof MEANINGS)[keyof typeof MEANINGS];

/**
 * What a notification says (docs/vendor-contract.md §10.2). A macro that was not replaced, an empty value
 * and one that cannot be understood count as not told: what is known stays, and a walk brings the rest.
 */
export function readPostback(fields: PostbackFields, own: OwnProgram): Postback {
  const { known, unknown } = sorted(fields);
  const get = (meaning: Meaning): unknown => known.get(meaning);
  const campaignId = told(get('campaignId'));
  const eventTypeId = told(get('eventTypeId'));
  if (campaignId !== null && campaignId !== own.campaignId) return { is: 'foreign', what: 'program' };
  if (eventTypeId !== null && eventTypeId !== own.eventTypeId) return { is: 'foreign', what: 'event-type' };
  const actionId = idOf(get('actionId'));
  if (actionId === undefined) return { is: 'unusable', missing: 'ActionId' };
  const said = stateOf(get('status'), get('detail'), get('event'));
  if (said === undefined) return { is: 'unusable', missing: 'Status' };
  const action: SeenAction = {
    actionId,
    state: said.state,
    ...toldOnly({
      orderId: orderIdOf(get('orderId')),
      campaignId: campaignId ?? undefined,
      eventTypeId: eventTypeId ?? undefined,
      partnerId: idOf(get('partnerId'), 32),
      amount: decimalOf(get('amount')),
      currency: currencyOf(get('currency')),
      payout: decimalOf(get('payout')),
      originalAmount: decimalOf(get('originalAmount')),
      originalCurrency: currencyOf(get('originalCurrency')),
      intendedAmount: decimalOf(get('intendedAmount')),
      customerStatus: customerStatusOf(get('customerStatus')),
      eventDate: dateOf(get('eventDate')),
      creationDate: dateOf(get('creationDate')),
      lockingDate: dateOf(get('lockingDate')),
      clearedDate: said.cleared ? dateOf(get('clearedDate')) : undefined,
    }),
  };
  return { is: 'action', action, cleared: said.cleared, kept: keptMacros(unknown) };
}

function sorted(fields: PostbackFields): { known: Map<Meaning, unknown>; unknown: Map<string, unknown> } {
  const known = new Map<Meaning, unknown>();
  const unknown = new Map<string, unknown>();
  for (const [name, value] of fields) {
    const plain = name.toLowerCase().replaceAll('_', '');
    if (!Object.hasOwn(MEANINGS, plain)) unknown.set(name, value);
    else {
      const meaning = MEANINGS[plain as keyof typeof MEANINGS];
      // `Oid` and `OrderId` say the same: whichever was replaced counts.
      if (told(known.get(meaning)) === null) known.set(meaning, value);
    }
  }
  return { known, unknown };
}

const toldOnly = <T extends Record<string, unknown>>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

/** The shop's own text: it may hold anything that the vendor's 64 characters do. */
const orderIdOf = (value: unknown): string | undefined => {
  const text = told(value);
  return text === null || text.length > 255 ? undefined : text;
};

const customerStatusOf = (value: unknown): string | undefined => {
  const text = told(value);
  return text === null || text.length > 40 ? undefined : text;
};

/** What is known of an action before a notification of it comes. */
export interface KnownAction {
  readonly state: SeenAction['state'];
  readonly amount: string | null;
  /** Before anybody changed it. */
  readonly firstAmount: string | null;
  readonly clearedAt: number | null;
}

/**
 * What of a notification is newer than what is known. Notifications carry no number and no time of their
 * own, so one that was overtaken is told by what it says:
 *
 * - a reversed action is not revived, a locked one not unlocked: null, for a walk to decide;
 * - an amount that is the action's first one, after it was changed, is left to a walk as well.
 *
 * @param now when a clearing counts from that comes without its date.
 */
export function notOvertaken(
  { action, cleared }: Extract<Postback, { is: 'action' }>,
  known: KnownAction | null,
  now: Date,
): SeenAction | null {
  const dated = cleared && action.clearedDate === undefined && known?.clearedAt == null;
  const whole = dated ? { ...action, clearedDate: now } : action;
  if (known === null) return whole;
  const back = known.state === 'REVERSED' ? action.state !== 'REVERSED' : action.state === 'PENDING';
  if (back && known.state !== 'PENDING') return null;
  if (!isFirstWorth(action, known)) return whole;
  const { amount: _, payout: __, ...rest } = whole;
  return rest;
}

const isFirstWorth = ({ amount }: SeenAction, { amount: now, firstAmount }: KnownAction): boolean =>
  amount != null &&
  now !== null &&
  firstAmount !== null &&
  Number(amount) === Number(firstAmount) &&
  Number(now) !== Number(firstAmount);
