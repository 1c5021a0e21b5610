import type { Parameters } from './sale.parameters.js';

/** The action that a correction is for: by its id, or the newest of an event type and order (docs/vendor-contract.md §5.4). */
export type ActionReference =
  { readonly actionId: string } | { readonly eventTypeId: string; readonly wireOrderId: string };

/** The new state of one line: units that remain, and what they are worth. Absolute: the vendor's relative delta applies twice when it is sent twice. */
export interface ModifiedItem {
  readonly sku: string;
  readonly quantity: number;
  readonly category?: string;
  /** In the action's currency. Left out, the vendor works it out from the quantity. */
  readonly amount?: string;
}

/** What an action should look like afterwards. Amounts are in the action's currency, never in another one. */
export type ModificationTarget =
  | { readonly reason: string; readonly amount: string; readonly customerStatus?: string }
  | { readonly items: readonly ModifiedItem[]; readonly customerStatus?: string }
  | { readonly reason: string; readonly customerStatus: string }
  /** Back to what was first reported (docs/vendor-contract.md §5.4). */
  | { readonly reason: 'RESET'; readonly customerStatus?: undefined };

/** The parameters of `PUT /Actions` (docs/vendor-contract.md §5.4). */
export function toModificationParameters(target: ModificationTarget, action: ActionReference): Parameters {
  return present([
    ...reference(action),
    // Changes of lines know no other reason.
    ['Reason', 'items' in target ? 'ORDER_UPDATE' : target.reason],
    ['Amount', 'amount' in target ? target.amount : undefined],
    ['CustomerStatus', target.customerStatus],
    ...('items' in target ? target.items.flatMap((item, index) => itemParameters(item, index)) : []),
  ]);
}

/** The parameters of `DELETE /Actions` (docs/vendor-contract.md §5.5). */
export function toReversalParameters(dispositionCode: string, action: ActionReference): Parameters {
  return present([...reference(action), ['DispositionCode', dispositionCode]]);
}

type Candidate = readonly [name: string, value: string | undefined];

const reference = (action: ActionReference): Candidate[] =>
  'actionId' in action
    ? [['ActionId', action.actionId]]
    : [
        ['ActionTrackerId', action.eventTypeId],
        ['OrderId', action.wireOrderId],
      ];

/** The first line has no number: `Sku`, `Sku2`, `Sku3`. */
function itemParameters(item: ModifiedItem, index: number): Candidate[] {
  const suffix = index === 0 ? '' : String(index + 1);
  return [
    [`Sku${suffix}`, item.sku],
    [`Quantity${suffix}`, String(item.quantity)],
    [`Category${suffix}`, item.category],
    [`Amount${suffix}`, item.amount],
  ];
}

const present = (candidates: readonly Candidate[]): Parameters =>
  candidates.filter(
    (candidate): candidate is readonly [string, string] => candidate[1] !== undefined && candidate[1] !== '',
  );
