import type { Action } from '../api/index.js';
import type { SeenAction } from '../ledger/index.js';

/**
 * An action of a listing as the ledger takes it. What a listing leaves empty it does not tell, but for the date
 * of clearing and the customer's status: those may have been taken back.
 */
export const seenAction = (action: Action): SeenAction => ({
  actionId: action.id,
  orderId: action.orderId,
  // One whose state is unknown exists all the same.
  state: action.state === 'UNKNOWN' ? 'PENDING' : action.state,
  campaignId: action.campaignId,
  eventTypeId: action.actionTrackerId,
  clearedDate: action.clearedDate,
  customerStatus: action.customerStatus,
  ...told('partnerId', action.mediaPartnerId),
  ...told('amount', action.amount),
  ...told('currency', action.currency),
  ...told('payout', action.payout),
  ...told('originalAmount', action.originalAmount),
  ...told('originalCurrency', action.originalCurrency),
  ...told('intendedAmount', action.intendedAmount),
  ...told('eventDate', action.eventDate),
  ...told('creationDate', action.creationDate),
  ...told('lockingDate', action.lockingDate),
});

const told = <K extends keyof SeenAction>(name: K, value: SeenAction[K] | null): Partial<SeenAction> =>
  value === null ? {} : { [name]: value };
