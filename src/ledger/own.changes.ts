import { json, padded, placeholders, run, type Script, text, textOrNull } from '../database/index.js';
import type { ToldLine } from './action.rules.js';
import type { OrderSpace, SaleOfActions } from './action.statements.js';
import type { CorrectionPlan } from './correction.row.js';
import type { ActionFacts } from './ledger.types.js';

type Worth = Pick<ActionFacts, 'amount' | 'currency' | 'partnerId'>;
/** What is known of a change of an action: see `action.rules.ts`. */
interface Change {
  readonly actionId: string;
  readonly before: Worth;
  readonly after: Worth;
}

interface LineOfSale extends ToldLine {
  readonly sale: Pick<SaleOfActions, 'id' | 'orderId'>;
}

/**
 * Lines without the changes of actions that a correction under way has asked for: they are told when it is
 * confirmed, and nobody at impact.com has changed anything.
 */
export function* withoutOwnChanges<L extends LineOfSale>(
  { program, eventType }: Pick<OrderSpace, 'program' | 'eventType'>,
  lines: readonly L[],
): Script<readonly L[]> {
  const changes = lines.filter(({ what }) => what === 'changed');
  if (changes.length === 0) return lines;
  const orders = padded(changes.map(({ sale }) => sale.orderId));
  const { rows } = yield* run(
    `SELECT order_id, absolute FROM impact_corrections WHERE program = ? AND event_type = ? ` +
      `AND order_id IN (${placeholders(orders.length)}) AND state IN ('queued', 'sent')`,
    [program, eventType, ...orders],
  );
  const plans = new Map(
    rows
      .filter((row) => textOrNull(row, 'absolute') !== null)
      .map((row) => [text(row, 'order_id'), json(row, 'absolute') as CorrectionPlan]),
  );
  return lines.filter(({ what, data, sale }) => {
    const plan = plans.get(sale.orderId);
    return what !== 'changed' || plan === undefined || !explains(plan, data as unknown as Change);
  });
}

/** In another currency impact.com works out itself what the action stands for afterwards. */
function explains(plan: CorrectionPlan, { actionId, before, after }: Change): boolean {
  if (plan.actionId !== actionId || before.partnerId !== after.partnerId) return false;
  return plan.currency === after.currency ? plan.amount === after.amount : before.amount !== after.amount;
}
