import { fitting } from '../database/index.js';
import { currencyDecimals, formatMoney, readMoney } from '../wire/index.js';
import type { ActionSource, SeenAction } from './action.types.js';
import type { ActionFacts, StoryEvent } from './ledger.types.js';
import { type ConversionState, mayChange } from './states.rules.js';

/** An action as it is stored. Times are epoch milliseconds. */
export interface StoredAction {
  readonly actionId: string;
  readonly state: SeenAction['state'];
  readonly partnerId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly payout: string | null;
  readonly originalAmount: string | null;
  readonly originalCurrency: string | null;
  /** Before any correction. */
  readonly firstAmount: string | null;
  readonly customerStatus: string | null;
  readonly eventAt: number | null;
  readonly createdAt: number | null;
  readonly lockingAt: number | null;
  readonly clearedAt: number | null;
}

/** What a sale shows of its action. */
export interface ShownAction {
  readonly state: ConversionState;
  /** An attempt to send it was made. */
  readonly attempted: boolean;
  readonly actionId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly partnerId: string | null;
  readonly payout: string | null;
  readonly lockingAt: number | null;
  readonly clearedAt: number | null;
}

export interface ToldLine {
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an order's actions make of its sale. */
export interface SaleChange {
  /** What it shows from now on; null when that stays as it is. */
  readonly facts: ActionFacts | null;
  readonly lines: readonly ToldLine[];
  /** It waits for another moment than before. */
  readonly moved: boolean;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** After the locking date the vendor needs a moment to say so. */
const AFTER_LOCKING = HOUR;
const LONGEST_DAYS = 7;
/** Actions are looked at together: a moment of their own for each would cost a reading for each. */
const GRID = 6 * HOUR;
/** By then an approved action is cleared, or nobody waits for it. */
const CLEARING_ENDS = 180 * DAY;
/** Without a locking date a reversed action is given so many looks. */
const LAST_LOOK = 4;

const LINE: Readonly<Record<ActionFacts['state'], StoryEvent>> = {
  CREDITED: 'credited',
  APPROVED: 'approved',
  CLEARED: 'cleared',
  REVERSED: 'reversed',
};

/**
 * What is known of an action once a source has told it.
 *
 * A notification may be late: it never takes back what was approved, cleared or reversed.
 */
export function merged(known: StoredAction | null, seen: SeenAction, source: ActionSource): StoredAction {
  const text = (told: string | null | undefined, kept: string | null | undefined, length: number) =>
    told === undefined ? (kept ?? null) : fitting(told, length);
  const time = (told: Date | null | undefined, kept: number | null | undefined): number | null =>
    told === undefined ? (kept ?? null) : (told?.getTime() ?? null);
  const currency = text(seen.currency, known?.currency, 3);
  const amount = text(inFull(seen.amount, currency), known?.amount, 32);
  const clearedAt = time(seen.clearedDate, known?.clearedAt);
  return {
    actionId: seen.actionId,
    state: known !== null && isLate(known, seen, source) ? known.state : seen.state,
    partnerId: text(seen.partnerId, known?.partnerId, 32),
    amount,
    currency,
    payout: text(inFull(seen.payout, currency), known?.payout, 32),
    originalAmount: text(
      inFull(seen.originalAmount, seen.originalCurrency ?? known?.originalCurrency ?? null),
      known?.originalAmount,
      32,
    ),
    originalCurrency: text(seen.originalCurrency, known?.originalCurrency, 3),
    firstAmount: known?.firstAmount ?? text(inFull(seen.intendedAmount ?? undefined, currency), amount, 32),
    customerStatus: text(seen.customerStatus, known?.customerStatus, 40),
    eventAt: time(seen.eventDate, known?.eventAt),
    createdAt: time(seen.creationDate, known?.createdAt),
    lockingAt: time(seen.lockingDate, known?.lockingAt),
    clearedAt: source === 'postback' ? (clearedAt ?? known?.clearedAt ?? null) : clearedAt,
  };
}

/** Whether a source tells what has been overtaken. */
export function isLate(known: Pick<StoredAction, 'state'>, seen: SeenAction, source: ActionSource): boolean {
  return source === 'postback' && seen.state === 'PENDING' && known.state !== 'PENDING';
}

/** Whether two readings of one action say the same. */
export function isSame(a: StoredAction, b: StoredAction): boolean {
  return (Object.keys(a) as (keyof StoredAction)[]).every((field) => a[field] === b[field]);
}

/**
 * The action that counts among those of one order: the newest that is not reversed, because a system
 * re-attribution reverses the old one and makes a new one (docs/vendor-contract.md §5.6).
 */
export function currentAction<T extends Pick<StoredAction, 'actionId' | 'state' | 'createdAt'>>(
  actions: readonly T[],
): T | null {
  const newestFirst = actions.toSorted(
    (a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0) || byId(b.actionId, a.actionId),
  );
  return newestFirst.find(({ state }) => state !== 'REVERSED') ?? newestFirst[0] ?? null;
}

/** Parts of an id are numbers (docs/vendor-contract.md §1): 9 comes before 10. */
const byId = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

export function factsOf(action: StoredAction): ActionFacts {
  const dateOf = (at: number | null): Date | null => (at === null ? null : new Date(at));
  return {
    actionId: action.actionId,
    state: stateOf(action),
    partnerId: action.partnerId,
    amount: action.amount,
    currency: action.currency,
    payout: action.payout,
    lockingDate: dateOf(action.lockingAt),
    clearedAt: dateOf(action.clearedAt),
  };
}

function stateOf({ state, clearedAt }: StoredAction): ActionFacts['state'] {
  if (state === 'REVERSED') return 'REVERSED';
  if (state === 'APPROVED') return clearedAt === null ? 'APPROVED' : 'CLEARED';
  return 'CREDITED';
}

/**
 * What the actions of an order make of its sale, and what is told of it.
 *
 * @param before the order's actions as they were known until now.
 * @param after as they are known from now on.
 */
export function changeOf(
  shown: ShownAction,
  before: readonly StoredAction[],
  after: readonly StoredAction[],
): SaleChange {
  const current = currentAction(after);
  const second = secondAction(before, after);
  if (current === null || !follows(shown)) return { facts: null, lines: second, moved: false };
  const facts = factsOf(current);
  const had = isActionState(shown.state);
  const sameState = shown.state === facts.state;
  const sameMoment = sameState && shown.lockingAt === current.lockingAt;
  if (sameMoment && shows(shown, current)) return { facts: null, lines: second, moved: false };
  if (!sameState && !mayChange(shown.state, facts.state)) return { facts: null, lines: second, moved: false };
  return {
    facts,
    lines: [...(had ? linesOf(shown, facts) : [{ what: LINE[facts.state], data: { ...facts } }]), ...second],
    moved: !sameMoment,
  };
}

/** What was never sent follows nobody's action: it may be another integration's. */
function follows({ state, attempted }: ShownAction): boolean {
  if (state === 'SKIPPED' || state === 'DRY_RUN' || state === 'CANCELLED') return false;
  return (state !== 'RECORDED' && state !== 'UNDELIVERABLE') || attempted;
}

export const isActionState = (state: ConversionState): state is ActionFacts['state'] => state in LINE;

const shows = (shown: ShownAction, action: StoredAction): boolean =>
  shown.actionId === action.actionId && sameWorth(shown, action) && shown.clearedAt === action.clearedAt;

const sameWorth = (a: Worth, b: Worth): boolean =>
  a.amount === b.amount && a.currency === b.currency && a.partnerId === b.partnerId && a.payout === b.payout;

type Worth = Pick<ActionFacts, 'amount' | 'currency' | 'partnerId' | 'payout'>;
const worthOf = ({ amount, currency, partnerId, payout }: Worth): Worth => ({
  amount,
  currency,
  partnerId,
  payout,
});

function linesOf(shown: ShownAction, facts: ActionFacts): ToldLine[] {
  const state: ToldLine = { what: LINE[facts.state], data: { ...facts } };
  if (shown.actionId !== facts.actionId) {
    const line: ToldLine = {
      what: 'reattributed',
      data: { ...facts, before: { actionId: shown.actionId, ...worthOf(shown) } },
    };
    return shown.state === facts.state || facts.state === 'CREDITED' ? [line] : [line, state];
  }
  const changed: ToldLine = {
    what: 'changed',
    data: { actionId: facts.actionId, before: worthOf(shown), after: worthOf(facts) },
  };
  // Said with the line about its state already: that of a restored action, and that of one worth nothing.
  const saidAnyway =
    shown.state !== facts.state && (facts.state === 'CREDITED' || facts.state === 'REVERSED');
  return [
    ...(sameWorth(shown, facts) || saidAnyway ? [] : [changed]),
    ...(shown.state === facts.state ? [] : [state]),
  ];
}

/** Two actions of one order that both count are one too many, unless the vendor reverses one of them. */
function secondAction(before: readonly StoredAction[], after: readonly StoredAction[]): ToldLine[] {
  const live = (actions: readonly StoredAction[]): string[] =>
    actions.filter(({ state }) => state !== 'REVERSED').map(({ actionId }) => actionId);
  const known = new Set(live(before));
  const now = live(after).toSorted(byId);
  if (now.length < 2 || now.every((id) => known.has(id))) return [];
  return [{ what: 'second-action', data: { actionIds: now } }];
}

/**
 * When an action has to be looked at again; null: never.
 *
 * - A pending one when it locks: an approval is no update (docs/vendor-contract.md §5.1).
 * - An approved one until it is cleared, and a reversed one while it may be restored.
 *
 * @param looks how often it was looked at in this state.
 */
export function lookAgainAt(
  state: ActionFacts['state'],
  lockingAt: number | null,
  looks: number,
  now: number,
): number | null {
  if (state === 'CLEARED') return null;
  const days = Math.min(2 ** Math.min(looks, LONGEST_DAYS), LONGEST_DAYS);
  const later = Math.ceil((now + days * DAY) / GRID) * GRID;
  const locked = lockingAt === null ? null : lockingAt + AFTER_LOCKING;
  const isLocked = locked !== null && locked <= now;
  if (state === 'REVERSED') {
    if (isLocked || (locked === null && looks >= LAST_LOOK)) return null;
    return locked === null ? later : Math.min(later, locked);
  }
  if (state === 'CREDITED' && !isLocked) return locked ?? later;
  return lockingAt !== null && now > lockingAt + CLEARING_ENDS ? null : later;
}

/** The vendor writes numbers, so 20.00 arrives as 20: kept with all decimals of its currency. */
function inFull<T extends string | null | undefined>(amount: T, currency: string | null): T | string {
  const decimals = currency === null ? undefined : currencyDecimals(currency);
  if (typeof amount !== 'string' || currency === null || decimals === undefined) return amount;
  const reading = readMoney(amount, currency, decimals);
  return reading.ok ? formatMoney(reading.minor, currency) : amount;
}
