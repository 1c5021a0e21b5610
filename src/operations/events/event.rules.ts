import type { CorrectionState, ConversionState, StoryEvent } from '../../ledger/index.js';
import type { ImpactEvent, ImpactEventName, SaleEvent } from './event.types.js';

/** A line of some sale's story, as the tail reads it. */
export interface TailLine {
  readonly id: number;
  readonly at: Date;
  readonly what: StoryEvent;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sale: Omit<SaleEvent, 'id' | 'at'>;
}

type Named<Prefix extends string> = Extract<ImpactEventName, `${Prefix}.${string}`>;
type Meaning =
  | { readonly is: 'state'; readonly name: PlainState; readonly state: ConversionState }
  | { readonly is: 'action'; readonly name: ActionState; readonly state: ConversionState }
  | { readonly is: 'sale'; readonly name: 'impact.sale.changed' | 'impact.sale.reattributed' }
  | { readonly is: 'duplicate' }
  | { readonly is: 'correction'; readonly name: Named<'impact.correction'>; readonly state: CorrectionState }
  | { readonly is: 'claim'; readonly name: Named<'impact.claim'> };
type ActionState =
  'impact.sale.credited' | 'impact.sale.approved' | 'impact.sale.cleared' | 'impact.sale.reversed';
type PlainState = Exclude<
  Named<'impact.sale'>,
  ActionState | 'impact.sale.changed' | 'impact.sale.reattributed' | 'impact.sale.duplicated'
>;

/** What a line of the story means to somebody outside; lines that are missing here are details of it. */
export const MEANINGS: Readonly<Partial<Record<StoryEvent, Meaning>>> = {
  recorded: { is: 'state', name: 'impact.sale.recorded', state: 'RECORDED' },
  skipped: { is: 'state', name: 'impact.sale.recorded', state: 'SKIPPED' },
  'kept-in-dry-run': { is: 'state', name: 'impact.sale.recorded', state: 'DRY_RUN' },
  parked: { is: 'state', name: 'impact.sale.undeliverable', state: 'UNDELIVERABLE' },
  refused: { is: 'state', name: 'impact.sale.undeliverable', state: 'UNDELIVERABLE' },
  sent: { is: 'state', name: 'impact.sale.sent', state: 'SENT' },
  cancelled: { is: 'state', name: 'impact.sale.cancelled', state: 'CANCELLED' },
  credited: { is: 'action', name: 'impact.sale.credited', state: 'CREDITED' },
  approved: { is: 'action', name: 'impact.sale.approved', state: 'APPROVED' },
  cleared: { is: 'action', name: 'impact.sale.cleared', state: 'CLEARED' },
  reversed: { is: 'action', name: 'impact.sale.reversed', state: 'REVERSED' },
  changed: { is: 'sale', name: 'impact.sale.changed' },
  reattributed: { is: 'sale', name: 'impact.sale.reattributed' },
  'second-action': { is: 'duplicate' },
  rejected: { is: 'state', name: 'impact.sale.rejected', state: 'REJECTED' },
  unattributed: { is: 'state', name: 'impact.sale.unattributed', state: 'UNATTRIBUTED' },
  missing: { is: 'state', name: 'impact.sale.missing', state: 'SENT' },
  'correction-recorded': { is: 'correction', name: 'impact.correction.recorded', state: 'held' },
  'correction-sent': { is: 'correction', name: 'impact.correction.sent', state: 'sent' },
  'correction-confirmed': { is: 'correction', name: 'impact.correction.confirmed', state: 'confirmed' },
  'correction-refused': { is: 'correction', name: 'impact.correction.refused', state: 'refused' },
  'nothing-to-correct': {
    is: 'correction',
    name: 'impact.correction.needless',
    state: 'nothing-to-correct',
  },
  'claim-opened': { is: 'claim', name: 'impact.claim.opened' },
  'claim-settled': { is: 'claim', name: 'impact.claim.settled' },
};

/** The names of all events, for whoever wants to know whether anybody listens. */
export const EVENT_NAMES: readonly ImpactEventName[] = [
  ...new Set(
    Object.values(MEANINGS).map((meaning) =>
      meaning.is === 'duplicate' ? 'impact.sale.duplicated' : meaning.name,
    ),
  ),
  'impact.account.paused',
  'impact.account.resumed',
];

/** The event that a line is; null for lines that are details of the story alone. */
export function eventOf({ id, at, what, data, sale }: TailLine): ImpactEvent | null {
  const meaning = MEANINGS[what];
  if (meaning === undefined) return null;
  const common = { id: String(id), at, ...sale };
  switch (meaning.is) {
    case 'state':
      return {
        name: meaning.name,
        payload: { ...common, state: meaning.state, reasonCodes: list(data['reasonCodes']) },
      };
    case 'action':
      return {
        name: meaning.name,
        payload: {
          ...common,
          state: meaning.state,
          reasonCodes: [],
          actionId: word(data['actionId']),
          partnerId: word(data['partnerId']),
          actionAmount: word(data['amount']),
          actionCurrency: word(data['currency']),
          payout: word(data['payout']),
        },
      };
    case 'sale':
      return { name: meaning.name, payload: common };
    case 'duplicate':
      return {
        name: 'impact.sale.duplicated',
        payload: { ...common, actionIds: list(data['actionIds']) },
      };
    case 'correction':
      return {
        name: meaning.name,
        payload: {
          ...common,
          key: word(data['key']),
          state: meaning.state,
          reasonCodes: list(data['reasonCodes']),
        },
      };
    case 'claim':
      return {
        name: meaning.name,
        payload: {
          ...common,
          key: word(data['key']),
          actionId: word(data['actionId']),
          partnerId: word(data['partnerId']),
          shown: word(data['shown']),
          wanted: word(data['wanted']),
          actionCurrency: word(data['currency']),
        },
      };
  }
}

const word = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
