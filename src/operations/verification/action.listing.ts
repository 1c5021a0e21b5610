import { type Action, walkActionWindow } from '../../api/index.js';
import type { ConversionRow } from '../../ledger/index.js';
import { attempt } from './attempt.js';
import type { VerificationTools } from './verification.tools.js';

const HOUR = 3_600_000;

type Tools = Pick<VerificationTools, 'api' | 'signal' | 'takerOf'>;
type Sale = Pick<ConversionRow, 'recordedAt' | 'wireOrderId'>;

/** Every action of an order, whoever has reported it; null when they could not be listed. */
export async function actionsOf(sale: Sale, { api, signal }: Tools): Promise<Action[] | null> {
  const found = new Map<string, Action>();
  const walked = await attempt(() =>
    walkActionWindow(api, {
      by: 'updated',
      window: { from: new Date(sale.recordedAt.getTime() - HOUR), to: new Date(Date.now() + HOUR) },
      mayCall: async () => !signal.aborted,
      take: (actions) => {
        for (const action of actions) if (action.orderId === sale.wireOrderId) found.set(action.id, action);
      },
    }),
  );
  return walked === true ? [...found.values()] : null;
}

/** What the running app would read by itself, were it configured for that event type. */
export async function takeForeign(sale: Sale, eventTypeId: string, tools: Tools): Promise<void> {
  const take = tools.takerOf(eventTypeId);
  if (take === null) return;
  const actions = await actionsOf(sale, tools);
  if (actions !== null && actions.length > 0) await take(actions);
}
