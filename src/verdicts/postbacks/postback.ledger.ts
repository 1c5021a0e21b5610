import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import {
  IMPACT_CLOCK,
  IMPACT_DATABASE,
  type Clock,
  type ImpactDatabase,
  integerOrNull,
  run,
  type Script,
  text,
  textOrNull,
} from '../../database/index.js';
import { ActionLedger, type SeenAction, tell } from '../../ledger/index.js';
import { type KnownAction, notOvertaken, type Postback } from './postback.rules.js';

type ActionPostback = Extract<Postback, { is: 'action' }>;

/** An action as the ledger knows it, and the sale that it belongs to. */
interface KnownOfSale extends KnownAction {
  readonly conversion: string;
}

/** What a notification came to. */
export type StoredPostback = 'applied' | 'unknown-order' | 'overtaken';

/** Most lines of this kind in one story: a template with a macro that never repeats must not fill the table. */
const MOST_LINES = 50;

/** Stores what notifications say. The same one twice changes nothing the second time. */
@Injectable()
export class PostbackLedger {
  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
    @Inject(IMPACT_CLOCK) private readonly clock: Clock,
    @Inject(ActionLedger) private readonly actions: ActionLedger,
  ) {}

  async store(postback: ActionPostback): Promise<StoredPostback> {
    const { actionId } = postback.action;
    const known = await this.database.read(() => this.#known(actionId));
    const seen = notOvertaken(postback, known, this.clock.now());
    if (seen === null) {
      await this.database.write(() => this.#look(known!.conversion));
      return 'overtaken';
    }
    const { matched, changed } = await this.actions.apply([seen], 'postback');
    if (matched === 0) return 'unknown-order';
    const leftOut = isLeftOut(postback.action, seen);
    if (changed > 0 || leftOut || Object.keys(postback.kept).length > 0) {
      await this.database.write(() => this.#follow(postback, changed > 0 || leftOut));
    }
    return 'applied';
  }

  *#known(actionId: string): Script<KnownOfSale | null> {
    const { rows } = yield* run(
      `SELECT conversion, state, amount, first_amount, cleared_at FROM impact_actions ` +
        `WHERE account = ? AND environment = ? AND action_id = ?`,
      [this.options.accountSid, this.options.environment, actionId],
    );
    const [row] = rows;
    if (row === undefined) return null;
    return {
      conversion: text(row, 'conversion'),
      state: text(row, 'state') as KnownAction['state'],
      amount: textOrNull(row, 'amount'),
      firstAmount: textOrNull(row, 'first_amount'),
      clearedAt: integerOrNull(row, 'cleared_at'),
    };
  }

  /** What goes with a notification that was applied: the next walk has a look, and the story keeps what else it said. */
  *#follow({ action, kept }: ActionPostback, look: boolean): Script<void> {
    const known = yield* this.#known(action.actionId);
    if (known === null) return;
    if (look) yield* this.#look(known.conversion);
    if (Object.keys(kept).length === 0) return;
    const data = JSON.stringify({ actionId: action.actionId, ...kept });
    const { rows } = yield* run(
      `SELECT data FROM impact_story WHERE conversion = ? AND what = 'notified' LIMIT ${MOST_LINES}`,
      [known.conversion],
    );
    if (rows.length >= MOST_LINES || rows.some((row) => text(row, 'data') === data)) return;
    yield* tell(this.database, known.conversion, 'notified', JSON.parse(data) as Record<string, unknown>);
  }

  /** Makes the sale due: a notification is a hint, and the walk over the actions is the truth. */
  *#look(conversion: string): Script<void> {
    const now = this.database.now();
    yield* run(
      `UPDATE impact_conversions SET verdict_due_at = ${now} WHERE id = ? ` +
        `AND state IN ('SENT', 'CREDITED', 'APPROVED', 'REVERSED') ` +
        `AND (verdict_due_at IS NULL OR verdict_due_at > ${now})`,
      [conversion],
    );
  }
}

const isLeftOut = (given: SeenAction, taken: SeenAction): boolean =>
  given.amount !== undefined && taken.amount === undefined;
