import { MODIFICATION_REASONS, REVERSAL_REASONS } from './correction.input.js';
import {
  type PreparedChange,
  type PreparedRefund,
  type PreparedReversal,
  reasonCode,
} from './correction.reader.js';

/** A correction as it is kept: checked, without its key. */
export type KeptCorrection =
  | { readonly kind: 'modify'; readonly target: Omit<PreparedChange, 'key'> }
  | { readonly kind: 'refund'; readonly target: Omit<PreparedRefund, 'key'> }
  | { readonly kind: 'reverse'; readonly target: Omit<PreparedReversal, 'key'> };

/** Reads back what was stored: it was checked before. */
export const keptCorrection = ({
  kind,
  target,
}: {
  kind: KeptCorrection['kind'];
  target: unknown;
}): KeptCorrection => ({ kind, target }) as KeptCorrection;

const among = (codes: readonly string[], code: string, instead: string): string =>
  codes.includes(code) ? code : instead;

/** The code of a modification that says why (docs/vendor-contract.md §5.4). */
export function modificationReasonOf(correction: KeptCorrection): string {
  if (correction.kind === 'refund') return 'ITEM_RETURNED';
  const { reason } = correction.target;
  return typeof reason === 'string' ? among(MODIFICATION_REASONS, reason, 'OTHER') : reasonCode(reason);
}

/** The code of a reversal that says why (docs/vendor-contract.md §5.5): nothing may be left of a refund or a change, too. */
export function dispositionOf(correction: KeptCorrection): string {
  if (correction.kind === 'refund') return 'ITEM_RETURNED';
  const { reason } = correction.target;
  return typeof reason === 'string' ? among(REVERSAL_REASONS, reason, 'OTHER') : reasonCode(reason);
}

/** What a correction asks for, as a sentence. */
export function correctionInWords(correction: KeptCorrection, currency: string): string {
  const lines = (items: readonly { sku: string; quantity: number; amount?: string }[]): string =>
    items
      .map(
        ({ sku, quantity, amount }) =>
          `${quantity} × ${sku}${amount === undefined ? '' : ` (${amount} ${currency})`}`,
      )
      .join(', ');
  switch (correction.kind) {
    case 'reverse':
      return `The whole sale is taken back (${reasonCode(correction.target.reason)}).`;
    case 'refund': {
      const { items, amount } = correction.target;
      return items === undefined ? `${amount} ${currency} were given back.` : `Came back: ${lines(items)}.`;
    }
    case 'modify': {
      const { restore, items, amount, customerStatus, reason } = correction.target;
      if (restore === true) return 'The sale counts as it was first reported again.';
      const changes = [
        ...(amount === undefined ? [] : [`the total is ${amount} ${currency}`]),
        ...(items === undefined ? [] : [`lines are ${lines(items)}`]),
        ...(customerStatus === undefined ? [] : [`the customer's status is ${customerStatus}`]),
      ];
      return `From now on ${changes.join(', ')} (${reasonCode(reason)}).`;
    }
  }
}
